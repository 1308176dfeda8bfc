//! Numbers that cannot send, and what is parked for them: one send is tried when its time has come, or the token is
//! another one; once the number sends again, the others are queued in the order they were queued first.

use futures::{StreamExt, stream};
use jiff::SignedDuration;
use model::send::{Block, Passage};
use model::{PhoneNumberId, Send, SendState, Timestamp};
use store::{LOOK, Parked};

use super::{LANES, ROOM, Ticked, by_person, one, one_person, read_again, requeue};
use crate::blocks::mark_for;
use crate::timing::Timing;
use crate::tokens::NoAccess;
use crate::{App, Error};

/// Numbers looked after in one tick.
const NUMBERS: i32 = 100;
/// Sends of a number that are read at once.
const PAGE: i32 = 100;
/// Of a number that is blocked so many are looked through each time for what has expired, in so many requests.
const LISTED: i32 = 1_000;
const LISTINGS: u32 = 10;
/// So long after the last parking the index may still not show it, or a sender may still park by what it knew.
const QUIET: SignedDuration = SignedDuration::from_mins(2);

pub(super) async fn numbers(app: &App, timing: Timing<'_>) -> Result<Ticked, Error> {
    let due = app.store.sending_due(timing.now(), NUMBERS).await?;
    let each = due.iter().map(|number| async move {
        look(app, number, timing).await.unwrap_or_else(|error| {
            tracing::error!(phone_number_id = %number, %error, "what is parked could not be looked after");
            Ticked { failed: 1, ..Ticked::default() }
        })
    });
    let parts: Vec<Ticked> = stream::iter(each).buffer_unordered(LANES).collect().await;
    Ok(Ticked::of(parts))
}

async fn look(app: &App, number: &PhoneNumberId, timing: Timing<'_>) -> Result<Ticked, Error> {
    let sending = app.store.sending(number).await?;
    let mut ticked = match &sending.block {
        Some(block) => blocked(app, number, block, timing).await?,
        None => released(app, number, timing).await?,
    };
    let now = timing.now();
    let quiet = sending.parked_at.is_none_or(|at| now.duration_since(at) >= QUIET);
    if quiet && app.store.parked(number, None, 1).await?.is_empty() {
        app.store.rest(number, sending.parked_at).await?;
    } else {
        app.store.look_again(number, now + LOOK).await?;
        ticked.parked += usize::from(sending.block.is_some());
    }
    Ok(ticked)
}

async fn blocked(app: &App, number: &PhoneNumberId, block: &Block, timing: Timing<'_>) -> Result<Ticked, Error> {
    let mut ticked = expired(app, number, timing).await?;
    if is_worth_a_try(app, number, block, timing.now()).await? {
        let first = app.store.parked(number, None, PAGE).await?;
        if let Some(oldest) = still_parked(app, first, timing).await?.into_iter().next() {
            ticked.add(requeue::requeue(app, &oldest, timing).await?);
        }
    }
    Ok(ticked)
}

/// What need not be sent any more is told so, however long the block lasts.
async fn expired(app: &App, number: &PhoneNumberId, timing: Timing<'_>) -> Result<Ticked, Error> {
    let mut ticked = Ticked::default();
    let mut after = None;
    for _ in 0..LISTINGS {
        let listed = app.store.parked(number, after.as_ref(), LISTED).await?;
        let Some(last) = listed.last().cloned() else { break };
        after = Some(last);
        let now = timing.now();
        let over = listed.into_iter().filter(|parked| parked.expires_at.is_some_and(|at| at <= now)).collect();
        for send in still_parked(app, over, timing).await? {
            if timing.left() <= ROOM {
                return Ok(ticked);
            }
            ticked.add(one(app, &send, timing).await?);
        }
    }
    Ok(ticked)
}

async fn released(app: &App, number: &PhoneNumberId, timing: Timing<'_>) -> Result<Ticked, Error> {
    let mut ticked = Ticked::default();
    let mut after = None;
    while timing.left() > ROOM {
        let listed = app.store.parked(number, after.as_ref(), PAGE).await?;
        let Some(last) = listed.last().cloned() else { break };
        after = Some(last);
        let people = by_person(still_parked(app, listed, timing).await?);
        let each = people.into_values().map(|sends| one_person(app, sends, timing));
        let parts: Vec<Ticked> = stream::iter(each).buffer_unordered(LANES).collect().await;
        ticked.add(Ticked::of(parts));
    }
    Ok(ticked)
}

/// The index lags behind the table.
async fn still_parked(app: &App, listed: Vec<Parked>, timing: Timing<'_>) -> Result<Vec<Send>, Error> {
    let read = read_again(app, listed.into_iter().map(|parked| parked.id).collect(), timing).await?;
    Ok(read.into_iter().filter(|send| send.state == SendState::Parked).collect())
}

async fn is_worth_a_try(app: &App, number: &PhoneNumberId, block: &Block, now: Timestamp) -> Result<bool, Error> {
    // A channel that was removed: delivering it says so.
    let Some(waba_id) = app.waba_of(number, now).await? else { return Ok(true) };
    match app.access(&waba_id, block.token.as_deref(), now).await {
        Ok(access) => Ok(block.passage(true, mark_for(block, &access), now) == Passage::Probe),
        Err(NoAccess::Park(_)) => Ok(false),
        Err(NoAccess::Unavailable(error)) => {
            tracing::warn!(%error, "the tokens secret cannot be read");
            Ok(false)
        }
    }
}
