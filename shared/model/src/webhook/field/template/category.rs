//! `template_category_update`: Meta moves a template to another category, and so to another price.

use super::TemplateRef;
use crate::json::Fields;
use crate::time::{self, Timestamp};

const WORD_MAX: usize = 64;

/// `new_category` means two things: told apart by `correct_category`, which only the announcement has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TemplateCategory {
    /// It will be moved.
    Announced { template: TemplateRef, current: String, future: String, at: Option<Timestamp> },
    /// It has been moved.
    Done { template: TemplateRef, previous: Option<String>, current: String },
}

impl TemplateCategory {
    pub(in crate::webhook::field) fn read(value: &Fields<'_>) -> Option<Self> {
        let word = |name| value.literal(name).filter(|word| word.len() <= WORD_MAX);
        let template = TemplateRef::read(value)?;
        let current = word("new_category")?;
        Some(match word("correct_category") {
            Some(future) => {
                let at = value.get("category_update_timestamp").and_then(time::from_meta);
                Self::Announced { template, current, future, at }
            }
            None => Self::Done { template, previous: word("previous_category"), current },
        })
    }

    pub fn template(&self) -> &TemplateRef {
        match self {
            Self::Announced { template, .. } | Self::Done { template, .. } => template,
        }
    }
}
