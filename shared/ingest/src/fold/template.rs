//! What is told of templates: stored facet by facet beside what listings say, and a listing asked for where only one tells
//! the rest (S-08).

use jiff::{SignedDuration, Timestamp};
use model::template::{Facet, TemplateNews, is_listed};
use model::webhook::field::TemplateRef;
use model::{Entry, Field, Notification, WabaId};
use store::ToldTemplate;

use super::Fold;

/// Meta's clock may be this far ahead of ours. A time beyond that would stand above every listing until then.
const AHEAD: SignedDuration = SignedDuration::from_secs(60);

/// A template in one language.
pub(crate) type TemplateKey = (WabaId, String, String);

/// The templates that a notification tells of.
pub(crate) fn templates(notification: &Notification<'_>) -> impl Iterator<Item = TemplateKey> {
    notification.entries.iter().flat_map(|entry| {
        // By name first: no other field is read twice.
        let changes = entry.changes.iter().filter(|change| is_about_templates(&change.field));
        changes.filter_map(|change| Some(key(&entry.id, of(&Field::read(change))?)))
    })
}

impl Fold {
    pub(super) fn template(&mut self, entry: &Entry<'_>, field: &Field<'_>) {
        // The dashboard's test payloads have an account 0.
        let Some(template) = of(field).filter(|_| !matches!(entry.id.as_str(), "" | "0")) else { return };
        let key = key(&entry.id, template);
        let told_at = entry.time.filter(|at| *at <= self.now + AHEAD);
        let news = told_at.and_then(|at| TemplateNews::of(field, at));
        // What cannot be placed in time, a listing tells.
        let listing = news.is_none() || only_a_listing_tells(field) || !self.templates.contains(&key);
        if let Some(news) = news {
            self.told_template(key, news);
        }
        if listing {
            self.list_after(&entry.id, told_at.unwrap_or(self.now));
        }
    }

    /// One write for a facet, whatever number of times a POST tells of it.
    fn told_template(&mut self, (waba_id, name, language): TemplateKey, news: TemplateNews) {
        let place = (waba_id.clone(), name, language, news.facet);
        match self.told.get_mut(&place) {
            Some(known) if known.news.told >= news.told => {}
            _ => _ = self.told.insert(place, ToldTemplate { waba_id, news }),
        }
    }

    /// Asks for a listing that begins after what Meta told at `at`, which has whole seconds. What is told of the future was
    /// told by now.
    pub(super) fn list_after(&mut self, waba: &WabaId, at: Timestamp) {
        let at = at.min(self.now);
        let after = at.checked_add(SignedDuration::from_secs(1)).unwrap_or(at);
        let known = self.syncs.entry(waba.clone()).or_insert(after);
        *known = (*known).max(after);
    }
}

/// Where the newest of a facet in a POST is collected.
pub(super) type ToldKey = (WabaId, String, String, Facet);

fn key(waba: &WabaId, template: &TemplateRef) -> TemplateKey {
    (waba.clone(), template.name.clone(), template.language.clone())
}

fn is_about_templates(field: &str) -> bool {
    field.starts_with("message_template_") || field.starts_with("template_")
}

fn of<'f>(field: &'f Field<'_>) -> Option<&'f TemplateRef> {
    match field {
        Field::TemplateStatus(status) => Some(&status.template),
        Field::TemplateQuality(quality) => Some(&quality.template),
        Field::TemplateCategory(category) => Some(category.template()),
        Field::TemplateComponents(template) => Some(template),
        _ => None,
    }
}

/// An edit is told in part, and an event such as `REINSTATED` does not say which status the template has now.
fn only_a_listing_tells(field: &Field<'_>) -> bool {
    match field {
        Field::TemplateComponents(_) => true,
        Field::TemplateStatus(status) => !is_listed(&status.event),
        _ => false,
    }
}

#[cfg(test)]
mod tests;
