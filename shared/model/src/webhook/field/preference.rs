//! `user_preferences`: a person wants no more marketing, or wants it again (contract §3.8).

use serde_json::value::RawValue;

use crate::ids::{PhoneNumberId, UserId, WaId};
use crate::json::Fields;
use crate::redact::redacted_debug;
use crate::time::{self, Timestamp};
use crate::webhook::SenderProfile;

/// The value of a `user_preferences` change.
pub struct UserPreferences<'a> {
    pub phone_number_id: Option<PhoneNumberId>,
    pub contacts: Vec<SenderProfile<'a>>,
    pub preferences: Vec<UserPreference<'a>>,
    /// Elements that are none.
    pub unknown: Vec<&'a RawValue>,
}

/// One element of `user_preferences[]`. It holds for that user id, not for its parent.
pub struct UserPreference<'a> {
    pub wa_id: Option<WaId>,
    pub user_id: Option<UserId>,
    pub parent_user_id: Option<UserId>,
    /// `marketing_messages`, so far.
    pub category: String,
    /// `stop`, `resume` or `signup`.
    pub value: String,
    /// In words, for people.
    pub detail: Option<String>,
    pub signup_id: Option<String>,
    pub timestamp: Option<Timestamp>,
    pub raw: &'a RawValue,
}

redacted_debug!(UserPreferences<'_>, UserPreference<'_>);

impl<'a> UserPreferences<'a> {
    pub(super) fn read(value: &Fields<'a>) -> Option<Self> {
        let elements = value.items("user_preferences");
        if elements.is_empty() {
            return None;
        }
        let mut read = Self {
            phone_number_id: value.object("metadata").and_then(|metadata| metadata.id("phone_number_id")),
            contacts: value.items("contacts").into_iter().filter_map(SenderProfile::parse).collect(),
            preferences: Vec::new(),
            unknown: Vec::new(),
        };
        for raw in elements {
            match UserPreference::parse(raw) {
                Some(preference) => read.preferences.push(preference),
                None => read.unknown.push(raw),
            }
        }
        Some(read)
    }

    /// The person's entry in `contacts[]`, matched by identity.
    pub fn profile_of(&self, preference: &UserPreference<'_>) -> Option<&SenderProfile<'a>> {
        self.contacts.iter().find(|profile| profile.is(preference.wa_id.as_ref(), preference.user_id.as_ref()))
    }
}

impl<'a> UserPreference<'a> {
    /// `None` where `raw` does not say what is preferred. Nobody may be named in it.
    pub fn parse(raw: &'a RawValue) -> Option<Self> {
        let fields = Fields::parse(raw)?;
        Some(Self {
            wa_id: fields.wa_id("wa_id"),
            user_id: fields.id("user_id"),
            parent_user_id: fields.id("parent_user_id"),
            category: fields.literal("category")?,
            value: fields.literal("value")?,
            detail: fields.literal("detail"),
            signup_id: fields.literal("signup_id"),
            timestamp: fields.get("timestamp").and_then(time::from_meta),
            raw,
        })
    }
}
