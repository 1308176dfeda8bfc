//! What a send has to supply for a template (contract §2.4, §2.5), from the components as Meta lists them.
//!
//! Nothing of a template is refused here. What this build does not know is kept as unknown, and what is sent for it is
//! for Meta to judge.

use std::fmt::{self, Display, Formatter};

use data_encoding::HEXLOWER;
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};

use super::{Template, placeholder};
use crate::json::{Fields, items};

/// The shape of a template. Its words are kept only to know how long they get.
pub struct Schema {
    pub(super) named: bool,
    /// Of an authentication template: its one value is the code, in the body and in the button.
    pub(super) code: bool,
    /// `None` where nothing of the components can be read.
    pub(super) parts: Option<Parts>,
}

/// The components of a template, or of one card.
pub(super) struct Parts {
    pub(super) header: Header,
    pub(super) body: Option<Text>,
    pub(super) buttons: Vec<Button>,
    /// A limited-time offer that expires.
    pub(super) offer: Option<bool>,
    /// Of a carousel. A card that cannot be read is `None`.
    pub(super) cards: Option<Vec<Option<Parts>>>,
    /// Whether one of the components is of a type that this build does not know.
    pub(super) unknown: bool,
}

/// A text and its variables: numbers from 1, or names.
pub(super) struct Text {
    pub(super) text: String,
    pub(super) variables: Vec<String>,
}

pub(super) enum Header {
    None,
    Text(Text),
    /// `image`, `video`, `document`, `gif`, `location` or `product`: given with every send.
    Given(&'static str),
    Unknown,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Button {
    /// With its variable, where it has one.
    Url(Option<String>),
    CopyCode,
    QuickReply,
    Flow,
    Catalog,
    Mpm,
    VoiceCall,
    OrderDetails,
    /// Takes nothing, as a phone number does.
    Fixed,
    Unknown,
}

/// Header formats that have their parameter under their own name.
const GIVEN: [(&str, &str); 6] = [
    ("IMAGE", "image"),
    ("VIDEO", "video"),
    ("DOCUMENT", "document"),
    ("GIF", "gif"),
    ("LOCATION", "location"),
    ("PRODUCT", "product"),
];

/// Components that a send has nothing to add to.
const FIXED: [&str; 2] = ["FOOTER", "CALL_PERMISSION_REQUEST"];

impl Schema {
    /// Of a template as it is stored.
    pub fn of(template: &Template) -> Self {
        let code = template.category.eq_ignore_ascii_case("AUTHENTICATION");
        Self {
            named: template.parameter_format.eq_ignore_ascii_case("NAMED"),
            code,
            parts: Parts::read(items(&template.components), code),
        }
    }

    /// The same for every template that takes the same parameters, whatever its words: SHA-256 of the shape, in hex.
    pub fn hash(&self) -> String {
        HEXLOWER.encode(&Sha256::digest(self.to_string()))
    }
}

impl Parts {
    /// `None` where there is nothing to read: every template and every card has components.
    fn read(components: Option<Vec<&RawValue>>, code: bool) -> Option<Self> {
        let components = components.filter(|components| !components.is_empty())?;
        let mut parts =
            Self { header: Header::None, body: None, buttons: Vec::new(), offer: None, cards: None, unknown: false };
        for component in components {
            let known = Fields::parse(component).is_some_and(|fields| parts.add(&fields, code));
            parts.unknown |= !known;
        }
        Some(parts)
    }

    /// False where it is of no type known here.
    fn add(&mut self, component: &Fields<'_>, code: bool) -> bool {
        let kind = component.literal("type").unwrap_or_default().to_ascii_uppercase();
        match kind.as_str() {
            "HEADER" => self.header = Header::read(component),
            "BODY" => {
                let text = Text::of(component.text("text").unwrap_or_default());
                // The body of an authentication template is Meta's own, around the code.
                let hidden = code && text.variables.is_empty();
                self.body = Some(if hidden { Text::of(String::from("{{1}}")) } else { text });
            }
            "BUTTONS" => self.buttons = component.items("buttons").into_iter().map(Button::read).collect(),
            "LIMITED_TIME_OFFER" => {
                let expires = component.object("limited_time_offer").and_then(|offer| offer.flag("has_expiration"));
                self.offer = Some(expires.unwrap_or(false));
            }
            "CAROUSEL" => {
                let card = |card| Self::read(Fields::parse(card).map(|card| card.items("components")), code);
                self.cards = Some(component.items("cards").into_iter().map(card).collect());
            }
            other => return FIXED.contains(&other),
        }
        true
    }
}

impl Header {
    fn read(component: &Fields<'_>) -> Self {
        let format = component.literal("format").unwrap_or_default();
        if format.is_empty() || format.eq_ignore_ascii_case("TEXT") {
            return Self::Text(Text::of(component.text("text").unwrap_or_default()));
        }
        let given = GIVEN.iter().find(|(name, _)| name.eq_ignore_ascii_case(&format));
        given.map_or(Self::Unknown, |(_, kind)| Self::Given(kind))
    }
}

impl Text {
    fn of(text: String) -> Self {
        Self { variables: placeholder::of(&text), text }
    }
}

impl Button {
    fn read(button: &RawValue) -> Self {
        let Some(fields) = Fields::parse(button) else { return Self::Unknown };
        match fields.literal("type").unwrap_or_default().to_ascii_uppercase().as_str() {
            "URL" => Self::Url(placeholder::of(&fields.text("url").unwrap_or_default()).into_iter().next()),
            // Listed as URL; some lists keep the name it was made under.
            "OTP" => Self::Url(Some(String::from("1"))),
            "COPY_CODE" => Self::CopyCode,
            "QUICK_REPLY" => Self::QuickReply,
            "FLOW" => Self::Flow,
            "CATALOG" => Self::Catalog,
            "MPM" => Self::Mpm,
            "VOICE_CALL" => Self::VoiceCall,
            "ORDER_DETAILS" => Self::OrderDetails,
            "PHONE_NUMBER" | "REQUEST_CONTACT_INFO" => Self::Fixed,
            _ => Self::Unknown,
        }
    }

    /// Its `sub_type` where it is sent with parameters; `None` where it takes none, or is unknown.
    pub(super) fn sub_type(&self) -> Option<&'static str> {
        match self {
            Self::Url(_) => Some("url"),
            Self::CopyCode => Some("copy_code"),
            Self::QuickReply => Some("quick_reply"),
            Self::Flow => Some("flow"),
            Self::Catalog => Some("catalog"),
            Self::Mpm => Some("mpm"),
            Self::VoiceCall => Some("voice_call"),
            Self::OrderDetails => Some("order_details"),
            Self::Fixed | Self::Unknown => None,
        }
    }

    /// Whether a send without its parameters is refused.
    pub(super) fn must_be_given(&self) -> bool {
        matches!(self, Self::Url(Some(_)) | Self::CopyCode | Self::Mpm | Self::OrderDetails)
    }
}

/// What [`Schema::hash`] is of: a stored send bears it, so its wording is a format.
impl Display for Schema {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}", if self.named { "named" } else { "positional" })?;
        if self.code {
            write!(f, ", code")?;
        }
        match &self.parts {
            Some(parts) => write!(f, "{parts}"),
            None => write!(f, "; unknown"),
        }
    }
}

