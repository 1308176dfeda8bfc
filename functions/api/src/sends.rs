//! Queuing a send: insert, publish, 202. A failure between the two is a 503 that the Idempotency-Key heals.

mod body;
mod idempotency;
mod request;
mod resolve;

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use model::send::AfterDelivered;
use model::template::SKIPPED;
use model::{
    Channel, OutboundMessage, PhoneNumberId, Send, SendId, SendOptions, SendState, Timestamp, WaitsFor, canonical_hash,
};
use queue::{OutboundEnvelope, UploadJob, person_group};
use serde::Serialize;
use serde_json::value::RawValue;
use store::{CreatedSend, ERASED_KIND, Moved, NEVER_TAKEN, NewSend, Transition};
use utoipa::ToSchema;

use crate::App;
use crate::extract::{Payload, Segments, json};
use crate::problem::{Code, Problem};
use crate::{channels, identity};
use body::{Body, OPTIONS};
use idempotency::Key;
pub(crate) use request::SendRequest;

const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// What was queued.
#[derive(Serialize, ToSchema)]
pub(crate) struct QueuedSend {
    /// Ask for it under `/v1/messages/{id}`.
    id: String,
    /// `queued`, or `waiting` for its file or its `send_at`; also where the request repeats one that was answered before.
    /// `cancelled` where it is skipped.
    #[schema(value_type = String)]
    state: SendState,
    /// The variable for want of which it is not sent, where `missing` says `skip`.
    #[serde(skip_serializing_if = "Option::is_none")]
    skipped: Option<String>,
}

/// A body that holds a message.
struct Asked {
    body: Body,
    message: OutboundMessage,
    hash: String,
}

/// Queues a send. Meta's own message object, checked, and kept token for token.
///
/// With an `Idempotency-Key` the same body again gets the first answer again and sends nothing twice, for at least 14
/// days; another body under the same key is refused.
#[utoipa::path(post, path = "/v1/channels/{phone_number_id}/messages", operation_id = "send_message", tag = "messages",
    params(
        ("phone_number_id" = String, Path, description = "The channel that sends"),
        ("Idempotency-Key" = Option<String>, Header, description = "1 to 256 printable ASCII characters, unique per \
            channel and send"),
    ),
    request_body = SendRequest,
    responses((status = 202, description = "It is stored and queued", body = QueuedSend,
        headers(("Location" = String, description = "Where to ask for it"))), Problem))]
pub(crate) async fn create(
    State(app): State<Arc<App>>,
    Segments(number): Segments<String>,
    headers: HeaderMap,
    Payload(body): Payload,
) -> Result<Response, Problem> {
    let number = PhoneNumberId::new(number);
    let key = Key::of(&headers)?;
    let body = json(&body)?;
    let channel = channels::known(&app, &number).await?;
    let asked = Asked::read(body)?;
    asked
        .body
        .options
        .check_at(OPTIONS, app.now())
        .map_err(|invalid| Problem::of_invalid(Code::InvalidMessage, invalid))?;
    predecessor(&app, &number, &asked.body.options).await?;
    let id = match &key {
        Some(key) => SendId::from_idempotency(&number, key.as_str()),
        None => idempotency::random_id()?,
    };
    match store(&app, &channel, &id, key.is_some(), asked).await? {
        Stored::New(send) => queue_new(&app, &send, key.is_some()).await,
        Stored::Before(send) => queue_again(&app, &send).await,
    }
}

enum Stored {
    New(Box<Send>),
    /// By an earlier request with the same key and body.
    Before(Box<Send>),
}

impl Asked {
    fn read(body: &RawValue) -> Result<Self, Problem> {
        let cut = Body::read(body)?;
        let message = match &cut.options.media {
            Some(_) => OutboundMessage::parse_without_file(&cut.message),
            None => OutboundMessage::parse_with(&cut.message, cut.options.raw),
        };
        let message = message.map_err(|invalid| Problem::of_invalid(Code::InvalidMessage, invalid))?;
        Ok(Self { body: cut, message, hash: canonical_hash(body) })
    }
}

/// Inserts the send where its id is free and nothing known here speaks against it.
async fn store(app: &App, channel: &Channel, id: &SendId, keyed: bool, asked: Asked) -> Result<Stored, Problem> {
    let (now, number) = (app.now(), &channel.phone_number_id);
    let Asked { body, message, hash } = asked;
    let contact = identity::addressed(&app.store, number, &message.recipient, now).await?;
    // Z-01, before anything is queued.
    let listed = !channel.is_test_number() || message.is_to_group();
    if !listed && !app.store.admit_test_recipient(number, &contact).await? {
        let before = if keyed { app.store.send(id, now).await? } else { None };
        return before.map_or_else(|| Err(Problem::test_number_recipients()), |send| same(Box::new(send), &hash));
    }
    let resolved = match resolve::resolve(app, channel, &contact, &message, body, now).await {
        Ok(resolved) => resolved,
        Err(problem) => {
            // Things may have changed since the first request with this key, which keeps its answer.
            let before = if keyed { app.store.send(id, now).await? } else { None };
            return before.map_or(Err(problem), |send| same(Box::new(send), &hash));
        }
    };
    let new = NewSend {
        id: id.clone(),
        phone_number_id: number.clone(),
        contact,
        kind: resolved.kind,
        message: resolved.message,
        reference: message.reference,
        // A template brings its own file, or none.
        waits: waits(&resolved.options, resolved.fell_back.is_none(), now),
        options: resolved.options,
        template_schema: resolved.template_schema,
        fell_back: resolved.fell_back,
        skipped: resolved.skipped,
        body_hash: hash.clone(),
    };
    match app.store.create_send(new, now).await? {
        CreatedSend::New(send) => Ok(Stored::New(send)),
        CreatedSend::Exists(send) => same(send, &hash),
    }
}

