//! What webhooks tell of a template: its status, its quality, its category, or that its content was edited.

mod category;
mod quality;
mod status;

pub use category::TemplateCategory;
pub use quality::TemplateQuality;
pub use status::TemplateStatus;

use crate::ids::TemplateId;
use crate::json::Fields;

/// Longer than any language code; with the name it is part of a key.
const LANGUAGE_MAX: usize = 32;

/// Which template, in which language. Its identity is name and language: ids change when it is made anew.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TemplateRef {
    pub id: Option<TemplateId>,
    pub name: String,
    /// As listings spell it: webhooks write `en-US` at times.
    pub language: String,
}

impl TemplateRef {
    pub(super) fn read(value: &Fields<'_>) -> Option<Self> {
        let language: String = value.id("message_template_language")?;
        Some(Self {
            id: value.id("message_template_id"),
            name: value.id("message_template_name")?,
            language: Some(language.replace('-', "_")).filter(|code| code.len() <= LANGUAGE_MAX)?,
        })
    }
}
