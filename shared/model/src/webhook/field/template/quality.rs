//! `message_template_quality_update`: how people take a template.

use super::TemplateRef;
use crate::json::Fields;

const WORD_MAX: usize = 64;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TemplateQuality {
    pub template: TemplateRef,
    pub previous: Option<String>,
    /// `GREEN`, `YELLOW`, `RED` or `UNKNOWN`.
    pub current: String,
}

impl TemplateQuality {
    pub(in crate::webhook::field) fn read(value: &Fields<'_>) -> Option<Self> {
        Some(Self {
            template: TemplateRef::read(value)?,
            previous: value.literal("previous_quality_score"),
            current: value.literal("new_quality_score").filter(|word| word.len() <= WORD_MAX)?.to_ascii_uppercase(),
        })
    }
}
