//! A template that is sent in place of a message whose window has closed.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;

use crate::outbound::place::Place;
use crate::outbound::{Invalid, TemplateSend};
use crate::redact::redacted_debug;

/// Meta's template object, as the caller gave it.
#[derive(Clone)]
pub struct FallbackTemplate(Box<RawValue>);

/// Why it was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum FellBack {
    /// The window was closed, as far as is known here.
    #[serde(rename = "window_closed")]
    WindowClosed,
    /// Meta said so.
    #[serde(rename = "131047")]
    Refused,
}

redacted_debug!(FallbackTemplate);

impl FallbackTemplate {
    pub(super) fn read(place: &Place<'_>) -> Result<Self, Invalid> {
        TemplateSend::parse_with(place.raw(), place.field(), false)?;
        Ok(Self(place.raw().to_owned()))
    }

    /// With its variables filled.
    pub fn filled(template: Box<RawValue>) -> Self {
        Self(template)
    }

    pub fn raw(&self) -> &RawValue {
        &self.0
    }
}

impl FellBack {
    const ALL: [Self; 2] = [Self::WindowClosed, Self::Refused];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::WindowClosed => "window_closed",
            Self::Refused => "131047",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|why| why.as_str() == text)
    }
}

impl PartialEq for FallbackTemplate {
    fn eq(&self, other: &Self) -> bool {
        self.0.get() == other.0.get()
    }
}

impl Eq for FallbackTemplate {}

impl Serialize for FallbackTemplate {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for FallbackTemplate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Box::<RawValue>::deserialize(deserializer).map(Self)
    }
}
