//! What Meta's 130429 does to a number's rate: half of it at once, and back by and by (contract §4.8).

use jiff::Timestamp;

use super::WHOLE;

/// Of the whole, given back each second. The least there is after a storm of refusals is back at 95 % within five
/// seconds of its end (quality goal, fault row 9).
const BACK_PER_SECOND: f64 = 0.2;
/// It never gets lower than this part: somebody has to find out that the storm is over.
const LEAST: u32 = WHOLE / 10;

/// What was left of the rate when Meta last refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cut {
    /// When it was made.
    pub at: Timestamp,
    /// Parts of [`WHOLE`] left then.
    pub left: u32,
}

impl Cut {
    /// The part of the rate that may be used now, up to 1.
    pub fn factor(self, now: Timestamp) -> f64 {
        let passed = now.duration_since(self.at).as_secs_f64().max(0.0);
        (f64::from(self.left) / f64::from(WHOLE) + passed * BACK_PER_SECOND).min(1.0)
    }

    /// The rate is halved, unless the refused request had left before it was last cut: a hundred requests under way are
    /// refused for one and the same reason.
    pub fn deeper(last: Option<Self>, sent_at: Timestamp, now: Timestamp) -> Option<Self> {
        if last.is_some_and(|last| last.at >= sent_at) {
            return None;
        }
        let factor = last.map_or(1.0, |last| last.factor(now));
        Some(Self { at: now, left: super::bucket::parts(factor / 2.0).max(LEAST) })
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;

    fn ms(millis: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_millis(millis)
    }

    fn factor(cut: Cut, now: Timestamp) -> i64 {
        i64::from(super::super::bucket::parts(cut.factor(now)))
    }

    #[test]
    fn a_refusal_halves_and_time_gives_back() {
        let cut = Cut::deeper(None, ms(900), ms(1_000)).unwrap();
        assert_eq!(factor(cut, ms(1_000)), 500_000);
        assert_eq!(factor(cut, ms(2_000)), 700_000);
        assert_eq!(factor(cut, ms(3_500)), 1_000_000);
        assert_eq!(factor(cut, ms(99_000)), 1_000_000);
        // A clock that is behind the one that cut.
        assert_eq!(factor(cut, ms(0)), 500_000);
    }

    #[test]
    fn what_had_left_before_the_cut_cuts_nothing() {
        let cut = Cut::deeper(None, ms(900), ms(1_000)).unwrap();
        assert_eq!(Cut::deeper(Some(cut), ms(999), ms(1_200)), None);
        assert_eq!(Cut::deeper(Some(cut), ms(1_000), ms(1_200)), None);
        assert_eq!(Cut::deeper(Some(cut), ms(1_001), ms(2_000)).unwrap().left, 350_000);
    }

    /// However long Meta refuses everything: five seconds later 95 % is back.
    #[test]
    fn a_storm_is_over_in_five_seconds() {
        let mut cut = None;
        for second in 0..60 {
            cut = Cut::deeper(cut, ms(second * 1_000 - 10), ms(second * 1_000)).or(cut);
        }
        let cut = cut.unwrap();
        assert!(factor(cut, cut.at) >= i64::from(LEAST));
        assert!(factor(cut, cut.at + SignedDuration::from_secs(5)) >= 950_000);
    }
}
