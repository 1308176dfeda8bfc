//! A queue's attributes: what may be set, and to what.

use std::collections::BTreeMap;

use jiff::SignedDuration;
use serde_json::Value;

use super::{address::Address, error::SqsError};

/// Stored and given back, without effect here.
const KEPT: [&str; 5] =
    ["Policy", "KmsMasterKeyId", "KmsDataKeyReusePeriodSeconds", "SqsManagedSseEnabled", "RedriveAllowPolicy"];

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Attributes {
    pub(super) fifo: bool,
    pub(super) visibility: SignedDuration,
    pub(super) delay: SignedDuration,
    pub(super) largest: usize,
    pub(super) retention: SignedDuration,
    pub(super) wait: i64,
    pub(super) redrive: Option<Redrive>,
    pub(super) deduplication: Deduplication,
    pub(super) throughput_per_group: bool,
    kept: BTreeMap<String, String>,
}

/// How a FIFO queue recognises duplicates.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Deduplication {
    pub(super) content_based: bool,
    /// Ids count per message group, not per queue.
    pub(super) per_group: bool,
}

/// Where messages go that were received too often.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Redrive {
    pub(super) target: Address,
    pub(super) max_receive_count: u32,
    text: String,
}

impl Attributes {
    pub(super) fn new(fifo: bool) -> Self {
        Self {
            fifo,
            visibility: SignedDuration::from_secs(30),
            delay: SignedDuration::ZERO,
            largest: super::message::LARGEST,
            retention: SignedDuration::from_hours(4 * 24),
            wait: 0,
            redrive: None,
            deduplication: Deduplication::default(),
            throughput_per_group: false,
            kept: BTreeMap::new(),
        }
    }

    /// Sets what is given, or refuses all of it.
    pub(super) fn with(&self, given: &BTreeMap<String, String>) -> Result<Self, SqsError> {
        let mut new = self.clone();
        for (name, value) in given {
            new.set(name, value)?;
        }
        if new.throughput_per_group && !new.deduplication.per_group {
            return Err(SqsError::invalid(
                "The perMessageGroupId value of FifoThroughputLimit is allowed only when DeduplicationScope is messageGroup.",
            ));
        }
        Ok(new)
    }

    fn set(&mut self, name: &str, value: &str) -> Result<(), SqsError> {
        match name {
            "VisibilityTimeout" => self.visibility = seconds(name, value, 0, 43_200)?,
            "DelaySeconds" => self.delay = seconds(name, value, 0, 900)?,
            "MessageRetentionPeriod" => self.retention = seconds(name, value, 60, 1_209_600)?,
            "ReceiveMessageWaitTimeSeconds" => self.wait = seconds(name, value, 0, 20)?.as_secs(),
            "MaximumMessageSize" => {
                let bytes = seconds(name, value, 1_024, 1_048_576)?.as_secs();
                self.largest = usize::try_from(bytes).map_err(|_| SqsError::attribute_value(name))?;
            }
            "RedrivePolicy" => self.redrive = Redrive::read(value)?,
            "FifoQueue" if value == "true" && self.fifo => {}
            "FifoQueue" if self.fifo => return Err(SqsError::attribute_value(name)),
            "ContentBasedDeduplication" if self.fifo => {
                self.deduplication.content_based = match value {
                    "true" => true,
                    "false" => false,
                    _ => return Err(SqsError::attribute_value(name)),
                };
            }
            "DeduplicationScope" if self.fifo => {
                self.deduplication.per_group = choice(name, value, "queue", "messageGroup")?;
            }
            "FifoThroughputLimit" if self.fifo => {
                self.throughput_per_group = choice(name, value, "perQueue", "perMessageGroupId")?;
            }
            _ if KEPT.contains(&name) => {
                self.kept.insert(name.to_owned(), value.to_owned());
            }
            _ => return Err(SqsError::attribute_name(name)),
        }
        Ok(())
    }

    /// All that can be read back, without the counts.
    pub(super) fn as_map(&self) -> BTreeMap<String, String> {
        let mut map = self.kept.clone();
        let mut put = |name: &str, value: String| map.insert(name.to_owned(), value);
        put("VisibilityTimeout", self.visibility.as_secs().to_string());
        put("DelaySeconds", self.delay.as_secs().to_string());
        put("MaximumMessageSize", self.largest.to_string());
        put("MessageRetentionPeriod", self.retention.as_secs().to_string());
        put("ReceiveMessageWaitTimeSeconds", self.wait.to_string());
        if let Some(redrive) = &self.redrive {
            put("RedrivePolicy", redrive.text.clone());
        }
        if self.fifo {
            let scope = if self.deduplication.per_group { "messageGroup" } else { "queue" };
            let throughput = if self.throughput_per_group { "perMessageGroupId" } else { "perQueue" };
            put("FifoQueue", "true".to_owned());
            put("ContentBasedDeduplication", self.deduplication.content_based.to_string());
            put("DeduplicationScope", scope.to_owned());
            put("FifoThroughputLimit", throughput.to_owned());
        }
        map.entry("SqsManagedSseEnabled".to_owned()).or_insert_with(|| "true".to_owned());
        map
    }

    /// Whether this queue lets `source` use it as its dead-letter queue.
    pub(super) fn allows_redrive_from(&self, source: &Address) -> bool {
        let Some(policy) =
            self.kept.get("RedriveAllowPolicy").and_then(|text| serde_json::from_str::<Value>(text).ok())
        else {
            return true;
        };
        match policy["redrivePermission"].as_str() {
            Some("denyAll") => false,
            Some("byQueue") => {
                policy["sourceQueueArns"].as_array().is_some_and(|arns| arns.contains(&Value::from(source.arn())))
            }
            _ => true,
        }
    }
}

impl Redrive {
    /// An empty policy takes the dead-letter queue away.
    fn read(text: &str) -> Result<Option<Self>, SqsError> {
        if text.is_empty() {
            return Ok(None);
        }
        let invalid = |reason: &str| SqsError::invalid_value(text, "RedrivePolicy", reason);
        let policy: Value =
            serde_json::from_str(text).map_err(|_| invalid("Redrive policy is not a valid JSON map."))?;
        let target = policy["deadLetterTargetArn"]
            .as_str()
            .and_then(Address::from_arn)
            .ok_or_else(|| invalid("Redrive policy does not contain mandatory attribute: deadLetterTargetArn."))?;
        let count = &policy["maxReceiveCount"];
        let max_receive_count = count
            .as_u64()
            .or_else(|| count.as_str().and_then(|text| text.parse().ok()))
            .and_then(|count| u32::try_from(count).ok())
            .filter(|count| (1..=1000).contains(count))
            .ok_or_else(|| {
                invalid("Invalid value for maxReceiveCount, valid values are from 1 to 1000 both inclusive.")
            })?;
        Ok(Some(Self { target, max_receive_count, text: text.to_owned() }))
    }
}

fn seconds(name: &str, value: &str, least: i64, most: i64) -> Result<SignedDuration, SqsError> {
    value
        .parse()
        .ok()
        .filter(|number| (least..=most).contains(number))
        .map(SignedDuration::from_secs)
        .ok_or_else(|| SqsError::attribute_value(name))
}

fn choice(name: &str, value: &str, no: &str, yes: &str) -> Result<bool, SqsError> {
    if value == yes {
        Ok(true)
    } else if value == no {
        Ok(false)
    } else {
        Err(SqsError::attribute_value(name))
    }
}
