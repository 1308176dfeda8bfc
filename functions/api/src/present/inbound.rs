//! A message from a person; or one that another system sent from the number, of which only statuses came here.

use model::{InboundMessage, MessageId};
use store::{MediaRecord, StoredInbound};

use super::{Direction, Media, Message, MessageError, ShownAs, pricing, status_errors, statuses};

pub(super) fn show(stored: StoredInbound, fallback: &str) -> Message {
    let kind = stored.kind.clone().unwrap_or_else(|| String::from("unknown"));
    let parsed = stored.raw.as_deref().and_then(InboundMessage::parse);
    let errors = parsed.iter().flat_map(|message| message.errors.iter().cloned()).map(MessageError::from);
    let errors = errors.chain(status_errors(&stored.statuses)).collect();
    let display = match &parsed {
        Some(message) => ShownAs::from(message.display(fallback)),
        None => ShownAs { text: fallback.to_owned(), kind: kind.clone(), payload_available: stored.raw.is_some() },
    };
    // Only what is sent has statuses.
    let direction = if stored.raw.is_some() { Direction::Inbound } else { Direction::Outbound };
    Message {
        wamid: Some(stored.id.as_str().to_owned()),
        id: MessageId::into_string(stored.id),
        reference: None,
        channel: stored.phone_number_id.into_string(),
        direction,
        contact: stored.contact.map(model::ContactKey::into_string),
        kind,
        state: None,
        at: stored.at,
        statuses: statuses(&stored.statuses),
        errors,
        pricing: pricing(&stored.statuses),
        display,
        content: stored.raw,
        media: stored.media.map(Media::from),
    }
}

impl From<MediaRecord> for Media {
    fn from(record: MediaRecord) -> Self {
        match record {
            MediaRecord::Stored { bucket, key, mime_type, sha256, bytes } => {
                Self::Stored { bucket, key, mime_type, sha256, bytes }
            }
            MediaRecord::Failed { reason } => Self::Failed { reason },
        }
    }
}
