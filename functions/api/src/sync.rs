//! Syncs of a WABA's templates and numbers: asked for here, run by `template-sync` (S-01, S-03).

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use model::{Timestamp, WabaId};
use queue::SyncJob;
use serde::Serialize;
use store::SyncRun;
use utoipa::ToSchema;

use crate::App;
use crate::channels::known_waba;
use crate::extract::Segments;
use crate::problem::Problem;

/// What is known of the syncs of an account.
#[derive(Serialize, ToSchema)]
pub(crate) struct Sync {
    waba_id: String,
    /// When a complete listing was last stored; only success moves it.
    #[schema(required)]
    last_synced_at: Option<Timestamp>,
    /// The last sync, however it ended; `null` before the first one.
    #[schema(required)]
    last_attempt: Option<Attempt>,
    /// How much of what Meta lets us ask about an account in an hour was used when a sync last ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    management_calls: Option<ManagementCalls>,
}

/// Meta's own account of it, by headers.
#[derive(Serialize, ToSchema)]
pub(crate) struct ManagementCalls {
    /// In percent. From 75 on calls are spaced out, from 90 on none is made.
    used_percent: u32,
    /// Until then none is made: a sync that is asked for waits.
    #[serde(skip_serializing_if = "Option::is_none")]
    paused_until: Option<Timestamp>,
}

/// One sync.
#[derive(Serialize, ToSchema)]
#[schema(as = SyncAttempt)]
pub(crate) struct Attempt {
    /// When it began.
    at: Timestamp,
    /// `running`, `succeeded`, `failed`, or `interrupted` where it ended without a word.
    state: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    duration_ms: Option<u64>,
    /// Templates that Meta listed.
    #[serde(skip_serializing_if = "Option::is_none")]
    listed: Option<u64>,
    /// Of these, what was new or changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    written: Option<u64>,
    /// Templates found gone.
    #[serde(skip_serializing_if = "Option::is_none")]
    absent: Option<u64>,
    /// Why it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

/// What was asked for.
#[derive(Serialize, ToSchema)]
pub(crate) struct SyncAsked {
    waba_id: String,
    /// `queued`, or `in_progress` where one is running already: nothing is queued then.
    state: &'static str,
}

/// Asks for a sync now. Where one is running, that one is the answer.
#[utoipa::path(post, path = "/v1/wabas/{waba_id}/templates/sync", operation_id = "start_sync", tag = "templates",
    params(("waba_id" = String, Path, description = "The WhatsApp Business Account")),
    responses((status = 202, description = "It will run, or runs", body = SyncAsked), Problem))]
pub(crate) async fn start(
    State(app): State<Arc<App>>,
    Segments(waba): Segments<String>,
) -> Result<(StatusCode, Json<SyncAsked>), Problem> {
    let waba = WabaId::new(waba);
    known_waba(&app, &waba).await?;
    let run = app.store.sync_run(&waba).await?;
    let state = if run.running_until.is_some_and(|until| app.now() < until) {
        "in_progress"
    } else {
        app.queues.publish_syncs(&[SyncJob::asked(waba.clone())]).await?;
        tracing::info!(waba_id = %waba, "sync queued");
        "queued"
    };
    Ok((StatusCode::ACCEPTED, Json(SyncAsked { waba_id: waba.into_string(), state })))
}

/// The last sync of an account.
#[utoipa::path(get, path = "/v1/wabas/{waba_id}/templates/sync", operation_id = "get_sync", tag = "templates",
    params(("waba_id" = String, Path, description = "The WhatsApp Business Account")),
    responses((status = 200, description = "What is known of it", body = Sync), Problem))]
pub(crate) async fn show(State(app): State<Arc<App>>, Segments(waba): Segments<String>) -> Result<Json<Sync>, Problem> {
    let waba = WabaId::new(waba);
    let run = app.store.sync_run(&waba).await?;
    if run.last_attempt_at.is_none() {
        known_waba(&app, &waba).await?;
    }
    Ok(Json(Sync {
        last_synced_at: run.last_synced_at,
        last_attempt: Attempt::of(&run, app.now()),
        management_calls: run.used_percent.map(|used_percent| ManagementCalls {
            used_percent,
            paused_until: run.paused_until.filter(|until| app.now() < *until),
        }),
        waba_id: waba.into_string(),
    }))
}

impl Attempt {
    /// While a sync runs, and where it was interrupted, what stands in the item is about the one before.
    pub(crate) fn of(run: &SyncRun, now: Timestamp) -> Option<Self> {
        let at = run.last_attempt_at?;
        let unfinished = match (run.running_until, &run.result) {
            (Some(until), _) if now < until => Some("running"),
            (Some(_), _) | (None, None) => Some("interrupted"),
            (None, Some(_)) => None,
        };
        if let Some(state) = unfinished {
            let state = state.to_owned();
            return Some(Self { at, state, duration_ms: None, listed: None, written: None, absent: None, error: None });
        }
        let succeeded = run.result.as_deref() == Some("succeeded");
        let counted = |count: Option<u64>| count.filter(|_| succeeded);
        Some(Self {
            at,
            state: run.result.clone().unwrap_or_default(),
            duration_ms: run.duration_ms,
            listed: counted(run.listed),
            written: counted(run.written),
            absent: counted(run.absent),
            error: run.error.clone(),
        })
    }
}
