//! What a message carries, told apart by its `type`.

use super::place::Object;
use super::{ContactCard, Interactive, Invalid, Location, Media, Reaction, TemplateSend, Text};
use crate::redact::redacted_debug;

#[derive(Clone)]
pub enum OutboundContent {
    Text(Text),
    Template(TemplateSend),
    Image(Media),
    Video(Media),
    Audio(Media),
    Document(Media),
    Sticker(Media),
    Interactive(Interactive),
    Location(Location),
    Contacts(Vec<ContactCard>),
    Reaction(Reaction),
}

redacted_debug!(OutboundContent);

impl OutboundContent {
    pub(super) fn read(kind: &str, message: &Object<'_>) -> Result<Self, Invalid> {
        // Not looked up before the type is known: an unknown one is the complaint, not the member of its name.
        let content = || message.required(kind);
        let object = || content()?.object();
        Ok(match kind {
            "text" => Self::Text(Text::read(&object()?)?),
            "template" => Self::Template(TemplateSend::read(&object()?)?),
            "image" => Self::Image(Media::read(&object()?)?),
            "video" => Self::Video(Media::read(&object()?)?),
            "audio" => Self::Audio(Media::read(&object()?)?),
            "document" => Self::Document(Media::read(&object()?)?),
            "sticker" => Self::Sticker(Media::read(&object()?)?),
            "interactive" => Self::Interactive(Interactive::read(&object()?)?),
            "location" => Self::Location(Location::read(&object()?)?),
            "contacts" => Self::Contacts(ContactCard::read_all(&content()?)?),
            "reaction" => Self::Reaction(Reaction::read(&object()?)?),
            other => {
                return Err(Invalid {
                    given: Some(other.chars().take(64).collect()),
                    ..message.invalid("type", KINDS)
                });
            }
        })
    }
}

const KINDS: &str = "must be text, template, image, video, audio, document, sticker, interactive, location, contacts \
                     or reaction";
