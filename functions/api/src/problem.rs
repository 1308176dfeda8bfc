//! Every answer that is no success: an RFC 9457 problem document, with a code that programs may rely on.

mod code;
mod document;

use std::time::Duration;

use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use model::template::Refusal;
use model::template::plan::Forbidden;
use model::{Invalid, SendId, SendState, Timestamp};
use serde_json::value::RawValue;

use crate::profile::DifferenceShown;
use crate::templates::FindingShown;
pub(crate) use code::Code;
pub(crate) use document::Document;

/// A problem document on its way out.
pub(crate) struct Problem(Box<Document>);

impl Problem {
    pub(crate) fn new(code: Code, detail: impl Into<String>) -> Self {
        Self(Box::new(Document::new(code, detail.into())))
    }

    pub(crate) fn not_found(detail: &str) -> Self {
        Self::new(Code::NotFound, detail)
    }

    pub(crate) fn method_not_allowed() -> Self {
        Self::new(Code::MethodNotAllowed, "This path does not know that method; the Allow header names those it does.")
    }

    /// A member of the body that breaks a rule.
    pub(crate) fn invalid(code: Code, field: &str, rule: &str) -> Self {
        Self::of_invalid(code, Invalid { field: field.to_owned(), rule: rule.to_owned(), given: None })
    }

    pub(crate) fn of_invalid(code: Code, invalid: Invalid) -> Self {
        let mut problem = Self::new(code, invalid.to_string());
        problem.0.field = Some(invalid.field);
        problem.0.rule = Some(invalid.rule);
        problem.0.given = invalid.given;
        problem
    }

    /// What this version does not do, named by the member that asked for it.
    pub(crate) fn not_supported(field: &str, detail: &str) -> Self {
        let mut problem = Self::new(Code::NotSupported, detail);
        problem.0.field = Some(field.to_owned());
        problem
    }

    /// W-03: with the end of the window, where one is known.
    pub(crate) fn window_closed(expires_at: Option<Timestamp>) -> Self {
        let detail = match expires_at {
            Some(_) => {
                "The window has ended or ends within a minute: 24 hours after the person wrote, or as soon as Meta says so."
            }
            None => "No message of this person to this channel is known, so no service window is open.",
        };
        let mut problem = Self::new(Code::WindowClosed, detail);
        problem.0.expires_at = expires_at;
        problem.0.remedy = "Send a template, or set \"waypost\": {\"window\": \"meta\"} to let Meta judge: \
                          a fresh install knows no windows.";
        problem
    }

    /// Why a template is not sent: with what is known of it, and what to do.
    pub(crate) fn of_refusal(refusal: Refusal) -> Self {
        let mut problem = Self::new(Code::of(&refusal), refusal.detail());
        problem.0.remedy = refusal.remedy();
        match refusal {
            Refusal::Unknown { languages } => problem.0.languages = languages,
            Refusal::NotApproved(standing) | Refusal::Paused(standing) | Refusal::Disabled(standing) => {
                problem.0.reason = standing.rejected_reason.or(Some(standing.status));
            }
            Refusal::Mismatch(invalid) => {
                problem.0.field = Some(invalid.field);
                problem.0.rule = Some(invalid.rule);
                problem.0.given = invalid.given;
            }
            Refusal::Changed => {}
            Refusal::Unfilled(unfilled) => {
                problem.0.field = Some(unfilled.field);
                problem.0.rule = Some(unfilled.why);
            }
            Refusal::OptedOut(signal) => {
                problem.0.reason = Some(signal.source.as_str().to_owned());
                problem.0.since = Some(signal.at);
            }
        }
        problem
    }

    /// The rules that a template or a profile breaks, the first of them also as the field that is meant.
    pub(crate) fn of_findings(code: Code, findings: Vec<FindingShown>) -> Self {
        let first = findings.first();
        let detail = first.map(|finding| format!("{}: {}", finding.at, finding.what)).unwrap_or_default();
        let field = first.map(|finding| finding.at.clone());
        let mut problem = Self::new(code, detail);
        problem.0.field = field;
        problem.0.findings = findings;
        problem
    }

