//! The number's rate, shared with all other senders (L-01): a message leaves when this process's share has one for it.
//! Short waits are waited out here; longer ones go back to the queue, where they keep nobody else from being sent.

mod number;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::SignedDuration;
use model::limiter::Take;
use model::{PhoneNumberId, Timestamp};

use crate::timing::Timing;
use crate::{App, Error};
use number::Number;
pub(crate) use number::Permit;

/// Whoever waits looks up so often.
const NAP: SignedDuration = SignedDuration::from_millis(250);
/// So long a message waits here at most while this process sends for other numbers too: meanwhile it takes no batch.
const BESIDE_OTHERS: SignedDuration = SignedDuration::from_secs(1);

/// What this process may send, by number, and how it is called in the shares.
pub(crate) struct Limiter {
    name: String,
    numbers: Mutex<BTreeMap<PhoneNumberId, Arc<Number>>>,
}

/// What became of waiting for the number.
pub(crate) enum Turn {
    /// One message may go now.
    Go(Permit),
    /// Not in this invocation: come back after so many seconds.
    Later(u32),
}

impl Limiter {
    /// `random` makes it differ from every other process.
    pub(crate) fn new(random: u64) -> Self {
        Self { name: format!("{:012x}", random >> 16), numbers: Mutex::default() }
    }

    fn of(&self, number: &PhoneNumberId, now: Timestamp) -> Arc<Number> {
        let mut numbers = self.numbers.lock().unwrap_or_else(PoisonError::into_inner);
        let known = numbers.entry(number.clone()).or_insert_with(|| Arc::new(Number::new(now)));
        known.came(now);
        Arc::clone(known)
    }

    /// Whether other numbers were sent for in the last minute.
    fn has_others(&self, now: Timestamp) -> bool {
        let numbers = self.numbers.lock().unwrap_or_else(PoisonError::into_inner);
        numbers.values().filter(|number| number.is_lively(now)).nth(1).is_some()
    }
}

/// Waits for the number's turn. `is_new`: the record was not sent back before; those that were go first.
pub(crate) async fn turn(app: &App, number: &PhoneNumberId, is_new: bool, timing: Timing<'_>) -> Result<Turn, Error> {
    let limiter = &app.limiter;
    let one = limiter.of(number, timing.now());
    let room = timing.room_before_a_call(app.timeouts);
    // Others of the batch may be for other numbers: they come at the same time.
    let patience = || if limiter.has_others(timing.now()) { room.min(BESIDE_OTHERS) } else { room };
    if is_new && one.promised(timing.now()) > patience() {
        let seconds = one.promise(timing.now());
        tracing::debug!(phone_number_id = %number, seconds, "behind what was sent back before: back to the queue");
        return Ok(Turn::Later(seconds));
    }
    let comer = one.comer();
    let mut waited = SignedDuration::ZERO;
    while waited <= patience() {
        let taken = one.pacer().take(timing.now());
        // After it was asked for: what has to wait is part of what is wanted.
        one.look_if_due(app, number, &limiter.name, timing).await?;
        match taken {
            Take::Go => return Ok(Turn::Go(comer.goes())),
            Take::Wait { after, epoch, .. } if waited + after > patience() && !one.pacer().is_past(epoch) => {
                one.pacer().withdraw(epoch);
                // Sent back at once, everything that is queued would come by here and be sent back.
                if !one.is_short(timing.now()) || limiter.has_others(timing.now()) {
                    break;
                }
                one.nap(NAP).await;
                waited += NAP;
            }
            Take::Wait { after, due, epoch } => {
                let mut left = after;
                while left > SignedDuration::ZERO && waited <= patience() && !one.pacer().is_past(epoch) {
                    let nap = left.min(NAP);
                    one.nap(nap).await;
                    (left, waited) = (left - nap, waited + nap);
                    one.look_if_due(app, number, &limiter.name, timing).await?;
                }
                if left > SignedDuration::ZERO {
                    one.pacer().withdraw(epoch);
                } else if one.pacer().arrives(epoch, due, timing.now()) {
                    return Ok(Turn::Go(comer.goes()));
                }
            }
            Take::Look if one.pacer().rate(timing.now()) > 0.0 => {}
            // Another record looks, or others have to give something up first.
            Take::Look => {
                one.nap(NAP / 2).await;
                waited += NAP / 2;
            }
        }
    }
    drop(comer);
    let seconds = one.promise(timing.now());
    tracing::debug!(phone_number_id = %number, seconds, "throttled: back to the queue");
    Ok(Turn::Later(seconds))
}

fn std_duration(duration: SignedDuration) -> Duration {
    Duration::try_from(duration).unwrap_or_default()
}
