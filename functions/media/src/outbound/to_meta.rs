//! Uploads a file with the number's token, unless Meta has it already.

use graph::Token;
use graph::upload::Upload;
use model::{MediaId, Send, Timestamp, WabaId};
use runtime::{NoToken, SecretError};
use store::FileIdentity;
use tokio::time::Instant;

use super::inspect::{chunks, open};
use super::source::Found;
use super::trouble::Trouble;
use crate::{App, failure};

/// The id of the file at Meta. `again` means that the id known so far leads nowhere.
#[expect(clippy::too_many_arguments, reason = "each is one thing")]
pub(super) async fn bring(
    app: &App,
    send: &Send,
    waba_id: &WabaId,
    found: &Found,
    identity: &FileIdentity,
    again: bool,
    now: Timestamp,
    deadline: Instant,
) -> Result<MediaId, Trouble> {
    let number = &send.phone_number_id;
    if !again && let Some(id) = app.store.uploaded(number, identity, now).await? {
        return Ok(id);
    }
    let is_refused = |tried: &Tried| matches!(tried, Tried::Meta(error) if error.is_token_refused());
    let call = |token| async move { upload(app, send, &Token::new(token), found, identity, deadline).await };
    let uploaded = app.tokens.with_token(waba_id.as_str(), || now, is_refused, call).await;
    let id = uploaded.map_err(|error| no_token(&error))?.map_err(|tried| match tried {
        Tried::Meta(error) => {
            tracing::warn!(send_id = %send.id, phone_number_id = %number, %error, "a file could not be uploaded");
            Trouble::of_meta(&error)
        }
        Tried::Source(trouble) => trouble,
    })?;
    // Noted or not, this send has its id.
    if let Err(error) = app.store.note_upload(number, identity, &id, now).await {
        tracing::warn!(send_id = %send.id, %error, "could not note an upload");
    }
    tracing::info!(send_id = %send.id, phone_number_id = %number, media_id = %id, bytes = found.bytes, "a file was uploaded");
    Ok(id)
}

enum Tried {
    Meta(graph::Error),
    Source(Trouble),
}

async fn upload(
    app: &App,
    send: &Send,
    token: &Token,
    found: &Found,
    identity: &FileIdentity,
    deadline: Instant,
) -> Result<MediaId, Tried> {
    let body = open(app, &found.key, found.etag.as_deref()).await.map_err(Tried::Source)?;
    let upload = Upload { mime_type: identity.mime_type.clone(), bytes: found.bytes, content: chunks(body) };
    let within = deadline.saturating_duration_since(Instant::now());
    app.graph.upload(token, &send.phone_number_id, upload, within).await.map_err(Tried::Meta)
}

fn no_token(error: &NoToken) -> Trouble {
    match error {
        NoToken::Absent => Trouble::Park(failure::no_token()),
        NoToken::Secret(error @ SecretError::Malformed { .. }) => Trouble::Park(failure::secret(error)),
        NoToken::Secret(error @ SecretError::Unavailable { .. }) => {
            Trouble::Passing { error: failure::secret(error), after: std::time::Duration::ZERO }
        }
    }
}
