//! What waits for a cause to go. Nothing but a send proves that sending works again, so a few are tried at a time; once
//! this process has seen one accepted, the others follow.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use graph::Cause;
use model::{PhoneNumberId, Send, SendState};
use store::{Due, Transition};

use super::{Ticked, requeue};
use crate::settle::PROBE;
use crate::timing::Timing;
use crate::tokens::NoAccess;
use crate::{App, Error};

/// Sends of one number that one tick tries without knowing whether they can be sent.
const TRIED: u32 = 10;

/// How many were tried in this tick, by number.
#[derive(Default)]
pub(super) struct Probes(Mutex<BTreeMap<PhoneNumberId, u32>>);

pub(super) async fn look(app: &App, send: &Send, probes: &Probes, timing: Timing<'_>) -> Result<Ticked, Error> {
    if is_worth_a_try(app, send, probes, timing).await? {
        return requeue::requeue(app, send, timing).await;
    }
    let now = timing.now();
    let change = Transition { due: Due::At(now + PROBE), ..Transition::new(&[SendState::Parked], SendState::Parked) };
    app.store.transition(&send.id, &change, now).await?;
    Ok(Ticked::PARKED)
}

async fn is_worth_a_try(app: &App, send: &Send, probes: &Probes, timing: Timing<'_>) -> Result<bool, Error> {
    let now = timing.now();
    let number = &send.phone_number_id;
    // A channel that was removed: delivering it says so.
    let Some(waba_id) = app.waba_of(number, now).await? else { return Ok(true) };
    match app.access(number, &waba_id, now).await {
        Err(NoAccess::Park(_)) => return Ok(false),
        Err(NoAccess::Unavailable(error)) => {
            tracing::warn!(%error, "the tokens secret cannot be read");
            return Ok(false);
        }
        Ok(_) => {}
    }
    let for_a_token = send.error.as_ref().is_some_and(|error| error.code == Cause::Token.as_str());
    Ok((for_a_token && app.standings.works_since(number, send.updated_at)) || probes.take(number))
}

impl Probes {
    fn take(&self, number: &PhoneNumberId) -> bool {
        let mut taken = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = taken.entry(number.clone()).or_default();
        *count += 1;
        *count <= TRIED
    }
}