/// The time first: a file that is at Meta months too early is gone when it is sent.
fn waits(options: &SendOptions, brings_file: bool, now: Timestamp) -> Option<(WaitsFor, Timestamp)> {
    let time = options.send_at.filter(|at| *at > now).map(|at| (WaitsFor::SendAt, at));
    time.or_else(|| options.media.as_ref().filter(|_| brings_file).map(|_| (WaitsFor::Media, now + NEVER_TAKEN)))
}

/// Whether its file may go to Meta now.
fn is_for_media(send: &Send) -> bool {
    send.state == SendState::Waiting && send.waits_for == Some(WaitsFor::Media)
}

/// What it is to follow is a send of the same number.
async fn predecessor(app: &App, number: &PhoneNumberId, options: &SendOptions) -> Result<(), Problem> {
    let Some(AfterDelivered::Send(id)) = &options.after_delivered else { return Ok(()) };
    match app.store.send(id, app.now()).await? {
        Some(send) if send.phone_number_id == *number => Ok(()),
        _ => Err(Problem::invalid(
            Code::InvalidMessage,
            "waypost.after_delivered",
            "must be the id of a send of this channel",
        )),
    }
}

fn same(send: Box<Send>, hash: &str) -> Result<Stored, Problem> {
    if send.body_hash == hash {
        return Ok(Stored::Before(send));
    }
    let detail = if send.kind == ERASED_KIND {
        "This Idempotency-Key was used for a message to somebody who was erased; a new message needs a new key."
    } else {
        "This Idempotency-Key was used for another body; a new message needs a new key."
    };
    Err(Problem::new(Code::IdempotencyConflict, detail).about_send(&send.id))
}

async fn queue_new(app: &App, send: &Send, keyed: bool) -> Result<Response, Problem> {
    // What waits for its time is queued by the tick, and what is skipped is not at all.
    if send.state == SendState::Cancelled || send.state == SendState::Waiting && !is_for_media(send) {
        return Ok(accepted(send, false));
    }
    match publish(app, send).await {
        Ok(()) => {
            tracing::info!(send_id = %send.id, phone_number_id = %send.phone_number_id, kind = send.kind, "queued");
            Ok(accepted(send, false))
        }
        Err(error) if keyed => Err(Problem::from(error).about_send(&send.id).saying(
            "It is stored but not queued yet. The same request with the same Idempotency-Key queues it; else it is \
             queued by itself within 15 minutes.",
        )),
        Err(error) => withdraw(app, send, error).await,
    }
}

/// Without a key nobody can ask again for this very send: it is cancelled, so that asking anew does not send twice.
/// Where the queue did take it after all and it is on its way, it is accepted.
async fn withdraw(app: &App, send: &Send, error: queue::Error) -> Result<Response, Problem> {
    let cancel = Transition::new(&[SendState::Queued, SendState::Waiting], SendState::Cancelled);
    match app.store.transition(&send.id, &cancel, app.now()).await {
        Ok(Moved::Refused(_)) => Ok(accepted(send, false)),
        Ok(Moved::Done(_) | Moved::Missing) => {
            Err(Problem::from(error).saying("The queue did not take it, and nothing is sent. Trying again is right."))
        }
        Err(_) => Err(Problem::from(error).about_send(&send.id).saying(
            "It is stored, and nobody could say whether it is queued. Ask for it by its id before you try again, or \
             use an Idempotency-Key.",
        )),
    }
}

async fn queue_again(app: &App, send: &Send) -> Result<Response, Problem> {
    if send.state == SendState::Queued || is_for_media(send) {
        publish(app, send).await.map_err(|error| Problem::from(error).about_send(&send.id))?;
    }
    Ok(accepted(send, true))
}

async fn publish(app: &App, send: &Send) -> Result<(), queue::Error> {
    if is_for_media(send) {
        return app.queues.publish_upload(&UploadJob::of(&send.id, &send.phone_number_id)).await;
    }
    let envelope = OutboundEnvelope::stored(&send.id, &send.phone_number_id);
    let group = person_group(&send.phone_number_id, &send.contact);
    app.queues.publish_send(&envelope, &group, send.requeues).await
}

fn accepted(send: &Send, replayed: bool) -> Response {
    let skipped = send.error.as_ref().filter(|error| error.code == SKIPPED).and_then(|error| error.detail.clone());
    let state = match send.state {
        SendState::Waiting => SendState::Waiting,
        _ if skipped.is_some() => SendState::Cancelled,
        _ => SendState::Queued,
    };
    let body = QueuedSend { id: send.id.as_str().to_owned(), state, skipped };
    let location = format!("/v1/messages/{}", send.id);
    let mut response = (StatusCode::ACCEPTED, [(header::LOCATION, location)], Json(body)).into_response();
    if replayed {
        response.headers_mut().insert(REPLAYED, HeaderValue::from_static("true"));
    }
    response
}
