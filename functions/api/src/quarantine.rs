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
use filter::Filter;

/// Raw JSON above this is not repeated in a list, whose answer Lambda limits to 6 MB.
const RAW_MAX: usize = 32 * 1024;
/// Changes of other fields than `messages` are kept in the same place, but were read and published.
const READ: &str = "change";

/// Something kept raw.
#[derive(Serialize, ToSchema)]
pub(crate) struct Quarantined {
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
    /// As it came, token for token; `null` above 32 KiB.
    #[schema(required, value_type = serde_json::Value)]
    raw: Option<Box<RawValue>>,
}

/// What was kept on a day, newest first. A page may hold fewer items than asked for; only a missing `cursor` is the end.
#[utoipa::path(get, path = "/v1/quarantine", operation_id = "list_quarantine", tag = "operations", params(Filter),
    responses((status = 200, description = "A page of what was kept", body = List<Quarantined>), Problem))]
pub(crate) async fn list(
    State(app): State<Arc<App>>,
    Params(filter): Params<Filter>,
) -> Result<Json<List<Quarantined>>, Problem> {
    let day = filter.day(app.now())?;
    let cause = filter.cause.map(|cause| store::Cause::from(cause).as_str());
    let mut cursor = stored(filter.cursor.as_deref())?.map(str::to_owned);
    loop {
        let mut page = app.store.kept(&day, cause, filter.limit.get(), cursor.as_deref()).await?;
        if cause.is_none() {
            page.items.retain(|kept| kept.cause != READ);
        }
        // An account whose changes fill whole pages must not look empty.
        if page.items.is_empty() && page.cursor.is_some() {
            cursor = page.cursor;
            continue;
        }
        return Ok(Json(List::of(page, Quarantined::from)));
    }
}

impl From<store::Kept> for Quarantined {
    fn from(kept: store::Kept) -> Self {
        let bytes = kept.raw.get().len();
        Self {
            cause: kept.cause,
            field: kept.field,
            waba_id: kept.waba_id.map(WabaId::into_string),
            phone_number_id: kept.phone_number_id.map(PhoneNumberId::into_string),
            at: kept.at,
            bytes,
            raw: Some(kept.raw).filter(|_| bytes <= RAW_MAX),
        }
    }
}
