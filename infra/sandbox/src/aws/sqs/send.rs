//! Sending: limits, deduplication, a place in the queue.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::{
    error::SqsError,
    message::{self, Message, Standing},
    queue::Queue,
    wire::Outgoing,
};

/// How long a deduplication id is remembered, from the first send on.
const REMEMBERED: SignedDuration = SignedDuration::from_mins(5);
/// Real sequence numbers have twenty digits, and programs sort them as text.
const FIRST_SEQUENCE_NUMBER: u128 = 18_849_496_460_467_696_128;

/// What the sender is told. A duplicate is told the same as the original.
#[derive(Clone, Debug)]
pub(super) struct Sent {
    message_id: String,
    md5_of_body: String,
    md5_of_attributes: Option<String>,
    md5_of_system_attributes: Option<String>,
    sequence_number: Option<String>,
}

impl Sent {
    pub(super) fn as_json(&self) -> Map<String, Value> {
        let all = [
            ("MessageId", Some(&self.message_id)),
            ("MD5OfMessageBody", Some(&self.md5_of_body)),
            ("MD5OfMessageAttributes", self.md5_of_attributes.as_ref()),
            ("MD5OfMessageSystemAttributes", self.md5_of_system_attributes.as_ref()),
            ("SequenceNumber", self.sequence_number.as_ref()),
        ];
        all.into_iter().filter_map(|(name, value)| Some((name.to_owned(), json!(value?)))).collect()
    }
}

impl Outgoing {
    pub(super) fn weight(&self) -> usize {
        message::weight(self.message_body.as_deref().unwrap_or_default(), &self.message_attributes)
    }
}

impl Queue {
    pub(super) fn send(&mut self, outgoing: Outgoing, now: Timestamp) -> Result<Sent, SqsError> {
        self.check(&outgoing)?;
        let delay = self.delay_of(&outgoing)?;
        let key = self.deduplication_key(&outgoing)?;
        self.recent.retain(|_, (sent_at, _)| *sent_at + REMEMBERED > now);
        if let Some((_, original)) = key.as_ref().and_then(|key| self.recent.get(key)) {
            return Ok(original.clone());
        }

        let body = outgoing.message_body.unwrap_or_default();
        let fifo = self.attributes.fifo;
        let sent = Sent {
            message_id: Uuid::new_v4().to_string(),
            md5_of_body: message::md5_of_text(&body),
            md5_of_attributes: message::md5_of_attributes(&outgoing.message_attributes),
            md5_of_system_attributes: message::md5_of_attributes(&outgoing.message_system_attributes),
            sequence_number: fifo.then(|| self.next_sequence_number()),
        };
        self.insert(Message {
            id: sent.message_id.clone(),
            body,
            attributes: outgoing.message_attributes,
            system_attributes: outgoing.message_system_attributes,
            group: outgoing.message_group_id,
            deduplication_id: key.as_ref().map(|(_, id)| id.clone()),
            sequence_number: sent.sequence_number.clone(),
            sent_at: now,
            standing: if delay.is_zero() { Standing::Visible } else { Standing::Delayed { until: now + delay } },
            receive_count: 0,
            first_received_at: None,
            last_received_at: None,
            receipt: 0,
            source_arn: None,
        });
        if let Some(key) = key {
            self.recent.insert(key, (now, sent.clone()));
        }
        Ok(sent)
    }

    /// Rises with every message of the queue.
    pub(super) fn next_sequence_number(&self) -> String {
        (FIRST_SEQUENCE_NUMBER + u128::from(self.places + 1) * 256).to_string()
    }

    fn check(&self, outgoing: &Outgoing) -> Result<(), SqsError> {
        let body = outgoing.message_body.as_deref().unwrap_or_default();
        if body.is_empty() {
            return Err(SqsError::missing("MessageBody"));
        }
        if outgoing.weight() > self.attributes.largest {
            let message = format!(
                "One or more parameters are invalid. Reason: Message must be shorter than {} bytes.",
                self.attributes.largest
            );
            return Err(SqsError::invalid(message));
        }
        message::check_characters(body)?;
        message::check_attributes(&outgoing.message_attributes)?;
        if let Some(group) = &outgoing.message_group_id {
            message::check_id("MessageGroupId", group)?;
        } else if self.attributes.fifo {
            return Err(SqsError::missing("MessageGroupId"));
        }
        Ok(())
    }

    fn delay_of(&self, outgoing: &Outgoing) -> Result<SignedDuration, SqsError> {
        match outgoing.delay_seconds {
            None => Ok(self.attributes.delay),
            Some(0) if self.attributes.fifo => Ok(self.attributes.delay),
            Some(seconds) if self.attributes.fifo => {
                let reason = "The request include parameter that is not valid for this queue type.";
                Err(SqsError::invalid_value(seconds, "DelaySeconds", reason))
            }
            Some(seconds @ 0..=900) => Ok(SignedDuration::from_secs(seconds)),
            Some(seconds) => {
                Err(SqsError::invalid_value(seconds, "DelaySeconds", "DelaySeconds must be >= 0 and <= 900."))
            }
        }
    }

    /// Scope and id; `None` on a standard queue.
    fn deduplication_key(&self, outgoing: &Outgoing) -> Result<Option<(Option<String>, String)>, SqsError> {
        let given = outgoing.message_deduplication_id.as_ref();
        if !self.attributes.fifo {
            return given.map_or(Ok(None), |id| {
                let reason = "The request includes a parameter that is not valid for this queue type.";
                Err(SqsError::invalid_value(id, "MessageDeduplicationId", reason))
            });
        }
        let id = match given {
            Some(id) => {
                message::check_id("MessageDeduplicationId", id)?;
                id.clone()
            }
            None if self.attributes.deduplication.content_based => {
                hex::encode(Sha256::digest(outgoing.message_body.as_deref().unwrap_or_default()))
            }
            None => {
                return Err(SqsError::invalid(
                    "The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly",
                ));
            }
        };
        let scope = self.attributes.deduplication.per_group.then(|| outgoing.message_group_id.clone()).flatten();
        Ok(Some((scope, id)))
    }
}
