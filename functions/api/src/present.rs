//! A message as the API shows it, of either direction. Fixed for those who read it; see the project's API contract.

mod inbound;
mod outbound;

use graph::codes;
use model::inbound::Display;
use model::send::Explain;
use model::{ContactKey, SendError, Timestamp};
use serde::Serialize;
use serde_json::value::RawValue;
use store::StoredMessage;
use utoipa::ToSchema;

/// What Meta's codes mean, in the words that events use too.
const EXPLAIN: Explain = Explain { title: codes::title, remedy: codes::remedy };

/// A message, from a person or to one.
#[derive(Serialize, ToSchema)]
pub(crate) struct Message {
    /// The send id of ours, the wamid of theirs.
    pub(crate) id: String,
    /// Meta's id, once there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) wamid: Option<String>,
    /// The caller's own `biz_opaque_callback_data`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) reference: Option<String>,
    /// The phone_number_id it came to or is sent from.
    pub(crate) channel: String,
    pub(crate) direction: Direction,
    /// The person's contact key; `null` where nobody was named.
    #[schema(required)]
    pub(crate) contact: Option<String>,
    /// Meta's `type`.
    #[serde(rename = "type")]
    pub(crate) kind: String,
    /// Only of ours: `queued`, `sending`, `accepted`, `failed`, `uncertain`, `waiting`, `parked` or `cancelled`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) state: Option<&'static str>,
    /// Only of ours, while it is `waiting`: for what.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) waits_for: Option<&'static str>,
    /// Until when it waits, at least.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) waits_until: Option<Timestamp>,
    /// When it is not sent any more, where the caller said so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) expires_at: Option<Timestamp>,
    /// `fallback_template` where that took the place of the message, which `content` then is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) sent_as: Option<&'static str>,
    /// Why it did: `window_closed` (as far as was known here) or `131047` (Meta said so).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) sent_as_because: Option<&'static str>,
    /// When it was written, by Meta's clock; of ours, when it was queued.
    pub(crate) at: Timestamp,
    /// What Meta told of it, by time.
    pub(crate) statuses: Vec<Status>,
    /// Why it is where it is.
    pub(crate) errors: Vec<MessageError>,
    /// Meta's, of the furthest status that has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub(crate) pricing: Option<Box<RawValue>>,
    /// Meta's JSON of the message; `null` where only statuses of it are known.
    #[schema(required, value_type = Option<Object>)]
    pub(crate) content: Option<Box<RawValue>>,
    pub(crate) display: ShownAs,
    /// What became of its file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) media: Option<Media>,
    /// Of ours: its file went out as a link, because Meta does not take it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) converted: Option<Converted>,
}

/// How a file became a link.
#[derive(Serialize, ToSchema)]
pub(crate) struct Converted {
    /// `unsupported_media`, `media_too_large`, or `refused_media` where Meta itself did not take it.
    reason: String,
    /// The limit, and what was given.
    detail: String,
    /// Meta's `type` of the message as it was asked for.
    from: String,
    /// From when on the link leads nowhere.
    link_expires_at: Timestamp,
}

#[derive(Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Direction {
    Inbound,
    Outbound,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct Status {
    /// Meta's word: `sent`, `delivered`, `read`, `failed`, …
    status: String,
    at: Timestamp,
}

/// Why something failed or is in doubt.
#[derive(Serialize, ToSchema)]
pub(crate) struct MessageError {
    /// `meta`, or `waypost` where it never got there.
    source: &'static str,
    /// Meta's number, or a word of ours.
    code: String,
    title: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    remedy: Option<String>,
    /// Meta's own error object, or as a string the start of what came in its place.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<serde_json::Value>)]
    raw: Option<Box<RawValue>>,
}

/// What to show a person, in one line of plain text.
#[derive(Serialize, ToSchema)]
#[schema(as = Display)]
pub(crate) struct ShownAs {
    /// The channel's fallback text for what is not supported.
    text: String,
    /// Meta's `type`; of what is unsupported, what Meta says it was.
    #[serde(rename = "type")]
    kind: String,
    /// Whether `…/raw` holds more than can be shown.
    payload_available: bool,
}

/// What became of a file that a person sent.
#[derive(Serialize, ToSchema)]
#[serde(tag = "state", rename_all = "snake_case")]
pub(crate) enum Media {
    /// It is in the bucket.
    Stored {
        bucket: String,
        key: String,
        /// As Meta named it.
        mime_type: String,
        /// By its first bytes, where they are those of a known type.
        #[serde(skip_serializing_if = "Option::is_none")]
        sniffed_type: Option<String>,
        /// Whether the bytes are of another type than Meta named.
        type_mismatch: bool,
        /// Hex.
        sha256: String,
        bytes: u64,
        /// Meta's size, where it is another.
        #[serde(skip_serializing_if = "Option::is_none")]
        declared_bytes: Option<u64>,
    },
    /// It was not to be had so far, and is tried again.
    Waiting { reason: String, attempts: u32 },
    /// It is not to be had.
    Failed {
        /// `gone`, `too_large`, `mismatch` (checksum or size), `expired` or, of the first version, `lost`.
        code: String,
        reason: String,
        /// Where its bytes are kept aside, where they came and cannot be trusted.
        #[serde(skip_serializing_if = "Option::is_none")]
        quarantine_key: Option<String>,
    },
}

impl Message {
    /// Shown under the contact that its own was merged into.
    #[must_use]
    pub(crate) fn of_contact(mut self, contact: &ContactKey) -> Self {
        if self.contact.is_some() {
            self.contact = Some(contact.as_str().to_owned());
        }
        self
    }

    /// `fallback` is the channel's text for what is not supported.
    pub(crate) fn of(stored: StoredMessage, fallback: &str) -> Self {
        match stored {
            StoredMessage::Inbound(message) => inbound::show(*message, fallback),
            StoredMessage::Send(send) => outbound::show(&send),
        }
    }
}

impl From<&model::send::Converted> for Converted {
    fn from(converted: &model::send::Converted) -> Self {
        let model::send::Converted { reason, detail, from, link_expires_at } = converted.clone();
        Self { reason, detail, from, link_expires_at }
    }
}

impl From<Display> for ShownAs {
    fn from(display: Display) -> Self {
        Self { text: display.text, kind: display.kind, payload_available: display.payload_available }
    }
}

impl From<SendError> for MessageError {
    fn from(error: SendError) -> Self {
        Self {
            source: error.source.as_str(),
            code: error.code,
            title: error.title,
            detail: error.detail,
            remedy: error.remedy,
            raw: error.raw,
        }
    }
}
