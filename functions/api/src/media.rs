//! A link to the file that a message brought, or why there is none.

use std::time::Duration;

use axum::Json;
use axum::response::{IntoResponse, Response};
use graph::codes;
use model::limits::INBOUND_MEDIA_DAYS;
use model::{InboundMessage, Timestamp};
use serde::Serialize;
use store::{MediaRecord, StoredFile, StoredInbound, StoredMessage};
use utoipa::ToSchema;

use crate::App;
use crate::messages::find;
use crate::problem::{Code, Problem};

/// Long enough to follow it, too short to pass it around.
const LINK_LIVES: Duration = Duration::from_mins(15);

/// A link by which anybody may download a file, for a quarter of an hour.
#[derive(Serialize, ToSchema)]
pub(crate) struct MediaLink {
    /// Presigned: a GET needs no credentials. It is downloaded, whatever its type.
    url: String,
    expires_at: Timestamp,
    /// As Meta named it.
    mime_type: String,
    /// By its first bytes, where they are those of a known type.
    #[serde(skip_serializing_if = "Option::is_none")]
    sniffed_type: Option<String>,
    /// Whether the bytes are of another type than Meta named.
    type_mismatch: bool,
    /// Hex.
    sha256: String,
    bytes: u64,
}

/// A link to the file that a person sent. `no_media` where the message brought none, `media_pending` until it is copied,
/// `media_failed` with the reason where it never will be.
#[utoipa::path(get, path = "/v1/messages/{id}/media", operation_id = "get_message_media", tag = "messages",
    params(("id" = String, Path, description = "A wamid; its slashes may stand as they are")),
    responses((status = 200, description = "The link", body = MediaLink), Problem))]
pub(crate) async fn link(app: &App, id: &str) -> Result<Response, Problem> {
    let StoredMessage::Inbound(message) = find(app, id).await? else {
        return Err(no_media("This message is a send, and brought no file."));
    };
    let now = app.now();
    match &message.media {
        Some(MediaRecord::Stored(file)) => Ok(Json(signed(app, file, now).await?).into_response()),
        Some(MediaRecord::Failed { code, reason, .. }) => Err(failed(code, reason)),
        Some(MediaRecord::Waiting { reason, attempts }) => {
            let detail = format!("The file is not copied yet, after {attempts} attempts: {reason}.");
            Err(Problem::new(Code::MediaPending, detail))
        }
        None => Err(unrecorded(&message, now)),
    }
}

async fn signed(app: &App, file: &StoredFile, now: Timestamp) -> Result<MediaLink, Problem> {
    Ok(MediaLink {
        url: app.store.media_link(file, now, LINK_LIVES).await?,
        expires_at: now + LINK_LIVES,
        mime_type: file.mime_type.clone(),
        sniffed_type: file.sniffed_type.clone(),
        type_mismatch: file.type_mismatch,
        sha256: file.sha256.clone(),
        bytes: file.bytes,
    })
}

/// Nothing is recorded: there is no file, its job has not run yet, or never did.
fn unrecorded(message: &StoredInbound, now: Timestamp) -> Problem {
    let Some(parsed) = message.raw.as_deref().and_then(InboundMessage::parse) else {
        return no_media("Only statuses of this message are known.");
    };
    // Meta itself could not fetch what the person sent, and says so in place of a file.
    if parsed.errors.iter().any(|error| error.code == codes::MEDIA_NOT_FETCHED) {
        return failed("unsupported", codes::title(codes::MEDIA_NOT_FETCHED, None));
    }
    if parsed.content.media().is_none() {
        return no_media("This message brought no file.");
    }
    if now.duration_since(message.at).as_hours() >= 24 * INBOUND_MEDIA_DAYS {
        return failed("expired", "Meta keeps a file for 7 days, and in that time it was not copied");
    }
    Problem::new(Code::MediaPending, "The file is not copied yet.")
}

fn no_media(detail: &str) -> Problem {
    Problem::new(Code::NoMedia, detail)
}

fn failed(reason: &str, words: &str) -> Problem {
    Problem::new(Code::MediaFailed, format!("The file is not to be had: {words}.")).because(reason)
}
