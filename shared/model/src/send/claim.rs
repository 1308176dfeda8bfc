//! What it means that a send could not be claimed: Meta is called only by who holds the claim.

use super::{Send, SendState};
use crate::time::Timestamp;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Claimed {
    /// It has its outcome. Publish that again and call nobody.
    Settled,
    /// Another sender holds it.
    Busy { until: Timestamp },
    /// Whoever held it died before or after calling Meta: uncertain, never queued.
    Expired,
    /// The record that led here is outdated; the tick will queue it anew.
    Stale,
}

/// `send` is the item as the failed claim found it.
pub fn on_refused_claim(send: &Send, now: Timestamp) -> Claimed {
    match (send.state, send.lease_until) {
        (SendState::Accepted | SendState::Failed | SendState::Cancelled, _) => Claimed::Settled,
        (SendState::Sending, Some(until)) if now < until => Claimed::Busy { until },
        (SendState::Sending, _) => Claimed::Expired,
        // Queued again between the claim and the answer: whoever queued it also published it.
        (SendState::Queued | SendState::Waiting | SendState::Parked | SendState::Uncertain, _) => Claimed::Stale,
    }
}
