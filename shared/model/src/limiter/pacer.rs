//! What one process does with its share of a number's rate. It has no timer: whoever wants to send asks, and is told to
//! go, to wait, or to look at the shares first. Lambda may freeze it between any two calls.

use jiff::{SignedDuration, Timestamp};

use super::bucket::Bucket;
use super::demand::Demand;
use super::{Ask, Cut, Lease};

/// How often the shares are looked at while something is sent: a read each. What others change takes effect within it.
const LOOK: SignedDuration = SignedDuration::from_secs(1);
/// The same where somebody waits for others to give up a part.
const LOOK_SHORT: SignedDuration = SignedDuration::from_millis(250);

/// A process wants this part of the limit at least: of 80 a second as many as one person gets one after the other.
const LEAST_WANTED: f64 = 1.0 / 16.0;
/// Who comes for what they took later than this does not get it.
const LATE: SignedDuration = SignedDuration::from_millis(250);

/// One number in one process.
#[derive(Clone, Debug)]
pub struct Pacer {
    lease: Option<Lease>,
    bucket: Bucket,
    demand: Demand,
    /// Taken, and still to come.
    pending: u32,
    /// Counts changes of the rate; what was taken before one is taken again.
    epoch: u64,
    looked_at: Option<Timestamp>,
    refused: Option<Timestamp>,
}

/// What somebody who wants to send is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Take {
    /// Send.
    Go,
    /// One is theirs after this time, unless the rate changes before: then [`Pacer::arrives`] says no, and they ask again.
    Wait { after: SignedDuration, due: Timestamp, epoch: u64 },
    /// Look at the shares: there is none to send with.
    Look,
}

impl Pacer {
    pub fn new(now: Timestamp) -> Self {
        Self {
            lease: None,
            bucket: Bucket::new(now, 0.0),
            demand: Demand::new(now),
            pending: 0,
            epoch: 0,
            looked_at: None,
            refused: None,
        }
    }

    /// Somebody wants to send. Every one of them [`leaves`](Self::leaves) sooner or later.
    pub fn comes(&mut self) {
        self.demand.comes();
    }

    /// Whoever came goes, or gives up for now.
    pub fn leaves(&mut self, goes: bool) {
        self.demand.leaves(goes);
    }

    /// Takes the next message of the share.
    pub fn take(&mut self, now: Timestamp) -> Take {
        let Some(lease) = self.lease.filter(|lease| lease.until > now) else {
            self.demand.waits();
            return Take::Look;
        };
        match self.bucket.take(now, lease.per_second(now)) {
            Some(after) if after.is_zero() => Take::Go,
            Some(after) => {
                self.demand.waits();
                self.pending += 1;
                Take::Wait { after, due: self.bucket.filled_at() + after, epoch: self.epoch }
            }
            None => {
                self.demand.waits();
                Take::Look
            }
        }
    }

    /// Whether what was taken is theirs, now that its time, `due`, has come. Who is much too late, since the process was
    /// frozen or had no processor, has lost it: all that were late would go at once.
    pub fn arrives(&mut self, epoch: u64, due: Timestamp, now: Timestamp) -> bool {
        if epoch != self.epoch {
            return false;
        }
        self.pending = self.pending.saturating_sub(1);
        // They have waited, whatever the clock says (one in whole milliseconds, or a test's that stands still).
        self.bucket.refill(due.max(now), self.rate(now));
        self.lease.is_some_and(|lease| lease.until > now) && now.duration_since(due) < LATE
    }

    /// What was taken is not waited for any longer.
    pub fn withdraw(&mut self, epoch: u64) {
        if epoch == self.epoch {
            self.pending = self.pending.saturating_sub(1);
            self.bucket.give_back(1);
        }
    }

    /// What was taken is not sent after all.
    pub fn give_back(&mut self) {
        self.bucket.give_back(1);
    }

    /// Whether the rate has changed since.
    pub fn is_past(&self, epoch: u64) -> bool {
        epoch != self.epoch
    }

    /// Whether the shares should be looked at now.
    pub fn look_is_due(&self, now: Timestamp) -> bool {
        let Some(looked_at) = self.looked_at else { return true };
        if self.lease.is_some_and(|lease| lease.until <= now) {
            return true;
        }
        let is_short = self.lease.is_none_or(|lease| lease.is_short) && self.demand.is_waiting();
        let every = if is_short || self.refused.is_some() { LOOK_SHORT } else { LOOK };
        let ago = now.duration_since(looked_at);
        ago >= every || ago.is_negative()
    }

    /// What to ask for.
    pub fn ask<'a>(&self, name: &'a str, limit: u32, now: Timestamp) -> Ask<'a> {
        let wanted = self.demand.wanted(now).max(f64::from(limit) * LEAST_WANTED).max(1.0);
        Ask { name, limit, wanted, is_short: self.demand.had_to_wait(), refused: self.refused }
    }

    /// What came of a look with what was asked. `None`: there is no place for this process.
    pub fn adopt(&mut self, asked: &Ask<'_>, lease: Option<Lease>, now: Timestamp) {
        self.looked_at = Some(now);
        self.demand.measured(now);
        let before = self.rate(now);
        let is_anew = self.lease.is_none_or(|last| last.until <= now);
        self.lease = lease;
        let after = self.rate(now);
        if is_anew && lease.is_some() {
            self.bucket.begin();
        }
        if is_anew || (before - after).abs() > f64::EPSILON {
            self.rate_changes(now);
        }
        // What Meta refused meanwhile others do not know of yet.
        let since = self.refused.take().filter(|refused| asked.refused != Some(*refused));
        if let Some(sent_at) = since {
            self.refused(sent_at, now);
        }
    }

    /// Meta refused a request for the number's rate: half of it is left, at once here, and for all others once they look.
    pub fn refused(&mut self, sent_at: Timestamp, now: Timestamp) {
        let Some(lease) = &mut self.lease else { return };
        let Some(cut) = Cut::deeper(lease.budget.cut, sent_at, now) else { return };
        lease.budget.cut = Some(cut);
        self.refused = Some(sent_at);
        self.rate_changes(now);
    }

    /// What was taken at the old rate is taken again at the new one.
    fn rate_changes(&mut self, now: Timestamp) {
        self.bucket.refill(now, self.rate(now));
        self.bucket.give_back(self.pending);
        self.pending = 0;
        self.epoch += 1;
    }

    /// Messages a second, as things are.
    pub fn rate(&self, now: Timestamp) -> f64 {
        self.lease.filter(|lease| lease.until > now).map_or(0.0, |lease| lease.per_second(now))
    }
}
