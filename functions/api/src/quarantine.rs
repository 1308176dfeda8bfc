//! What came in and could not be taken as a message: kept raw, never dropped (H-03, U-01).

mod filter;

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use model::{PhoneNumberId, Timestamp, WabaId};
use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;

use crate::App;
use crate::extract::Params;
use crate::paging::{List, stored};
use crate::problem::Problem;
pub(crate) use filter::Cause;
use filter::Filter;
pub(crate) use filter::span_of;

/// Raw JSON above this is not repeated in a list, whose answer Lambda limits to 6 MB.
const RAW_MAX: usize = 32 * 1024;

/// Something kept raw.
#[derive(Serialize, ToSchema)]
pub(crate) struct Quarantined {
    /// As a replay names it.
    id: String,
    cause: String,
    /// The webhook field, or the kind of part.
    field: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    waba_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    phone_number_id: Option<String>,
    /// Meta's time of it where it has one, else when it came.
    at: Timestamp,
    bytes: usize,
    /// As it came, token for token; a body that is no JSON as a string; `null` above 32 KiB.
    #[schema(required, value_type = serde_json::Value)]
    raw: Option<Box<RawValue>>,
    /// `base64` where that string is the base64 of a body that is no UTF-8.
    #[serde(skip_serializing_if = "Option::is_none")]
    encoding: Option<&'static str>,
    /// The replay that took it in last.
    #[serde(skip_serializing_if = "Option::is_none")]
    replayed: Option<TakenInBy>,
}

/// A replay.
#[derive(Serialize, ToSchema)]
pub(crate) struct TakenInBy {
    run_id: String,
    at: Timestamp,
}

/// What was kept on a day, newest first. A page may hold fewer items than asked for, or none; only a missing `cursor` is
/// the end.
#[utoipa::path(get, path = "/v1/quarantine", operation_id = "list_quarantine", tag = "operations", params(Filter),
    responses((status = 200, description = "A page of what was kept", body = List<Quarantined>), Problem))]
pub(crate) async fn list(
    State(app): State<Arc<App>>,
    Params(filter): Params<Filter>,
) -> Result<Json<List<Quarantined>>, Problem> {
    let now = app.now();
    let (from, until) = filter.span(now)?;
    let causes = filter.cause.map_or_else(|| store::Cause::QUARANTINE.to_vec(), |cause| vec![cause.into()]);
    let number = filter.phone_number_id.map(PhoneNumberId::new);
    let query = store::KeptQuery { from, until, causes, number, untouched: false, oldest_first: false };
    let page = app.store.kept(&query, filter.limit.get(), stored(filter.cursor.as_deref())?, now).await?;
    Ok(Json(List::of(page, Quarantined::from)))
}

impl From<store::StoredKept> for Quarantined {
    fn from(stored: store::StoredKept) -> Self {
        let kept = stored.kept;
        let bytes = kept.raw.get().len();
        Self {
            id: stored.id,
            cause: kept.cause,
            field: kept.field,
            waba_id: kept.waba_id.map(WabaId::into_string),
            phone_number_id: kept.phone_number_id.map(PhoneNumberId::into_string),
            at: kept.at,
            bytes,
            raw: Some(kept.raw).filter(|_| bytes <= RAW_MAX),
            encoding: kept.base64.then_some("base64"),
            replayed: stored.replayed.map(|replay| TakenInBy { run_id: replay.run, at: replay.at }),
        }
    }
}
