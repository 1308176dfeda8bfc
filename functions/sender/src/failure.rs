//! Why a send failed, is parked or is in doubt, in words a person can act on.

use graph::{Cause, codes};
use jiff::SignedDuration;
use model::send::{ErrorSource, Explain, UNCONFIRMED};
use model::{Invalid, SendError, Timestamp};
use serde_json::value::{RawValue, to_raw_value};

/// Meta's codes in plain words.
pub(crate) const EXPLAIN: Explain = Explain { title: codes::title, remedy: codes::remedy };

/// As much of an answer that is no JSON as is worth keeping.
const UNREADABLE_MAX: usize = 2_000;

pub(crate) fn invalid_message(invalid: &Invalid) -> SendError {
    let detail = invalid.to_string();
    ours(
        "invalid_message",
        "the message is not one that Meta would take",
        Some(detail),
        "Correct the message and send it anew.",
    )
}

pub(crate) fn not_supported(detail: &str) -> SendError {
    ours("not_supported", "this is not built yet", Some(detail.to_owned()), "Leave it out and send anew.")
}

pub(crate) fn expired(at: Timestamp) -> SendError {
    let detail = format!("It was to be sent by {at}.");
    ours(
        "expired",
        "it was not sent in the time it had",
        Some(detail),
        "Send it anew, with a longer expires_in or none.",
    )
}

pub(crate) fn predecessor_unknown() -> SendError {
    let title = "there is no send of the id that it was to wait for";
    ours("predecessor_unknown", title, None, "Send it anew, after a send that exists.")
}

pub(crate) fn predecessor_failed() -> SendError {
    let title = "the message that it was to follow was not delivered";
    ours("predecessor_failed", title, None, "Send both anew, or this one without after_delivered.")
}

pub(crate) fn predecessor_not_delivered(waited: SignedDuration) -> SendError {
    let title = "the message that it was to follow has not been delivered in time";
    let detail = format!("It waited {} hours.", waited.as_hours());
    ours("predecessor_not_delivered", title, Some(detail), "Send it anew, without after_delivered.")
}

pub(crate) fn unknown_channel() -> SendError {
    let title = "the number that was to send is no channel of this stack";
    ours("unknown_channel", title, None, "Add the number as a channel, or send from one that is.")
}

/// `expired_at` is `None` where the person never wrote, as far as this stack knows.
pub(crate) fn window_closed(expired_at: Option<Timestamp>) -> SendError {
    let detail = match expired_at {
        Some(at) => format!("The window closed, or is about to, at {at}."),
        None => String::from("The person never wrote to this number, as far as is known here."),
    };
    let remedy = "Send an approved template; anything else is possible again once the person writes.";
    ours("window_closed", "the 24-hour service window is closed", Some(detail), remedy)
}

pub(crate) fn test_number_recipients() -> SendError {
    let title = "a test number writes to five people only, and this would be another one";
    let remedy = "Write to one of the five, or from a number of your own; after changing the list at Meta, set the channel's \
                  test_number anew.";
    ours("test_number_recipients", title, None, remedy)
}

pub(crate) fn no_token() -> SendError {
    let title = "the tokens secret holds no access token for this account";
    ours(Cause::Token.as_str(), title, None, "Put an access token into the tokens secret; what waits is then sent.")
}

pub(crate) fn malformed_secret() -> SendError {
    let title = "the tokens secret does not hold the JSON it should";
    ours(Cause::Token.as_str(), title, None, "Correct the tokens secret; what waits is then sent.")
}

/// Meta's refusal, else why no call was made.
pub(crate) fn refused(error: &graph::Error) -> SendError {
    match error.meta() {
        Some(meta) => SendError::from_meta(meta, EXPLAIN),
        None => ours("not_sent", error.title(), None, error.remedy()),
    }
}

/// Refused for the last time by what usually passes.
pub(crate) fn exhausted(error: &graph::Error) -> SendError {
    let remedy = "Send it anew; if it fails again, give Meta's support the trace id.";
    let last = error.title().to_owned();
    SendError {
        raw: raw(error),
        ..ours("exhausted", "Meta refused it as often as is sensible to try", Some(last), remedy)
    }
}

/// The code is the cause; Meta's own error goes along.
pub(crate) fn parked(cause: Cause, error: &graph::Error) -> SendError {
    let detail = error.meta().and_then(|meta| meta.details.clone().or_else(|| meta.message.clone()));
    SendError { raw: raw(error), ..ours(cause.as_str(), error.title(), detail, error.remedy()) }
}

pub(crate) fn uncertain(error: &graph::Error) -> SendError {
    SendError { raw: raw(error), ..ours("uncertain", error.title(), None, error.remedy()) }
}

/// The claim ran out: whoever held it died before or after Meta was called.
pub(crate) fn interrupted() -> SendError {
    let remedy = "Wait for the status webhook: it tells whether the message was accepted.";
    ours("uncertain", "sending was interrupted, and nothing tells how far it got", None, remedy)
}

pub(crate) fn unconfirmed(waited: SignedDuration) -> SendError {
    let title = "nothing tells whether Meta accepted it, and no status came";
    let detail = format!("No status came within {} seconds.", waited.as_secs());
    ours(UNCONFIRMED, title, Some(detail), "Ask the person, or send it anew: at worst they get it twice.")
}

fn ours(code: &str, title: &str, detail: Option<String>, remedy: &str) -> SendError {
    SendError {
        source: ErrorSource::Waypost,
        code: code.to_owned(),
        title: title.to_owned(),
        detail,
        remedy: Some(remedy.to_owned()),
        raw: None,
    }
}

/// Meta's error object, else the start of what came instead, as a JSON string.
fn raw(error: &graph::Error) -> Option<Box<RawValue>> {
    if let Some(meta) = error.meta() {
        return Some(meta.raw.clone());
    }
    let text = String::from_utf8_lossy(error.raw_body());
    let start: String = text.chars().take(UNREADABLE_MAX).collect();
    if start.is_empty() { None } else { to_raw_value(&start).ok() }
}
