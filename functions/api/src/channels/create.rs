//! Adds a number, and tells what came for it before (H-01).

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use model::{PhoneNumberId, Timestamp, WabaId};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use store::Created;
use utoipa::ToSchema;

use super::Channel;
use super::fields::{digits, fallback, name, name_taken};
use crate::App;
use crate::extract::{Payload, shaped};
use crate::problem::{Code, Problem};
use crate::replay::{AHEAD, LOOK_BACK};

/// A number to add.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewChannel {
    /// Meta's id of the number: digits, not the number itself.
    #[schema(value_type = String)]
    phone_number_id: PhoneNumberId,
    /// The account it belongs to.
    #[schema(value_type = String)]
    waba_id: WabaId,
    /// 1 to 64 characters.
    #[schema(min_length = 1, max_length = 64)]
    name: String,
    /// As people dial it.
    display_phone_number: Option<String>,
    /// Shown for what is not supported; up to 1,024 characters.
    #[schema(max_length = 1_024)]
    fallback_text: Option<String>,
}

/// What is quarantined for a number and was never replayed.
#[derive(Serialize, ToSchema)]
pub(crate) struct Waiting {
    /// Changes; each may hold several messages.
    changes: usize,
    /// There are more than were counted.
    at_least: bool,
    /// Older ones were not looked for.
    since: Timestamp,
    /// The body of `POST /v1/replay` that takes them in.
    #[schema(value_type = Object)]
    replay: Value,
}

/// Adds a number. Of two requests with one name exactly one wins. What came for the number in the last 14 days is told of,
/// and taken in only by a replay.
#[utoipa::path(post, path = "/v1/channels", operation_id = "create_channel", tag = "channels",
    request_body = NewChannel,
    responses((status = 201, description = "The channel, and what waits in quarantine for it", body = Channel), Problem))]
pub(crate) async fn create(State(app): State<Arc<App>>, Payload(body): Payload) -> Result<Response, Problem> {
    let new: NewChannel = shaped(&body)?;
    digits("phone_number_id", new.phone_number_id.as_str())?;
    digits("waba_id", new.waba_id.as_str())?;
    let new = store::NewChannel {
        phone_number_id: new.phone_number_id,
        waba_id: new.waba_id,
        name: name(&new.name)?,
        display_phone_number: new.display_phone_number,
        fallback_text: new.fallback_text.map(fallback).transpose()?.filter(|text| !text.is_empty()),
    };
    match app.store.create_channel(new, app.now()).await? {
        Created::Done(channel) => {
            tracing::info!(phone_number_id = %channel.phone_number_id, "channel added");
            let location = format!("/v1/channels/{}", channel.phone_number_id);
            let quarantine = waiting(&app, &channel.phone_number_id).await;
            let mut added = Channel::from(channel);
            added.quarantine = quarantine;
            Ok((StatusCode::CREATED, [(header::LOCATION, location)], Json(added)).into_response())
        }
        Created::Exists(channel) => {
            let detail = format!("{} is a channel already, under another or the same name.", channel.phone_number_id);
            Err(Problem::new(Code::ChannelExists, detail).at_version(channel.version))
        }
        Created::NameTaken => Err(name_taken()),
    }
}

/// What is quarantined for a number, if anything. Adding it must not fail for this.
async fn waiting(app: &App, number: &PhoneNumberId) -> Option<Waiting> {
    let now = app.now();
    let since = now - LOOK_BACK;
    let query = store::KeptQuery {
        from: since,
        until: now + AHEAD,
        causes: vec![store::Cause::Unregistered],
        number: Some(number.clone()),
        untouched: true,
        oldest_first: true,
    };
    match app.store.count_kept(&query, now).await {
        Ok(count) if count.found == 0 && count.all => None,
        Ok(count) => Some(Waiting {
            changes: count.found,
            at_least: !count.all,
            since,
            replay: json!({"quarantine": {"from": since, "cause": "unregistered", "phone_number_id": number}}),
        }),
        Err(error) => {
            tracing::warn!(%error, "the quarantine could not be counted");
            None
        }
    }
}
