//! Marking what a person wrote as read, and showing them that an answer is being written (contract §1.2).
//!
//! The call changes nothing that cannot be repeated, and nothing here is written down of it.

mod call;

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use jiff::SignedDuration;
use model::limits::MARK_READ_DAYS;
use model::{MessageId, PhoneNumberId};
use serde::{Deserialize, Serialize};
use store::StoredMessage;
use utoipa::ToSchema;

use crate::extract::{Payload, Segments, shaped};
use crate::problem::{Code, Problem};
use crate::{App, channels};

/// What was read.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = MarkRead)]
pub(crate) struct ReadRequest {
    /// Of a message that a person wrote to this channel in the last 30 days. Those before it are marked read too.
    #[schema(value_type = String)]
    wamid: MessageId,
    /// Also show the person that an answer is being written: until one comes, 25 seconds at most.
    #[serde(default)]
    typing: bool,
}

/// What Meta was told, and took.
#[derive(Serialize, ToSchema)]
#[schema(as = MarkedRead)]
pub(crate) struct Read {
    #[schema(value_type = String)]
    wamid: MessageId,
    /// Whether the person is shown that an answer is being written.
    typing: bool,
}

/// Marks a message read, and with it what the person wrote before. Asking again does no harm and is answered the same.
#[utoipa::path(post, path = "/v1/channels/{phone_number_id}/read", operation_id = "mark_read", tag = "messages",
    params(("phone_number_id" = String, Path, description = "The channel that the message came to")),
    request_body = ReadRequest,
    responses((status = 200, description = "Meta has marked it", body = Read), Problem))]
pub(crate) async fn mark(
    State(app): State<Arc<App>>,
    Segments(number): Segments<String>,
    Payload(body): Payload,
) -> Result<Json<Read>, Problem> {
    let number = PhoneNumberId::new(number);
    let ReadRequest { wamid, typing } = shaped(&body)?;
    let channel = channels::known(&app, &number).await?;
    readable(&app, &number, &wamid).await?;
    call::mark_read(&app, &channel, &wamid, typing).await?;
    tracing::info!(phone_number_id = %number, typing, "marked read");
    Ok(Json(Read { wamid, typing }))
}

/// Meta refuses anything else with one code for all of it, so it is told apart here.
async fn readable(app: &App, number: &PhoneNumberId, wamid: &MessageId) -> Result<(), Problem> {
    let unknown = || Problem::not_found("No message with this wamid came to this channel.");
    let message = match app.store.message(wamid.as_str(), app.now()).await?.ok_or_else(unknown)? {
        // A stub has no kind: statuses came for a message that some other system sent.
        StoredMessage::Inbound(message) if message.kind.is_some() => message,
        StoredMessage::Inbound(_) | StoredMessage::Send(_) => {
            return Err(refused("must be a message that a person wrote; this one was sent to them"));
        }
    };
    if message.phone_number_id != *number {
        return Err(unknown());
    }
    if app.now().duration_since(message.at) > SignedDuration::from_hours(24 * MARK_READ_DAYS) {
        return Err(refused(&format!("must be of the last {MARK_READ_DAYS} days, which is as long as Meta takes it")));
    }
    Ok(())
}

fn refused(rule: &str) -> Problem {
    Problem::invalid(Code::InvalidRequest, "wamid", rule)
}
