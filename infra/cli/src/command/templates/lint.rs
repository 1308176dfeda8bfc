//! `waypost templates lint`.

use std::path::{Path, PathBuf};

use model::limits::template::TemplateLimits;
use model::template::lint::{Finding, LISTED_SAMPLE, Level};
use serde_json::{Value, json};

use super::folder::{Folder, to_json};
use crate::error::Error;
use crate::print::{Printer, plain};

pub(super) fn run(printer: Printer, dir: &Path, limits: &TemplateLimits) -> Result<(), Error> {
    let mut folder = Folder::read(dir, limits)?;
    // Only a plan knows whether it counts.
    folder.findings.retain(|(_, finding)| finding.id != LISTED_SAMPLE);
    let all: Vec<Value> = folder.findings.iter().map(|(path, finding)| to_json(path, finding)).collect();
    let errors = folder.errors().count();
    printer.either(&json!({ "findings": all }), |_| {
        let warnings = folder.findings.len() - errors;
        let told = told(&folder.findings);
        let files = folder.files.len();
        let sum = format!("Templates: {files}. Errors: {errors}. Warnings: {warnings}.");
        if told.is_empty() { sum } else { format!("{told}\n\n{sum}") }
    })?;
    refused(errors)
}

/// By file, each with what to do and whose rule it is.
pub(super) fn told(findings: &[(PathBuf, Finding)]) -> String {
    let mut lines: Vec<String> = Vec::new();
    let mut of: Option<&Path> = None;
    for (path, finding) in findings {
        if of != Some(path) {
            lines.push(path.display().to_string());
            of = Some(path);
        }
        let level = if finding.level == Level::Error { "error" } else { "warn " };
        let at = if finding.at.is_empty() { String::new() } else { format!("{}: ", finding.at) };
        lines.push(format!("  {level}  {at}{} [{}]", plain(&finding.what), finding.id));
        lines.push(format!("         {} ({})", plain(&finding.remedy), finding.source));
    }
    lines.join("\n")
}

fn refused(errors: usize) -> Result<(), Error> {
    if errors == 0 {
        return Ok(());
    }
    Err(Error::Failed(format!("Meta would refuse what has an error ({errors})")))
}
