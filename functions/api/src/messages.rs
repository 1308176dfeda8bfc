//! One message, by send id or wamid: shown, as Meta wrote it, or cancelled.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use model::channel::FALLBACK_TEXT;
use model::{Channel, SendState};
use store::{Moved, StoredMessage, Transition};

use crate::extract::Segments;
use crate::present::Message;
use crate::problem::{Code, Problem};
use crate::{App, media};

/// What follows an id. No wamid ends like this: they end in a zero byte, and so in `A` or `=`.
const RAW: &str = "/raw";
const MEDIA: &str = "/media";

/// One message, with every status that has come.
#[utoipa::path(get, path = "/v1/messages/{id}", operation_id = "get_message", tag = "messages",
    params(("id" = String, Path, description = "A send id or a wamid; the slashes of a wamid may stand as they are")),
    responses((status = 200, description = "The message", body = Message), Problem))]
pub(crate) async fn show(State(app): State<Arc<App>>, Segments(id): Segments<String>) -> Result<Response, Problem> {
    match (id.strip_suffix(RAW), id.strip_suffix(MEDIA)) {
        (Some(id), _) => raw(&app, id).await,
        (_, Some(id)) => media::link(&app, id).await,
        (None, None) => Ok(Json(shown(&app, find(&app, &id).await?).await?).into_response()),
    }
}

/// Meta's own payload, token for token: the element of `messages[]`, or the message object that was queued.
#[utoipa::path(get, path = "/v1/messages/{id}/raw", operation_id = "get_message_raw", tag = "messages",
    params(("id" = String, Path, description = "A send id or a wamid; the slashes of a wamid may stand as they are")),
    responses((status = 200, description = "Meta's JSON", body = Object), Problem))]
pub(crate) async fn raw(app: &App, id: &str) -> Result<Response, Problem> {
    let payload = match find(app, id).await? {
        StoredMessage::Inbound(message) => message.raw,
        StoredMessage::Send(send) => Some(send.message),
    };
    let payload = payload.ok_or_else(|| Problem::not_found("Only statuses of this message are known."))?;
    let json: Box<str> = payload.into();
    Ok(([(header::CONTENT_TYPE, "application/json")], String::from(json)).into_response())
}

/// Cancels a send that is queued or waiting. Cancelling it twice is no error.
#[utoipa::path(delete, path = "/v1/messages/{id}", operation_id = "cancel_message", tag = "messages",
    params(("id" = String, Path, description = "A send id")),
    responses((status = 200, description = "The message, cancelled", body = Message), Problem))]
pub(crate) async fn cancel(
    State(app): State<Arc<App>>,
    Segments(id): Segments<String>,
) -> Result<Json<Message>, Problem> {
    if id.ends_with(RAW) || id.ends_with(MEDIA) {
        return Err(Problem::method_not_allowed());
    }
    let StoredMessage::Send(send) = find(&app, &id).await? else {
        return Err(Problem::new(Code::NotCancellable, "This message is no send of this system."));
    };
    let cancel = Transition::new(&[SendState::Queued, SendState::Waiting], SendState::Cancelled);
    let send = match app.store.transition(&send.id, &cancel, app.now()).await? {
        Moved::Done(send) => {
            tracing::info!(send_id = %send.id, "cancelled");
            send
        }
        Moved::Refused(send) if send.state == SendState::Cancelled => send,
        Moved::Refused(send) => {
            let state = send.shown_state();
            let detail = format!("The send is {state}; only what is queued or waiting can be cancelled.");
            return Err(Problem::new(Code::NotCancellable, detail).about_send(&send.id).in_state(state));
        }
        Moved::Missing => return Err(nothing()),
    };
    Ok(Json(shown(&app, StoredMessage::Send(send)).await?))
}

pub(crate) async fn find(app: &App, id: &str) -> Result<StoredMessage, Problem> {
    app.store.message(id, app.now()).await?.ok_or_else(nothing)
}

async fn shown(app: &App, message: StoredMessage) -> Result<Message, Problem> {
    let channel = match &message {
        StoredMessage::Inbound(inbound) => app.store.channel(&inbound.phone_number_id).await?,
        // What we sent needs no fallback text.
        StoredMessage::Send(_) => None,
    };
    Ok(Message::of(message, channel.as_ref().map_or(FALLBACK_TEXT, Channel::fallback)))
}

fn nothing() -> Problem {
    Problem::not_found("No message has this id.")
}
