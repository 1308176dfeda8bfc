//! Message templates (contract §5.8): what a listing says, and what changed since the last one.

mod check;
pub mod definition;
mod diff;
mod digest;
mod label;
pub mod lint;
mod placeholder;
pub mod plan;
pub mod preview;
mod refusal;
mod schema;
mod told;
mod variables;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

pub use check::{check, fits};
pub use definition::Definition;
pub use diff::{Changes, diff};
pub use digest::Digest;
pub use label::{is_listed, label, sendable};
pub use refusal::{LISTED_LATELY, Refusal, SKIPPED, Sendable, Standing};
pub use schema::Schema;
pub use told::{AllTold, Facet, NextCategory, TemplateNews, Told};
pub use variables::{Filled, Person, Unfilled, Variables};

use crate::ids::{TemplateId, WabaId};
use crate::json::Fields;
use crate::time::Timestamp;

/// One template in one language. `(name, language)` is its identity: ids change when it is made anew.
#[derive(Clone, Serialize, Deserialize)]
pub struct Template {
    pub id: TemplateId,
    pub waba_id: WabaId,
    pub name: String,
    pub language: String,
    /// As Meta has it: it decides the price.
    pub category: String,
    /// As it was asked for here, where it was submitted here (T-03).
    #[serde(default)]
    pub submitted_category: Option<String>,
    pub status: String,
    /// `None` where Meta says `NONE`, as it does for what is approved.
    #[serde(default)]
    pub rejected_reason: Option<String>,
    /// What only webhooks tell of a status: why it was paused, what to do about a rejection, when it was disabled.
    #[serde(default)]
    pub status_details: Option<Box<RawValue>>,
    /// The category it will be moved to, where Meta has announced one.
    #[serde(default)]
    pub next_category: Option<NextCategory>,
    /// `GREEN`, `YELLOW`, `RED` or `UNKNOWN`.
    #[serde(default)]
    pub quality: Option<String>,
    pub parameter_format: String,
    pub components: Box<RawValue>,
    /// Meta's other members, raw.
    #[serde(default)]
    pub extra: BTreeMap<String, Box<RawValue>>,
    pub updated_at: Timestamp,
    /// Missing from a complete listing.
    #[serde(default)]
    pub absent: bool,
}

impl Template {
    /// One element of a listing. `None` where it lacks its identity or status.
    pub fn parse(waba_id: &WabaId, raw: &RawValue, seen_at: Timestamp) -> Option<Self> {
        let fields = Fields::parse(raw)?;
        Some(Self {
            id: fields.id("id")?,
            waba_id: waba_id.clone(),
            name: fields.literal("name")?,
            language: fields.literal("language")?,
            category: fields.literal("category").unwrap_or_default(),
            submitted_category: None,
            status: fields.literal("status")?,
            rejected_reason: fields.literal("rejected_reason").filter(|reason| reason != "NONE"),
            status_details: None,
            next_category: None,
            quality: quality(&fields),
            parameter_format: fields.literal("parameter_format").unwrap_or_else(|| "POSITIONAL".to_owned()),
            components: fields.get("components").unwrap_or(no_components()).to_owned(),
            extra: fields
                .iter()
                .filter(|(name, _)| !TYPED.contains(name))
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect(),
            updated_at: seen_at,
            absent: false,
        })
    }

    pub fn label(&self) -> &str {
        label(&self.status)
    }

    /// Whether Meta will take it. What is gone from the listing cannot be sent, whatever it last was.
    pub fn sendable(&self) -> bool {
        !self.absent && sendable(&self.status)
    }
}

impl std::fmt::Debug for Template {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Template({}, {}, {})", self.name, self.language, self.status)
    }
}

const TYPED: [&str; 9] = [
    "id",
    "name",
    "language",
    "category",
    "status",
    "rejected_reason",
    "quality_score",
    "parameter_format",
    "components",
];

/// Graph answers `quality_score: {"score", "date"}`, whose date moves on its own and means nothing to us.
fn quality(fields: &Fields<'_>) -> Option<String> {
    fields.object("quality_score").and_then(|score| score.literal("score")).or_else(|| fields.literal("quality_score"))
}

fn no_components() -> &'static RawValue {
    // The parser of a constant; it cannot fail, and if it did the empty object is as good.
    serde_json::from_str("[]").unwrap_or(RawValue::NULL)
}

#[cfg(test)]
mod tests;
