//! What the queues carry. Every body names its version; a reader that does not know a version refuses the record, and
//! refuses only that record.

use jiff::Timestamp;
use model::{ContactKey, MediaId, MessageId, PhoneNumberId, SendId, WabaId};
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

/// The version every envelope has today.
pub const VERSION: u32 = 1;

/// A body that is not an envelope of ours. Holds no part of it.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum Undecodable {
    /// Not JSON, or not of this shape.
    #[error("the body is not the JSON it has to be (line {line}, column {column})")]
    Shape {
        /// Where reading stopped.
        line: usize,
        /// Where reading stopped.
        column: usize,
    },
    /// A version this build does not know.
    #[error("the envelope has version {0}, this build reads version 1")]
    Version(u32),
}

/// `outbound.fifo`, a public entrance: the API puts sends here that it has stored, and a team's own Lambda may put
/// sends here that the sender then creates.
///
/// ```json
/// {"v": 1, "id": "order-4711", "phone_number_id": "100000000000001",
///  "message": {"to": "+15550101", "type": "text", "text": {"body": "Hello"}},
///  "options": {"window": "meta"}}
/// ```
///
/// Use the person (or anything stable per person) as `MessageGroupId`: what shares a group leaves in order. `id` makes
/// the send unique per number: the same id again is the same send, however often it is queued.
#[derive(Debug, Serialize, Deserialize)]
pub struct OutboundEnvelope {
    /// 1.
    pub v: u32,
    /// A send id (`snd_…`), or the team's own id of 1–256 characters.
    pub id: String,
    /// The number that sends.
    pub phone_number_id: PhoneNumberId,
    /// Meta's message object. Absent where the send is stored already, as the API does it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<Box<RawValue>>,
    /// As `waypost` in `POST /v1/…/messages`: `"window": "meta"` lets Meta judge the service window. An option that the
    /// sender does not know fails the send, where everybody can see it.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub options: Map<String, Value>,
}

impl OutboundEnvelope {
    /// For a send that is stored.
    pub fn stored(id: &SendId, phone_number_id: &PhoneNumberId) -> Self {
        Self {
            v: VERSION,
            id: id.as_str().to_owned(),
            phone_number_id: phone_number_id.clone(),
            message: None,
            options: Map::new(),
        }
    }

    /// Reads a record's body.
    pub fn decode(body: &str) -> Result<Self, Undecodable> {
        decode(body)
    }

    /// The send this envelope is about: its id where that is one of ours, else one derived from the team's own.
    pub fn send_id(&self) -> SendId {
        SendId::parse(&self.id).unwrap_or_else(|| SendId::from_idempotency(&self.phone_number_id, &self.id))
    }
}

/// `media`: copy one inbound file into the bucket.
#[derive(Clone, Debug, Serialize, Deserialize, PartialEq, Eq)]
pub struct MediaJob {
    /// 1.
    pub v: u32,
    /// The WABA whose token may read the file.
    pub waba_id: WabaId,
    /// The number that received it.
    pub phone_number_id: PhoneNumberId,
    /// The message it came with.
    pub message_id: MessageId,
    /// Whom it came from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contact: Option<ContactKey>,
    /// Meta's id of the file, good for 7 days.
    pub media_id: MediaId,
    /// As Meta named it, parameters included.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mime_type: Option<String>,
    /// As Meta gave it, hex or base64.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
    /// When the person sent it.
    pub at: Timestamp,
}

/// `media`: bring the file of one send to Meta. The send says which; what is stored of it may have changed since.
#[derive(Clone, Debug, Serialize, Deserialize, PartialEq, Eq)]
pub struct UploadJob {
    /// 1.
    pub v: u32,
    /// The send that waits for its file.
    pub send_id: SendId,
    /// The number that sends.
    pub phone_number_id: PhoneNumberId,
}

impl UploadJob {
    /// For a send that is stored.
    pub fn of(send_id: &SendId, phone_number_id: &PhoneNumberId) -> Self {
        Self { v: VERSION, send_id: send_id.clone(), phone_number_id: phone_number_id.clone() }
    }
}

/// What stands in `media`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MediaWork {
    /// An inbound file.
    Copy(MediaJob),
    /// An outbound one.
    Upload(UploadJob),
}

