//! `system`: WhatsApp tells that a person changed their number or user id. It says nothing of theirs.

use serde_json::value::RawValue;

use crate::ids::{UserId, WaId};
use crate::json::Fields;
use crate::redact::redacted_debug;

#[derive(Clone, PartialEq, Eq)]
pub struct System {
    pub kind: SystemKind,
    pub body: Option<String>,
    /// After a change of number: the new one (the message's `from` is the old one).
    pub wa_id: Option<WaId>,
    /// The older spelling of the same.
    pub new_wa_id: Option<WaId>,
    /// The new one: a change of number re-creates it.
    pub user_id: Option<UserId>,
    pub parent_user_id: Option<UserId>,
    /// Since 2026-08-11.
    pub previous_user_id: Option<UserId>,
    pub previous_parent_user_id: Option<UserId>,
    /// The old number, in the older form.
    pub customer: Option<WaId>,
    /// The hash of the new identity, where that is what changed.
    pub identity: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SystemKind {
    /// `user_changed_number`, formerly `customer_changed_number`.
    NumberChanged,
    /// `user_changed_user_id`, where the phone may not be shared.
    UserIdChanged,
    /// `customer_identity_changed`: a new phone or a reinstalled app.
    IdentityChanged,
    /// Empty where Meta sent none.
    Other(String),
}

redacted_debug!(System);

impl System {
    pub(super) fn read(raw: &RawValue) -> Option<Self> {
        let fields = Fields::parse(raw)?;
        Some(Self {
            kind: SystemKind::parse(&fields.literal("type").unwrap_or_default()),
            body: fields.literal("body"),
            wa_id: phone(&fields, "wa_id"),
            new_wa_id: phone(&fields, "new_wa_id"),
            user_id: fields.id("user_id"),
            parent_user_id: fields.id("parent_user_id"),
            previous_user_id: fields.id("previous_user_id"),
            previous_parent_user_id: fields.id("previous_parent_user_id"),
            customer: phone(&fields, "customer"),
            identity: fields.literal("identity"),
        })
    }

    /// The number the person has now, where that is what changed.
    pub fn new_number(&self) -> Option<&WaId> {
        match self.kind {
            SystemKind::NumberChanged => self.wa_id.as_ref().or(self.new_wa_id.as_ref()),
            // Oldest of all: no type, and a member that says it.
            _ => self.new_wa_id.as_ref(),
        }
    }
}

impl SystemKind {
    fn parse(text: &str) -> Self {
        match text {
            "user_changed_number" | "customer_changed_number" => Self::NumberChanged,
            "user_changed_user_id" => Self::UserIdChanged,
            "customer_identity_changed" | "user_identity_changed" => Self::IdentityChanged,
            other => Self::Other(other.to_owned()),
        }
    }
}

fn phone(fields: &Fields<'_>, name: &str) -> Option<WaId> {
    fields.literal(name).map(|digits| WaId::from(digits.trim_start_matches('+')))
}
