//! How fast one person may be written to (L-02): known before anything is taken from the number's rate, so a crowded pair
//! costs the others nothing.

use model::Timestamp;
use model::limiter::{Paced, Pair};
use store::Pace;

use crate::prepare::{Prepared, Stopped};

pub(crate) fn gate(pace: &Pace, now: Timestamp) -> Stopped {
    match Pair::next(pace.pair, now) {
        Paced::Go(_) => None,
        Paced::Wait(wait) => Some(Prepared::Later(seconds(wait))),
    }
}

/// Rounded up: a record that comes back too early is sent back again.
pub(crate) fn seconds(wait: jiff::SignedDuration) -> u32 {
    let whole = wait.as_secs() + i64::from(wait.subsec_nanos() > 0);
    u32::try_from(whole.max(1)).unwrap_or(1)
}
