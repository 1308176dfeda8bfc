//! Writes down what came of a send, tells of it, and says what becomes of the record: always in this order, so that a
//! crash in between is healed by the redelivery.

use jiff::SignedDuration;
use model::send::FellBack;
use model::{MessageId, Send, SendError, SendState, Timestamp, WaitsFor};
use queue::Handled;
use serde_json::value::RawValue;
use store::{Due, ERASED_KIND, Fallback, Moved, Transition};

use crate::timing::Timing;
use crate::{App, Error, events, order};

/// The longest a record waits in the queue; beyond that the send leaves it and the tick queues it anew.
const LONGEST_IN_QUEUE: u32 = 900;
/// The tick queues again what is not taken by then, should the record be lost.
const BACKUP: SignedDuration = SignedDuration::from_mins(15);
/// Somebody else moved the send meanwhile: the record comes back and finds out what it is now.
const MOVED: u32 = 1;

/// What a settling starts from.
#[derive(Clone, Copy)]
pub(crate) enum Hold {
    /// Nobody has claimed it.
    Queued,
    /// The same, in the queue or out of it.
    Aside,
    /// Our claim.
    Lease(Timestamp),
}

/// Meta took it. Acceptance is proof whoever holds the claim by now, and tells the team nothing: statuses do.
pub(crate) async fn accepted(
    app: &App,
    send: &Send,
    wamid: Option<&MessageId>,
    timing: Timing<'_>,
) -> Result<Handled, Error> {
    let from = [SendState::Queued, SendState::Sending, SendState::Uncertain, SendState::Failed];
    let change = Transition { wamid, ..Transition::new(&from, SendState::Accepted) };
    match app.store.transition(&send.id, &change, timing.now()).await? {
        // Its person was erased while Meta was called.
        Moved::Refused(other) if other.kind == ERASED_KIND => {}
        Moved::Refused(other) if other.state != SendState::Accepted => {
            tracing::error!(send_id = %send.id, state = %other.state, metric = "Misplaced", "accepted, but not waiting to be");
        }
        // The batch tells how many; the table has each, and bytes logged are paid for.
        _ => tracing::debug!(send_id = %send.id, phone_number_id = %send.phone_number_id, "accepted"),
    }
    Ok(Handled::Done)
}

/// It will never be sent.
pub(crate) async fn failed(
    app: &App,
    send: &Send,
    hold: Hold,
    error: &SendError,
    timing: Timing<'_>,
) -> Result<Handled, Error> {
    let change = Transition { error: Some(error), ..hold.to(SendState::Failed) };
    let Some(send) = moved(app, send, &change, timing).await? else { return Ok(Handled::RetryAfter(MOVED)) };
    tracing::warn!(send_id = %send.id, phone_number_id = %send.phone_number_id, code = error.code, "failed");
    events::failed(app, &send, timing.now()).await?;
    Ok(Handled::Done)
}

/// Nothing but a status can tell. It is never sent again on this ground.
pub(crate) async fn uncertain(
    app: &App,
    send: &Send,
    lease: Option<Timestamp>,
    error: &SendError,
    timing: Timing<'_>,
) -> Result<Handled, Error> {
    let change = Transition {
        held: lease,
        due: Due::At(timing.now() + app.uncertain_after),
        error: Some(error),
        ..Transition::new(&[SendState::Sending], SendState::Uncertain)
    };
    let Some(send) = moved(app, send, &change, timing).await? else { return Ok(Handled::RetryAfter(MOVED)) };
    let number = &send.phone_number_id;
    tracing::warn!(send_id = %send.id, phone_number_id = %number, metric = "Uncertain", "the outcome is not known");
    order::hold(app, &send, timing.now()).await?;
    events::uncertain(app, &send, timing.now()).await?;
    Ok(Handled::Done)
}

/// It waits for somebody to do something.
pub(crate) async fn parked(
    app: &App,
    send: &Send,
    hold: Hold,
    error: &SendError,
    due: Due<'_>,
    timing: Timing<'_>,
) -> Result<Handled, Error> {
    let change = Transition { due, error: Some(error), ..hold.to(SendState::Parked) };
    let Some(send) = moved(app, send, &change, timing).await? else { return Ok(Handled::RetryAfter(MOVED)) };
    let number = &send.phone_number_id;
    tracing::warn!(send_id = %send.id, phone_number_id = %number, cause = error.code, "parked");
    order::hold(app, &send, timing.now()).await?;
    Ok(Handled::Done)
}

