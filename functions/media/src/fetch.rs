//! One job from start to end: the file into the bucket, the record on its message, the event.
//!
//! Every step may be repeated. A job that comes again after a crash copies the same bytes under the same key; once they are
//! recorded it only publishes, because the attempt before may have died between the two.

use model::Timestamp;
use queue::MediaJob;
use store::{MediaKnown, MediaRecord, Recorded};
use tokio::time::Instant;

use crate::copy::{Copied, Loss, NotYet, copy};
use crate::event::publish;
use crate::{App, patience};

/// Why a job is not done.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error(transparent)]
    NotYet(#[from] NotYet),
    #[error(transparent)]
    Store(#[from] store::Error),
    #[error(transparent)]
    Queue(#[from] queue::Error),
}

/// `attempt` counts from 1.
pub(crate) async fn fetch(
    app: &App,
    job: &MediaJob,
    attempt: u32,
    now: Timestamp,
    deadline: Instant,
) -> Result<(), Error> {
    match app.store.media_of(&job.message_id, now).await? {
        MediaKnown::Recorded(MediaRecord::Stored(file)) => return publish(app, job, &file).await,
        MediaKnown::Recorded(_) | MediaKnown::Nothing => {}
        MediaKnown::NoMessage => {
            warn_of_no_message(job);
            return Ok(());
        }
    }
    let lost = match copy(app, job, attempt >= patience::SURE, now, deadline).await {
        Ok(Copied::Stored(file)) => {
            let record = MediaRecord::Stored(file.clone());
            if app.store.record_media(&job.message_id, &record, now).await? == Recorded::NoMessage {
                // Erased while it was copied: nothing would ever lead to it again.
                app.store.delete_object(&file.key).await?;
                warn_of_no_message(job);
                return Ok(());
            }
            publish(app, job, &file).await?;
            tracing::info!(
                phone_number_id = %job.phone_number_id,
                media_id = %job.media_id,
                bytes = file.bytes,
                type_mismatch = file.type_mismatch,
                "a file was copied"
            );
            return Ok(());
        }
        Ok(Copied::Lost(loss)) => loss,
        // The last attempt was made, so its reason is the last.
        Err(error) if !patience::lives(job.at, now) => Loss {
            code: "expired",
            reason: format!("Meta keeps a file for 7 days, and it could not be had in that time: {error}"),
            quarantine_key: None,
        },
        Err(error) => {
            let waiting = MediaRecord::Waiting { reason: error.to_string(), attempts: attempt };
            if let Err(unrecorded) = app.store.record_media(&job.message_id, &waiting, now).await {
                tracing::warn!(error = %unrecorded, media_id = %job.media_id, "could not record why a file waits");
            }
            return Err(error.into());
        }
    };
    let Loss { code, reason, quarantine_key } = lost;
    tracing::error!(phone_number_id = %job.phone_number_id, media_id = %job.media_id, code, %reason, "a file is lost");
    let aside = quarantine_key.clone();
    let failed = MediaRecord::Failed { code: code.to_owned(), reason, quarantine_key };
    let recorded = app.store.record_media(&job.message_id, &failed, now).await?;
    if let (Recorded::NoMessage, Some(aside)) = (recorded, aside) {
        app.store.delete_object(&aside).await?;
    }
    Ok(())
}

/// It was stored before its job was queued, so somebody has removed it since: its file is wanted no more.
fn warn_of_no_message(job: &MediaJob) {
    tracing::warn!(phone_number_id = %job.phone_number_id, media_id = %job.media_id, "the message of a file is gone");
}
