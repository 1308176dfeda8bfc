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

use super::Invalid;
use super::place::Object;
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
