//! One number to one person: one message in six seconds, with a burst that is borrowed and paid back in silence (contract
//! §5.4).
//!
//! Meta says that 45 may be sent within six seconds, and that 20 sent at once mean two minutes of silence. What it does may
//! be that, or milder: a burst that refills while it lasts. Whoever is silent until all is paid back is within both, sends
//! as much over time, and sends the first messages of a conversation's turn at once.

use jiff::{SignedDuration, Timestamp};

use crate::limits::{PAIR_BURST, PAIR_EVERY};

/// Meta counts a message when it arrives, we when it leaves, and not every sender's clock is the same.
const GUARD: SignedDuration = SignedDuration::from_secs(1);

/// What was sent to a person since all was last paid back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pair {
    /// When the burst began.
    pub from: Timestamp,
    /// When all that was sent is paid for: six seconds a message.
    pub paid_at: Timestamp,
}

/// Whether a message may go to a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Paced {
    /// It may; this is what to remember.
    Go(Pair),
    /// Not before so much time has passed.
    Wait(SignedDuration),
}

impl Pair {
    /// The next message. `last` is `None` where nothing is remembered of anything sent to the person.
    pub fn next(last: Option<Self>, now: Timestamp) -> Paced {
        match last {
            Some(last) if now < last.free_at() && !last.takes_another(now) => {
                Paced::Wait(last.free_at().duration_since(now))
            }
            Some(last) if now < last.free_at() => {
                Paced::Go(Self { from: last.from, paid_at: last.paid_at + PAIR_EVERY })
            }
            _ => Paced::Go(Self { from: now, paid_at: now + PAIR_EVERY }),
        }
    }

    /// When the next burst may begin.
    fn free_at(self) -> Timestamp {
        self.paid_at + GUARD
    }

    /// Whether the burst goes on.
    fn takes_another(self, now: Timestamp) -> bool {
        let sent = self.paid_at.duration_since(self.from).as_secs() / PAIR_EVERY.as_secs();
        now.duration_since(self.from) < PAIR_EVERY - GUARD && sent < PAIR_BURST
    }
}

#[cfg(test)]
mod tests;
