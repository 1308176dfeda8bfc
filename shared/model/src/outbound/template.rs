//! `template` (contract §2.4): what can be told without the stored template. Whether that exists in this language, is
//! approved and has these parameters is for [`crate::template`] to say.

mod action;
mod button;
mod carousel;
mod component;
mod offer;
mod order;
mod parameter;

pub use carousel::Card;
pub use component::{Component, ComponentKind};
pub use parameter::Parameter;

use serde_json::value::RawValue;

use super::Invalid;
use super::place::{Object, Place};
use crate::limits;
use crate::redact::redacted_debug;

#[derive(Clone, PartialEq, Eq)]
pub struct TemplateSend {
    pub name: String,
    /// Must match an approved one exactly: `en` is not `en_US`.
    pub language: String,
    pub components: Vec<Component>,
}

redacted_debug!(TemplateSend);

impl TemplateSend {
    /// A template object that stands at `at` in the caller's JSON, beside a message or in it; see
    /// [`super::OutboundMessage::parse_with`] for `passes_unknown`.
    pub fn parse_with(raw: &RawValue, at: &str, passes_unknown: bool) -> Result<Self, Invalid> {
        Self::read(&Place::at(at, raw).passing_unknown(passes_unknown).object()?)
    }

    pub(super) fn read(template: &Object<'_>) -> Result<Self, Invalid> {
        let name = template.required("name")?.filled_within(&limits::TEMPLATE_NAME)?;
        let language = template.required("language")?.object()?;
        if let Some(policy) = language.optional("policy") {
            policy.one_of(&["deterministic"])?;
        }
        let components = match template.optional("components") {
            Some(components) => component::read_all(&components)?,
            None => Vec::new(),
        };
        offer::check_coupons(&components)?;
        Ok(Self { name, language: language.required_text("code")?, components })
    }
}
