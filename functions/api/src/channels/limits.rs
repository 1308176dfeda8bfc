//! What a channel may send: what holds now, and what a team sets instead of what Meta tells (L-01, L-04, L-05, Z-01).

use std::ops::RangeInclusive;

use model::channel::{LimitScope, QuotaScope};
use model::limits::{MESSAGES_PER_SECOND_HIGH, TEST_RECIPIENTS};
use model::{Channel, Invalid, MessagingLimit};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use store::{OverridesChange, Setting};
use utoipa::ToSchema;

use crate::problem::{Code, Problem};

const RATES: RangeInclusive<u32> = 1..=MESSAGES_PER_SECOND_HIGH;
const RECIPIENTS: RangeInclusive<u32> = 1..=1_000_000;
/// As much of a wrong value as is said back.
const GIVEN_CHARS: usize = 64;

/// What holds for a channel now: as set, else as Meta tells.
#[derive(Serialize, ToSchema)]
#[schema(as = ChannelLimits)]
pub(crate) struct Limits {
    /// In and out together.
    messages_per_second: u32,
    /// People written to outside a service window within 24 hours. Absent where nobody is held back: Meta's limit is
    /// `TIER_UNLIMITED`, or no sync has read it yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    recipients_per_day: Option<u32>,
    /// Who shares that limit: `portfolio`, `waba` where the portfolio is not known, or `number`.
    shared_by: &'static str,
    /// Its id at Meta.
    shared_id: String,
    /// Of a test number: how many people it may ever write to, whom its owner has put on a list at Meta.
    #[serde(skip_serializing_if = "Option::is_none")]
    test_recipients: Option<usize>,
}

impl Limits {
    pub(super) fn of(channel: &Channel) -> Self {
        let scope = channel.quota_scope();
        Self {
            messages_per_second: channel.messages_per_second(),
            recipients_per_day: match channel.recipients_per_day() {
                Some(MessagingLimit::Recipients(recipients)) => Some(recipients),
                Some(MessagingLimit::Unlimited) | None => None,
            },
            shared_by: match scope {
                QuotaScope::Portfolio(_) => "portfolio",
                QuotaScope::Waba(_) => "waba",
                QuotaScope::Number(_) => "number",
            },
            shared_id: scope.id().to_owned(),
            test_recipients: channel.is_test_number().then_some(TEST_RECIPIENTS),
        }
    }
}

/// The parts of a change that are limits, each as it was given; `null` goes back to what Meta tells.
pub(super) struct Given {
    pub(super) messages_per_second: Option<Value>,
    pub(super) recipients_per_day: Option<Value>,
    pub(super) limit_scope: Option<Value>,
    pub(super) test_number: Option<Value>,
}

impl Given {
    pub(super) fn checked(self) -> Result<OverridesChange, Problem> {
        Ok(OverridesChange {
            messages_per_second: number("messages_per_second", self.messages_per_second, &RATES)?,
            recipients_per_day: number("recipients_per_day", self.recipients_per_day, &RECIPIENTS)?,
            limit_scope: read("limit_scope", self.limit_scope, "must be \"portfolio\", \"number\" or null", |value| {
                value.as_str().and_then(LimitScope::parse)
            })?,
            test_number: read("test_number", self.test_number, "must be true, false or null", Value::as_bool)?,
        })
    }
}

fn number(field: &str, value: Option<Value>, range: &RangeInclusive<u32>) -> Result<Option<Setting<u32>>, Problem> {
    let rule = format!("must be a whole number from {} to {}, or null", range.start(), range.end());
    read(field, value, &rule, |value| {
        value.as_u64().and_then(|number| u32::try_from(number).ok()).filter(|number| range.contains(number))
    })
}

fn read<T>(
    field: &str,
    value: Option<Value>,
    rule: &str,
    read: impl Fn(&Value) -> Option<T>,
) -> Result<Option<Setting<T>>, Problem> {
    match value {
        None => Ok(None),
        Some(Value::Null) => Ok(Some(Setting::Meta)),
        Some(value) => read(&value).map(|own| Some(Setting::Own(own))).ok_or_else(|| {
            let given = value.to_string().chars().take(GIVEN_CHARS).collect();
            let invalid = Invalid { field: field.to_owned(), rule: rule.to_owned(), given: Some(given) };
            Problem::of_invalid(Code::InvalidRequest, invalid)
        }),
    }
}

/// `null` is a value; absent is none.
pub(super) fn given<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(deserializer).map(Some)
}