impl Display for Parts {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match &self.header {
            Header::None => {}
            Header::Text(text) => write!(f, "; header text {text}")?,
            Header::Given(kind) => write!(f, "; header {kind}")?,
            Header::Unknown => write!(f, "; header unknown")?,
        }
        if let Some(body) = &self.body {
            write!(f, "; body {body}")?;
        }
        for (index, button) in self.buttons.iter().enumerate() {
            match button {
                Button::Url(Some(variable)) => write!(f, "; button {index} url {{{{{variable}}}}}")?,
                Button::Fixed => write!(f, "; button {index} fixed")?,
                button => write!(f, "; button {index} {}", button.sub_type().unwrap_or("unknown"))?,
            }
        }
        if self.offer == Some(true) {
            write!(f, "; limited_time_offer")?;
        }
        for (index, card) in self.cards.iter().flatten().enumerate() {
            match card {
                Some(card) => write!(f, "; card {index} ({card})")?,
                None => write!(f, "; card {index} unknown")?,
            }
        }
        if self.unknown { write!(f, "; more") } else { Ok(()) }
    }
}

impl Display for Text {
    /// In one order: named parameters have none.
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let mut variables = self.variables.clone();
        variables.sort();
        let braced: Vec<String> = variables.iter().map(|name| format!("{{{{{name}}}}}")).collect();
        write!(f, "[{}]", braced.join(" "))
    }
}

#[cfg(test)]
mod tests;