    /// P-02: somebody else changed the profile at Meta since it was last read.
    pub(crate) fn of_drift(drift: Vec<DifferenceShown>) -> Self {
        let fields: Vec<&str> = drift.iter().map(|difference| difference.field).collect();
        let detail =
            format!("The profile was changed at Meta since it was last read: {}. Nothing was sent.", fields.join(", "));
        let mut problem = Self::new(Code::Conflict, detail);
        problem.0.drift = drift;
        problem.0.remedy = "Read it again (POST …/profile/sync, `waypost profile pull`) and look at it, or say \
                          overwrite=true (`--overwrite`).";
        problem
    }

    /// What Meta forbids of a template now.
    pub(crate) fn of_forbidden(forbidden: Forbidden) -> Self {
        let why = forbidden.why;
        Self::new(Code::TemplateNotEditable, why).because(forbidden.id).with_remedy(forbidden.remedy)
    }

    /// Z-01: early, since Meta would refuse it.
    pub(crate) fn test_number_recipients() -> Self {
        let detail =
            "The number is a test number of Meta's, which writes to five people only, and this would be another one.";
        let mut problem = Self::new(Code::TestNumberRecipients, detail);
        problem.0.field = Some(String::from("to"));
        problem.0.remedy = "Write to one of the five, or from a number of your own. After changing the list under API Setup in the app \
             dashboard, set the channel's test_number anew: it forgets whom it knew.";
        problem
    }

    #[must_use]
    pub(crate) fn about_send(mut self, id: &SendId) -> Self {
        self.0.id = Some(id.as_str().to_owned());
        self
    }

    #[must_use]
    pub(crate) fn in_state(mut self, state: SendState) -> Self {
        self.0.state = Some(state.as_str());
        self
    }

    #[must_use]
    pub(crate) fn because(mut self, reason: &str) -> Self {
        self.0.reason = Some(reason.to_owned());
        self
    }

    #[must_use]
    pub(crate) fn at_version(mut self, version: u64) -> Self {
        self.0.version = Some(version);
        self
    }

    #[must_use]
    pub(crate) fn with_remedy(mut self, remedy: &'static str) -> Self {
        self.0.remedy = remedy;
        self
    }

    #[must_use]
    pub(crate) fn with_meta(mut self, error: Box<RawValue>) -> Self {
        self.0.meta = Some(error);
        self
    }

    #[must_use]
    pub(crate) fn retry_after(mut self, wait: Duration) -> Self {
        self.0.retry_after = Some(wait);
        self
    }

    #[must_use]
    pub(crate) fn saying(mut self, detail: &str) -> Self {
        detail.clone_into(&mut self.0.detail);
        self
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let (status, _) = self.0.code.facts();
        let soon = (self.0.code == Code::Unavailable).then_some(Duration::from_secs(1));
        let wait = self.0.retry_after.or(soon);
        let mut response = (status, axum::Json(self.0)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if let Some(wait) = wait {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(wait.as_secs().max(1)));
        }
        response
    }
}

impl From<store::Error> for Problem {
    fn from(error: store::Error) -> Self {
        match error {
            store::Error::Cursor => Self::new(Code::InvalidCursor, "This cursor is not one that this list gave out."),
            store::Error::Unavailable(_) | store::Error::Bucket(_) => {
                tracing::error!(%error, "a request failed for now");
                Self::new(Code::Unavailable, "The storage did not answer. Trying again is right.")
            }
            store::Error::Refused(_) | store::Error::Corrupt(_) => {
                tracing::error!(%error, "a request failed for good");
                Self::new(Code::Internal, "This is a fault of the system; its log says which.")
            }
        }
    }
}

impl From<ingest::Error> for Problem {
    fn from(error: ingest::Error) -> Self {
        match error {
            ingest::Error::Store(error) => Self::from(error),
            ingest::Error::Queue(error) => Self::from(error),
        }
    }
}

impl From<queue::Error> for Problem {
    fn from(error: queue::Error) -> Self {
        tracing::error!(%error, "could not queue");
        match error {
            queue::Error::Unavailable(_) => {
                Self::new(Code::Unavailable, "The queue did not take it. Trying again is right.")
            }
            queue::Error::TooLarge { .. } => Self::new(Code::TooLarge, "Too large for the queue."),
            queue::Error::NotConfigured(_) => {
                Self::new(Code::Internal, "This is a fault of the system; its log says which.")
            }
        }
    }
}
