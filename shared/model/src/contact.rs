//! A person, as one of our numbers knows them.

mod name;

use serde::{Deserialize, Serialize};

use crate::ids::{ContactKey, PhoneNumberId, UserId, WaId};
use crate::redact::redacted_debug;
use crate::time::Timestamp;
use crate::window::{OpenedBy, ServiceWindow};

pub use name::shown_name;

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contact {
    /// Never changes; the identities that lead here do.
    pub key: ContactKey,
    pub phone_number_id: PhoneNumberId,
    #[serde(default)]
    pub wa_id: Option<WaId>,
    #[serde(default)]
    pub user_id: Option<UserId>,
    /// As they wrote it; to show it, take [`shown_name`].
    #[serde(default)]
    pub name: Option<String>,
    pub first_seen_at: Timestamp,
    /// When the person last wrote, or rang, what opens the service window.
    #[serde(default)]
    pub last_inbound_at: Option<Timestamp>,
    /// By what.
    #[serde(default)]
    pub opened_by: Option<OpenedBy>,
    /// When they last changed their number or user id: a window from before is not theirs any more.
    #[serde(default)]
    pub identity_since: Option<Timestamp>,
    /// When Meta last said that the service window is closed.
    #[serde(default)]
    pub closed_at: Option<Timestamp>,
    /// Until when what we send is free because they came from an advertisement. It changes the price, never what may be
    /// sent.
    #[serde(default)]
    pub free_entry_point_until: Option<Timestamp>,
    /// Everything they were ever known by: `wa:…` and `user:…`.
    #[serde(default)]
    pub identities: Vec<String>,
    /// Contacts that turned out to be the same person.
    #[serde(default)]
    pub merged: Vec<Merged>,
}

/// A contact that was merged into another. Nothing of it is lost: its items stay, and can be taken out again.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Merged {
    pub key: ContactKey,
    /// The contact it was merged into, which may have been merged on.
    pub into: ContactKey,
    pub at: Timestamp,
    pub by: MergedBy,
    /// Which fact said so, or what the operator wrote.
    pub reason: String,
    #[serde(default)]
    pub last_inbound_at: Option<Timestamp>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MergedBy {
    Meta,
    Operator,
}

redacted_debug!(Contact, Merged);

impl MergedBy {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Meta => "meta",
            Self::Operator => "operator",
        }
    }
}

impl Contact {
    /// E.164 with `+`, where the person's phone is known.
    pub fn phone(&self) -> Option<String> {
        self.wa_id.as_ref().map(WaId::e164)
    }

    pub fn window(&self) -> ServiceWindow {
        ServiceWindow {
            last_inbound_at: self.last_inbound_at,
            identity_since: self.identity_since,
            closed_at: self.closed_at,
        }
    }

    /// The contact itself, and those merged into it: where its messages are.
    pub fn keys(&self) -> Vec<ContactKey> {
        std::iter::once(&self.key).chain(self.merged.iter().map(|merged| &merged.key)).cloned().collect()
    }
}