/// Where a send waits whose number cannot send.
pub(crate) fn aside(send: &Send) -> Due<'_> {
    Due::Parked { number: &send.phone_number_id, queued_at: send.created_at, expires_at: send.expires_at() }
}

/// Meta refused for now: it comes back after so many seconds.
pub(crate) async fn again(
    app: &App,
    send: &Send,
    lease: Timestamp,
    seconds: u32,
    error: &SendError,
    timing: Timing<'_>,
) -> Result<Handled, Error> {
    let at = timing.now() + SignedDuration::from_secs(i64::from(seconds));
    let in_queue = seconds <= LONGEST_IN_QUEUE;
    let (to, due) = if in_queue { (SendState::Queued, at + BACKUP) } else { (SendState::Waiting, at) };
    let waits_for = (!in_queue).then_some(WaitsFor::Meta);
    let change =
        Transition { due: Due::At(due), error: Some(error), attempted: true, waits_for, ..Hold::Lease(lease).to(to) };
    Ok(match moved(app, send, &change, timing).await? {
        Some(_) if in_queue => Handled::RetryAfter(seconds),
        Some(_) => Handled::Done,
        None => Handled::RetryAfter(MOVED),
    })
}

/// It leaves the queue until a time; the tick queues it again.
pub(crate) async fn waiting(
    app: &App,
    send: &Send,
    waits_for: WaitsFor,
    until: Timestamp,
    template_missed_at: Option<Timestamp>,
    timing: Timing<'_>,
) -> Result<Handled, Error> {
    let change = Transition {
        due: Due::At(until),
        waits_for: Some(waits_for),
        template_missed_at,
        ..Hold::Queued.to(SendState::Waiting)
    };
    Ok(match moved(app, send, &change, timing).await? {
        Some(_) => Handled::Done,
        None => Handled::RetryAfter(MOVED),
    })
}

/// Another message takes its place, queued as it was. `None` where the send was moved elsewhere meanwhile.
pub(crate) async fn fallen_back(
    app: &App,
    send: &Send,
    hold: Hold,
    because: FellBack,
    message: &RawValue,
    error: Option<&SendError>,
    timing: Timing<'_>,
) -> Result<Option<Box<Send>>, Error> {
    let due = Due::At(timing.now() + BACKUP);
    let fallback = Some(Fallback { message, because });
    let change = Transition { due, fallback, error, ..hold.to(SendState::Queued) };
    let fallen = moved(app, send, &change, timing).await?;
    tracing::info!(send_id = %send.id, because = because.as_str(), "the fallback template takes its place");
    Ok(fallen)
}

/// Claimed, but there is no time left to call.
pub(crate) async fn released(app: &App, send: &Send, lease: Timestamp, timing: Timing<'_>) -> Result<Handled, Error> {
    let due = Due::At(timing.now() + BACKUP);
    let change = Transition { due, ..Hold::Lease(lease).to(SendState::Queued) };
    moved(app, send, &change, timing).await?;
    Ok(Handled::RetryAfter(MOVED))
}

impl Hold {
    fn to<'a>(self, state: SendState) -> Transition<'a> {
        match self {
            Self::Queued => Transition::new(&[SendState::Queued], state),
            Self::Aside => Transition::new(&[SendState::Queued, SendState::Waiting, SendState::Parked], state),
            Self::Lease(lease) => Transition { held: Some(lease), ..Transition::new(&[SendState::Sending], state) },
        }
    }
}

/// The send in its new state. `None` where it was moved elsewhere meanwhile, or is gone.
async fn moved(
    app: &App,
    send: &Send,
    change: &Transition<'_>,
    timing: Timing<'_>,
) -> Result<Option<Box<Send>>, Error> {
    Ok(match app.store.transition(&send.id, change, timing.now()).await? {
        Moved::Done(send) => Some(send),
        // An answer that was lost: the client asked again by itself, and the change was made already.
        Moved::Refused(send) if send.state == change.to => Some(send),
        Moved::Refused(_) | Moved::Missing => None,
    })
}
