//! Replay: events of what is stored already, published again for consumers that lost them.

mod event;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use data_encoding::BASE32_NOPAD;
use futures::{StreamExt, TryStreamExt, stream};
use serde::{Deserialize, Serialize};
use store::StoredMessage;
use utoipa::ToSchema;

use crate::App;
use crate::extract::{Payload, shaped};
use crate::problem::{Code, Problem};

const IDS_MAX: usize = 100;
/// Messages read at once.
const READS: usize = 8;

/// What to replay.
#[derive(Deserialize, ToSchema)]
pub(crate) struct ReplayRequest {
    /// Wamids of messages from people, 1 to 100.
    #[schema(min_items = 1, max_items = 100)]
    ids: Option<Vec<String>>,
    /// Say what would be published, and publish nothing.
    #[serde(default)]
    dry_run: bool,
    /// Ways to select that are not built yet.
    #[serde(flatten)]
    #[schema(ignore)]
    others: BTreeMap<String, serde_json::Value>,
}

/// What was replayed.
#[derive(Serialize, ToSchema)]
pub(crate) struct Replay {
    run_id: String,
    items: Vec<Replayed>,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct Replayed {
    /// As it was asked for.
    id: String,
    /// The event's own id, with the run's appended; absent where there is no event.
    #[serde(skip_serializing_if = "Option::is_none")]
    event_id: Option<String>,
    published: bool,
    /// Why there is no event: `not_found`, or `not_received` for what no person wrote.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
}

/// Publishes `message.received` of stored messages again, under ids of their own, so that consumers that drop repeats
/// by id take them.
#[utoipa::path(post, path = "/v1/replay", operation_id = "replay", tag = "operations", request_body = ReplayRequest,
    responses((status = 200, description = "What was published", body = Replay), Problem))]
pub(crate) async fn replay(State(app): State<Arc<App>>, Payload(body): Payload) -> Result<Json<Replay>, Problem> {
    let request: ReplayRequest = shaped(&body)?;
    if let Some(other) = request.others.keys().next() {
        let detail = format!("{other} is not a way to select in this version; ids and dry_run are.");
        return Err(Problem::not_supported(other, &detail));
    }
    let ids = distinct(request.ids.unwrap_or_default())?;
    let run_id = run_id()?;
    let (app, run) = (&app, run_id.as_str());
    let found: Vec<(String, Result<model::Event, &'static str>)> = stream::iter(ids)
        .map(|id| async move {
            let event = match app.store.message(&id, app.now()).await? {
                Some(StoredMessage::Inbound(message)) => event::again(&app.store, *message, run).await?,
                Some(StoredMessage::Send(_)) => None,
                None => return Ok::<_, store::Error>((id, Err("not_found"))),
            };
            Ok((id, event.ok_or("not_received")))
        })
        .buffered(READS)
        .try_collect()
        .await?;
    let events: Vec<model::Event> = found.iter().filter_map(|(_, event)| event.as_ref().ok()).cloned().collect();
    if !request.dry_run && !events.is_empty() {
        app.queues.publish_events(&events).await?;
        tracing::info!(run_id, events = events.len(), "replayed");
    }
    let items = found
        .into_iter()
        .map(|(id, event)| match event {
            Ok(event) => Replayed { id, event_id: Some(event.id), published: !request.dry_run, reason: None },
            Err(reason) => Replayed { id, event_id: None, published: false, reason: Some(reason) },
        })
        .collect();
    Ok(Json(Replay { run_id, items }))
}

fn distinct(ids: Vec<String>) -> Result<Vec<String>, Problem> {
    let mut seen = BTreeSet::new();
    let ids: Vec<String> = ids.into_iter().filter(|id| seen.insert(id.clone())).collect();
    if !(1..=IDS_MAX).contains(&ids.len()) {
        return Err(Problem::invalid(Code::InvalidRequest, "ids", "must hold 1 to 100 ids of messages"));
    }
    if ids.iter().any(|id| !(1..=512).contains(&id.len())) {
        return Err(Problem::invalid(Code::InvalidRequest, "ids", "must be ids of 1 to 512 characters"));
    }
    Ok(ids)
}

fn run_id() -> Result<String, Problem> {
    let mut bytes = [0; 10];
    getrandom::fill(&mut bytes).map_err(|error| {
        tracing::error!(%error, "no randomness");
        Problem::new(Code::Internal, "No id could be made.")
    })?;
    Ok(format!("rpl_{}", BASE32_NOPAD.encode(&bytes).to_ascii_lowercase()))
}
