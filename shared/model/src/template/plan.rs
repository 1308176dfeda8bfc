//! What has to be done at Meta so that it has the templates that files describe, and what Meta forbids now (contract §5.8).

use std::collections::BTreeMap;

use jiff::SignedDuration;
use serde::Serialize;

use super::Template;
use super::definition::Definition;
use super::lint::source;
use crate::json::literal;
use crate::limits::template::{EDIT_HOURS, EDITS_IN_30_DAYS, NAME_LOCKED_DAYS};
use crate::time::Timestamp;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Action {
    Create,
    Edit,
    Delete,
    Nothing,
}

/// One template, and what is to be done about it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Change {
    pub action: Action,
    pub name: String,
    pub language: String,
    /// Meta's word for where it stands now; none where Meta does not have it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// The members of an edit that differ.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub differs: Vec<String>,
    /// Why Meta would refuse it now. Then it is not tried.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub forbidden: Option<Forbidden>,
    /// What is worth knowing before it is done.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

/// What Meta forbids.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Forbidden {
    /// Stable, for programs.
    pub id: &'static str,
    pub why: String,
    /// When it is allowed again, where that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
    pub remedy: &'static str,
    pub source: &'static str,
}

/// What is to be done, by name and language. `listed` is everything known of the account, also what is gone from it.
/// Without `delete` what no file describes is left alone.
pub fn plan(files: &[Definition], listed: &[Template], delete: bool, now: Timestamp) -> Vec<Change> {
    let known: BTreeMap<(&str, &str), &Template> =
        listed.iter().map(|template| ((template.name.as_str(), template.language.as_str()), template)).collect();
    let mut changes: Vec<Change> = files
        .iter()
        .map(|file| match known.get(&file.identity()) {
            Some(template) if !template.absent => edit(file, template, now),
            gone => create(file, gone.copied(), listed, now),
        })
        .collect();
    if delete {
        let described: std::collections::BTreeSet<_> = files.iter().map(Definition::identity).collect();
        let left = known.iter().filter(|(identity, template)| !template.absent && !described.contains(*identity));
        changes.extend(left.filter(|(_, template)| !is_going(template)).map(|(_, template)| deletion(template)));
    }
    changes.sort_by(|one, other| (&one.name, &one.language).cmp(&(&other.name, &other.language)));
    changes
}

fn create(file: &Definition, gone: Option<&Template>, listed: &[Template], now: Timestamp) -> Change {
    let mut change = change(Action::Create, &file.name, &file.language, None);
    let of_name = || listed.iter().filter(|template| template.name == file.name && !template.absent);
    let other = of_name().find(|template| !template.category.eq_ignore_ascii_case(&file.category));
    if let Some(other) = other.filter(|other| !other.category.is_empty()) {
        change.forbidden = Some(Forbidden {
            id: "category_of_the_name",
            why: format!(
                "{} is {} in {}, and all languages of a name have one category",
                file.name, other.category, other.language
            ),
            until: None,
            remedy: "Give the file that category, or take another name.",
            source: source::MANAGEMENT,
        });
    }
    // Only the name of an approved one is locked; one language that goes leaves the name to the others.
    let locked = gone.filter(|gone| super::sendable(&gone.status) && of_name().next().is_none());
    let until = locked.map(|gone| gone.updated_at + SignedDuration::from_hours(24 * NAME_LOCKED_DAYS));
    if let Some(until) = until.filter(|until| now < *until) {
        change.forbidden = Some(Forbidden {
            id: "name_locked",
            why: format!("it was deleted, and its name is not free for {NAME_LOCKED_DAYS} days (2388023)"),
            until: Some(until),
            remedy: "Take another name, or wait.",
            source: source::MANAGEMENT,
        });
    }
    change
}

