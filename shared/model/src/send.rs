//! One message we send, from the request to its last status.

mod block;
mod claim;
mod draft;
mod fallback;
mod file;
mod message_object;
mod options;
mod state;
mod waits;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

pub use block::{Block, BlockScope, Passage};
pub use claim::{Claimed, on_refused_claim};
pub use draft::{Draft, NotDrafted};
pub use fallback::{FallbackTemplate, FellBack};
pub use file::{Converted, LIBRARY, MediaFrom, OnUnsupported, SendFile, SendMedia, UPLOAD_DAYS, UPLOADS};
pub use message_object::{Explain, MessageObject, StatusShown};
pub use options::{AfterDelivered, OnUncertain, OptionRefused, SendOptions};
pub use state::{SendState, UNCONFIRMED};
pub use waits::WaitsFor;

use crate::ids::{ContactKey, MessageId, PhoneNumberId, SendId};
use crate::outbound::{Invalid, OutboundMessage, as_template};
use crate::redact::redacted_debug;
use crate::time::Timestamp;

#[derive(Clone)]
pub struct Send {
    pub id: SendId,
    pub phone_number_id: PhoneNumberId,
    pub contact: ContactKey,
    /// Meta's `type` of the message.
    pub kind: String,
    /// As the caller gave it, with its file once there is one.
    pub message: Box<RawValue>,
    /// The caller's own `biz_opaque_callback_data`, whose place on the wire our send id takes.
    pub reference: Option<String>,
    /// As last written. What to show is [`Send::shown_state`].
    pub state: SendState,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub wamid: Option<MessageId>,
    pub error: Option<SendError>,
    /// By Meta's word for the status; each written once, in whatever order they came.
    pub statuses: BTreeMap<String, StatusRecord>,
    /// Until when the sender that claimed it owns it.
    pub lease_until: Option<Timestamp>,
    /// When the tick takes it up.
    pub due_at: Option<Timestamp>,
    /// What it waits for, while it waits.
    pub waits_for: Option<WaitsFor>,
    pub attempts: u32,
    pub requeues: u32,
    /// How often it was sent again because nothing told what had come of it.
    pub resends: u32,
    /// See [`crate::canonical_hash`].
    pub body_hash: String,
    /// What the caller asked for beside the message.
    pub options: SendOptions,
    /// What became of the file that its options name.
    pub file: Option<SendFile>,
    /// What the template asked for when the send was queued; see S-09.
    pub template_schema: Option<String>,
    /// When the template was first looked for and not known. Only a listing begun since then says that there is none.
    pub template_missed_at: Option<Timestamp>,
    /// Why the fallback template took the place of the message.
    pub fell_back: Option<FellBack>,
}

/// Why a send failed or is in doubt.
#[derive(Clone, Serialize, Deserialize)]
pub struct SendError {
    pub source: ErrorSource,
    pub code: String,
    pub title: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remedy: Option<String>,
    /// Meta's own error object.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub raw: Option<Box<RawValue>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorSource {
    Meta,
    Waypost,
}

/// What one status webhook told.
#[derive(Clone, Serialize, Deserialize)]
pub struct StatusRecord {
    pub at: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pricing: Option<Box<RawValue>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub errors: Option<Box<RawValue>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extra: Option<Box<RawValue>>,
}

/// Who judges whether the service window is open. We do, unless the caller says otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WindowPolicy {
    /// The caller wrote `window: "meta"`: a fresh install knows no windows.
    Meta,
}

redacted_debug!(StatusRecord);

impl Send {
    /// The message, read as its options have it.
    pub fn outbound(&self) -> Result<OutboundMessage, Invalid> {
        OutboundMessage::parse_with(&self.message, self.options.raw)
    }

    /// Meta's message object to be sent where the window turns out to be closed; `None` where there is none, or it is what
    /// is sent already.
    pub fn fallback_message(&self) -> Option<Box<RawValue>> {
        let template = self.options.fallback_template.as_ref().filter(|_| self.fell_back.is_none())?;
        as_template(&self.message, &self.kind, template.raw())
    }
}

impl ErrorSource {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Meta => "meta",
            Self::Waypost => "waypost",
        }
    }
}

impl std::fmt::Debug for Send {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Send({}, {}, {})", self.id, self.kind, self.state.as_str())
    }
}

/// Meta's details may quote the person's number.
impl std::fmt::Debug for SendError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SendError({}, {})", self.source.as_str(), self.code)
    }
}

#[cfg(test)]
mod tests;
