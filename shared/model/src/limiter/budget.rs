//! What a number's whole rate comes to, in messages a second.

use jiff::Timestamp;

use super::Cut;

/// As much of Meta's limit is used: the rest makes up for what leaves evenly and arrives in bunches.
const USED: f64 = 0.98;
/// However much people write in, this part of the limit goes out.
const LEAST: f64 = 0.05;

/// What one process knows of a number's rate.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Budget {
    /// Meta's limit: messages a second, in and out together.
    pub limit: u32,
    /// What Meta's refusals left of it.
    pub cut: Option<Cut>,
    /// What people write in, in messages a second.
    pub inbound: f64,
}

impl Budget {
    /// Messages that all senders together may send each second.
    pub fn per_second(&self, now: Timestamp) -> f64 {
        let limit = f64::from(self.limit.max(1));
        let factor = self.cut.map_or(1.0, |cut| cut.factor(now));
        ((limit * USED - self.inbound) * factor).max(limit * LEAST)
    }
}
