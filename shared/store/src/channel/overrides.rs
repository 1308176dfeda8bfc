//! What a team holds a number to instead of what Meta tells.

use aws_sdk_dynamodb::types::AttributeValue;
use model::channel::{LimitScope, Overrides};

use crate::item::{self, Item};

const MESSAGES_PER_SECOND: &str = "messages_per_second";
const RECIPIENTS_PER_DAY: &str = "recipients_per_day";
const LIMIT_SCOPE: &str = "limit_scope";
const TEST_NUMBER: &str = "test_number";

/// A limit to hold a number to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Setting<T> {
    /// What Meta tells.
    Meta,
    /// The team's own.
    Own(T),
}

/// What to hold a number to; `None` leaves it as it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OverridesChange {
    /// Messages a second.
    pub messages_per_second: Option<Setting<u32>>,
    /// People written to outside a service window within 24 hours.
    pub recipients_per_day: Option<Setting<u32>>,
    /// Who shares that limit.
    pub limit_scope: Option<Setting<LimitScope>>,
    /// Whether it is a test number.
    pub test_number: Option<Setting<bool>>,
}

impl<T> Setting<T> {
    fn map<U>(self, value: impl Fn(T) -> U) -> Setting<U> {
        match self {
            Self::Meta => Setting::Meta,
            Self::Own(own) => Setting::Own(value(own)),
        }
    }
}

impl OverridesChange {
    pub(super) fn attributes(&self) -> impl Iterator<Item = (&'static str, Setting<AttributeValue>)> {
        let number = |setting: Setting<u32>| setting.map(item::number);
        let scope = self.limit_scope.map(|setting| setting.map(|scope| item::text(scope.as_str())));
        [
            (MESSAGES_PER_SECOND, self.messages_per_second.map(number)),
            (RECIPIENTS_PER_DAY, self.recipients_per_day.map(number)),
            (LIMIT_SCOPE, scope),
            (TEST_NUMBER, self.test_number.map(|setting| setting.map(AttributeValue::Bool))),
        ]
        .into_iter()
        .filter_map(|(name, setting)| Some((name, setting?)))
    }
}

pub(super) fn read_overrides(item: &Item) -> Overrides {
    let count = |name| item.integer(name).and_then(|count| u32::try_from(count).ok());
    Overrides {
        messages_per_second: count(MESSAGES_PER_SECOND),
        recipients_per_day: count(RECIPIENTS_PER_DAY),
        limit_scope: item.str(LIMIT_SCOPE).and_then(LimitScope::parse),
        test_number: item.flag_if(TEST_NUMBER),
    }
}
