//! What a removed channel leaves behind, erased where somebody says so (N-05).

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use model::PhoneNumberId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::fields;
use crate::App;
use crate::contacts::Counts;
use crate::extract::{Params, Segments};
use crate::problem::{Code, Problem};

/// How to erase.
#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct DataQuery {
    /// Say what would go, and erase nothing; also while it is a channel.
    #[serde(default)]
    dry_run: bool,
    /// The `cursor` of the answer before.
    cursor: Option<String>,
}

/// A part of a number's data, erased or counted.
#[derive(Serialize, ToSchema)]
pub(crate) struct DataErasure {
    phone_number_id: String,
    dry_run: bool,
    /// Of this part; add the parts up.
    counts: Counts,
    /// Repeat the request with this for the rest; absent at the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    cursor: Option<String>,
}

/// Erases everything that is stored of a number which is no channel any more: contacts, messages, files, consent, what was
/// kept raw. The table is read from end to end, a part by a request: repeat it with the `cursor` until there is none; begun
/// anew, it erases what is left. Files under `library/`, templates and what is quarantined for other numbers stay.
#[utoipa::path(delete, path = "/v1/channels/{phone_number_id}/data", operation_id = "erase_channel_data",
    tag = "channels",
    params(("phone_number_id" = String, Path, description = "Meta's id of the number"), DataQuery),
    responses((status = 200, description = "What went, or would go", body = DataErasure), Problem))]
pub(crate) async fn erase(
    State(app): State<Arc<App>>,
    Segments(id): Segments<String>,
    Params(query): Params<DataQuery>,
) -> Result<Json<DataErasure>, Problem> {
    fields::digits("phone_number_id", &id)?;
    let id = PhoneNumberId::new(id);
    if !query.dry_run
        && let Some(channel) = app.store.channel(&id).await?
    {
        let detail = "It is a channel, and what comes in goes on being stored. Remove it first.";
        return Err(Problem::new(Code::ChannelExists, detail).at_version(channel.version));
    }
    let (counts, cursor) = app.store.erase_number(&id, query.cursor.as_deref(), query.dry_run).await?;
    tracing::info!(phone_number_id = %id, dry_run = query.dry_run, over = cursor.is_none(), "erasing a number's data");
    Ok(Json(DataErasure {
        phone_number_id: id.into_string(),
        dry_run: query.dry_run,
        counts: Counts::from(counts),
        cursor,
    }))
}
