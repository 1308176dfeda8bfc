//! The send's own time: not before `send_at`, not after it has expired.

use model::{Send, Timestamp, WaitsFor};

use crate::failure;
use crate::prepare::{Prepared, Stopped};

pub(crate) fn gate(send: &Send, now: Timestamp) -> Stopped {
    if let Some(at) = send.expires_at().filter(|at| *at <= now) {
        return Some(Prepared::Fail(failure::expired(at)));
    }
    // The API and the tick keep it off the queue until then; an envelope of a team's own does not.
    send.options.send_at.filter(|at| *at > now).map(|at| Prepared::Wait(WaitsFor::SendAt, at))
}
