//! A line of the inbox.

use model::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use super::Contact;
use crate::present::Message;

/// A person and the last message between them and the channel.
#[derive(Serialize, ToSchema)]
pub(crate) struct Conversation {
    contact: Contact,
    /// When either side last wrote.
    pub(super) last_activity_at: Timestamp,
    /// `null` where no message is stored any more.
    #[schema(required)]
    last_message: Option<Message>,
}

impl Conversation {
    pub(super) fn of(contact: Contact, last_message: Option<Message>) -> Self {
        let written = contact.last_inbound_at.unwrap_or(contact.first_seen_at);
        let last_activity_at = last_message.as_ref().map_or(written, |message| message.at.max(written));
        Self { contact, last_activity_at, last_message }
    }
}
