//! Takes a channel out of the stack.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use model::PhoneNumberId;
use serde::Deserialize;
use store::Removed;

use super::{known, unknown};
use crate::App;
use crate::extract::{Params, Segments};
use crate::problem::{Code, Problem};

/// How to take a channel out.
#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Removal {
    /// Whether sends that are not over are given up.
    #[serde(default)]
    abandon_sends: bool,
}

/// Takes a channel out of this stack. The number stays as it is at Meta, and contacts and messages stay stored (until
/// `DELETE …/data` erases them); what comes in for it from now on is quarantined. Refused while anything is queued, waiting, in doubt or parked: such sends fail
/// once there is no channel, so await or cancel them, or say that they are given up.
#[utoipa::path(delete, path = "/v1/channels/{phone_number_id}", operation_id = "delete_channel", tag = "channels",
    params(("phone_number_id" = String, Path, description = "Meta's id of the number"), Removal),
    responses((status = 204, description = "It is gone"), Problem))]
pub(crate) async fn remove(
    State(app): State<Arc<App>>,
    Segments(id): Segments<String>,
    Params(removal): Params<Removal>,
) -> Result<StatusCode, Problem> {
    let id = PhoneNumberId::new(id);
    known(&app, &id).await?;
    if !removal.abandon_sends && app.store.has_pending(&id).await? {
        let detail = "Sends of this channel are queued, waiting, in doubt or parked, and would fail.";
        return Err(Problem::new(Code::SendsPending, detail)
            .with_remedy("Await or cancel them, or remove it with abandon_sends=true."));
    }
    match app.store.delete_channel(&id).await? {
        Removed::Done => {
            tracing::info!(phone_number_id = %id, "channel removed");
            Ok(StatusCode::NO_CONTENT)
        }
        Removed::Missing => Err(unknown()),
    }
}
