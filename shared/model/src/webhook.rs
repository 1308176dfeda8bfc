//! The envelope of a webhook (contract §3.4), read one element at a time.
//!
//! Only a body that is no JSON object with an `entry` array is refused. Whatever cannot be read inside it is handed
//! out raw beside what can, so that nothing Meta sent is lost and one odd element costs no other.

pub mod field;
mod messages;
mod profile;

use serde_json::value::RawValue;

pub use field::Field;
pub use messages::{MessagesValue, Unknown};
pub use profile::SenderProfile;

use crate::ids::{PhoneNumberId, WabaId};
use crate::json::{Fields, items};
use crate::time::{self, Timestamp};

pub struct Notification<'a> {
    pub entries: Vec<Entry<'a>>,
    /// Elements of `entry` that are no object with a `changes` array.
    pub malformed: Vec<&'a RawValue>,
}

pub struct Entry<'a> {
    /// Empty where Meta sent none. For `PARTNER_*` events and `partner_solutions` it is a business portfolio.
    pub id: WabaId,
    /// Absent for messages.
    pub time: Option<Timestamp>,
    pub changes: Vec<Change<'a>>,
    /// Elements of `changes` that are no object, or one that says something twice.
    pub malformed: Vec<&'a RawValue>,
}

pub struct Change<'a> {
    /// Empty where Meta sent none.
    pub field: String,
    /// The whole `{field, value}`.
    pub raw: &'a RawValue,
    pub value: Value<'a>,
}

pub enum Value<'a> {
    Messages(MessagesValue<'a>),
    /// Any field but `messages`, or `messages` that name no phone number. To be kept and passed on as it came.
    Other,
}

/// The body is not a notification: not UTF-8, not JSON, no object, or no `entry` array in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the body is not a JSON object with an entry array")]
pub struct Unparsable;

impl<'a> Notification<'a> {
    pub fn parse(body: &'a [u8]) -> Result<Self, Unparsable> {
        let text = std::str::from_utf8(body).map_err(|_| Unparsable)?;
        let raw: &RawValue = serde_json::from_str(text).map_err(|_| Unparsable)?;
        let fields = Fields::parse_any(raw).ok_or(Unparsable)?;
        let lists: Vec<_> =
            fields.iter().filter(|(name, _)| *name == "entry").filter_map(|(_, raw)| items(raw)).collect();
        if lists.is_empty() {
            return Err(Unparsable);
        }
        let mut notification = Self { entries: Vec::new(), malformed: Vec::new() };
        for element in lists.into_iter().flatten() {
            match Entry::parse(element) {
                Some(entry) => notification.entries.push(entry),
                None => notification.malformed.push(element),
            }
        }
        Ok(notification)
    }
}

impl<'a> Entry<'a> {
    fn parse(raw: &'a RawValue) -> Option<Self> {
        let fields = Fields::parse(raw)?;
        let mut entry = Self {
            id: fields.id("id").unwrap_or_else(|| WabaId::new("")),
            time: fields.get("time").and_then(time::from_meta),
            changes: Vec::new(),
            malformed: Vec::new(),
        };
        for element in items(fields.get("changes")?)? {
            match Change::parse(element) {
                Some(change) => entry.changes.push(change),
                None => entry.malformed.push(element),
            }
        }
        Some(entry)
    }
}

impl<'a> Change<'a> {
    /// Public because what was quarantined is read again by replay.
    pub fn parse(raw: &'a RawValue) -> Option<Self> {
        let fields = Fields::parse(raw)?;
        let field = fields.text("field").unwrap_or_default();
        let messages = match fields.get("value") {
            Some(value) if field == "messages" => MessagesValue::parse(value),
            _ => None,
        };
        Some(Self { field, raw, value: messages.map_or(Value::Other, Value::Messages) })
    }

    /// The number it is about, where it names one: in `metadata`, or for hand-overs as the `recipient`. Account and
    /// template fields name none.
    pub fn phone_number_id(&self) -> Option<PhoneNumberId> {
        if let Value::Messages(value) = &self.value {
            return Some(value.phone_number_id.clone());
        }
        let value = Fields::parse_any(self.raw_value()?)?;
        let named = |member| value.object(member)?.id("phone_number_id");
        named("metadata").or_else(|| named("recipient"))
    }

    /// Meta's `value`, as it came.
    pub fn raw_value(&self) -> Option<&'a RawValue> {
        Fields::parse(self.raw)?.get("value")
    }
}

#[cfg(test)]
mod tests;
