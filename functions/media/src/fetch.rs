//! Copies one file: where it is, its bytes, the bucket, the record, the event.

use std::sync::Arc;

use data_encoding::HEXLOWER;
use graph::media::sha256;
use graph::{Cause, Token, Verdict};
use model::event::{EventContact, VERSION, dedupe_media, event_id};
use model::{Event, EventData, EventType, Timestamp};
use queue::MediaJob;
use runtime::SecretError;
use serde::Serialize;
use store::MediaRecord;

use crate::App;
use crate::upload::{self, NotStored};

/// Why a file is not copied for now.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error(transparent)]
    Graph(graph::Error),
    #[error(transparent)]
    Secret(#[from] SecretError),
    #[error("the tokens secret holds no token for this WhatsApp account, and no default")]
    NoToken,
    #[error("the bucket did not take the file: {0}")]
    Bucket(String),
    #[error(transparent)]
    Store(#[from] store::Error),
    #[error(transparent)]
    Queue(#[from] queue::Error),
}

/// What copying came to, when it is over.
enum Copied {
    Stored(MediaRecord),
    /// It never will be: why, in plain words.
    Lost(String),
}

/// Safe to run again: what is stored already is not read again, and its event is published again, because an earlier
/// attempt may have died between the two.
pub(crate) async fn fetch(app: &App, job: &MediaJob, now: Timestamp) -> Result<(), Error> {
    if let Some(stored @ MediaRecord::Stored { .. }) = app.store.media_of(&job.message_id, now).await? {
        return publish(app, job, &stored).await;
    }
    match copy(app, job, now).await? {
        Copied::Stored(stored) => {
            app.store.record_media(&job.message_id, &stored, now).await?;
            publish(app, job, &stored).await?;
            tracing::info!(phone_number_id = %job.phone_number_id, media_id = %job.media_id, "a file was copied");
        }
        Copied::Lost(reason) => {
            tracing::warn!(phone_number_id = %job.phone_number_id, media_id = %job.media_id, %reason, "a file is lost");
            app.store.record_media(&job.message_id, &MediaRecord::Failed { reason }, now).await?;
        }
    }
    Ok(())
}

/// With the token in memory, then once more with a newer one where Meta refused it.
async fn copy(app: &App, job: &MediaJob, now: Timestamp) -> Result<Copied, Error> {
    let _lane = app.lanes.acquire().await;
    let secret = app.tokens.get(now).await?;
    let token = |secret: &Arc<runtime::TokensSecret>| {
        secret.for_waba(job.waba_id.as_str()).map(Token::new).ok_or(Error::NoToken)
    };
    match attempt(app, job, &token(&secret)?).await {
        Err(Error::Graph(error)) if verdict(&error) == (Verdict::Park { cause: Cause::Token }) => {
            match app.tokens.newer_than(&secret, now).await? {
                Some(newer) => attempt(app, job, &token(&newer)?).await,
                None => Err(Error::Graph(error)),
            }
        }
        outcome => outcome,
    }
}

async fn attempt(app: &App, job: &MediaJob, token: &Token) -> Result<Copied, Error> {
    match stream(app, job, token).await {
        // The URL lives five minutes only; a fresh one decides.
        Err(error) if is_final(&error) => match stream(app, job, token).await {
            Err(Error::Graph(error)) if matches!(verdict(&error), Verdict::Reject { .. }) => {
                Ok(Copied::Lost(error.to_string()))
            }
            outcome => outcome,
        },
        outcome => outcome,
    }
}

async fn stream(app: &App, job: &MediaJob, token: &Token) -> Result<Copied, Error> {
    let info = app.graph.media(token, &job.media_id, &job.phone_number_id).await.map_err(Error::Graph)?;
    let file = app.graph.download(token, &info.url).await.map_err(Error::Graph)?;
    let mime_type = info
        .mime_type
        .or_else(|| job.mime_type.clone())
        .or(file.content_type)
        .unwrap_or_else(|| String::from("application/octet-stream"));
    let expected = info.sha256.or_else(|| job.sha256.as_deref().and_then(sha256));
    let object = upload::Object {
        bucket: app.store.bucket(),
        key: &format!("media/{}/{}", job.phone_number_id, job.media_id),
        mime_type: &mime_type,
    };
    match upload::upload(&app.s3, &object, expected, file.bytes).await {
        Ok(stored) => Ok(Copied::Stored(MediaRecord::Stored {
            bucket: app.store.bucket().to_owned(),
            key: object.key.to_owned(),
            mime_type: mime_type.clone(),
            sha256: HEXLOWER.encode(&stored.sha256),
            bytes: stored.bytes,
        })),
        Err(NotStored::Mismatch) => {
            Ok(Copied::Lost(String::from("the file does not have the checksum Meta gave for it")))
        }
        Err(NotStored::TooLarge) => Ok(Copied::Lost(String::from("the file is larger than Meta lets people send"))),
        Err(NotStored::Broken(error)) => Err(Error::Graph(error)),
        Err(NotStored::Bucket(reason)) => Err(Error::Bucket(reason)),
    }
}

fn is_final(error: &Error) -> bool {
    matches!(error, Error::Graph(error) if matches!(verdict(error), Verdict::Reject { .. }))
}

/// The queue counts attempts and waits between them, so none is ever the last one here.
fn verdict(error: &graph::Error) -> Verdict {
    error.verdict(1, 0.0)
}

async fn publish(app: &App, job: &MediaJob, stored: &MediaRecord) -> Result<(), Error> {
    let MediaRecord::Stored { bucket, key, mime_type, sha256, bytes } = stored else { return Ok(()) };
    if !app.events.wants(EventType::MediaStored, None) {
        return Ok(());
    }
    let contact = match &job.contact {
        Some(key) => app.store.contact(&job.phone_number_id, key).await?.as_ref().map(EventContact::from),
        None => None,
    };
    let data = Data {
        message_id: job.message_id.as_str(),
        media_id: job.media_id.as_str(),
        bucket,
        key,
        mime_type,
        sha256,
        bytes: *bytes,
    };
    let data = serde_json::value::to_raw_value(&data).map_err(|error| queue::Error::Unavailable(error.to_string()))?;
    let event = Event {
        v: VERSION,
        id: event_id(EventType::MediaStored, &dedupe_media(&job.message_id, &job.media_id)),
        kind: EventType::MediaStored,
        at: job.at,
        waba_id: Some(job.waba_id.clone()),
        phone_number_id: Some(job.phone_number_id.clone()),
        contact,
        data: EventData::Inline(data),
    };
    Ok(app.queues.publish_events(&[event]).await?)
}

/// `data` of `media.stored` (design §5).
#[derive(Serialize)]
struct Data<'a> {
    message_id: &'a str,
    media_id: &'a str,
    bucket: &'a str,
    key: &'a str,
    mime_type: &'a str,
    sha256: &'a str,
    bytes: u64,
}
