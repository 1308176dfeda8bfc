//! Channels: the numbers of this stack, by names that only the team sees (H-01, H-02).

mod change;
mod channel;
mod create;
mod erase;
mod fields;
mod limits;
mod remove;
mod sending;
mod words;

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use model::{PhoneNumberId, WabaId};

use crate::App;
use crate::extract::{Params, Segments};
use crate::paging::{List, Part, cut};
use crate::problem::{Code, Problem};
pub(crate) use change::{__path_change, change};
pub(crate) use channel::Channel;
pub(crate) use create::{__path_create, create};
pub(crate) use erase::{__path_erase, erase};
pub(crate) use remove::{__path_remove, remove};
use sending::Sending;

/// Every channel, by phone_number_id.
#[utoipa::path(get, path = "/v1/channels", operation_id = "list_channels", tag = "channels",
    params(Part), responses((status = 200, description = "A page of channels", body = List<Channel>), Problem))]
pub(crate) async fn list(
    State(app): State<Arc<App>>,
    Params(part): Params<Part>,
) -> Result<Json<List<Channel>>, Problem> {
    let channels = app.store.channels().await?;
    let page = cut(channels.into_iter(), part.limit, part.cursor.as_deref(), |channel| {
        channel.phone_number_id.as_str().to_owned()
    })?;
    Ok(Json(List::of(page, Channel::from)))
}

/// One channel.
#[utoipa::path(get, path = "/v1/channels/{phone_number_id}", operation_id = "get_channel", tag = "channels",
    params(("phone_number_id" = String, Path, description = "Meta's id of the number")),
    responses((status = 200, description = "The channel", body = Channel), Problem))]
pub(crate) async fn show(
    State(app): State<Arc<App>>,
    Segments(id): Segments<String>,
) -> Result<Json<Channel>, Problem> {
    let id = PhoneNumberId::new(id);
    let (channel, sending) = futures::future::join(known(&app, &id), app.store.sending(&id)).await;
    let mut channel = Channel::from(channel?);
    channel.sending = Some(Sending::of(sending?.block));
    Ok(Json(channel))
}

/// The channel, or 404.
pub(crate) async fn known(app: &App, id: &PhoneNumberId) -> Result<model::Channel, Problem> {
    app.store.channel(id).await?.ok_or_else(unknown)
}

/// 404 where no channel belongs to the account.
pub(crate) async fn known_waba(app: &App, waba: &WabaId) -> Result<(), Problem> {
    let channels = app.store.channels().await?;
    if channels.iter().any(|channel| channel.waba_id == *waba) {
        return Ok(());
    }
    Err(Problem::not_found("No channel of this stack belongs to this WhatsApp Business Account."))
}

fn unknown() -> Problem {
    Problem::new(Code::UnknownChannel, "This phone_number_id is no channel of this stack.")
}
