//! Messages that one process may send by and by: as many a second as its share comes to, and what it left unused for at
//! most half a second. Who comes while there are none takes one that is still to come, and waits for it.

use jiff::{SignedDuration, Timestamp};

use super::WHOLE;

/// Seconds' worth that may be saved up: the pause between two batches, in which a process waits for Meta's answers and
/// for the queue. All shares together save half of what Meta's own bucket holds, which is one second's worth.
const SAVED: f64 = 0.5;

#[derive(Clone, Debug)]
pub(crate) struct Bucket {
    /// Below zero: what was taken and is still to come.
    level: f64,
    at: Timestamp,
    per_second: f64,
}

impl Bucket {
    /// With one message to send at once.
    pub(crate) fn new(now: Timestamp, per_second: f64) -> Self {
        Self { level: 1.0, at: now, per_second }
    }

    /// Takes one; how long until it may be used. `None`: none is there, and none will come at this rate.
    pub(crate) fn take(&mut self, now: Timestamp, per_second: f64) -> Option<SignedDuration> {
        self.refill(now, per_second);
        let left = self.level - 1.0;
        let is_there = left >= -1e-9;
        if !is_there && self.per_second <= 0.0 {
            return None;
        }
        self.level = left;
        let after = if is_there { 0.0 } else { -left / self.per_second };
        Some(SignedDuration::try_from_secs_f64(after).unwrap_or(SignedDuration::MAX))
    }

    /// One at least: for who begins anew.
    pub(crate) fn begin(&mut self) {
        self.level = self.level.max(1.0);
    }

    /// Until when it was filled: now, or later where somebody has waited while a clock stood still.
    pub(crate) fn filled_at(&self) -> Timestamp {
        self.at
    }

    /// Puts back what was taken and is not going to be used.
    pub(crate) fn give_back(&mut self, taken: u32) {
        self.level = (self.level + f64::from(taken)).min(self.room());
    }

    /// From now on at this rate. What is saved stays, as far as there is room for it.
    pub(crate) fn refill(&mut self, now: Timestamp, per_second: f64) {
        let passed = now.duration_since(self.at).as_secs_f64().max(0.0);
        // Of a rate that changed meanwhile the lower one: when it changed is not known.
        self.level += passed * self.per_second.min(per_second);
        self.per_second = per_second;
        self.level = self.level.min(self.room());
        self.at = self.at.max(now);
    }

    fn room(&self) -> f64 {
        (self.per_second * SAVED).max(1.0)
    }
}

/// A fraction as parts of [`WHOLE`].
pub(crate) fn parts(fraction: f64) -> u32 {
    rounded(fraction.clamp(0.0, 1.0) * f64::from(WHOLE))
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a cast of a float stops at the bounds")]
pub(crate) fn rounded(value: f64) -> u32 {
    value.round() as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(millis: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_millis(millis)
    }

    fn wait(bucket: &mut Bucket, now: Timestamp, per_second: f64) -> Option<i64> {
        bucket.take(now, per_second).map(|after| i64::try_from(after.as_millis()).unwrap())
    }

    #[test]
    fn the_first_goes_at_once_and_the_others_evenly() {
        let mut bucket = Bucket::new(ms(0), 20.0);
        let waits: Vec<_> = (0..4).map(|_| wait(&mut bucket, ms(0), 20.0)).collect();
        assert_eq!(waits, [0, 50, 100, 150].map(Some));
        assert_eq!(wait(&mut bucket, ms(150), 20.0), Some(50));
    }

    #[test]
    fn without_a_rate_there_is_what_is_saved_and_no_more() {
        let mut bucket = Bucket::new(ms(0), 0.0);
        assert_eq!([0, 1].map(|at| wait(&mut bucket, ms(at), 0.0)), [Some(0), None]);
        // The one that was not to be had is not owed.
        assert_eq!(wait(&mut bucket, ms(2), 10.0), Some(100));
    }

    #[test]
    fn half_a_second_is_saved_up() {
        let mut bucket = Bucket::new(ms(0), 20.0);
        let free = (0..30).filter(|_| wait(&mut bucket, ms(60_000), 20.0) == Some(0)).count();
        assert_eq!(free, 10);
        let mut slow = Bucket::new(ms(0), 0.5);
        assert_eq!((0..3).filter(|_| wait(&mut slow, ms(60_000), 0.5) == Some(0)).count(), 1);
    }

    #[test]
    fn what_is_given_back_is_there_again() {
        let mut bucket = Bucket::new(ms(0), 1.0);
        assert_eq!(wait(&mut bucket, ms(0), 1.0), Some(0));
        bucket.give_back(1);
        assert_eq!(wait(&mut bucket, ms(0), 1.0), Some(0));
        bucket.give_back(9);
        assert_eq!([0, 0].map(|at| wait(&mut bucket, ms(at), 1.0)), [Some(0), Some(1_000)]);
    }

    /// A clock that is set back gives nothing twice.
    #[test]
    fn time_that_runs_backwards_fills_nothing() {
        let mut bucket = Bucket::new(ms(10_000), 10.0);
        assert_eq!([10_000, 5_000, 10_000].map(|at| wait(&mut bucket, ms(at), 10.0)), [Some(0), Some(100), Some(200)]);
    }
}
