//! Findings, for a person and for a program.

use model::health::{Finding, Level, worst};
use serde_json::{Value, json};

use crate::error::Error;
use crate::print::{Colour, Printer};

/// `{findings: […]}`: the form of it is fixed.
pub(crate) fn to_json(findings: &[Finding]) -> Value {
    json!({ "findings": findings })
}

/// How far from the left what was found begins; its level stands before it.
const INDENT: usize = 8;

/// One paragraph each, the worst first.
pub(crate) fn to_text(printer: Printer, findings: &[Finding]) -> String {
    let mut sorted: Vec<&Finding> = findings.iter().collect();
    sorted.sort_by_key(|finding| std::cmp::Reverse(finding.level));
    let paragraph = |finding: &&Finding| {
        let (level, colour) = match finding.level {
            Level::Ok => ("ok", Some(Colour::Green)),
            Level::Info => ("info", None),
            Level::Manual => ("manual", None),
            Level::Warn => ("WARN", Some(Colour::Yellow)),
            Level::Error => ("ERROR", Some(Colour::Red)),
        };
        let room = " ".repeat(INDENT - level.len());
        let what = printer.wrapped(&format!("{} [{}]", finding.what, finding.id), INDENT);
        let remedy = printer.wrapped(&finding.remedy, INDENT);
        let remedy = if remedy.is_empty() { remedy } else { format!("\n{}{remedy}", " ".repeat(INDENT)) };
        format!("{}{room}{what}{remedy}", printer.coloured(level, colour))
    };
    sorted.iter().map(paragraph).collect::<Vec<_>>().join("\n")
}

/// Prints them; the worst gives the exit code: 1 for a warning, 2 for an error.
pub(crate) fn conclude(printer: Printer, findings: &[Finding]) -> Result<(), Error> {
    printer.either(&to_json(findings), |printer| to_text(printer, findings))?;
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
