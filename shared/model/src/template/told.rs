//! What webhooks tell of a template between two listings (S-08), facet by facet: status, quality, category.
//!
//! A listing and a webhook write to different places of an item and are put together when it is read: the newer
//! observation of a facet stands. So neither can overwrite the other, they commute in any order, and a listing that finds
//! nothing new need not write to every template that it has seen them.

use jiff::SignedDuration;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::Template;
use crate::time::Timestamp;
use crate::webhook::Field;
use crate::webhook::field::{TemplateCategory, TemplateRef};

/// A webhook bears whole seconds, of which it may be the last moment. In a tie it so stands above a listing that began in
/// the same second: if it was before the listing, both say the same; if after, the listing may not have it.
const WHOLE_SECOND: SignedDuration = SignedDuration::from_millis(999);

/// What a webhook can tell of without the rest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Facet {
    Status,
    Quality,
    Category,
}

/// One facet as it was told at one time: the time, then the words as JSON. Texts compare as they came about, and two of
/// one second by their words, in which `APPROVED` is least: what Meta may refuse is not taken for sendable.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Told(String);

/// News of one facet of one template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TemplateNews {
    pub template: TemplateRef,
    pub facet: Facet,
    pub told: Told,
}

/// The newest that was told of each facet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AllTold {
    pub status: Option<Told>,
    pub quality: Option<Told>,
    pub category: Option<Told>,
}

/// A category that Meta has announced and not yet set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NextCategory {
    pub category: String,
    /// From when on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp>,
}

#[derive(Serialize, Deserialize)]
struct StatusTold {
    status: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    details: Option<Box<RawValue>>,
}

#[derive(Serialize, Deserialize)]
struct QualityTold {
    quality: String,
}

#[derive(Serialize, Deserialize)]
struct CategoryTold {
    category: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    next: Option<NextCategory>,
}

impl TemplateNews {
    /// What the code of Meta's refusal of a send proves of its template (contract §4.5): that it has this status now.
    pub fn proven(name: &str, language: &str, code: i64, at: Timestamp) -> Option<Self> {
        let status = match code {
            132_015 => "PAUSED",
            132_016 => "DISABLED",
            _ => return None,
        };
        let template = TemplateRef { id: None, name: name.to_owned(), language: language.to_owned() };
        let words = StatusTold { status: status.to_owned(), reason: None, details: None };
        Some(Self { template, facet: Facet::Status, told: Told::new(at, &words)? })
    }

    /// What a field that Meta wrote at `at` tells; `None` where it tells of no facet.
    pub fn of(field: &Field<'_>, at: Timestamp) -> Option<Self> {
        let news = |template: &TemplateRef, facet, told| Self { template: template.clone(), facet, told };
        Some(match field {
            Field::TemplateStatus(status) => {
                let words = StatusTold {
                    status: status.event.clone(),
                    reason: status.reason.clone(),
                    details: status.details.clone(),
                };
                news(&status.template, Facet::Status, Told::new(at, &words)?)
            }
            Field::TemplateQuality(quality) => {
                let words = QualityTold { quality: quality.current.clone() };
                news(&quality.template, Facet::Quality, Told::new(at, &words)?)
            }
            Field::TemplateCategory(category) => {
                let words = match category {
                    TemplateCategory::Announced { current, future, at, .. } => CategoryTold {
                        category: current.clone(),
                        next: Some(NextCategory { category: future.clone(), at: *at }),
                    },
                    TemplateCategory::Done { current, .. } => CategoryTold { category: current.clone(), next: None },
                };
                news(category.template(), Facet::Category, Told::new(at, &words)?)
            }
            _ => return None,
        })
    }
}

impl Told {
    fn new(at: Timestamp, words: &impl Serialize) -> Option<Self> {
        let words = serde_json::to_string(words).ok()?;
        Some(Self(format!("{:015}#{words}", (at + WHOLE_SECOND).as_millisecond().max(0))))
    }

    /// From where it was stored.
    pub fn stored(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The last moment at which it can have been so.
    pub fn observed_at(&self) -> Option<Timestamp> {
        let (at, _) = self.0.split_once('#')?;
        Timestamp::from_millisecond(at.parse().ok()?).ok()
    }

    fn words<T: DeserializeOwned>(&self) -> Option<T> {
        serde_json::from_str(self.0.split_once('#')?.1).ok()
    }

    fn since(&self, listed_at: Timestamp) -> bool {
        self.observed_at().is_some_and(|at| at > listed_at)
    }
}

impl AllTold {
    /// Takes in what was told of a facet, where nothing newer was.
    pub fn hear(&mut self, facet: Facet, told: Told) {
        let known = match facet {
            Facet::Status => &mut self.status,
            Facet::Quality => &mut self.quality,
            Facet::Category => &mut self.category,
        };
        *known = known.take().max(Some(told));
    }
}

impl Template {
    /// A listed template as it stands: what was told since it was last listed, at `listed_at`, replaces what the listing
    /// said.
    #[must_use]
    pub fn with_told(mut self, told: &AllTold, listed_at: Timestamp) -> Self {
        if let Some((told, words)) = told.status.as_ref().and_then(|told| Some((told, told.words::<StatusTold>()?))) {
            if told.since(listed_at) {
                self.status = words.status;
                self.rejected_reason = words.reason;
                self.status_details = words.details;
                self.changed_at(told);
            } else if self.status.eq_ignore_ascii_case(&words.status) && self.rejected_reason == words.reason {
                // A listing has no such details. Where it says the same, they still hold.
                self.status_details = words.details;
            }
        }
        if let Some(told) = told.quality.as_ref().filter(|told| told.since(listed_at))
            && let Some(words) = told.words::<QualityTold>()
        {
            self.quality = Some(words.quality);
            self.changed_at(told);
        }
        if let Some((told, words)) = told.category.as_ref().and_then(|told| Some((told, told.words::<CategoryTold>()?)))
        {
            if told.since(listed_at) {
                self.category = words.category;
                self.changed_at(told);
            }
            // Until a listing shows that it has come about.
            self.next_category = words.next.filter(|next| !next.category.eq_ignore_ascii_case(&self.category));
        }
        self
    }

    fn changed_at(&mut self, told: &Told) {
        if let Some(at) = told.observed_at() {
            self.updated_at = self.updated_at.max(at - WHOLE_SECOND);
        }
    }
}

#[cfg(test)]
mod tests;
