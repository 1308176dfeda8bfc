//! One WABA: the lease, its templates and its numbers side by side, the record of how it went (S-01, S-03).

use std::sync::Arc;
use std::time::Instant;

use graph::{Meter, Verdict};
use jiff::SignedDuration;
use model::{Channel, Timestamp, WabaId};
use runtime::NoToken;
use store::{SyncOutcome, SyncStart};

use crate::{App, numbers, templates};

/// Longer than the function may run (300 s), so that no lease ends under a sync that is still at work.
const LEASE: SignedDuration = SignedDuration::from_mins(10);

/// How often a sync looks again for what changed while it ran. Whoever asks later finds it over, and makes their own.
const ROUNDS: usize = 3;

/// How long a change may lie ahead of our clock: webhooks bear whole seconds.
const AHEAD: SignedDuration = SignedDuration::from_secs(2);

/// What came of a sync that was recorded, or was not ours to make.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Synced {
    Done,
    /// Another one is running.
    InProgress,
    /// The account's calls are used up: nobody is asked until then.
    Paused {
        until: Timestamp,
    },
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
    NoToken(#[from] NoToken),
    #[error(transparent)]
    Store(#[from] store::Error),
    #[error("the change could not be told: {0}")]
    Queue(#[from] queue::Error),
    #[error("the change could not be written: {0}")]
    Unwritable(#[from] serde_json::Error),
}

impl Failure {
    pub(crate) fn may_pass(&self) -> bool {
        match self {
            Self::Graph(error) => matches!(error.verdict(1, 0.0), Verdict::Retry { .. }),
            Self::NoToken(NoToken::Secret(_)) | Self::Store(_) | Self::Queue(_) => true,
            Self::NoToken(NoToken::Absent) | Self::Unwritable(_) => false,
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
    let mut round = once(app, waba, channels, now).await?;
    for _ in 1..ROUNDS {
        let (Synced::Done, Some(changed_at)) = (round.synced, round.changed_at) else { break };
        tracing::info!(waba_id = %waba, "something changed meanwhile; looking again");
        let now = moment_of(changed_at, later(now, began)).await;
        round = once(app, waba, channels, now).await?;
    }
    Ok(round.synced)
}

/// One listing.
struct Round {
    synced: Synced,
    /// When something changed at Meta that it began too early to see.
    changed_at: Option<Timestamp>,
}

/// Waits out the rest of the second that a change was told in, so that a listing does not begin before it.
pub(crate) async fn moment_of(changed_at: Timestamp, now: Timestamp) -> Timestamp {
    let ahead = changed_at.duration_since(now);
    if !ahead.is_positive() || ahead > AHEAD {
        return now;
    }
    tokio::time::sleep(ahead.unsigned_abs()).await;
    changed_at
}

async fn once(app: &App, waba: &WabaId, channels: &[Channel], now: Timestamp) -> Result<Round, store::Error> {
    let began = Instant::now();
    let lease = now + LEASE;
    let without = |synced| Ok(Round { synced, changed_at: None });
    if let Some(until) = app.pause.until(now) {
        tracing::info!(waba_id = %waba, %until, "the app's calls are used up");
        return without(Synced::Paused { until });
    }
    match app.store.begin_sync(waba, lease, now).await.inspect_err(|error| {
        tracing::error!(waba_id = %waba, %error, "a sync could not begin");
    })? {
        SyncStart::Started => {}
        SyncStart::InProgress(_) => {
            tracing::info!(waba_id = %waba, "a sync is already running");
            return without(Synced::InProgress);
        }
        SyncStart::Paused(until) => {
            tracing::info!(waba_id = %waba, %until, "the account's calls are used up");
            return without(Synced::Paused { until });
        }
    }
    let meter = Arc::new(Meter::default());
    let meta = app.graph.metered(meter.clone());
    let (templates, numbers) =
        futures::join!(templates::sync(app, &meta, waba, now), numbers::sync(app, &meta, waba, channels, now));
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
    let ended = later(now, began);
    let calls = app.pause.learnt(&meter, ended);
    // What failed for want of calls comes back when there are some.
    let synced = match (synced, calls.paused_until) {
        (Synced::Failed { may_pass: true }, Some(until)) => Synced::Paused { until },
        (synced, _) => synced,
    };
    if let Some(until) = calls.paused_until {
        tracing::warn!(waba_id = %waba, used_percent = calls.used_percent, %until, "Meta is asked no more until then");
    }
    let run = app.store.finish_sync(waba, lease, now, &outcome, calls, ended).await.inspect_err(|error| {
        tracing::error!(waba_id = %waba, %error, "a sync could not be recorded");
    })?;
    match &run {
        None => tracing::warn!(waba_id = %waba, "the lease had passed to another sync"),
        Some(run) if run.failures >= 2 => {
            tracing::error!(waba_id = %waba, failures = run.failures, metric = "SyncFailedTwice", "one sync after another failed");
        }
        Some(_) => {}
    }
    let changed_at = run.and_then(|run| run.wanted_at).filter(|wanted_at| *wanted_at > now);
    Ok(Round { synced, changed_at })
}

fn later(now: Timestamp, began: Instant) -> Timestamp {
    now + SignedDuration::try_from(began.elapsed()).unwrap_or(SignedDuration::ZERO)
}
