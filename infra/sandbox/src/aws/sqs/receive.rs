//! Receiving, deleting, and changing visibility.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};

use super::{
    error::SqsError,
    handle::Handle,
    message::{self, Message, Standing},
    queue::Queue,
};

/// No message stays invisible longer than this after a receive.
const LONGEST: SignedDuration = SignedDuration::from_hours(12);

/// Which attributes of a message the receiver wants.
pub(super) struct Wanted {
    pub(super) system: Vec<String>,
    pub(super) custom: Vec<String>,
}

impl Queue {
    /// Takes up to `most` messages. Those that were received too often are returned apart when `redrive` says that
    /// there is a queue for them.
    pub(super) fn receive(
        &mut self,
        most: usize,
        visibility: SignedDuration,
        wanted: &Wanted,
        max_receive_count: Option<u32>,
        now: Timestamp,
    ) -> (Vec<Value>, Vec<Message>) {
        let mut dead = Vec::new();
        let places = loop {
            let places = self.candidates(most);
            let spent: Vec<u64> =
                places.iter().copied().filter(|place| self.is_spent(*place, max_receive_count)).collect();
            if spent.is_empty() {
                break places;
            }
            dead.extend(spent.into_iter().filter_map(|place| self.remove(place)));
        };
        let received = places.into_iter().filter_map(|place| self.hand_out(place, visibility, wanted, now)).collect();
        (received, dead)
    }

    /// In order of arrival; of a FIFO queue as many as possible of the first open group, then of the next.
    fn candidates(&self, most: usize) -> Vec<u64> {
        if !self.attributes.fifo {
            return self.visible.iter().copied().take(most).collect();
        }
        let mut places = Vec::new();
        let mut seen: Vec<&str> = Vec::new();
        for place in &self.visible {
            if places.len() == most {
                break;
            }
            let Some(group) = self.messages.get(place).and_then(|message| message.group.as_deref()) else { continue };
            if seen.contains(&group) || self.groups.is_locked(group) {
                continue;
            }
            seen.push(group);
            places.extend(self.groups.next_of(group).take(most - places.len()));
        }
        places
    }

    fn is_spent(&self, place: u64, max_receive_count: Option<u32>) -> bool {
        self.messages.get(&place).zip(max_receive_count).is_some_and(|(message, most)| message.receive_count >= most)
    }

    fn hand_out(&mut self, place: u64, visibility: SignedDuration, wanted: &Wanted, now: Timestamp) -> Option<Value> {
        self.receipts += 1;
        let receipt = self.receipts;
        let message = self.messages.get_mut(&place)?;
        message.receive_count += 1;
        message.receipt = receipt;
        message.first_received_at.get_or_insert(now);
        message.last_received_at = Some(now);
        let handle = Handle { queue: self.address.name.clone(), place, receipt };
        let shown = wanted.show(message, &handle);
        // A timeout of zero hands the message out without hiding it.
        let standing =
            if visibility.is_zero() { Standing::Visible } else { Standing::InFlight { until: now + visibility } };
        self.stand(place, standing);
        Some(shown)
    }

    /// Deletes the message this handle was given out for, when no later receive has taken it over.
    pub(super) fn delete(&mut self, handle: &str) -> Result<(), SqsError> {
        let Handle { place, receipt, .. } = Handle::decode(handle, &self.address.name)?;
        // Deleting what is gone, or by an older handle of a standard queue, succeeds and does nothing.
        let Some(message) = self.messages.get(&place) else { return Ok(()) };
        let current = message.receipt == receipt;
        let in_flight = matches!(message.standing, Standing::InFlight { .. });
        if self.attributes.fifo && !(current && in_flight) {
            return Err(SqsError::invalid_value(handle, "ReceiptHandle", "The receipt handle has expired."));
        }
        if current {
            self.remove(place);
        }
        Ok(())
    }

