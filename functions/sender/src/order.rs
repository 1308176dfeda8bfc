//! Messages to one person leave in the order they were queued. The FIFO group keeps it for what is in the queue; here it is
//! kept for what left the queue: a send in doubt or parked holds back later ones for a while, and one that asked for it
//! waits for the delivery of the one before.

use jiff::SignedDuration;
use model::send::AfterDelivered;
use model::{DeliveryStatus, Send, SendState, Timestamp, WaitsFor};
use store::{Held, Pace};

use crate::prepare::{Prepared, Stopped};
use crate::timing::Timing;
use crate::{App, Error, failure};

/// How often is looked whether what holds a send back is gone, in seconds.
const LOOK: i64 = 5;
/// So long a send waits for a delivery in the queue, and what is queued behind it waits too.
const IN_QUEUE: SignedDuration = SignedDuration::from_secs(60);
/// The waits after that, out of the queue.
const SHORTEST: SignedDuration = SignedDuration::from_secs(60);
const LONGEST: SignedDuration = SignedDuration::from_mins(10);
/// A delivery that has not come by then does not count on coming.
const PATIENCE: SignedDuration = SignedDuration::from_hours(24);

pub(crate) async fn gate(app: &App, send: &Send, pace: &Pace, timing: Timing<'_>) -> Result<Stopped, Error> {
    let now = timing.now();
    if let Some(stopped) = held_back(app, send, pace, now).await? {
        return Ok(Some(stopped));
    }
    let before = match &send.options.after_delivered {
        None => return Ok(None),
        Some(AfterDelivered::Send(id)) => id,
        // Its own id stands there where it was let through before.
        Some(AfterDelivered::Previous) => match &pace.last_send {
            Some(id) if *id != send.id => id,
            _ => return Ok(None),
        },
    };
    Ok(match app.store.send(before, now).await? {
        Some(before) => after(send, &before, now),
        None => Some(Prepared::Fail(failure::predecessor_unknown())),
    })
}

/// Called where the outcome of a send is written down that may hold back others; again where that is read once more.
pub(crate) async fn hold(app: &App, send: &Send, now: Timestamp) -> Result<(), Error> {
    let until = send.updated_at + app.hold;
    if until <= now {
        return Ok(());
    }
    let held = Held { by: send.id.clone(), until };
    Ok(app.store.hold(&send.phone_number_id, &send.contact, &held, now).await?)
}

async fn held_back(app: &App, send: &Send, pace: &Pace, now: Timestamp) -> Result<Stopped, Error> {
    let Some(held) = pace.held.as_ref().filter(|held| held.by != send.id && held.until > now) else {
        return Ok(None);
    };
    // It may have its outcome by now, or have been queued later than this one.
    let Some(first) = app.store.send(&held.by, now).await? else { return Ok(None) };
    let unsettled = matches!(first.shown_state(), SendState::Uncertain | SendState::Parked | SendState::Sending);
    if !unsettled || first.created_at > send.created_at {
        return Ok(None);
    }
    let left = held.until.duration_since(now).as_secs() + 1;
    Ok(Some(Prepared::Later(seconds(left.min(LOOK)))))
}

/// Pure: what the send that it waits for says.
fn after(send: &Send, before: &Send, now: Timestamp) -> Stopped {
    if is_delivered(before) {
        return None;
    }
    if matches!(before.shown_state(), SendState::Failed | SendState::Cancelled) {
        return Some(Prepared::Fail(failure::predecessor_failed()));
    }
    let from = send.options.send_at.map_or(send.created_at, |at| at.max(send.created_at));
    if now.duration_since(from) >= PATIENCE {
        return Some(Prepared::Fail(failure::predecessor_not_delivered(PATIENCE)));
    }
    let waited = now.duration_since(from.max(before.updated_at));
    let on_its_way = matches!(before.state, SendState::Queued | SendState::Sending | SendState::Accepted);
    Some(if on_its_way && waited < IN_QUEUE {
        Prepared::Later(seconds((waited.as_secs() / 2).clamp(1, LOOK)))
    } else {
        let wait = SignedDuration::from_secs(waited.as_secs() / 2).clamp(SHORTEST, LONGEST);
        Prepared::Wait(WaitsFor::Delivery, now + wait)
    })
}

/// Of a reaction Meta tells no more than that it was sent (contract §2.2).
fn is_delivered(send: &Send) -> bool {
    let enough = if send.kind == "reaction" { DeliveryStatus::Sent } else { DeliveryStatus::Delivered };
    let told = send.highest_status().filter(|status| *status != DeliveryStatus::Failed);
    told.is_some_and(|status| status.rank() >= enough.rank())
}

fn seconds(seconds: i64) -> u32 {
    u32::try_from(seconds).unwrap_or(1)
}

#[cfg(test)]
mod tests;
