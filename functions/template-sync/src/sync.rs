//! One WABA: the lease, its templates and its numbers side by side, the record of how it went (S-01, S-03).

use std::time::Instant;

use graph::Verdict;
use jiff::SignedDuration;
use model::{Channel, Timestamp, WabaId};
use runtime::SecretError;
use store::{SyncOutcome, SyncStart};

use crate::{App, numbers, templates};

/// Longer than the function may run (300 s), so that no lease ends under a sync that is still at work.
const LEASE: SignedDuration = SignedDuration::from_mins(10);

/// What came of a sync that was recorded, or was not ours to make.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Synced {
    Done,
    /// Another one is running.
    InProgress,
    Failed {
        /// Whether trying again soon makes sense.
        may_pass: bool,
    },
}

/// Why one of the two reads of a WABA did not end well.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    #[error("{0}. {remedy}", remedy = .0.remedy())]
    Graph(graph::Error),
    #[error(transparent)]
    Secret(#[from] SecretError),
    #[error("the tokens secret holds no token for this WhatsApp account, and no default")]
    NoToken,
    #[error(transparent)]
    Store(#[from] store::Error),
}

impl Failure {
    pub(crate) fn may_pass(&self) -> bool {
        match self {
            Self::Graph(error) => matches!(error.verdict(1, 0.0), Verdict::Retry { .. }),
            Self::Secret(_) | Self::Store(_) => true,
            Self::NoToken => false,
        }
    }
}

/// An error means that nothing of this attempt, not even its failure, could be recorded.
pub(crate) async fn sync(
    app: &App,
    waba: &WabaId,
    channels: &[Channel],
    now: Timestamp,
) -> Result<Synced, store::Error> {
    // Lambda's clock is read once, at the edge; this only measures.
    let began = Instant::now();
    let lease = now + LEASE;
    if let SyncStart::InProgress(_) = app.store.begin_sync(waba, lease, now).await.inspect_err(|error| {
        tracing::error!(waba_id = %waba, %error, "a sync could not begin");
    })? {
        tracing::info!(waba_id = %waba, "a sync is already running");
        return Ok(Synced::InProgress);
    }
    let (templates, numbers) = futures::join!(templates::sync(app, waba, now), numbers::sync(app, waba, channels, now));
    // The numbers' health is a record of its own, with a time of its own: without it the templates are in step still.
    if let Err(error) = numbers {
        tracing::warn!(waba_id = %waba, %error, "the numbers could not be read");
    }
    let (outcome, synced) = match templates {
        Ok(counts) => {
            tracing::info!(
                waba_id = %waba,
                listed = counts.listed,
                written = counts.written,
                absent = counts.absent,
                unreadable = counts.unreadable,
                "templates are in step"
            );
            let templates::Counts { listed, written, absent, .. } = counts;
            (SyncOutcome::Succeeded { listed, written, absent }, Synced::Done)
        }
        Err(error) => {
            tracing::warn!(waba_id = %waba, %error, "templates could not be synced");
            (SyncOutcome::Failed { error: error.to_string() }, Synced::Failed { may_pass: error.may_pass() })
        }
    };
    let ended = now + SignedDuration::try_from(began.elapsed()).unwrap_or(SignedDuration::ZERO);
    if !app.store.finish_sync(waba, lease, now, &outcome, ended).await.inspect_err(|error| {
        tracing::error!(waba_id = %waba, %error, "a sync could not be recorded");
    })? {
        tracing::warn!(waba_id = %waba, "the lease had passed to another sync");
    }
    Ok(synced)
}
