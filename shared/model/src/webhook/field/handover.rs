//! `messaging_handovers` and `standby`: another app, such as Meta's Business Agent, has the thread (2026).

use crate::ids::{PhoneNumberId, WaId};
use crate::json::Fields;
use crate::redact::redacted_debug;
use crate::time::{self, Timestamp};

/// Who has the thread now.
pub struct HandOver {
    /// The one field that names its number as the `recipient`.
    pub phone_number_id: Option<PhoneNumberId>,
    pub sender: Option<WaId>,
    /// `control_passed` or `control_taken`. Older samples do not say, and have the object of that name.
    pub kind: Option<String>,
    pub timestamp: Option<Timestamp>,
    pub previous_owner_role: Option<String>,
    pub new_owner_role: Option<String>,
}

/// What the other app is told, one level deeper than it would be told us: it opens no window and changes no message of
/// ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standby {
    pub phone_number_id: Option<PhoneNumberId>,
    pub messages: usize,
    pub echoes: usize,
    pub statuses: usize,
}

redacted_debug!(HandOver);

impl HandOver {
    pub(super) fn read(value: &Fields<'_>) -> Option<Self> {
        let kinds = ["control_passed", "control_taken"];
        let kind = value
            .literal("type")
            .or_else(|| kinds.into_iter().find(|kind| value.get(kind).is_some()).map(str::to_owned));
        let role = |name| kind.as_deref().and_then(|kind| value.object(kind)).and_then(|inner| inner.literal(name));
        let recipient = value.object("recipient")?;
        Some(Self {
            phone_number_id: recipient.id("phone_number_id"),
            sender: value.object("sender").and_then(|sender| sender.wa_id("phone_number")),
            timestamp: value.get("timestamp").and_then(time::from_meta),
            previous_owner_role: role("previous_owner_role"),
            new_owner_role: role("new_owner_role"),
            kind,
        })
    }
}

impl Standby {
    pub(super) fn read(value: &Fields<'_>) -> Option<Self> {
        let inner = value.object("standby")?;
        Some(Self {
            phone_number_id: value.object("metadata").and_then(|metadata| metadata.id("phone_number_id")),
            messages: inner.items("messages").len(),
            echoes: inner.items("message_echoes").len(),
            statuses: inner.items("statuses").len(),
        })
    }
}
