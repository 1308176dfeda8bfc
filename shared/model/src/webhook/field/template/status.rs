//! `message_template_status_update`: approved, rejected, paused …

use std::collections::BTreeMap;

use serde_json::value::RawValue;

use super::TemplateRef;
use crate::canonical::canonical;
use crate::json::{Fields, is_null};

/// Bytes of the details beside a status. The change kept raw has the whole.
const DETAILS_MAX: usize = 4 * 1024;
/// Meta's longest word has 16.
const WORD_MAX: usize = 64;

#[derive(Clone)]
pub struct TemplateStatus {
    pub template: TemplateRef,
    /// In upper case, as the API has it; Meta's prose prints it lower case. Events are more than the API's statuses.
    pub event: String,
    /// `None` where Meta says `NONE`, as it does for what is approved or paused.
    pub reason: Option<String>,
    /// Which it has, at times.
    pub category: Option<String>,
    /// `disable_info`, `other_info` and `rejection_info`, as one object.
    pub details: Option<Box<RawValue>>,
}

impl TemplateStatus {
    pub(in crate::webhook::field) fn read(value: &Fields<'_>) -> Option<Self> {
        Some(Self {
            template: TemplateRef::read(value)?,
            event: value.literal("event").filter(|word| word.len() <= WORD_MAX)?.to_ascii_uppercase(),
            reason: value.literal("reason").filter(|reason| reason != "NONE"),
            category: value.literal("message_template_category"),
            details: details(value),
        })
    }
}

fn details(value: &Fields<'_>) -> Option<Box<RawValue>> {
    let named = ["disable_info", "other_info", "rejection_info"];
    let found: BTreeMap<&str, Box<RawValue>> = named
        .into_iter()
        .filter_map(|name| Some((name, value.get(name).filter(|raw| !is_null(raw))?)))
        // Spelled one way, so that what is delivered twice is the same text.
        .filter_map(|(name, raw)| Some((name, RawValue::from_string(canonical(raw)).ok()?)))
        .collect();
    let details = if found.is_empty() { None } else { serde_json::value::to_raw_value(&found).ok() };
    details.filter(|raw| raw.get().len() <= DETAILS_MAX)
}
