//! What callers send: Meta's own message object, read and checked before anything is stored (contract §2).
//!
//! Required members and shapes are checked here, since Meta reports such slips as a bare 100 or not at all. What is
//! not checked is passed on as it came.

mod contacts;
mod content;
mod display;
mod file;
mod graph;
mod interactive;
mod invalid;
mod location;
mod media;
mod pin;
pub(crate) mod place;
mod reaction;
mod recipient;
mod rewrite;
mod template;
mod text;

use serde_json::value::RawValue;

pub use contacts::ContactCard;
pub use content::OutboundContent;
pub use file::{FileWords, as_link, file_words, with_file};

pub use graph::to_graph;
pub use interactive::{HeaderKind, Interactive};
pub use invalid::Invalid;
pub use location::Location;
pub use media::{Media, MediaSource};
pub use pin::Pin;
pub use reaction::Reaction;
pub use recipient::Recipient;
pub use rewrite::{as_template, template_of, with_template};
pub use template::{Card, Component, ComponentKind, Parameter, TemplateSend};
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
    /// Errors with the first thing that Meta would refuse, as far as the message alone can tell.
    pub fn parse(raw: &RawValue) -> Result<Self, Invalid> {
        Self::parse_with(raw, false)
    }

    /// As [`OutboundMessage::parse`]; where it `passes_unknown`, of a type, an interactive kind, a component or a
    /// parameter that is not known here only the envelope is checked. What is known is checked all the same.
    pub fn parse_with(raw: &RawValue, passes_unknown: bool) -> Result<Self, Invalid> {
        let message = Place::root(raw).passing_unknown(passes_unknown).object()?;
        if let Some(product) = message.optional("messaging_product")
            && product.text()? != "whatsapp"
        {
            return Err(product.invalid("must be \"whatsapp\""));
        }
        let recipient = recipient::read(&message)?;
        let kind = message.required_text("type")?;
        let content = OutboundContent::read(&kind, &message)?;
        content.fits(&recipient, &message)?;
        if let Some(hash) = message.optional("recipient_identity_key_hash") {
            hash.filled_text()?;
        }
        Ok(Self {
            reply_to: reply_to(&content, message.optional("context"))?,
            reference: reference(message.optional("biz_opaque_callback_data"))?,
            recipient,
            kind,
            content,
        })
    }

    /// Templates may be sent outside the service window; nothing else may.
    pub fn is_template(&self) -> bool {
        matches!(self.content, OutboundContent::Template(_))
    }

    /// Groups have no service window of ours.
    pub fn is_to_group(&self) -> bool {
        matches!(self.recipient, Recipient::Group(_))
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

fn reply_to(content: &OutboundContent, context: Option<Place<'_>>) -> Result<Option<MessageId>, Invalid> {
    let Some(context) = context else { return Ok(None) };
    if matches!(content, OutboundContent::Reaction(_)) {
        return Err(context.invalid("must not be given with a reaction, which names its message itself"));
    }
    context.object()?.required("message_id")?.filled_text().map(|id| Some(MessageId::from(id)))
}

fn reference(given: Option<Place<'_>>) -> Result<Option<String>, Invalid> {
    let Some(given) = given else { return Ok(None) };
    let text = given.text_within(&limits::REFERENCE)?;
    Ok(Some(text).filter(|text| !text.is_empty()))
}

#[cfg(test)]
mod tests;
