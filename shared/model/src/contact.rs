//! A person, as one of our numbers knows them.

use serde::{Deserialize, Serialize};

use crate::ids::{ContactKey, PhoneNumberId, UserId, WaId};
use crate::redact::redacted_debug;
use crate::time::Timestamp;
use crate::window::ServiceWindow;

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contact {
    /// Never changes; the identities that lead here do.
    pub key: ContactKey,
    pub phone_number_id: PhoneNumberId,
    #[serde(default)]
    pub wa_id: Option<WaId>,
    #[serde(default)]
    pub user_id: Option<UserId>,
    #[serde(default)]
    pub name: Option<String>,
    pub first_seen_at: Timestamp,
    /// When the person last wrote what opens the service window.
    #[serde(default)]
    pub last_inbound_at: Option<Timestamp>,
}

redacted_debug!(Contact);

impl Contact {
    /// E.164 with `+`, where the person's phone is known.
    pub fn phone(&self) -> Option<String> {
        self.wa_id.as_ref().map(WaId::e164)
    }

    pub fn window(&self) -> ServiceWindow {
        ServiceWindow { last_inbound_at: self.last_inbound_at }
    }
}