impl MediaWork {
    /// Reads a record's body: a job that names a send is about the send's file.
    pub fn decode(body: &str) -> Result<Self, Undecodable> {
        #[derive(Deserialize)]
        struct Named {
            send_id: Option<IgnoredAny>,
        }
        match serde_json::from_str(body) {
            Ok(Named { send_id: Some(_) }) => decode(body).map(Self::Upload),
            _ => decode(body).map(Self::Copy),
        }
    }
}

/// `sync`: read one WABA's templates and numbers now.
#[derive(Clone, Debug, Serialize, Deserialize, PartialEq, Eq)]
pub struct SyncJob {
    /// 1.
    pub v: u32,
    /// Which WABA.
    pub waba_id: WabaId,
    /// When something changed at Meta: a listing begun since then has seen it, and need not be repeated. Absent where
    /// somebody asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changed_at: Option<Timestamp>,
}

impl SyncJob {
    /// Somebody wants it now.
    pub fn asked(waba_id: WabaId) -> Self {
        Self { v: VERSION, waba_id, changed_at: None }
    }

    /// Something changed that only a listing tells.
    pub fn changed(waba_id: WabaId, changed_at: Timestamp) -> Self {
        Self { v: VERSION, waba_id, changed_at: Some(changed_at) }
    }

    /// Reads a record's body.
    pub fn decode(body: &str) -> Result<Self, Undecodable> {
        decode(body)
    }
}

fn decode<'a, T: Deserialize<'a>>(body: &'a str) -> Result<T, Undecodable> {
    #[derive(Deserialize)]
    struct Version {
        v: u32,
    }
    let shape = |error: serde_json::Error| Undecodable::Shape { line: error.line(), column: error.column() };
    let Version { v } = serde_json::from_str(body).map_err(shape)?;
    if v != VERSION {
        return Err(Undecodable::Version(v));
    }
    serde_json::from_str(body).map_err(shape)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_team_id_is_one_send_however_often_it_is_queued() {
        let body = r#"{"v":1,"id":"order-4711","phone_number_id":"1","message":{"to":"+15550101"}}"#;
        let once = OutboundEnvelope::decode(body).unwrap();
        let twice = OutboundEnvelope::decode(body).unwrap();
        assert_eq!(once.send_id(), twice.send_id());
        assert!(once.send_id().as_str().starts_with("snd_"));
    }

    #[test]
    fn what_cannot_be_read_says_where_and_quotes_nothing() {
        let error = OutboundEnvelope::decode(r#"{"v":1,"id":["canary"]}"#).unwrap_err();
        assert!(matches!(error, Undecodable::Shape { line: 1, .. }));
        assert!(!error.to_string().contains("canary"));
        assert_eq!(SyncJob::decode(r#"{"v":2,"waba_id":"1"}"#).unwrap_err(), Undecodable::Version(2));
    }

    #[test]
    fn the_media_queue_carries_files_of_both_directions() {
        let inbound = r#"{"v":1,"waba_id":"2","phone_number_id":"1","message_id":"wamid.A","media_id":"7","at":"2026-01-01T00:00:00Z"}"#;
        assert!(matches!(MediaWork::decode(inbound).unwrap(), MediaWork::Copy(job) if job.media_id.as_str() == "7"));
        let job = UploadJob::of(&SendId::from_random([7; 20]), &PhoneNumberId::new("1"));
        let body = serde_json::to_string(&job).unwrap();
        assert_eq!(MediaWork::decode(&body).unwrap(), MediaWork::Upload(job));
        assert_eq!(MediaWork::decode(r#"{"v":2,"send_id":"x"}"#).unwrap_err(), Undecodable::Version(2));
        for odd in ["{}", "", r#"{"v":1,"send_id":{},"phone_number_id":"1"}"#] {
            assert!(matches!(MediaWork::decode(odd).unwrap_err(), Undecodable::Shape { .. }), "{odd}");
        }
    }

    #[test]
    fn options_of_tomorrow_reach_the_sender() {
        let body = r#"{"v":1,"id":"a","phone_number_id":"1","options":{"send_at":"2026-01-01T00:00:00Z"}}"#;
        assert!(OutboundEnvelope::decode(body).unwrap().options.contains_key("send_at"));
    }
}
