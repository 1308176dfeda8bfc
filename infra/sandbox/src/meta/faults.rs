//! Faults on request: which call or webhook a rule meets, and what happens to it.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, de};
use serde_json::{Map, Value};

use super::judge::rates::Bucket;

pub(crate) mod play;

/// A fault and what it strikes.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    #[serde(default)]
    pub r#match: Match,
    #[serde(deserialize_with = "fault")]
    pub fault: Fault,
    /// How often it strikes; without it, until it is removed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub times: Option<u64>,
    /// How many matches pass unharmed first.
    #[serde(default)]
    pub skip: u64,
}

/// What a rule looks at; what is absent matches everything.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Match {
    /// A part of the path, such as `/messages` or `message_templates`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone_number_id: Option<String>,
    /// The recipient, by digits or by user id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub waba_id: Option<String>,
    /// The page of a listing, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub page: Option<u64>,
    /// Webhooks only: the field, and the status of a status.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
}

/// What happens. Written `"lost_reply"` or `{"lost_reply": {}}`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Fault {
    /// A Graph error document. With `accept` the call is carried out all the same.
    Error(ErrorFault),
    /// Carried out; the answer comes this much later.
    TimeoutAfterAccept {
        #[serde(default = "minute")]
        secs: f64,
    },
    /// Carried out; the connection is closed instead of an answer.
    LostReply {},
    /// The connection is closed before anything is carried out.
    ResetBefore {},
    /// A page of HTML, as edges answer.
    Html {
        #[serde(default = "bad_gateway")]
        status: u16,
        #[serde(default)]
        accept: bool,
    },
    /// No body at all.
    Empty {
        #[serde(default = "ok")]
        status: u16,
        #[serde(default = "yes")]
        accept: bool,
    },
    /// Carried out; the answer stops in the middle, as if that were all of it or, with `cut`, as the connection breaks.
    TruncatedJson {
        #[serde(default)]
        cut: bool,
    },
    /// Carried out; 200 without an id.
    NoId {},
    /// Carried out; 200 whose values are of other types than promised.
    WrongType {},
    /// Carried out; the answer comes a byte at a time.
    SlowDrip {
        #[serde(default = "per_byte")]
        per_byte_ms: u64,
    },
    /// Over this rate, 130429 (or `code`); under it, nothing.
    Throttle {
        per_second: f64,
        #[serde(default = "throughput")]
        code: i64,
    },
    /// Carried out, and later a `failed` status.
    FailedStatus {
        code: i64,
        #[serde(default)]
        details: Option<String>,
    },
    /// The statuses are delivered before the send is answered.
    StatusFirst {},
    /// The answer comes this much later, and is right.
    Delay { ms: u64 },
    /// Webhooks: delivered this many times more.
    Duplicate {
        #[serde(default = "one")]
        copies: usize,
    },
    /// Webhooks: the next one overtakes it.
    Reorder {},
    /// Webhooks: kept until released.
    Hold {},
    /// Webhooks: lost.
    Drop {},
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ErrorFault {
    pub code: i64,
    #[serde(default)]
    pub subcode: Option<i64>,
    #[serde(default)]
    pub http: Option<u16>,
    #[serde(default)]
    pub is_transient: bool,
    #[serde(default)]
    pub details: Option<String>,
    /// Seconds, as a `Retry-After` header.
    #[serde(default)]
    pub retry_after: Option<u64>,
    #[serde(default)]
    pub accept: bool,
}

impl Fault {
    /// Whether the call is carried out.
    pub(crate) fn accepts(&self) -> bool {
        match self {
            Self::Error(ErrorFault { accept, .. }) | Self::Html { accept, .. } | Self::Empty { accept, .. } => *accept,
            Self::ResetBefore {} | Self::Throttle { .. } => false,
            _ => true,
        }
    }

    fn is_for_webhooks(&self) -> bool {
        matches!(self, Self::Duplicate { .. } | Self::Reorder {} | Self::Hold {} | Self::Drop {})
    }

    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Error(_) => "error",
            Self::TimeoutAfterAccept { .. } => "timeout_after_accept",
            Self::LostReply {} => "lost_reply",
            Self::ResetBefore {} => "reset_before",
            Self::Html { .. } => "html",
            Self::Empty { .. } => "empty",
            Self::TruncatedJson { .. } => "truncated_json",
            Self::NoId {} => "no_id",
            Self::WrongType {} => "wrong_type",
            Self::SlowDrip { .. } => "slow_drip",
            Self::Throttle { .. } => "throttle",
            Self::FailedStatus { .. } => "failed_status",
            Self::StatusFirst {} => "status_first",
            Self::Delay { .. } => "delay",
            Self::Duplicate { .. } => "duplicate",
            Self::Reorder {} => "reorder",
            Self::Hold {} => "hold",
            Self::Drop {} => "drop",
        }
    }
}

/// What is known of a call or a webhook when faults are looked up.
#[derive(Default)]
pub(crate) struct Facts {
    pub(crate) webhook: bool,
    pub(crate) path: String,
    pub(crate) method: String,
    pub(crate) phone_number_id: Option<String>,
    pub(crate) to: Option<String>,
    pub(crate) waba_id: Option<String>,
    pub(crate) page: Option<u64>,
    pub(crate) field: Option<String>,
    pub(crate) status: Option<String>,
}

