//! `smb_app_state_sync`: the address book of the business's own phone.

use serde_json::value::RawValue;

use crate::ids::{PhoneNumberId, UserId};
use crate::json::Fields;
use crate::redact::redacted_debug;
use crate::time::{self, Timestamp};

pub struct StateSync {
    pub phone_number_id: Option<PhoneNumberId>,
    pub entries: Vec<AddressBookEntry>,
}

/// One element of `state_sync[]`. An edit arrives as `add`.
pub struct AddressBookEntry {
    /// `add` or `remove`.
    pub action: String,
    pub full_name: Option<String>,
    pub first_name: Option<String>,
    pub phone_number: Option<String>,
    pub user_id: Option<UserId>,
    pub parent_user_id: Option<UserId>,
    pub username: Option<String>,
    pub at: Option<Timestamp>,
}

redacted_debug!(StateSync, AddressBookEntry);

impl StateSync {
    pub(super) fn read(value: &Fields<'_>) -> Option<Self> {
        let elements = value.items("state_sync");
        if elements.is_empty() {
            return None;
        }
        Some(Self {
            phone_number_id: value.object("metadata").and_then(|metadata| metadata.id("phone_number_id")),
            entries: elements.into_iter().filter_map(AddressBookEntry::read).collect(),
        })
    }
}

impl AddressBookEntry {
    fn read(raw: &RawValue) -> Option<Self> {
        let fields = Fields::parse(raw)?;
        let contact = fields.object("contact")?;
        Some(Self {
            action: fields.literal("action")?,
            full_name: contact.literal("full_name"),
            first_name: contact.literal("first_name"),
            phone_number: contact.literal("phone_number"),
            user_id: contact.id("user_id"),
            parent_user_id: contact.id("parent_user_id"),
            username: contact.literal("username"),
            at: fields.object("metadata").and_then(|metadata| metadata.get("timestamp").and_then(time::from_meta)),
        })
    }
}
