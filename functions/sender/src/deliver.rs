//! One record of `outbound.fifo`: prepare → claim → Meta → settle.
//!
//! Everything that can fail without Meta is asked before the claim, so that only a crash around the call itself leaves
//! a send in doubt. A record is let go last: what a redelivery finds settled it publishes again and calls nobody.

use model::{Send, Timestamp, WaitsFor};
use queue::{Handled, OutboundEnvelope, Record};
use store::Passage;

use crate::attempt::attempt;
use crate::create::{Arrived, arrive};
use crate::limit::{self, Turn};
use crate::prepare::{Prepared, Ready, prepare};
use crate::settle::Hold;
use crate::timing::Timing;
use crate::{App, Error, file, pair, settle, standing};

/// When a record comes back for which this invocation has no time left.
const NEXT_INVOCATION: u32 = 1;

pub(crate) async fn deliver(app: &App, record: Record, timing: Timing<'_>) -> Handled {
    let outcome = match deliver_one(app, &record, timing).await {
        // Waiting mends no item that cannot be read.
        Err(Error::Store(store::Error::Corrupt(kind))) => {
            bury(app, &record, &format!("its item of kind {kind} cannot be read")).await
        }
        outcome => outcome,
    };
    outcome.unwrap_or_else(|error| {
        tracing::error!(%error, receive_count = record.receive_count, "could not deliver; the record comes back");
        Handled::Failed
    })
}

async fn deliver_one(app: &App, record: &Record, timing: Timing<'_>) -> Result<Handled, Error> {
    let envelope = match OutboundEnvelope::decode(&record.body) {
        Ok(envelope) => envelope,
        Err(error) => return bury(app, record, &error.to_string()).await,
    };
    if !timing.has_room_for_a_call(app.timeouts) {
        return Ok(Handled::RetryAfter(NEXT_INVOCATION));
    }
    // Where SQS does not say when it came, it came now.
    let queued_at = Timestamp::from_millisecond(record.sent_at).ok().filter(|at| *at > Timestamp::UNIX_EPOCH);
    let now = timing.now();
    let (send, complaint) = match arrive(app, &envelope, queued_at.unwrap_or(now), now).await? {
        Arrived::Send(send, complaint) => (send, complaint),
        Arrived::Erased => {
            tracing::info!(phone_number_id = %envelope.phone_number_id, "a record from before its person was erased is let go");
            return Ok(Handled::Done);
        }
        Arrived::Nothing(why) => return bury(app, record, why).await,
    };
    if !standing::is_to_be_sent(&send) {
        return standing::redelivered(app, &send, timing).await;
    }
    if let Some(error) = complaint {
        return settle::failed(app, &send, Hold::Queued, &error, timing).await;
    }
    let mut send = send;
    let prepared = match prepare(app, &send, timing).await? {
        Prepared::FallBack(because, message) => {
            match settle::fallen_back(app, &send, Hold::Queued, because, &message, None, timing).await? {
                Some(fallen) => send = fallen,
                None => return Ok(Handled::RetryAfter(NEXT_INVOCATION)),
            }
            prepare(app, &send, timing).await?
        }
        prepared => prepared,
    };
    match prepared {
        Prepared::Ready(ready) => through(app, record, &send, *ready, timing).await,
        // A fallback is prepared as the template it is.
        Prepared::FallBack(..) => Ok(Handled::RetryAfter(NEXT_INVOCATION)),
        Prepared::Fail(error) => settle::failed(app, &send, Hold::Queued, &error, timing).await,
        Prepared::Park(error) => settle::parked(app, &send, Hold::Queued, &error, settle::aside(&send), timing).await,
        Prepared::Later(seconds) => Ok(Handled::RetryAfter(seconds)),
        Prepared::Upload => file::wait(app, &send, timing).await,
        Prepared::Wait(waits_for, until) => settle::waiting(app, &send, waits_for, until, None, timing).await,
        Prepared::WaitForListing { missed_at, until } => {
            settle::waiting(app, &send, WaitsFor::Template, until, Some(missed_at), timing).await
        }
    }
}

/// The number's turn is waited for here, then the person's; both are taken before the claim, or the number's is given back.
async fn through(app: &App, record: &Record, send: &Send, ready: Ready, timing: Timing<'_>) -> Result<Handled, Error> {
    let number = &send.phone_number_id;
    let permit = match limit::turn(app, number, record.receive_count == 1, timing).await? {
        Turn::Go(permit) => permit,
        Turn::Later(seconds) => return Ok(Handled::RetryAfter(seconds)),
    };
    if !timing.has_room_for_a_call(app.timeouts) {
        return Ok(Handled::RetryAfter(NEXT_INVOCATION));
    }
    match app.store.let_through(number, &send.contact, &send.id, &ready.pace, timing.now()).await? {
        Passage::Through => attempt(app, &send.id, ready, permit, timing).await,
        Passage::Paced(wait) => Ok(Handled::RetryAfter(pair::seconds(wait))),
    }
}

/// To the dead-letter queue, which holds only bugs: it would be redelivered for days and hold up its group.
async fn bury(app: &App, record: &Record, why: &str) -> Result<Handled, Error> {
    tracing::error!(message_id = record.message_id, why, metric = "Buried", "a record goes to the dead-letter queue");
    app.queues.bury(record).await?;
    Ok(Handled::Done)
}
