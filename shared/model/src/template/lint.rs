//! Whether Meta would take a template, and whether its reviewers would, told before anybody is asked (T-02 to T-16).
//!
//! An error is what Meta refuses; a warning is what its reviewers often reject, or what people cannot read. What is of a
//! kind that this build does not know is for Meta to judge.

mod buttons;
mod identity;
mod parts;
mod rejection;
mod sample;
mod text;
mod together;

use serde::Serialize;

use super::definition::Definition;
use crate::limits::Limit;
use crate::limits::template::TemplateLimits;

pub use sample::{LISTED_SAMPLE, Sample, most_bytes};
pub use together::together;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    Warn,
    Error,
}

/// One rule that a template breaks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Stable, for programs.
    pub id: &'static str,
    pub level: Level,
    /// The member, as in `components[1].text`.
    #[serde(rename = "where")]
    pub at: String,
    pub what: String,
    pub remedy: String,
    /// Whose rule it is: a page of Meta's, or what told of it.
    pub source: &'static str,
}

/// Pages of Meta's, and what they do not tell.
pub(super) mod source {
    pub(crate) const COMPONENTS: &str =
        "https://developers.facebook.com/documentation/business-messaging/whatsapp/templates/components";
    pub(crate) const OVERVIEW: &str =
        "https://developers.facebook.com/documentation/business-messaging/whatsapp/templates/overview";
    pub(crate) const MANAGEMENT: &str =
        "https://developers.facebook.com/documentation/business-messaging/whatsapp/templates/template-management";
    pub(crate) const CATEGORIES: &str =
        "https://developers.facebook.com/documentation/business-messaging/whatsapp/templates/template-categorization";
    pub(crate) const LANGUAGES: &str =
        "https://developers.facebook.com/documentation/business-messaging/whatsapp/templates/supported-languages";
    pub(crate) const REVIEW: &str =
        "https://developers.facebook.com/documentation/business-messaging/whatsapp/templates/template-review";
    pub(crate) const TIME_TO_LIVE: &str =
        "https://developers.facebook.com/documentation/business-messaging/whatsapp/templates/time-to-live";
    pub(crate) const UPLOAD: &str = "https://developers.facebook.com/docs/graph-api/guides/upload";
    pub(crate) const CODES: &str =
        "https://developers.facebook.com/documentation/business-messaging/whatsapp/support/error-codes";
    pub(crate) const INTEGRATORS: &str = "integrators, not Meta's pages (infra/docs/templates.md)";
    pub(crate) const GUIDE: &str = "the guide's older limits (infra/docs/templates.md)";
}

/// Everything that is wrong with a template by itself. `sample` is what is known of the file that its header names; `None`
/// where nobody looked.
pub fn lint(definition: &Definition, limits: &TemplateLimits, sample: Option<&Sample>) -> Vec<Finding> {
    let mut found = Found::default();
    identity::check(definition, limits, &mut found);
    parts::check(definition, limits, &mut found);
    sample::check(definition, limits, sample, &mut found);
    rejection::check(definition, &mut found);
    found.0
}

/// Whether one of them keeps Meta from taking it.
pub fn refuses(findings: &[Finding]) -> bool {
    findings.iter().any(|finding| finding.level == Level::Error)
}

#[derive(Default)]
pub(super) struct Found(Vec<Finding>);

/// The rule that was broken, without the place.
pub(super) struct Broken {
    id: &'static str,
    what: String,
    remedy: String,
    source: &'static str,
}

pub(super) fn broken(
    id: &'static str,
    what: impl Into<String>,
    remedy: impl Into<String>,
    source: &'static str,
) -> Broken {
    Broken { id, what: what.into(), remedy: remedy.into(), source }
}

impl Found {
    pub(super) fn error(&mut self, at: impl Into<String>, broken: Broken) {
        self.add(Level::Error, at.into(), broken);
    }

    pub(super) fn warn(&mut self, at: impl Into<String>, broken: Broken) {
        self.add(Level::Warn, at.into(), broken);
    }

    /// An error where there are more or fewer than there may be.
    pub(super) fn count(
        &mut self,
        id: &'static str,
        at: impl Into<String>,
        limit: &Limit,
        count: usize,
        source: &'static str,
    ) {
        if limit.allows(count) {
            return;
        }
        let what = format!("there must be {} (given: {count})", limit.words());
        let remedy = if count as u64 > limit.most { "Shorten it, or take some out." } else { "Fill it in." };
        self.error(at, broken(id, what, remedy, source));
    }

    fn add(&mut self, level: Level, at: String, Broken { id, what, remedy, source }: Broken) {
        self.0.push(Finding { id, level, at, what, remedy, source });
    }
}

#[cfg(test)]
mod tests;
