//! `waypost templates plan`.

use std::collections::BTreeSet;
use std::path::PathBuf;

use model::Timestamp;
use model::limits::template::CREATED_PER_HOUR;
use model::template::lint::Finding;
use model::template::plan::{Action, Change, plan};
use serde_json::{Value, json};

use super::folder::{Folder, to_json};
use super::{Changing, lint, listing, sync};
use crate::error::Error;
use crate::print::Printer;
use crate::reach::System;
use crate::time::short;

/// A folder beside what Meta has.
pub(super) struct Plan {
    pub(super) waba: String,
    pub(super) folder: Folder,
    /// What is to be done; nothing is left out.
    pub(super) changes: Vec<Change>,
    unchanged: usize,
    /// At Meta, and described by no file.
    undescribed: usize,
    last_synced_at: String,
}

pub(super) async fn run(system: &System, printer: Printer, changing: &Changing) -> Result<(), Error> {
    let plan = Plan::make(system, changing).await?;
    printer.either(&plan.to_json(), |printer| plan.to_text(printer))?;
    plan.possible()
}

impl Plan {
    pub(super) async fn make(system: &System, changing: &Changing) -> Result<Self, Error> {
        let place = &changing.place;
        let folder = Folder::read(&place.dir, &changing.limits.table())?;
        let waba = system.waba(place.waba.as_deref()).await?;
        if !place.no_sync {
            sync::fresh(system, &waba).await?;
        }
        let (templates, last_synced_at) = listing::all(system, &waba).await?;
        let files = folder.definitions();
        let described: BTreeSet<_> = files.iter().map(model::template::Definition::identity).collect();
        let left = templates.iter().filter(|template| {
            !template.absent && !described.contains(&(template.name.as_str(), template.language.as_str()))
        });
        let undescribed = left.count();
        let mut changes = plan(&files, &templates, changing.delete, Timestamp::now());
        let all = changes.len();
        changes.retain(|change| change.action != Action::Nothing);
        let unchanged = all - changes.len();
        Ok(Self { waba, folder, changes, unchanged, undescribed, last_synced_at })
    }

    /// Errors of what would be changed, and of files that are no template at all. What stays as it is may be as it is.
    pub(super) fn errors(&self) -> Vec<(PathBuf, Finding)> {
        let changed = |path: &PathBuf| {
            let Some(file) = self.folder.files.iter().find(|file| file.path == *path) else { return true };
            self.changes
                .iter()
                .any(|change| (change.name.as_str(), change.language.as_str()) == file.definition.identity())
        };
        self.folder.errors().filter(|(path, _)| changed(path)).cloned().collect()
    }

    /// Fails where something of it cannot be done.
    pub(super) fn possible(&self) -> Result<(), Error> {
        let (errors, forbidden) = (self.errors().len(), self.forbidden());
        match (errors, forbidden) {
            (0, 0) => Ok(()),
            (0, forbidden) => Err(Error::Failed(format!("Meta forbids {forbidden} of these changes now"))),
            (errors, _) => Err(Error::Failed(format!("Meta would refuse what has an error ({errors})"))),
        }
    }

    pub(super) fn to_json(&self) -> Value {
        let findings: Vec<Value> = self.errors().iter().map(|(path, finding)| to_json(path, finding)).collect();
        json!({"changes": self.changes, "findings": findings, "unchanged": self.unchanged,
            "undescribed": self.undescribed, "last_synced_at": self.last_synced_at})
    }

    pub(super) fn to_text(&self, printer: Printer) -> String {
        let rows = self.changes.iter().map(row).collect();
        let heading = ["ACTION", "NAME", "LANGUAGE", "STATUS", "WHAT"];
        let mut blocks = vec![printer.table(&heading, rows, "Nothing is to be done.")];
        let errors = self.errors();
        if !errors.is_empty() {
            blocks.push(lint::told(&errors));
        }
        blocks.push(self.sum());
        blocks.join("\n\n")
    }

    fn forbidden(&self) -> usize {
        self.changes.iter().filter(|change| change.forbidden.is_some()).count()
    }

    fn sum(&self) -> String {
        let count = |action: Action| self.changes.iter().filter(|change| change.action == action).count();
        let (create, edit, delete) = (count(Action::Create), count(Action::Edit), count(Action::Delete));
        let mut lines = vec![format!(
            "{create} to create, {edit} to edit, {delete} to delete, {} as they should be; {} of these Meta forbids now.",
            self.unchanged,
            self.forbidden()
        )];
        if self.undescribed > delete {
            let left = self.undescribed - delete;
            lines.push(format!("{left} at Meta that no file describes are left as they are (--delete deletes them)."));
        }
        if create > CREATED_PER_HOUR {
            lines.push(format!("Meta takes {CREATED_PER_HOUR} new templates an hour: this takes several runs."));
        }
        lines.push(format!("Meta was read {}.", short(&self.last_synced_at)));
        lines.join("\n")
    }
}

fn row(change: &Change) -> Vec<String> {
    let action = match change.action {
        Action::Create => "create",
        Action::Edit => "edit",
        Action::Delete => "delete",
        Action::Nothing => "",
    };
    let mut what = Vec::new();
    if !change.differs.is_empty() {
        what.push(change.differs.join(", "));
    }
    if let Some(forbidden) = &change.forbidden {
        let until = forbidden.until.map(|until| format!(" until {}", short(&until.to_string()))).unwrap_or_default();
        what.push(format!("forbidden{until}: {}", forbidden.why));
        what.push(format!("  {}", forbidden.remedy));
    }
    what.extend(change.notes.iter().cloned());
    let status = change.status.as_deref().map(model::template::label).unwrap_or_default().to_owned();
    vec![action.to_owned(), change.name.clone(), change.language.clone(), status, what.join("\n")]
}