    pub(super) fn change_visibility(
        &mut self,
        handle: &str,
        seconds: Option<i64>,
        now: Timestamp,
    ) -> Result<(), SqsError> {
        let seconds = seconds.ok_or_else(|| SqsError::missing("VisibilityTimeout"))?;
        let visibility = check_visibility(seconds)?;
        let Handle { place, receipt, .. } = Handle::decode(handle, &self.address.name)?;
        let gone = "Message does not exist or is not available for visibility timeout change.";
        let Some(message) = self.messages.get(&place).filter(|message| message.receipt == receipt) else {
            return Err(SqsError::invalid_value(handle, "ReceiptHandle", gone));
        };
        if !matches!(message.standing, Standing::InFlight { .. }) {
            return Err(if self.attributes.fifo {
                SqsError::invalid_value(handle, "ReceiptHandle", "The receipt handle has expired.")
            } else {
                SqsError::not_in_flight()
            });
        }
        if message.last_received_at.is_some_and(|received_at| now + visibility > received_at + LONGEST) {
            let reason = "Total VisibilityTimeout for the message is beyond the limit [43200 seconds].";
            return Err(SqsError::invalid_value(seconds, "VisibilityTimeout", reason));
        }
        let standing =
            if visibility.is_zero() { Standing::Visible } else { Standing::InFlight { until: now + visibility } };
        self.stand(place, standing);
        Ok(())
    }
}

pub(super) fn check_visibility(seconds: i64) -> Result<SignedDuration, SqsError> {
    if (0..=LONGEST.as_secs()).contains(&seconds) {
        return Ok(SignedDuration::from_secs(seconds));
    }
    let reason = "Must be between 0 and 43200.";
    Err(SqsError::invalid_value(seconds, "VisibilityTimeout", reason))
}

impl Wanted {
    fn show(&self, message: &Message, handle: &Handle) -> Value {
        let mut shown = json!({
            "MessageId": message.id,
            "ReceiptHandle": handle.encode(),
            "MD5OfBody": message::md5_of_text(&message.body),
            "Body": message.body,
        });
        let system = self.system_attributes(message);
        if !system.is_empty() {
            shown["Attributes"] = Value::Object(system);
        }
        let custom: std::collections::BTreeMap<_, _> = message
            .attributes
            .iter()
            .filter(|(name, _)| self.wants_custom(name))
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
        if let Some(md5) = message::md5_of_attributes(&custom) {
            shown["MD5OfMessageAttributes"] = json!(md5);
            shown["MessageAttributes"] = json!(custom);
        }
        shown
    }

    fn system_attributes(&self, message: &Message) -> Map<String, Value> {
        let millis = |time: Timestamp| time.as_millisecond().to_string();
        let trace = message.system_attributes.get("AWSTraceHeader").and_then(|value| value.string_value.clone());
        let all = [
            ("SenderId", Some("AIDASANDBOX".to_owned())),
            ("SentTimestamp", Some(millis(message.sent_at))),
            ("ApproximateReceiveCount", Some(message.receive_count.to_string())),
            ("ApproximateFirstReceiveTimestamp", message.first_received_at.map(millis)),
            ("MessageGroupId", message.group.clone()),
            ("MessageDeduplicationId", message.deduplication_id.clone()),
            ("SequenceNumber", message.sequence_number.clone()),
            ("DeadLetterQueueSourceArn", message.source_arn.clone()),
            ("AWSTraceHeader", trace),
        ];
        all.into_iter()
            .filter(|(name, _)| self.system.iter().any(|wanted| wanted == name || wanted == "All"))
            .filter_map(|(name, value)| Some((name.to_owned(), Value::String(value?))))
            .collect()
    }

    /// `All`, `.*`, a name, or `prefix.*`.
    fn wants_custom(&self, name: &str) -> bool {
        self.custom.iter().any(|wanted| {
            wanted == "All"
                || wanted == name
                || wanted.strip_suffix(".*").is_some_and(|prefix| prefix.is_empty() || name.starts_with(prefix))
        })
    }
}
