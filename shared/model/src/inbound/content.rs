//! What a message holds, told apart by its `type`.

use serde_json::value::RawValue;

use super::{
    Button, ContactCard, Edit, Interactive, Location, Media, Order, Reaction, Revoke, System, Text, Unsupported,
};
use crate::json::{Fields, too_deep};

#[derive(Clone)]
pub enum Content {
    Text(Text),
    Image(Media),
    Video(Media),
    Document(Media),
    Audio(Media),
    Sticker(Media),
    Location(Location),
    Contacts(Vec<ContactCard>),
    Reaction(Reaction),
    /// A quick reply of a template.
    Button(Button),
    Interactive(Interactive),
    Order(Order),
    System(System),
    /// What the person sent has no form in the Cloud API: a poll, a view-once photo.
    Unsupported(Unsupported),
    /// A chat was opened for the first time; nothing was written yet.
    RequestWelcome,
    Edit(Edit),
    Revoke(Revoke),
    /// A type we do not know, or one without the shape it should have. `raw` is the whole message.
    Unknown {
        kind: String,
        raw: Box<RawValue>,
    },
}

impl Content {
    pub(super) fn read(kind: &str, fields: &Fields<'_>, raw: &RawValue) -> Self {
        let known = if too_deep(raw) { None } else { Self::known(kind, fields) };
        known.unwrap_or_else(|| Self::Unknown { kind: kind.to_owned(), raw: raw.to_owned() })
    }

    fn known(kind: &str, fields: &Fields<'_>) -> Option<Self> {
        let inner = fields.get(kind);
        Some(match kind {
            "text" => Self::Text(Text::read(inner?)?),
            "image" => Self::Image(Media::read(inner?)?),
            "video" => Self::Video(Media::read(inner?)?),
            "document" => Self::Document(Media::read(inner?)?),
            // The on-premises API called it `voice`, and such bodies are still about.
            "audio" | "voice" => Self::Audio(Media::read(inner?)?),
            "sticker" => Self::Sticker(Media::read(inner?)?),
            "location" => Self::Location(Location::read(inner?)?),
            "contacts" => Self::Contacts(ContactCard::read_all(inner?)?),
            "reaction" => Self::Reaction(Reaction::read(inner?)?),
            "button" => Self::Button(Button::read(inner?)?),
            "interactive" => Self::Interactive(Interactive::read(inner?)?),
            "order" => Self::Order(Order::read(inner?)?),
            "system" => Self::System(System::read(inner?)?),
            // `unknown` is the older spelling.
            "unsupported" | "unknown" => Self::Unsupported(Unsupported::read(fields)),
            "request_welcome" => Self::RequestWelcome,
            "edit" => Self::Edit(Edit::read(inner?)?),
            "revoke" => Self::Revoke(Revoke::read(inner?)?),
            _ => return None,
        })
    }

    /// Whether the person thereby opens the 24 hours in which anything may be sent (contract §5.1). Where Meta is
    /// silent: a message we cannot show was written all the same, a reaction or an edit is not counted.
    pub fn opens_window(&self) -> bool {
        !matches!(self, Self::System(_) | Self::Edit(_) | Self::Revoke(_) | Self::Reaction(_) | Self::Unknown { .. })
    }

    /// The file this message brings.
    pub fn media(&self) -> Option<&Media> {
        match self {
            Self::Image(media)
            | Self::Video(media)
            | Self::Document(media)
            | Self::Audio(media)
            | Self::Sticker(media) => Some(media),
            Self::Edit(edit) => edit.content.media(),
            _ => None,
        }
    }
}

/// Names the content and shows none of it.
impl std::fmt::Debug for Content {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Text(_) => "Text(…)",
            Self::Image(_) => "Image(…)",
            Self::Video(_) => "Video(…)",
            Self::Document(_) => "Document(…)",
            Self::Audio(_) => "Audio(…)",
            Self::Sticker(_) => "Sticker(…)",
            Self::Location(_) => "Location(…)",
            Self::Contacts(_) => "Contacts(…)",
            Self::Reaction(_) => "Reaction(…)",
            Self::Button(_) => "Button(…)",
            Self::Interactive(_) => "Interactive(…)",
            Self::Order(_) => "Order(…)",
            Self::System(_) => "System(…)",
            Self::Unsupported(_) => "Unsupported(…)",
            Self::RequestWelcome => "RequestWelcome",
            Self::Edit(_) => "Edit(…)",
            Self::Revoke(_) => "Revoke(…)",
            Self::Unknown { .. } => "Unknown(…)",
        })
    }
}
