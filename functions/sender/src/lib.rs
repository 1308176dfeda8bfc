//! Delivers queued sends to Meta, and each minute settles or queues again what waits.
//!
//! One Lambda function with two triggers. A batch of `outbound.fifo` is delivered: prepare → claim → Meta → settle. A
//! tick looks after what has left the queue. Meta is called only by who holds the claim, and never again unless its
//! answer proves that it did not accept (design invariant 5).
#![cfg_attr(test, allow(clippy::unwrap_used))]

mod app;
mod attempt;
mod blocks;
mod channels;
mod consent;
mod create;
mod deliver;
mod events;
mod failure;
mod file;
mod limit;
mod order;
mod pair;
mod prepare;
mod quota;
mod schedule;
mod settle;
mod spelling;
mod standing;
mod template;
mod test_number;
mod tick;
mod timing;
mod tokens;
mod window;

use aws_lambda_events::sqs::SqsEvent;
use model::Timestamp;
use queue::{Record, run_fifo};
use serde_json::Value;

pub use app::{App, ENVIRONMENT, StartError};
pub use attempt::LEASE;
pub use timing::Clock;
use timing::Timing;

/// Why an invocation as a whole, or one record of it, came to nothing for now.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The event is neither a batch of SQS nor a tick.
    #[error("the event is neither a batch of SQS nor a tick")]
    UnknownEvent,
    /// A batch that SQS does not send. serde's own words might quote a body.
    #[error("the event has records that are none of SQS's")]
    NoBatch,
    /// The table or the bucket.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// A queue.
    #[error(transparent)]
    Queue(#[from] queue::Error),
    /// An answer of ours that is no JSON.
    #[error("could not be written as JSON")]
    Json(#[from] serde_json::Error),
}

/// Handles one invocation: a batch of `outbound.fifo`, or the tick. `deadline` is when Lambda ends the function.
pub async fn handle(app: &App, payload: Value, deadline: Timestamp, clock: &Clock) -> Result<Value, Error> {
    let timing = Timing::new(clock, deadline);
    if payload.get("Records").is_some() {
        let batch: SqsEvent = serde_json::from_value(payload).map_err(|_| Error::NoBatch)?;
        return batch_of(app, batch, timing).await;
    }
    if is_tick(&payload) {
        return Ok(serde_json::to_value(tick::tick(app, timing).await?)?);
    }
    Err(Error::UnknownEvent)
}

async fn batch_of(app: &App, batch: SqsEvent, timing: Timing<'_>) -> Result<Value, Error> {
    let records = Record::all_of(batch).ok_or(Error::NoBatch)?;
    let received = records.len();
    let outcome = run_fifo(records, |record| deliver::deliver(app, record, timing)).await;
    if !outcome.visibility.is_empty()
        && let Err(error) = app.queues.change_visibility(&outcome.visibility).await
    {
        // They come back all the same, when the queue's own timeout passes.
        tracing::warn!(%error, records = outcome.visibility.len(), "could not set when records come back");
    }
    tracing::info!(received, back = outcome.failed.len(), "delivered a batch");
    Ok(serde_json::to_value(outcome.response())?)
}

/// What our schedule sends, or a plain scheduled rule.
fn is_tick(payload: &Value) -> bool {
    let is = |member: &str, value: &str| payload.get(member).and_then(Value::as_str) == Some(value);
    is("waypost", "tick") || is("detail-type", "Scheduled Event")
}
