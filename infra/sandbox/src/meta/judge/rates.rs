//! Pair pacing and throughput (contract §5.3, §5.4).

use jiff::Timestamp;

use crate::meta::settings::Enforce;

/// Tokens that come back steadily, up to a second's worth. What people write in takes them too.
#[derive(Clone, Debug)]
pub(crate) struct Bucket {
    tokens: f64,
    at: Timestamp,
}

impl Bucket {
    pub(crate) fn full(now: Timestamp, per_second: f64) -> Self {
        Self { tokens: per_second.max(1.0), at: now }
    }

    pub(crate) fn take(&mut self, now: Timestamp, per_second: f64) -> bool {
        self.refill(now, per_second);
        let enough = self.tokens >= 1.0;
        if enough {
            self.tokens -= 1.0;
        }
        enough
    }

    /// An inbound message is never refused; it leaves less for the others.
    pub(crate) fn take_anyway(&mut self, now: Timestamp, per_second: f64) {
        self.refill(now, per_second);
        self.tokens = (self.tokens - 1.0).max(0.0);
    }

    fn refill(&mut self, now: Timestamp, per_second: f64) {
        let passed = now.duration_since(self.at).as_secs_f64().max(0.0);
        self.tokens = (self.tokens + passed * per_second).min(per_second.max(1.0));
        self.at = now;
    }
}

/// Messages of one number to one person: one per six seconds, with a burst that is borrowed.
#[derive(Clone, Debug)]
pub(crate) struct Pace {
    /// When all that was sent is paid for.
    paid_at: Timestamp,
    burst_from: Timestamp,
    in_burst: u32,
}

impl Pace {
    pub(crate) fn new(now: Timestamp) -> Self {
        Self { paid_at: now, burst_from: now, in_burst: 0 }
    }

    /// Counts a message if it may go.
    pub(crate) fn take(&mut self, now: Timestamp, rules: &Enforce) -> bool {
        let debt = self.paid_at.duration_since(now).as_secs_f64();
        if debt <= 0.0 {
            *self = Self::new(now);
        }
        let allowed = if rules.pair_borrows {
            let in_window = now.duration_since(self.burst_from).as_secs_f64() < rules.pair_every_secs;
            debt <= 0.0 || (in_window && self.in_burst < rules.pair_burst)
        } else {
            debt <= rules.pair_every_secs * f64::from(rules.pair_burst.saturating_sub(1))
        };
        if allowed {
            self.in_burst += 1;
            let gap = jiff::SignedDuration::try_from_secs_f64(rules.pair_every_secs).unwrap_or_default();
            self.paid_at = self.paid_at.checked_add(gap).unwrap_or(Timestamp::MAX);
        }
        allowed
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;

    fn burst(pace: &mut Pace, now: Timestamp, rules: &Enforce, tries: u32) -> u32 {
        (0..tries).map(|_| u32::from(pace.take(now, rules))).sum()
    }

    #[test]
    fn a_burst_refills_one_in_six_seconds() {
        let (rules, start) = (Enforce::default(), Timestamp::UNIX_EPOCH);
        let mut pace = Pace::new(start);
        assert_eq!(burst(&mut pace, start, &rules, 60), 45);
        assert_eq!(burst(&mut pace, start + SignedDuration::from_secs(5), &rules, 5), 0);
        assert_eq!(burst(&mut pace, start + SignedDuration::from_secs(13), &rules, 5), 2);
    }

    #[test]
    fn a_borrowed_burst_is_paid_back_in_silence() {
        let (rules, start) = (Enforce { pair_borrows: true, ..Enforce::default() }, Timestamp::UNIX_EPOCH);
        let mut pace = Pace::new(start);
        assert_eq!(burst(&mut pace, start, &rules, 20), 20);
        assert_eq!(burst(&mut pace, start + SignedDuration::from_secs(119), &rules, 1), 0);
        assert_eq!(burst(&mut pace, start + SignedDuration::from_secs(120), &rules, 1), 1);
    }

    #[test]
    fn what_comes_in_counts() {
        let now = Timestamp::UNIX_EPOCH;
        let mut bucket = Bucket::full(now, 3.0);
        bucket.take_anyway(now, 3.0);
        assert_eq!((0..5).filter(|_| bucket.take(now, 3.0)).count(), 2);
        assert!(bucket.take(now + SignedDuration::from_secs(1), 3.0));
    }
}
