//! What people write in counts against the number's rate too (contract §5.3). Each process of the webhook tells now and
//! then how many messages came to it since when; what comes of all of them is a matter of when it is read.

use jiff::{SignedDuration, Timestamp};

/// Nothing is made of less time than this, in seconds.
const LEAST: f64 = 0.25;
/// What was told so long ago is not worth keeping.
const KEPT: SignedDuration = SignedDuration::from_mins(10);

/// What one process has told last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Heard {
    /// Messages that came to it.
    pub messages: u32,
    /// From when.
    pub from: Timestamp,
    /// To when.
    pub at: Timestamp,
}

impl Heard {
    /// Messages a second, as far as can be told. A process tells of so many messages and not of so much time: while it is
    /// silent no longer than those took, it is as it was; then the less the longer it is silent.
    pub fn per_second(self, now: Timestamp) -> f64 {
        let took = self.at.duration_since(self.from).as_secs_f64();
        let silent = now.duration_since(self.at).as_secs_f64();
        f64::from(self.messages) / took.max(silent).max(LEAST)
    }

    /// Whether it says nothing any longer.
    pub fn is_old(self, now: Timestamp) -> bool {
        now.duration_since(self.at) > KEPT
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_secs(seconds)
    }

    #[test]
    fn a_rate_lasts_as_long_as_it_was_measured_and_then_fades() {
        let heard = Heard { messages: 25, from: at(0), at: at(5) };
        for (now, expected) in [(5, 5.0), (10, 5.0), (15, 2.5), (30, 1.0), (0, 5.0)] {
            assert!((heard.per_second(at(now)) - expected).abs() < 1e-9, "{now}");
        }
        assert!(!heard.is_old(at(605)) && heard.is_old(at(606)));
    }

    #[test]
    fn nothing_is_made_of_a_moment() {
        let heard = Heard { messages: 25, from: at(0), at: at(0) };
        assert!((heard.per_second(at(0)) - 100.0).abs() < 1e-9);
    }
}
