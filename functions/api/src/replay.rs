//! Replay: events of what is stored already, published again for consumers that lost them; and what was kept raw, taken in
//! again (U-01, H-03). A request does a bounded part of it and says where to go on.

mod cursor;
mod event;
mod kept;
mod select;
mod stored;

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use data_encoding::BASE32_NOPAD;
use model::{MessageId, PhoneNumberId, Timestamp, WabaId};
use serde::Serialize;
use utoipa::ToSchema;

use crate::App;
use crate::extract::{Payload, shaped};
use crate::problem::{Code, Problem};
pub(crate) use select::{AHEAD, LOOK_BACK};
use select::{ReplayRequest, Selection};

/// What one request came to.
#[derive(Serialize, ToSchema)]
pub(crate) struct Replay {
    /// The same for every request of one replay.
    run_id: String,
    dry_run: bool,
    items: Vec<Replayed>,
    /// Of a range: contacts looked through by this request.
    #[serde(skip_serializing_if = "Option::is_none")]
    contacts: Option<usize>,
    /// Repeat the request with this for the rest; absent at the end. A page may be empty before the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    cursor: Option<String>,
}

/// A message told again, or something kept that was taken in.
#[derive(Serialize, ToSchema)]
pub(crate) struct Replayed {
    /// As it was asked for: a wamid, or the id that the quarantine shows.
    id: String,
    /// The event's own id, with the run's appended; absent where there is no event, and for what was kept, which may
    /// have several.
    #[serde(skip_serializing_if = "Option::is_none")]
    event_id: Option<String>,
    /// False in a dry run, and where there is a reason.
    published: bool,
    /// Why there is no event: `not_found`; `not_received` for what no person wrote; of what was kept `unregistered` while
    /// its number is no channel, `unreadable` where this version cannot read it either.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    kept: Option<TakenIn>,
}

/// What was kept, and what is in it.
#[derive(Serialize, ToSchema)]
pub(crate) struct TakenIn {
    cause: String,
    field: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    phone_number_id: Option<String>,
    at: Timestamp,
    messages: usize,
    statuses: usize,
    /// Events published, or that would be.
    events: usize,
}

/// A run, as its parts need it.
struct Run<'a> {
    app: &'a App,
    id: &'a str,
    dry: bool,
    now: Timestamp,
}

/// Publishes `message.received` of stored messages again, by id or time, or takes in what was kept raw. Events get ids of
/// their own, so that consumers that drop repeats by id take them; statuses are not told again. Times are Meta's: what is
/// old opens no service window.
#[utoipa::path(post, path = "/v1/replay", operation_id = "replay", tag = "operations", request_body = ReplayRequest,
    responses((status = 200, description = "What was published", body = Replay), Problem))]
pub(crate) async fn replay(State(app): State<Arc<App>>, Payload(body): Payload) -> Result<Json<Replay>, Problem> {
    let request: ReplayRequest = shaped(&body)?;
    let (now, dry) = (app.now(), request.dry_run);
    let (selection, begun) = Selection::of(request, now)?;
    let run_id = match begun {
        Some(run_id) => run_id,
        None => run_id()?,
    };
    let run = Run { app: &app, id: &run_id, dry, now };
    let (items, contacts, cursor) = match selection {
        Selection::Ids(ids) => (stored::by_id(&run, ids).await?, None, None),
        Selection::Range(range) => {
            let part = stored::by_time(&run, &range).await?;
            (part.items, Some(part.contacts), part.cursor)
        }
        Selection::Kept(wanted) => {
            let (items, cursor) = kept::again(&run, &wanted).await?;
            (items, None, cursor)
        }
    };
    let published = items.iter().filter(|item| item.published).count();
    tracing::info!(run_id, dry, items = items.len(), published, "replayed");
    Ok(Json(Replay { dry_run: dry, items, contacts, cursor, run_id }))
}

impl Replayed {
    fn told(id: MessageId, event_id: String, dry: bool) -> Self {
        Self { id: id.into_string(), event_id: Some(event_id), published: !dry, reason: None, kept: None }
    }

    fn without(id: String, reason: &'static str) -> Self {
        Self { id, event_id: None, published: false, reason: Some(reason), kept: None }
    }
}

/// For an event's `waba_id` that nobody knows.
fn nobodys() -> WabaId {
    WabaId::new("")
}

fn run_id() -> Result<String, Problem> {
    let mut bytes = [0; 10];
    getrandom::fill(&mut bytes).map_err(|error| {
        tracing::error!(%error, "no randomness");
        Problem::new(Code::Internal, "No id could be made.")
    })?;
    Ok(format!("rpl_{}", BASE32_NOPAD.encode(&bytes).to_ascii_lowercase()))
}

/// Of these channels the ones not yet begun, in their order.
fn from_number<'a>(channels: &'a [model::Channel], at: Option<&PhoneNumberId>) -> Vec<&'a PhoneNumberId> {
    let numbers = channels.iter().map(|channel| &channel.phone_number_id);
    numbers.filter(|number| at.is_none_or(|at| *number >= at)).collect()
}
