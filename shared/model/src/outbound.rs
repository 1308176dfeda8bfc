//! What callers send: Meta's own message object, read and checked before anything is stored (contract §2).
//!
//! Required members and shapes are checked here, since Meta reports such slips as a bare 100 or not at all. What is
//! not checked is passed on as it came.

mod contacts;
mod content;
mod display;
mod graph;
mod interactive;
mod invalid;
mod location;
mod media;
pub(crate) mod place;
mod reaction;
mod recipient;
mod template;
mod text;

use serde_json::value::RawValue;

pub use contacts::ContactCard;
pub use content::OutboundContent;

pub use graph::to_graph;
pub use interactive::{HeaderKind, Interactive};
pub use invalid::Invalid;
pub use location::Location;
pub use media::{Media, MediaSource};
pub use reaction::Reaction;
pub use recipient::Recipient;
pub use template::TemplateSend;
pub use text::Text;

use crate::ids::{ContactKey, MessageId, WaId};
use crate::limits;
use crate::redact::redacted_debug;
use place::Place;

#[derive(Clone)]
pub struct OutboundMessage {
    pub recipient: Recipient,
    /// Meta's `type`.
    pub kind: String,
    pub content: OutboundContent,
    /// The message this one quotes.
    pub reply_to: Option<MessageId>,
    /// The caller's own `biz_opaque_callback_data`.
    pub reference: Option<String>,
}

redacted_debug!(OutboundMessage);

impl OutboundMessage {
    pub fn parse(raw: &RawValue) -> Result<Self, Invalid> {
        let message = Place::root(raw).object()?;
        if let Some(product) = message.optional("messaging_product")
            && product.text()? != "whatsapp"
        {
            return Err(product.invalid("must be \"whatsapp\""));
        }
        let recipient = recipient::read(&message)?;
        let kind = message.required("type")?.filled_text()?;
        Ok(Self {
            recipient,
            content: OutboundContent::read(&kind, &message)?,
            kind,
            reply_to: reply_to(message.optional("context"))?,
            reference: reference(message.optional("biz_opaque_callback_data"))?,
        })
    }

    /// Templates may be sent outside the service window; nothing else may.
    pub fn is_template(&self) -> bool {
        matches!(self.content, OutboundContent::Template(_))
    }

    /// The contact this recipient is, where no alias says otherwise. A group is none.
    pub fn contact_key(&self) -> Option<ContactKey> {
        match &self.recipient {
            Recipient::Phone(digits) => ContactKey::from_identity(Some(&WaId::new(digits.as_str())), None),
            Recipient::User(user) => ContactKey::from_identity(None, Some(user)),
            Recipient::Group(_) => None,
        }
    }
}

fn reply_to(context: Option<Place<'_>>) -> Result<Option<MessageId>, Invalid> {
    let Some(context) = context else { return Ok(None) };
    context.object()?.required("message_id")?.filled_text().map(|id| Some(MessageId::from(id)))
}

fn reference(given: Option<Place<'_>>) -> Result<Option<String>, Invalid> {
    let Some(given) = given else { return Ok(None) };
    let text = given.text_within(&limits::REFERENCE)?;
    Ok(Some(text).filter(|text| !text.is_empty()))
}

#[cfg(test)]
mod tests;
