//! A message in a queue, and the checksums and limits of its content.

use std::collections::BTreeMap;

use base64::{Engine, prelude::BASE64_STANDARD};
use jiff::Timestamp;
use md5::{Digest, Md5};

use super::{StoredMessage, error::SqsError, wire::AttributeValue};

/// The most a message may weigh, and all messages of a batch together.
pub(super) const LARGEST: usize = 1024 * 1024;

/// Where a message stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    Visible,
    Delayed { until: Timestamp },
    InFlight { until: Timestamp },
}

#[derive(Clone)]
pub(super) struct Message {
    pub(super) id: String,
    pub(super) body: String,
    pub(super) attributes: BTreeMap<String, AttributeValue>,
    pub(super) system_attributes: BTreeMap<String, AttributeValue>,
    pub(super) group: Option<String>,
    pub(super) deduplication_id: Option<String>,
    pub(super) sequence_number: Option<String>,
    pub(super) sent_at: Timestamp,
    pub(super) standing: Standing,
    pub(super) receive_count: u32,
    pub(super) first_received_at: Option<Timestamp>,
    pub(super) last_received_at: Option<Timestamp>,
    /// Of the latest receive; an older handle is worthless.
    pub(super) receipt: u64,
    /// The queue it fell out of.
    pub(super) source_arn: Option<String>,
}

impl std::fmt::Debug for Message {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Message").field("id", &self.id).field("standing", &self.standing).finish_non_exhaustive()
    }
}

impl Message {
    pub(super) fn stored(&self) -> StoredMessage {
        StoredMessage {
            message_id: self.id.clone(),
            body: self.body.clone(),
            group_id: self.group.clone(),
            deduplication_id: self.deduplication_id.clone(),
            sequence_number: self.sequence_number.clone(),
            sent_at: self.sent_at,
            receive_count: self.receive_count,
            in_flight: matches!(self.standing, Standing::InFlight { .. }),
        }
    }
}

/// Only these characters may be in a message: #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 and up.
pub(super) fn check_characters(text: &str) -> Result<(), SqsError> {
    let allowed =
        |c: char| matches!(c, '\t' | '\n' | '\r' | ' '..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{10000}'..);
    text.chars().find(|c| !allowed(*c)).map_or(Ok(()), |found| Err(SqsError::contents(found)))
}

/// Group and deduplication ids: up to 128 characters, letters, digits and ASCII punctuation.
pub(super) fn check_id(parameter: &str, id: &str) -> Result<(), SqsError> {
    if (1..=128).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Ok(());
    }
    let reason = format!("{parameter} can only include alphanumeric and punctuation characters. 1 to 128 in length.");
    Err(SqsError::invalid_value(id, parameter, &reason))
}

pub(super) fn check_attributes(attributes: &BTreeMap<String, AttributeValue>) -> Result<(), SqsError> {
    if attributes.len() > 10 {
        let message = format!("Number of message attributes [{}] exceeds the allowed maximum [10].", attributes.len());
        return Err(SqsError::invalid(message));
    }
    for (name, value) in attributes {
        let base = value.data_type.split('.').next().unwrap_or_default();
        let present = match base {
            "String" | "Number" => value.string_value.as_ref().is_some_and(|text| !text.is_empty()),
            "Binary" => value.binary_value.as_ref().is_some_and(|text| BASE64_STANDARD.decode(text).is_ok()),
            _ => false,
        };
        if !present {
            let message = format!(
                "The message attribute '{name}' must contain a non-empty value of its type '{}'.",
                value.data_type
            );
            return Err(SqsError::invalid(message));
        }
        if let Some(text) = &value.string_value {
            check_characters(text)?;
        }
    }
    Ok(())
}

/// What counts against the size limit: the body and each attribute's name, type and value.
pub(super) fn weight(body: &str, attributes: &BTreeMap<String, AttributeValue>) -> usize {
    let attribute =
        |(name, value): (&String, &AttributeValue)| name.len() + value.data_type.len() + value_bytes(value).len();
    body.len() + attributes.iter().map(attribute).sum::<usize>()
}

pub(super) fn md5_of_text(text: &str) -> String {
    hex::encode(Md5::digest(text))
}

/// AWS's checksum over attributes in the order of their names; `None` without attributes.
pub(super) fn md5_of_attributes(attributes: &BTreeMap<String, AttributeValue>) -> Option<String> {
    if attributes.is_empty() {
        return None;
    }
    let mut encoded = Vec::new();
    for (name, value) in attributes {
        push(&mut encoded, name.as_bytes());
        push(&mut encoded, value.data_type.as_bytes());
        encoded.push(if value.binary_value.is_some() { 2 } else { 1 });
        push(&mut encoded, &value_bytes(value));
    }
    Some(hex::encode(Md5::digest(encoded)))
}

fn push(encoded: &mut Vec<u8>, bytes: &[u8]) {
    encoded.extend(u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_be_bytes());
    encoded.extend(bytes);
}

fn value_bytes(value: &AttributeValue) -> Vec<u8> {
    match (&value.string_value, &value.binary_value) {
        (Some(text), _) => text.as_bytes().to_vec(),
        (None, Some(base64)) => BASE64_STANDARD.decode(base64).unwrap_or_default(),
        (None, None) => Vec::new(),
    }
}
