//! What the fake Meta remembers of what happened, for tests and people to read.

use bytes::Bytes;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::value::RawValue;

/// A send that was accepted.
#[derive(Clone, Debug, Serialize)]
pub struct SendRecord {
    pub wamid: String,
    pub at: Timestamp,
    pub phone_number_id: String,
    /// As the caller wrote it.
    pub to: String,
    /// As WhatsApp knows the person.
    pub wa_id: Option<String>,
    pub user_id: Option<String>,
    #[serde(rename = "type")]
    pub kind: String,
    /// `biz_opaque_callback_data`
    pub opaque: Option<String>,
    /// The request, token for token.
    pub request: Box<RawValue>,
    pub statuses: Vec<EmittedStatus>,
    /// Meta is pacing the template: no status until it is released.
    pub held: bool,
    #[serde(skip)]
    pub(crate) category: Option<String>,
    #[serde(skip)]
    pub(crate) group: bool,
}

#[derive(Clone, Debug, Serialize)]
pub struct EmittedStatus {
    pub status: String,
    pub at: Timestamp,
}

/// A send that was refused in the answer.
#[derive(Clone, Debug, Serialize)]
pub struct RefusedRecord {
    pub at: Timestamp,
    pub phone_number_id: String,
    pub code: i64,
    pub http: u16,
    /// The request, where it was JSON.
    pub request: Option<Box<RawValue>>,
    pub error: serde_json::Value,
}

/// A message that was marked read.
#[derive(Clone, Debug, Serialize)]
pub struct ReadRecord {
    pub at: Timestamp,
    pub phone_number_id: String,
    pub message_id: String,
    pub typing: bool,
}

/// A call of the Graph API, whatever came of it.
#[derive(Clone, Debug, Serialize)]
pub struct CallRecord {
    pub at: Timestamp,
    pub method: String,
    pub path: String,
    /// The status as judged, before a fault spoiled it; `None` where a fault let nothing through.
    pub status: Option<u16>,
    pub code: Option<i64>,
    pub fault: Option<&'static str>,
}

/// One POST to a callback, with every attempt at it.
#[derive(Clone, Debug, Serialize)]
pub struct WebhookRecord {
    pub id: usize,
    pub at: Timestamp,
    pub app_id: String,
    pub url: String,
    /// The fields of its changes.
    pub fields: Vec<String>,
    /// What was signed and sent, as text.
    pub body: String,
    /// Exactly that.
    #[serde(skip)]
    pub bytes: Bytes,
    pub signature: String,
    pub attempts: Vec<Attempt>,
    pub state: WebhookState,
}

#[derive(Clone, Debug, Serialize)]
pub struct Attempt {
    pub at: Timestamp,
    pub status: Option<u16>,
    pub error: Option<String>,
    pub took_ms: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum WebhookState {
    Sending,
    Delivered,
    Retrying,
    /// Never answered 200 within the retry plan.
    GivenUp,
    /// A fault swallowed it.
    Dropped,
}
