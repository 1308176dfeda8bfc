//! One WABA on demand: somebody asked, or a webhook told of a change that only a listing shows whole.

use model::{Channel, Timestamp, WabaId};
use queue::{Handled, Record, SyncJob};

use crate::App;
use crate::sync::{self, Synced, moment_of};

/// How often a job is tried while Meta cannot be reached. The schedule comes by anyway.
const TRIES: u32 = 3;
/// How often a job waits for an account whose calls are used up; beyond that the schedule sees to it.
const WAITS: u32 = 4;

/// A failure that may pass comes back a few times; any other is recorded and over.
pub(crate) async fn handle(app: &App, record: Record, now: Timestamp) -> Handled {
    let job = match SyncJob::decode(&record.body) {
        Ok(job) => job,
        Err(error) => {
            // Not ours, or of a later version: the queue moves it aside, where somebody looks.
            tracing::error!(%error, "a sync job cannot be read");
            return Handled::Failed;
        }
    };
    let waba = &job.waba_id;
    let channels = match app.store.channels().await {
        Ok(channels) => channels.into_iter().filter(|channel| channel.waba_id == *waba).collect::<Vec<_>>(),
        Err(error) => {
            tracing::error!(waba_id = %waba, %error, "the channels could not be listed");
            return Handled::Failed;
        }
    };
    let synced = match job.changed_at {
        Some(_) if channels.is_empty() => {
            tracing::info!(waba_id = %waba, "a change of an account that has no number here");
            return Handled::Done;
        }
        Some(changed_at) => since(app, waba, &channels, changed_at, now).await,
        None => sync::sync(app, waba, &channels, now).await,
    };
    match synced {
        Ok(Synced::Failed { may_pass: true }) if record.receive_count < TRIES => Handled::Failed,
        Ok(Synced::Paused { until }) if record.receive_count <= WAITS => Handled::RetryAfter(seconds_to(until, now)),
        Ok(_) => Handled::Done,
        Err(error) => {
            tracing::error!(waba_id = %waba, %error, "a sync could not be made");
            Handled::Failed
        }
    }
}

/// Rounded up: earlier than the pause ends is for nothing.
fn seconds_to(until: Timestamp, now: Timestamp) -> u32 {
    u32::try_from(until.duration_since(now).as_secs().saturating_add(1)).unwrap_or(1)
}

/// Sees to a listing that began at `changed_at` or later: one that has been made, one more of the sync that is running, or
/// one of our own.
async fn since(
    app: &App,
    waba: &WabaId,
    channels: &[Channel],
    changed_at: Timestamp,
    now: Timestamp,
) -> Result<Synced, store::Error> {
    if app.store.sync_run(waba).await?.listed_at.is_some_and(|listed_at| listed_at >= changed_at) {
        return Ok(Synced::Done);
    }
    let now = moment_of(changed_at, now).await;
    match sync::sync(app, waba, channels, now).await? {
        Synced::InProgress if app.store.want_sync(waba, changed_at, now).await? => Ok(Synced::InProgress),
        // It ended in between.
        Synced::InProgress => sync::sync(app, waba, channels, now).await,
        synced => Ok(synced),
    }
}
