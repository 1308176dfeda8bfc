//! What a message carries, told apart by its `type`.

use super::place::Object;
use super::{ContactCard, Interactive, Invalid, Location, Media, Pin, Reaction, Recipient, TemplateSend, Text};
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
    Pin(Pin),
    /// Of a type not known here, which goes out as it came.
    Unknown,
}

redacted_debug!(OutboundContent);

impl OutboundContent {
    pub(super) fn read(kind: &str, message: &Object<'_>) -> Result<Self, Invalid> {
        // Not looked up before the type is known: an unknown one is the complaint, not the member of its name.
        let content = || message.required(kind);
        let object = || content()?.object();
        let media = || Media::read(kind, &object()?);
        Ok(match kind {
            "text" => Self::Text(Text::read(&object()?)?),
            "template" => Self::Template(TemplateSend::read(&object()?)?),
            "image" => Self::Image(media()?),
            "video" => Self::Video(media()?),
            "audio" => Self::Audio(media()?),
            "document" => Self::Document(media()?),
            "sticker" => Self::Sticker(media()?),
            "interactive" => Self::Interactive(Interactive::read(&object()?)?),
            "location" => Self::Location(Location::read(&object()?)?),
            "contacts" => Self::Contacts(ContactCard::read_all(&content()?)?),
            "reaction" => Self::Reaction(Reaction::read(&object()?)?),
            "pin" => Self::Pin(Pin::read(&object()?)?),
            other => {
                message.required("type")?.unknown_kind(other, &KINDS)?;
                content()?;
                Self::Unknown
            }
        })
    }

    /// A group takes less than a person, and alone takes pins (contract §2.2, §2.6).
    pub(super) fn fits(&self, recipient: &Recipient, message: &Object<'_>) -> Result<(), Invalid> {
        let group = matches!(recipient, Recipient::Group(_));
        match self {
            Self::Pin(_) if !group => Err(message.invalid("type", "can be pin in a group only")),
            Self::Interactive(_) | Self::Location(_) | Self::Contacts(_) | Self::Reaction(_) if group => {
                message.required("type")?.one_of(&GROUP_KINDS).map(drop)
            }
            _ => Ok(()),
        }
    }
}

const KINDS: [&str; 12] = [
    "text",
    "template",
    "image",
    "video",
    "audio",
    "document",
    "sticker",
    "interactive",
    "location",
    "contacts",
    "reaction",
    "pin",
];

/// What can go to a group (contract §2.6).
const GROUP_KINDS: [&str; 8] = ["text", "template", "image", "video", "audio", "document", "sticker", "pin"];
