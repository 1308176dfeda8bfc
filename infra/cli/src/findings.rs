//! Findings, for a person and for a program.

use model::health::{Finding, Level, worst};
use serde_json::{Value, json};

use crate::error::Error;
use crate::print::Printer;

/// `{findings: […]}`: the form of it is fixed.
pub(crate) fn to_json(findings: &[Finding]) -> Value {
    json!({ "findings": findings })
}

/// One paragraph each, the worst first.
pub(crate) fn to_text(findings: &[Finding]) -> String {
    let mut sorted: Vec<&Finding> = findings.iter().collect();
    sorted.sort_by_key(|finding| std::cmp::Reverse(finding.level));
    let paragraph = |finding: &&Finding| {
        let mark = match finding.level {
            Level::Ok => "ok    ",
            Level::Info => "info  ",
            Level::Manual => "manual",
            Level::Warn => "WARN  ",
            Level::Error => "ERROR ",
        };
        let line = format!("{mark}  {} [{}]", crate::print::plain(&finding.what), finding.id);
        if finding.remedy.is_empty() {
            line
        } else {
            format!("{line}\n        {}", crate::print::plain(&finding.remedy))
        }
    };
    sorted.iter().map(paragraph).collect::<Vec<_>>().join("\n")
}

/// Prints them; the worst gives the exit code: 1 for a warning, 2 for an error.
pub(crate) fn conclude(printer: Printer, findings: &[Finding]) -> Result<(), Error> {
    printer.either(&to_json(findings), |_| to_text(findings))?;
    match worst(findings) {
        Level::Error => Err(Error::Found(2)),
        Level::Warn => Err(Error::Found(1)),
        Level::Ok | Level::Info | Level::Manual => Ok(()),
    }
}

/// Those that stand in the way of going on.
pub(crate) fn errors(findings: &[Finding]) -> Vec<Finding> {
    findings.iter().filter(|finding| finding.level == Level::Error).cloned().collect()
}
