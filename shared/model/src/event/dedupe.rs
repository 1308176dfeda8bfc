//! When two deliveries tell of the same thing (contract §3.3): Meta repeats itself for days and to every app.
//!
//! Keys are hashed into event ids and compared, never read; they hold wamids and so are never logged.

use data_encoding::BASE32_NOPAD;
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};

use super::EventType;
use crate::canonical::canonical_hash;
use crate::ids::{MediaId, MessageId, PhoneNumberId, SendId, WabaId};
use crate::status::StatusUpdate;
use crate::time::Timestamp;

/// `evt_` and 160 bits of the hash of the type and a key below. Replay appends its run id.
pub fn event_id(kind: EventType, dedupe_key: &str) -> String {
    let digest = Sha256::new().chain_update(kind.as_str()).chain_update([0]).chain_update(dedupe_key).finalize();
    let (head, _) = digest.split_at(20);
    format!("evt_{}", BASE32_NOPAD.encode(head).to_ascii_lowercase())
}

pub fn dedupe_message(number: &PhoneNumberId, message: &MessageId) -> String {
    join(&[number.as_str(), message.as_str()])
}

/// Group statuses come once per member.
pub fn dedupe_status(number: &PhoneNumberId, status: &StatusUpdate<'_>) -> String {
    let participant = status.participant.as_ref();
    let member = participant.and_then(|who| {
        let wa_id = who.wa_id.as_ref().map(AsRef::as_ref);
        wa_id.or_else(|| who.user_id.as_ref().map(AsRef::as_ref))
    });
    let at = status.timestamp.map(|at| at.as_second().to_string()).unwrap_or_default();
    join(&[number.as_str(), status.id.as_str(), status.status.as_str(), member.unwrap_or_default(), &at])
}

/// Any other change, or any other part of a `messages` change under the name of its part.
pub fn dedupe_change(entry: &WabaId, time: Option<Timestamp>, field: &str, value: &RawValue) -> String {
    let time = time.map(|at| at.as_second().to_string()).unwrap_or_default();
    join(&[entry.as_str(), &time, field, &canonical_hash(value)])
}

pub fn dedupe_media(message: &MessageId, media: &MediaId) -> String {
    join(&[message.as_str(), media.as_str()])
}

/// `message.failed` and `message.uncertain` happen once to a send: the type is in the event id.
pub fn dedupe_send(send: &SendId) -> String {
    send.as_str().to_owned()
}

/// A control character that no id holds keeps the parts apart.
fn join(parts: &[&str]) -> String {
    parts.join("\u{1f}")
}
