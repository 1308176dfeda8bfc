//! Why a file cannot be sent, in words a person can act on.

use graph::{Cause, codes};
use model::SendError;
use model::file::Misfit;
use model::send::{ErrorSource, Explain};

/// Meta's codes in plain words.
const EXPLAIN: Explain = Explain { title: codes::title, remedy: codes::remedy };

pub(crate) fn unknown_channel() -> SendError {
    let title = "the number that was to send is no channel of this stack";
    ours("unknown_channel", title, None, "Add the number as a channel, or send from one that is.")
}

pub(crate) fn no_file_type() -> SendError {
    let title = "the message is of no type that takes a file";
    ours("invalid_message", title, None, "Send an image, video, audio, document or sticker.")
}

pub(crate) fn misfit(misfit: &Misfit) -> SendError {
    let (title, remedy) = match misfit {
        Misfit::Unsupported { .. } => (
            "Meta does not take a file of this type as such a message",
            "Convert it, send it as a document, or let it go out as a link (\"unsupported\": \"link\").",
        ),
        Misfit::TooLarge { .. } => (
            "the file is larger than Meta takes",
            "Make it smaller, or let it go out as a link (\"unsupported\": \"link\").",
        ),
        Misfit::Empty => ("the file is empty", "Put the file where it was to be, and send anew."),
    };
    ours(misfit.code(), title, Some(misfit.detail()), remedy)
}

pub(crate) fn missing() -> SendError {
    let remedy = "Put the file there by the upload that gave the key, then send anew.";
    ours("media_missing", "nothing in the bucket has this key", None, remedy)
}

/// What a caller's URL led to.
pub(crate) fn unreachable(error: &graph::Error) -> SendError {
    let title = "the file's URL could not be fetched";
    let remedy = "Give a public https URL on the usual port that answers without credentials, or upload the file.";
    ours("media_unreachable", title, Some(error.to_string()), remedy)
}

pub(crate) fn too_large_to_fetch(limit: u64) -> SendError {
    let detail = format!("A file from a URL may have {limit} bytes at most.");
    let remedy = "Upload the file instead: POST /v1/channels/{phone_number_id}/media.";
    ours("media_too_large", "the file is larger than what is fetched from a URL", Some(detail), remedy)
}

pub(crate) fn bucket(reason: &str) -> SendError {
    let detail = format!("The bucket answered: {reason}.");
    ours("media_unavailable", "the bucket did not hand the file out", Some(detail), "It is tried again by itself.")
}

pub(crate) fn late() -> SendError {
    ours("media_late", "there was no time left for the file", None, "It is tried again by itself.")
}

pub(crate) fn no_token() -> SendError {
    let title = "the tokens secret holds no access token for this account";
    ours(Cause::Token.as_str(), title, None, "Put an access token into the tokens secret; what waits is then sent.")
}

pub(crate) fn secret(error: &runtime::SecretError) -> SendError {
    let title = "the access token could not be read";
    ours(Cause::Token.as_str(), title, Some(error.to_string()), "Look at the tokens secret; what waits is then sent.")
}

/// The code is the cause; Meta's own error goes along.
pub(crate) fn parked(cause: Cause, error: &graph::Error) -> SendError {
    let detail = error.meta().and_then(|meta| meta.details.clone().or_else(|| meta.message.clone()));
    let raw = error.meta().map(|meta| meta.raw.clone());
    SendError { raw, ..ours(cause.as_str(), error.title(), detail, error.remedy()) }
}

/// Meta's refusal, else why there was none.
pub(crate) fn of_meta(error: &graph::Error) -> SendError {
    match error.meta() {
        Some(meta) => SendError::from_meta(meta, EXPLAIN),
        None => ours("media_not_uploaded", error.title(), None, error.remedy()),
    }
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