fn edit(file: &Definition, template: &Template, now: Timestamp) -> Change {
    let mut differs = file.differences(&Definition::of(template));
    let status = template.status.to_ascii_uppercase();
    let approved = status == "APPROVED";
    let mut notes = Vec::new();
    let fixed = approved || status == "PAUSED";
    if fixed && differs.iter().any(|member| member == "category") {
        let (theirs, ours) = (template.category.to_ascii_uppercase(), &file.category);
        if differs.len() == 1 {
            let mut change = change(Action::Edit, &file.name, &file.language, Some(&template.status));
            change.differs = differs;
            change.forbidden = Some(Forbidden {
                id: "category_fixed",
                why: format!("Meta has it as {theirs}, and of an approved template the category is not edited"),
                until: None,
                remedy: "Write Meta's category into the file: it decides the price. Within 60 days a category can be \
                         appealed in WhatsApp Manager.",
                source: source::CATEGORIES,
            });
            return change;
        }
        differs.retain(|member| member != "category");
        notes.push(format!("stays {theirs}: of an approved template the category ({ours} in the file) is not edited"));
    }
    if differs.is_empty() {
        return change(Action::Nothing, &file.name, &file.language, Some(&template.status));
    }
    let mut change = change(Action::Edit, &file.name, &file.language, Some(&template.status));
    change.differs = differs;
    change.notes = notes;
    match status.as_str() {
        "APPROVED" => {
            let allowed = format!("Meta takes one edit in {EDIT_HOURS} hours and {EDITS_IN_30_DAYS} in 30 days");
            let again = last_change(template).map(|at| at + SignedDuration::from_hours(EDIT_HOURS));
            match again.filter(|again| now < *again) {
                // A listing tells when it changed, not what changed it: the review, or an edit.
                Some(again) => change.notes.push(format!("{allowed}; if its last change was one, not before {again}")),
                None => change.notes.push(format!("{allowed}, and reviews it again")),
            }
        }
        "REJECTED" | "PAUSED" => {}
        _ => {
            let in_review = matches!(status.as_str(), "PENDING" | "IN_APPEAL");
            change.forbidden = Some(Forbidden {
                id: "not_editable",
                why: format!(
                    "its status is {status}; only what is approved, rejected or paused can be edited (2388039)"
                ),
                until: None,
                remedy: if in_review {
                    "Wait for the review: waypost templates status --watch."
                } else {
                    "Take another name."
                },
                source: source::MANAGEMENT,
            });
        }
    }
    change
}

fn deletion(template: &Template) -> Change {
    let mut change = change(Action::Delete, &template.name, &template.language, Some(&template.status));
    match template.status.to_ascii_uppercase().as_str() {
        "DISABLED" => {
            change.forbidden = Some(Forbidden {
                id: "disabled",
                why: "what Meta has disabled cannot be deleted".to_owned(),
                until: None,
                remedy: "Keep a file of it, or leave it.",
                source: source::MANAGEMENT,
            });
        }
        "APPROVED" => {
            change.notes.push(format!("once no language is left, its name is not free for {NAME_LOCKED_DAYS} days"));
        }
        _ => {}
    }
    change
}

fn is_going(template: &Template) -> bool {
    ["PENDING_DELETION", "DELETED", "ARCHIVED"].iter().any(|status| template.status.eq_ignore_ascii_case(status))
}

fn change(action: Action, name: &str, language: &str, status: Option<&String>) -> Change {
    Change {
        action,
        name: name.to_owned(),
        language: language.to_owned(),
        status: status.cloned(),
        differs: Vec::new(),
        forbidden: None,
        notes: Vec::new(),
    }
}

/// Meta's own `last_updated_time`: Unix seconds, or Graph's kind of ISO 8601.
fn last_change(template: &Template) -> Option<Timestamp> {
    let text = literal(template.extra.get("last_updated_time")?)?;
    match text.parse::<i64>() {
        Ok(seconds) => Timestamp::from_second(seconds).ok(),
        Err(_) => text.parse().ok().or_else(|| text.replace("+0000", "Z").parse().ok()),
    }
}

#[cfg(test)]
mod tests;