/// The rules in force, in the order they came.
#[derive(Default)]
pub(crate) struct Faults {
    rules: BTreeMap<u64, Armed>,
    last: u64,
}

#[derive(Clone, Debug, Serialize)]
pub(crate) struct Armed {
    #[serde(flatten)]
    rule: Rule,
    /// How often it has struck.
    hits: u64,
    passed: u64,
    #[serde(skip)]
    bucket: Option<Bucket>,
}

impl Faults {
    pub(crate) fn add(&mut self, rule: Rule) -> u64 {
        self.last += 1;
        self.rules.insert(self.last, Armed { rule, hits: 0, passed: 0, bucket: None });
        self.last
    }

    pub(crate) fn remove(&mut self, id: u64) -> bool {
        self.rules.remove(&id).is_some()
    }

    pub(crate) fn clear(&mut self) {
        self.rules.clear();
    }

    pub(crate) fn all(&self) -> &BTreeMap<u64, Armed> {
        &self.rules
    }

    /// The first rule that strikes here. It is used up by that, once.
    pub(crate) fn take(&mut self, facts: &Facts, now: Timestamp) -> Option<Fault> {
        self.rules.values_mut().find_map(|armed| armed.strike(facts, now))
    }
}

impl Armed {
    fn strike(&mut self, facts: &Facts, now: Timestamp) -> Option<Fault> {
        if self.rule.times.is_some_and(|times| self.hits >= times)
            || self.rule.fault.is_for_webhooks() != facts.webhook
            || !self.rule.r#match.meets(facts)
        {
            return None;
        }
        if self.passed < self.rule.skip {
            self.passed += 1;
            return None;
        }
        if let Fault::Throttle { per_second, .. } = self.rule.fault {
            let bucket = self.bucket.get_or_insert_with(|| Bucket::full(now, per_second));
            if bucket.take(now, per_second) {
                return None;
            }
        }
        self.hits += 1;
        Some(self.rule.fault.clone())
    }
}

impl Match {
    fn meets(&self, facts: &Facts) -> bool {
        let same = |wanted: &Option<String>, given: &Option<String>| {
            wanted.as_ref().is_none_or(|wanted| given.as_ref().is_some_and(|given| given == wanted))
        };
        self.path.as_ref().is_none_or(|path| facts.path.contains(path.as_str()))
            && self.method.as_ref().is_none_or(|method| method.eq_ignore_ascii_case(&facts.method))
            && same(&self.phone_number_id, &facts.phone_number_id)
            && same(&self.to.as_deref().map(bare), &facts.to.as_deref().map(bare))
            && same(&self.waba_id, &facts.waba_id)
            && self.page.is_none_or(|page| facts.page == Some(page))
            && same(&self.field, &facts.field)
            && same(&self.status, &facts.status)
    }
}

/// A phone number's digits, or a user id as it is.
fn bare(text: &str) -> String {
    if super::people::is_user_id(text) {
        return text.to_owned();
    }
    text.chars().filter(char::is_ascii_digit).collect()
}

/// `"lost_reply"` stands for `{"lost_reply": {}}`.
fn fault<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Fault, D::Error> {
    let value = match Value::deserialize(deserializer)? {
        Value::String(name) => Value::Object(Map::from_iter([(name, Value::Object(Map::new()))])),
        Value::Object(map) => {
            let filled = map.into_iter().map(|(name, value)| match value {
                Value::Null | Value::Bool(true) => (name, Value::Object(Map::new())),
                value => (name, value),
            });
            Value::Object(filled.collect())
        }
        other => other,
    };
    serde_json::from_value(value).map_err(de::Error::custom)
}

fn minute() -> f64 {
    60.0
}

fn bad_gateway() -> u16 {
    502
}

fn ok() -> u16 {
    200
}

fn yes() -> bool {
    true
}

fn per_byte() -> u64 {
    20
}

fn throughput() -> i64 {
    130_429
}

fn one() -> usize {
    1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(json: &str) -> Rule {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn strikes_after_skipping_and_only_so_often() {
        let mut faults = Faults::default();
        faults.add(rule(r#"{"match": {"to": "+1 555 0100"}, "fault": "lost_reply", "times": 1, "skip": 1}"#));
        let facts = Facts { to: Some("15550100".to_owned()), ..Facts::default() };
        let now = Timestamp::UNIX_EPOCH;
        assert!(faults.take(&facts, now).is_none());
        assert!(matches!(faults.take(&facts, now), Some(Fault::LostReply {})));
        assert!(faults.take(&facts, now).is_none());
    }

    #[test]
    fn refuses_what_it_does_not_know() {
        assert!(serde_json::from_str::<Rule>(r#"{"fault": "explode"}"#).is_err());
        assert!(serde_json::from_str::<Rule>(r#"{"fault": {"error": {"code": 1, "cod": 2}}}"#).is_err());
        assert!(serde_json::from_str::<Rule>(r#"{"fault": "hold", "match": {"pth": ""}}"#).is_err());
    }
}
