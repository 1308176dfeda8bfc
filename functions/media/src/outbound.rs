//! The file of one send, from where the caller has it to Meta; then the send is queued (M-01 to M-05).
//!
//! Every step may be repeated. What is uploaded twice is two files at Meta that nobody sees; the send bears the id of one,
//! and leaves its waiting once. What fails for good is handed to the sender with its reason, which settles every send alike.

mod inspect;
mod link;
mod source;
mod to_meta;
mod trouble;

use model::file::{Misfit, fit};
use model::outbound::{file_words, with_file};
use model::send::{OnUnsupported, SendFile};
use model::{Send, SendError, SendState, Timestamp};
use queue::{OutboundEnvelope, UploadJob, person_group};
use store::{Brought, Due, FileIdentity, Moved, Transition};
use tokio::time::{Instant, timeout_at};

use crate::{App, failure, patience};
use source::find;
pub(crate) use trouble::Trouble;

/// Why a job is not done, and comes back.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("{0}")]
    NotYet(Trouble),
    #[error(transparent)]
    Store(#[from] store::Error),
    #[error(transparent)]
    Queue(#[from] queue::Error),
}

/// How long a send is parked before the tick looks whether it can be sent; the sender's own time.
const PROBE: jiff::SignedDuration = jiff::SignedDuration::from_mins(5);
/// The tick takes a job for lost this long after it should have come back.
const BACKUP: jiff::SignedDuration = jiff::SignedDuration::from_mins(15);

/// How a file ends that can be ended now.
enum Ended {
    /// The message bears it, as a file or as a link.
    Ready {
        message: Box<serde_json::value::RawValue>,
        kind: String,
        file: SendFile,
    },
    Failed(SendError),
}

/// `attempt` counts from 1; `wait` is when the job comes back if it has to.
pub(crate) async fn bring(
    app: &App,
    job: &UploadJob,
    attempt: u32,
    wait: u32,
    now: Timestamp,
    deadline: Instant,
) -> Result<(), Error> {
    let Some(send) = app.store.send(&job.send_id, now).await? else {
        tracing::warn!(send_id = %job.send_id, "the send of a file is gone");
        return Ok(());
    };
    if !send.awaits_file() {
        // The job before died between the two.
        return if send.state == SendState::Queued { publish(app, &send).await } else { Ok(()) };
    }
    if send.state != SendState::Waiting {
        return Ok(());
    }
    let brought = timeout_at(deadline, ended(app, &send, now, deadline)).await.unwrap_or(Err(Trouble::late()));
    let ended = match brought {
        Ok(ended) => ended,
        Err(Trouble::Park(error)) => return park(app, &send, &error, now).await,
        Err(Trouble::Store(error)) => return Err(error.into()),
        Err(trouble) if trouble.is_final(attempt) => Ended::Failed(trouble.into_error()),
        Err(trouble) => {
            note(app, &send, &trouble, wait, now).await;
            return Err(Error::NotYet(trouble));
        }
    };
    let (message, file) = match ended {
        Ended::Ready { message, kind, file } => (Some((message, kind)), file),
        Ended::Failed(error) => {
            let (send_id, number) = (&send.id, &send.phone_number_id);
            tracing::warn!(%send_id, phone_number_id = %number, code = error.code, "a file cannot be sent");
            (None, SendFile::Failed { error })
        }
    };
    let message = message.as_ref().map(|(message, kind)| (&**message, kind.as_str()));
    match app.store.bring_file(&send.id, &Brought { message, file: &file }, now).await? {
        Moved::Done(send) => publish(app, &send).await,
        // Another job for the same send was quicker, and may have died before it was queued.
        Moved::Refused(send) if send.state == SendState::Queued && !send.awaits_file() => publish(app, &send).await,
        Moved::Refused(_) | Moved::Missing => Ok(()),
    }
}

async fn ended(app: &App, send: &Send, now: Timestamp, deadline: Instant) -> Result<Ended, Trouble> {
    let _lane = app.lanes.acquire().await.map_err(|_| Trouble::late())?;
    let Some(channel) = app.store.channel(&send.phone_number_id).await? else {
        return Ok(Ended::Failed(failure::unknown_channel()));
    };
    let Some(media) = &send.options.media else { return Err(Trouble::late()) };
    let words = file_words(&send.message);
    let Some(kind) = words.kind else { return Ok(Ended::Failed(failure::no_file_type())) };
    let found = find(app, send, &media.from, &words, deadline).await?;
    let policy = media.unsupported.or(channel.unsupported_media).unwrap_or_default();
    let misfit = match fit(kind, &found.seen()) {
        Ok(mime_type) => {
            let sha256 = found.sha256(app, deadline).await?;
            let identity = FileIdentity { sha256, kind, mime_type };
            let again = matches!(send.file, Some(SendFile::Again));
            match to_meta::bring(app, send, &channel.waba_id, &found, &identity, again, now, deadline).await {
                Ok(id) => {
                    let message = with_file(&send.message, &id).ok_or_else(Trouble::unwritable)?;
                    let FileIdentity { mime_type, .. } = identity;
                    let file = SendFile::Uploaded { mime_type, bytes: found.bytes, again };
                    return Ok(Ended::Ready { message, kind: send.kind.clone(), file });
                }
                Err(Trouble::Refused(error)) => Refusal::of_meta(error),
                Err(trouble) => return Err(trouble),
            }
        }
        // Nothing is behind such a link either.
        Err(misfit @ Misfit::Empty) => return Ok(Ended::Failed(failure::misfit(&misfit))),
        Err(misfit) => Refusal { reason: misfit.code(), detail: misfit.detail(), error: failure::misfit(&misfit) },
    };
    match policy {
        OnUnsupported::Fail => Ok(Ended::Failed(misfit.error)),
        OnUnsupported::Link => link::make(app, send, &found, misfit, now).await,
    }
}

/// Why Meta does not take a file.
struct Refusal {
    reason: &'static str,
    detail: String,
    error: SendError,
}

impl Refusal {
    fn of_meta(error: SendError) -> Self {
        let detail = error.detail.clone().unwrap_or_else(|| error.title.clone());
        Self { reason: "refused_media", detail, error }
    }
}

async fn publish(app: &App, send: &Send) -> Result<(), Error> {
    let envelope = OutboundEnvelope::stored(&send.id, &send.phone_number_id);
    let group = person_group(&send.phone_number_id, &send.contact);
    Ok(app.queues.publish_send(&envelope, &group, send.requeues).await?)
}

/// It waits for somebody to do something; the tick looks every few minutes whether they have.
async fn park(app: &App, send: &Send, error: &SendError, now: Timestamp) -> Result<(), Error> {
    let change = Transition {
        due: Due::At(now + PROBE),
        error: Some(error),
        ..Transition::new(&[SendState::Waiting], SendState::Parked)
    };
    app.store.transition(&send.id, &change, now).await?;
    tracing::error!(send_id = %send.id, phone_number_id = %send.phone_number_id, cause = error.code, metric = "Parked", "parked");
    Ok(())
}

/// Why it waits, where people look for it, and until when the tick leaves it alone.
async fn note(app: &App, send: &Send, trouble: &Trouble, wait: u32, now: Timestamp) {
    let error = trouble.to_error();
    let back = jiff::SignedDuration::from_secs(i64::from(wait.max(trouble.asks_for()))) + BACKUP;
    let change = Transition {
        due: Due::At(now + back),
        error: Some(&error),
        waits_for: Some(model::WaitsFor::Media),
        ..Transition::new(&[SendState::Waiting], SendState::Waiting)
    };
    if let Err(unnoted) = app.store.transition(&send.id, &change, now).await {
        tracing::warn!(error = %unnoted, send_id = %send.id, "could not note why a file waits");
    }
}

/// In seconds: ours grows with the attempts; Meta's or the host's, where it asked for one, may lengthen it.
pub(crate) fn wait(record: &queue::Record) -> u32 {
    let own = patience::wait(record.receive_count, patience::jitter(&record.message_id, record.receive_count));
    u32::try_from(own.as_secs()).unwrap_or(u32::MAX)
}
