//! What became of a message we sent (contract §3.7).
//!
//! Statuses come in any order, twice, and long after. Each is kept; the highest rank is the one to show.

mod delivery;
mod free_entry;

use std::collections::BTreeMap;

use serde_json::value::RawValue;

pub use delivery::{DeliveryStatus, highest};

use crate::error::MetaError;
use crate::ids::{MessageId, UserId, WaId};
use crate::json::{Fields, too_deep};
use crate::redact::redacted_debug;
use crate::time::{self, Timestamp};
use crate::webhook::SenderProfile;

/// One element of `statuses[]` that is about a message.
pub struct StatusUpdate<'a> {
    pub id: MessageId,
    pub status: DeliveryStatus,
    pub timestamp: Option<Timestamp>,
    /// The person as WhatsApp knows them, which may differ from what was sent to; for groups the group id.
    pub recipient_id: Option<WaId>,
    pub recipient_user_id: Option<UserId>,
    pub recipient_parent_user_id: Option<UserId>,
    /// `group` for groups, else absent.
    pub recipient_type: Option<String>,
    /// Which member of the group this is about.
    pub participant: Option<Participant>,
    /// `biz_opaque_callback_data`: our send id, where the send is ours.
    pub opaque: Option<String>,
    pub pricing: Option<&'a RawValue>,
    pub errors: Option<&'a RawValue>,
    pub conversation: Option<&'a RawValue>,
    pub contacts: Vec<SenderProfile<'a>>,
    /// Members that this type does not know.
    pub extra: BTreeMap<String, &'a RawValue>,
    pub raw: &'a RawValue,
}

#[derive(Clone, PartialEq, Eq)]
pub struct Participant {
    pub wa_id: Option<WaId>,
    pub user_id: Option<UserId>,
    pub parent_user_id: Option<UserId>,
}

redacted_debug!(StatusUpdate<'_>, Participant);

impl<'a> StatusUpdate<'a> {
    /// `None` where `raw` is not the status of a message: no id, no status, a payment or a call.
    pub fn parse(raw: &'a RawValue) -> Option<Self> {
        let fields = Fields::parse(raw).filter(|_| !too_deep(raw))?;
        if item_type(&fields).is_some_and(|kind| kind != "message") {
            return None;
        }
        let conversation = fields.get("conversation");
        Some(Self {
            id: fields.id("id")?,
            status: DeliveryStatus::parse(&fields.literal("status")?),
            timestamp: fields.get("timestamp").and_then(time::from_meta),
            recipient_id: fields.wa_id("recipient_id"),
            recipient_user_id: fields.id("recipient_user_id"),
            recipient_parent_user_id: either(&fields, "recipient_parent_user_id", "parent_recipient_user_id"),
            recipient_type: fields.literal("recipient_type"),
            participant: participant(&fields),
            opaque: fields.literal("biz_opaque_callback_data"),
            // One page nests pricing inside conversation.
            pricing: fields.get("pricing").or_else(|| Fields::parse(conversation?)?.get("pricing")),
            errors: fields.get("errors"),
            conversation,
            contacts: fields.items("contacts").into_iter().filter_map(SenderProfile::parse).collect(),
            extra: fields
                .iter()
                .filter(|(name, _)| !KNOWN.contains(name))
                .map(|(name, value)| (name.to_owned(), value))
                .collect(),
            raw,
        })
    }

    pub fn meta_errors(&self) -> Vec<MetaError> {
        self.errors.map(MetaError::parse_all).unwrap_or_default()
    }

    pub fn profile(&self) -> Option<&SenderProfile<'a>> {
        self.contacts.iter().find(|contact| contact.is(self.recipient_id.as_ref(), self.recipient_user_id.as_ref()))
    }

    /// [`StatusUpdate::extra`] as one object; `None` where it is empty.
    pub fn extra_json(&self) -> Option<Box<RawValue>> {
        if self.extra.is_empty() {
            return None;
        }
        serde_json::value::to_raw_value(&self.extra).ok()
    }
}

const KNOWN: [&str; 19] = [
    "id",
    "type",
    "status",
    "timestamp",
    "recipient_id",
    "recipient_user_id",
    "recipient_parent_user_id",
    "parent_recipient_user_id",
    "recipient_type",
    "recipient_participant_id",
    "participant_recipient_id",
    "recipient_participant_user_id",
    "recipient_participant_parent_user_id",
    "recipient_identity_key_hash",
    "biz_opaque_callback_data",
    "pricing",
    "errors",
    "conversation",
    "contacts",
];

/// The `type` of an element of `statuses[]`: absent or `message` for messages, `payment` for payments.
pub(crate) fn item_type(fields: &Fields<'_>) -> Option<String> {
    fields.literal("type")
}

fn participant(fields: &Fields<'_>) -> Option<Participant> {
    let participant = Participant {
        wa_id: either(fields, "recipient_participant_id", "participant_recipient_id"),
        user_id: fields.id("recipient_participant_user_id"),
        parent_user_id: fields.id("recipient_participant_parent_user_id"),
    };
    let known = participant.wa_id.is_some() || participant.user_id.is_some() || participant.parent_user_id.is_some();
    known.then_some(participant)
}

fn either<T: From<String>>(fields: &Fields<'_>, name: &str, old_name: &str) -> Option<T> {
    fields.id(name).or_else(|| fields.id(old_name))
}

#[cfg(test)]
mod tests;
