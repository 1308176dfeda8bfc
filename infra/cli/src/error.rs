//! What went wrong, what to do about it, and the exit code that says so to a program.

use std::io;

use serde_json::{Value, json};

/// `EX_USAGE` of sysexits.h.
pub(crate) const USAGE: u8 = 64;
/// `EX_UNAVAILABLE`.
pub(crate) const UNREACHABLE: u8 = 69;

/// What the line begins with that says what to do.
const REMEDY: &str = "\n  remedy: ";

#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// The system answered with a problem document.
    #[error("{title}")]
    Problem { title: String, document: Value },
    /// It was reached, and it did not work out. What to do stands on a line of its own, after [`REMEDY`].
    #[error("{0}")]
    Failed(String),
    /// The command cannot be meant as it was written.
    #[error("{0}")]
    Usage(String),
    /// By Ctrl-C, at a question.
    #[error("stopped")]
    Stopped,
    /// Nobody who could answer was reached.
    #[error("{what}")]
    Unreachable { what: String, remedy: String },
    /// Nothing is left to say: findings were printed, the worst of which gives the exit code.
    #[error("something was found")]
    Found(u8),
    #[error(transparent)]
    Local(#[from] local::Error),
    #[error("cannot print: {0}")]
    Print(#[from] io::Error),
}

impl Error {
    /// What the system's problem document says.
    pub(crate) fn problem(document: Value) -> Self {
        let title = document.get("title").and_then(Value::as_str).unwrap_or("The request was refused").to_owned();
        Self::Problem { title, document }
    }

    /// What did not work out, and the command, page or deed that mends it.
    pub(crate) fn failed(what: impl std::fmt::Display, remedy: impl std::fmt::Display) -> Self {
        Self::Failed(format!("{what}{REMEDY}{remedy}"))
    }

    /// What the parser of arguments says: the first paragraph, without what it begins with.
    pub(crate) fn usage(said: &str) -> Self {
        let first = said.trim().split("\n\n").next().unwrap_or_default();
        let words: Vec<&str> = first.strip_prefix("error: ").unwrap_or(first).split_whitespace().collect();
        Self::Usage(format!("{}{REMEDY}--help shows how the command is used", words.join(" ")))
    }

    pub(crate) fn exit_code(&self) -> u8 {
        match self {
            Self::Usage(_) => USAGE,
            Self::Unreachable { .. } => UNREACHABLE,
            Self::Found(code) => *code,
            Self::Stopped => crate::terminal::STOPPED,
            Self::Problem { .. } | Self::Failed(_) | Self::Local(_) | Self::Print(_) => 1,
        }
    }

    /// Whether whoever read our output has enough of it.
    pub(crate) fn is_closed_pipe(&self) -> bool {
        matches!(self, Self::Print(error) if error.kind() == io::ErrorKind::BrokenPipe)
    }

    /// For a person: what, why, and what to do.
    pub(crate) fn to_text(&self) -> String {
        let mut lines = vec![format!("error: {self}")];
        match self {
            Self::Problem { document, .. } => {
                let text = |name: &str| document.get(name).and_then(Value::as_str);
                // The first finding stands in it.
                lines.extend(text("detail").filter(|_| !has_findings(document)).map(|detail| format!("  {detail}")));
                lines.extend(findings(document));
                lines.extend(metas_code(document).map(|code| format!("  Meta's code: {code}")));
                lines.extend(text("expires_at").map(|at| format!("  the window ended or ends at {at}")));
                lines.extend(text("remedy").map(|remedy| format!("  remedy: {remedy}")));
            }
            Self::Unreachable { remedy, .. } => lines.push(format!("  remedy: {remedy}")),
            Self::Stopped | Self::Failed(_) | Self::Usage(_) | Self::Found(_) | Self::Local(_) | Self::Print(_) => {}
        }
        lines.join("\n")
    }

    /// For a program: `{"error": …}`, the problem document itself where there is one.
    pub(crate) fn to_json(&self) -> Value {
        let code = match self {
            Self::Problem { document, .. } => return json!({ "error": document }),
            Self::Usage(_) => "usage",
            Self::Unreachable { .. } => "unreachable",
            Self::Stopped => "stopped",
            Self::Failed(_) | Self::Found(_) | Self::Local(_) | Self::Print(_) => "failed",
        };
        let said = self.to_string();
        let (title, remedy) = match (self, said.split_once(REMEDY)) {
            (Self::Unreachable { remedy, .. }, _) => (said.as_str(), Some(remedy.as_str())),
            (_, Some((title, remedy))) => (title, Some(remedy)),
            (_, None) => (said.as_str(), None),
        };
        let mut error = json!({"code": code, "title": title});
        if let Some(remedy) = remedy {
            error["remedy"] = remedy.into();
        }
        json!({ "error": error })
    }
}

fn has_findings(document: &Value) -> bool {
    document.get("findings").and_then(Value::as_array).is_some_and(|findings| !findings.is_empty())
}

/// What breaks which rule, each with what to do about it.
fn findings(document: &Value) -> Vec<String> {
    let found = document.get("findings").and_then(Value::as_array).into_iter().flatten();
    let lines = found.flat_map(|finding| {
        let text = |name: &str| finding.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
        let what = text("what").map(|what| match text("where") {
            Some(place) => format!("  {place}: {what}"),
            None => format!("  {what}"),
        });
        [what, text("remedy").map(|remedy| format!("    {remedy}"))]
    });
    lines.flatten().collect()
}

/// `100`, or with its subcode `100/2388042`.
fn metas_code(document: &Value) -> Option<String> {
    let number = |name: &str| document.get("meta")?.get(name)?.as_i64();
    let code = number("code")?;
    Some(number("error_subcode").map_or_else(|| code.to_string(), |subcode| format!("{code}/{subcode}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_document_is_told_with_its_remedy() {
        let error = Error::problem(json!({
            "title": "The service window is closed", "detail": "No message came for 24 hours.",
            "code": "window_closed", "remedy": "Send a template."
        }));
        assert_eq!(
            error.to_text(),
            "error: The service window is closed\n  No message came for 24 hours.\n  remedy: Send a template."
        );
        assert_eq!(error.to_json()["error"]["code"], "window_closed");
        let refused =
            Error::problem(json!({"title": "Meta refused", "meta": {"code": 100, "error_subcode": 2_388_042}}));
        assert_eq!(refused.to_text(), "error: Meta refused\n  Meta's code: 100/2388042");
        assert_eq!(error.exit_code(), 1);
    }

    #[test]
    fn each_broken_rule_is_told_with_its_remedy() {
        let finding = |place: &str, remedy: &str| json!({"where": place, "what": "is wrong", "remedy": remedy});
        let error = Error::problem(json!({
            "title": "The request breaks a rule", "detail": "email: is wrong", "remedy": "Correct it.",
            "findings": [finding("email", "Write it as a@b.c."), finding("", "")]
        }));
        assert_eq!(
            error.to_text(),
            "error: The request breaks a rule\n  email: is wrong\n    Write it as a@b.c.\n  is wrong\n  remedy: Correct it."
        );
    }

    #[test]
    fn a_program_gets_the_remedy_by_itself() {
        let error = Error::failed("the sync is failed", "waypost doctor");
        assert_eq!(error.to_text(), "error: the sync is failed\n  remedy: waypost doctor");
        let told = json!({"error": {"code": "failed", "title": "the sync is failed", "remedy": "waypost doctor"}});
        assert_eq!(error.to_json(), told);
        assert!(Error::Failed(String::from("no")).to_json()["error"].get("remedy").is_none());
    }
}
