//! What Meta answered instead of yes, as a problem document: its own error whole, in plain words, with the remedy.

use std::time::Duration;

use graph::{Cause, Verdict};

use crate::problem::{Code, Problem};

pub(crate) fn of(error: &graph::Error) -> Problem {
    let verdict = error.verdict(1, 0.0);
    let code = match verdict {
        Verdict::Retry { .. } if error.is_throttled() => Code::Throttled,
        Verdict::Retry { .. } => Code::MetaUnavailable,
        Verdict::Park { cause: Cause::Token } => Code::TokenRefused,
        Verdict::Park { .. } | Verdict::Reject { .. } | Verdict::Uncertain => Code::MetaRefused,
    };
    let mut problem = Problem::new(code, said(error)).with_remedy(error.remedy());
    if let Some(meta) = error.meta() {
        problem = problem.with_meta(meta.raw.clone());
    }
    match verdict {
        Verdict::Retry { after } => problem.retry_after(after),
        _ => problem,
    }
}

pub(crate) fn no_token() -> Problem {
    Problem::new(Code::TokenRefused, "The tokens secret holds no access token for the channel's account.")
        .with_remedy("Put an access token into the tokens secret.")
}

pub(crate) fn malformed_secret() -> Problem {
    Problem::new(Code::TokenRefused, "The tokens secret does not hold the JSON it should.")
        .with_remedy("Correct the tokens secret; infra/docs/deploy.md shows its form.")
}

pub(crate) fn no_secret() -> Problem {
    Problem::new(Code::Unavailable, "The tokens secret could not be read. Trying again is right.")
        .retry_after(Duration::from_secs(1))
}

/// A sentence: ours first, then Meta's own details.
fn said(error: &graph::Error) -> String {
    let title = error.title();
    let mut words: String = title.chars().take(1).flat_map(char::to_uppercase).chain(title.chars().skip(1)).collect();
    words.push('.');
    if let Some(meta) = error.meta()
        && let Some(details) = meta.details.as_ref().or(meta.message.as_ref())
    {
        words = format!("{words} Meta says: {details}");
    }
    words
}

pub(crate) fn no_app() -> Problem {
    Problem::new(Code::TokenRefused, "The tokens secret does not say which Meta app its tokens belong to.")
        .with_remedy("Put app_id into the tokens secret; infra/docs/deploy.md shows its form.")
}
