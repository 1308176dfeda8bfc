//! What the team's own code receives on `events.fifo`: a public contract, fixed.

mod dedupe;
mod filter;
mod kind;

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;

pub use dedupe::{dedupe_change, dedupe_media, dedupe_message, dedupe_send, dedupe_status, event_id};
pub use filter::{DEFAULT_EVENT_TYPES, EventFilter, UnknownEventType};
pub use kind::{EventType, type_of_field};

use crate::contact::Contact;
use crate::ids::{ContactKey, PhoneNumberId, UserId, WaId, WabaId};
use crate::redact::redacted_debug;
use crate::time::Timestamp;

/// The version of the envelope.
pub const VERSION: u8 = 1;

#[derive(Clone)]
pub struct Event {
    pub v: u8,
    /// Stable: the same thing told again has the same id. See [`event_id`].
    pub id: String,
    pub kind: EventType,
    /// Meta's time of the thing, else the entry's, else of receipt.
    pub at: Timestamp,
    pub waba_id: Option<WabaId>,
    pub phone_number_id: Option<PhoneNumberId>,
    pub contact: Option<EventContact>,
    pub data: EventData,
}

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventContact {
    pub key: ContactKey,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wa_id: Option<WaId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_id: Option<UserId>,
    /// E.164 with `+`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

#[derive(Clone)]
pub enum EventData {
    /// Meta's JSON, token for token.
    Inline(Box<RawValue>),
    /// Too large for a queue: the JSON is in the bucket.
    Referred(DataRef),
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DataRef {
    pub bucket: String,
    pub key: String,
    pub bytes: u64,
    /// Hex.
    pub sha256: String,
}

redacted_debug!(EventContact);

impl From<&Contact> for EventContact {
    fn from(contact: &Contact) -> Self {
        Self {
            key: contact.key.clone(),
            wa_id: contact.wa_id.clone(),
            user_id: contact.user_id.clone(),
            phone: contact.phone(),
            name: contact.name.clone(),
        }
    }
}

impl std::fmt::Debug for Event {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Event({}, {})", self.id, self.kind.as_str())
    }
}

impl std::fmt::Debug for EventData {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Inline(raw) => write!(f, "Inline({} bytes)", raw.get().len()),
            Self::Referred(at) => write!(f, "Referred({} bytes)", at.bytes),
        }
    }
}

/// The envelope's JSON. `data_ref` is there only where `data` is elsewhere.
#[derive(Serialize)]
struct Wire<'a> {
    v: u8,
    id: &'a str,
    #[serde(rename = "type")]
    kind: EventType,
    at: Timestamp,
    waba_id: Option<&'a WabaId>,
    phone_number_id: Option<&'a PhoneNumberId>,
    contact: Option<&'a EventContact>,
    data: Option<&'a RawValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    data_ref: Option<&'a DataRef>,
}

impl Serialize for Event {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (data, data_ref) = match &self.data {
            EventData::Inline(raw) => (Some(raw.as_ref()), None),
            EventData::Referred(at) => (None, Some(at)),
        };
        Wire {
            v: self.v,
            id: &self.id,
            kind: self.kind,
            at: self.at,
            waba_id: self.waba_id.as_ref(),
            phone_number_id: self.phone_number_id.as_ref(),
            contact: self.contact.as_ref(),
            data,
            data_ref,
        }
        .serialize(serializer)
    }
}

#[derive(Deserialize)]
struct Read {
    v: u8,
    id: String,
    #[serde(rename = "type")]
    kind: EventType,
    at: Timestamp,
    waba_id: Option<WabaId>,
    phone_number_id: Option<PhoneNumberId>,
    contact: Option<EventContact>,
    data: Box<RawValue>,
    data_ref: Option<DataRef>,
}

impl<'de> Deserialize<'de> for Event {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let read = Read::deserialize(deserializer)?;
        Ok(Self {
            v: read.v,
            id: read.id,
            kind: read.kind,
            at: read.at,
            waba_id: read.waba_id,
            phone_number_id: read.phone_number_id,
            contact: read.contact,
            data: read.data_ref.map_or(EventData::Inline(read.data), EventData::Referred),
        })
    }
}

/// The `{field, value}` that account, template and unknown events carry, around a part of Meta's JSON.
pub fn field_and_value(field: &str, value: &RawValue) -> Result<Box<RawValue>, serde_json::Error> {
    let field = serde_json::value::to_raw_value(field)?;
    let members: BTreeMap<&str, &RawValue> = BTreeMap::from([("field", field.as_ref()), ("value", value)]);
    serde_json::value::to_raw_value(&members)
}

/// What a whole change is told as: itself where it is a `{field, value}`, as Meta's are, and wrapped in one where it is not.
pub fn change_data(field: &str, change: &RawValue) -> Result<Box<RawValue>, serde_json::Error> {
    #[derive(Deserialize)]
    struct Shape<'a> {
        #[serde(rename = "field")]
        _field: String,
        #[serde(rename = "value", borrow)]
        _value: &'a RawValue,
    }
    if serde_json::from_str::<Shape<'_>>(change.get()).is_ok() {
        return Ok(change.to_owned());
    }
    field_and_value(field, change)
}

#[cfg(test)]
mod tests;
