//! One record of `outbound.fifo`: prepare → claim → Meta → settle.
//!
//! Everything that can fail without Meta is asked before the claim, so that only a crash around the call itself leaves
//! a send in doubt. A record is let go last: what a redelivery finds settled it publishes again and calls nobody.

use model::WaitsFor;
use queue::{Handled, OutboundEnvelope, Record};

use crate::attempt::attempt;
use crate::create::{Arrived, arrive};
use crate::prepare::{Prepared, prepare};
use crate::settle::Hold;
use crate::timing::Timing;
use crate::{App, Error, file, settle, standing};

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
    let (send, complaint) = match arrive(app, &envelope, timing.now()).await? {
        Arrived::Send(send, complaint) => (send, complaint),
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
        Prepared::Ready(ready) if timing.has_room_for_a_call(app.timeouts) => {
            app.store.let_through(&send.phone_number_id, &send.contact, &send.id, timing.now()).await?;
            attempt(app, &send.id, ready, timing).await
        }
        // A fallback is prepared as the template it is.
        Prepared::Ready(_) | Prepared::FallBack(..) => Ok(Handled::RetryAfter(NEXT_INVOCATION)),
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

/// To the dead-letter queue, which holds only bugs: it would be redelivered for days and hold up its group.
async fn bury(app: &App, record: &Record, why: &str) -> Result<Handled, Error> {
    tracing::error!(message_id = record.message_id, why, metric = "Buried", "a record goes to the dead-letter queue");
    app.queues.bury(record).await?;
    Ok(Handled::Done)
}
