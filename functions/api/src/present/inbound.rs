//! A message from a person; or one that another system sent from the number, of which only statuses came here.

use model::{DeliveryStatus, InboundMessage, MetaError, SendError, StatusRecord};
use store::{MediaRecord, StoredInbound};

use super::{Direction, EXPLAIN, Media, Message, MessageError, ShownAs, Status};

pub(super) fn show(stored: StoredInbound, fallback: &str) -> Message {
    let kind = stored.kind.unwrap_or_else(|| String::from("unknown"));
    let parsed = stored.raw.as_deref().and_then(InboundMessage::parse);
    let display = match &parsed {
        Some(message) => ShownAs::from(message.display(fallback)),
        None => ShownAs { text: fallback.to_owned(), kind: kind.clone(), payload_available: stored.raw.is_some() },
    };
    let mut told: Vec<(String, StatusRecord)> = stored.statuses.into_iter().collect();
    told.sort_by_key(|(word, record)| (record.at, DeliveryStatus::parse(word).rank()));
    let errors = parsed.map(|message| message.errors).unwrap_or_default();
    let later = told.iter().filter_map(|(_, record)| record.errors.as_deref()).flat_map(MetaError::parse_all);
    let furthest =
        told.iter().max_by_key(|(word, record)| (record.pricing.is_some(), DeliveryStatus::parse(word).rank()));
    Message {
        wamid: Some(stored.id.as_str().to_owned()),
        id: stored.id.into_string(),
        reference: None,
        channel: stored.phone_number_id.into_string(),
        // Only what is sent has statuses and nothing else.
        direction: if stored.raw.is_some() { Direction::Inbound } else { Direction::Outbound },
        contact: stored.contact.map(model::ContactKey::into_string),
        kind,
        state: None,
        waits_for: None,
        waits_until: None,
        expires_at: None,
        sent_as: None,
        sent_as_because: None,
        at: stored.at,
        errors: errors.into_iter().chain(later).map(|error| explained(&error)).collect(),
        pricing: furthest.and_then(|(_, record)| record.pricing.clone()),
        statuses: told.into_iter().map(|(status, record)| Status { status, at: record.at }).collect(),
        display,
        content: stored.raw,
        media: stored.media.map(Media::from),
        converted: None,
    }
}

fn explained(error: &MetaError) -> MessageError {
    MessageError::from(SendError::from_meta(error, EXPLAIN))
}

impl From<MediaRecord> for Media {
    fn from(record: MediaRecord) -> Self {
        match record {
            MediaRecord::Stored(file) => Self::Stored {
                bucket: file.bucket,
                key: file.key,
                mime_type: file.mime_type,
                sniffed_type: file.sniffed_type,
                type_mismatch: file.type_mismatch,
                sha256: file.sha256,
                bytes: file.bytes,
                declared_bytes: file.declared_bytes,
            },
            MediaRecord::Waiting { reason, attempts } => Self::Waiting { reason, attempts },
            MediaRecord::Failed { code, reason, quarantine_key } => Self::Failed { code, reason, quarantine_key },
        }
    }
}
