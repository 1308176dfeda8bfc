//! When a file is asked for again, and when no more. Pure.
//!
//! A job stays in its queue while it waits, so the queue's `maxReceiveCount` has to allow for every attempt of a file's
//! life and for attempts that never came to an end; a test holds infra/template.yaml to [`attempts`].

use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::Duration;

use model::Timestamp;
use model::limits::INBOUND_MEDIA_DAYS;

const FIRST: Duration = Duration::from_secs(30);
const LONGEST: Duration = Duration::from_hours(1);

/// The attempt, a quarter of an hour after the first, from which a file that the host does not have, or has with another
/// checksum, is taken to be lost. Before, it may be a fault of the host or of the way.
pub const SURE: u32 = 6;

/// The attempt, about a day after the first, from which a file that cannot be brought to Meta is given up.
pub const LAST: u32 = 30;

/// From when on somebody has to look why a file is not copied.
pub const OVERDUE_HOURS: u64 = 12;

/// How long Meta keeps a file.
pub const LIFE: Duration = Duration::from_hours(24 * INBOUND_MEDIA_DAYS.unsigned_abs());

/// The wait after the attempt of this number, counted from 1; up to half as long again by `jitter` (0..1), so that what
/// failed together does not come back together.
pub fn wait(attempt: u32, jitter: f64) -> Duration {
    let own = FIRST.saturating_mul(2_u32.saturating_pow(attempt.saturating_sub(1))).min(LONGEST);
    own.mul_f64(1.0 + jitter.clamp(0.0, 1.0) / 2.0)
}

/// How many attempts fit in a file's life when no jitter spreads them.
pub fn attempts() -> u32 {
    let mut spent = Duration::ZERO;
    let mut count = 1;
    while spent < LIFE {
        spent += wait(count, 0.0);
        count += 1;
    }
    count
}

/// Whether Meta still keeps a file that was sent at `sent`.
pub(crate) fn lives(sent: Timestamp, now: Timestamp) -> bool {
    age(sent, now) < LIFE
}

pub(crate) fn age(sent: Timestamp, now: Timestamp) -> Duration {
    now.duration_since(sent).try_into().unwrap_or_default()
}

/// The same for the same record and attempt, so that a run can be repeated.
pub(crate) fn jitter(record: &str, attempt: u32) -> f64 {
    let mut hasher = DefaultHasher::new();
    (record, attempt).hash(&mut hasher);
    let bytes = hasher.finish().to_le_bytes();
    f64::from(u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]])) / f64::from(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_from_half_a_minute_to_an_hour() {
        let seconds: Vec<_> = (1..=9).map(|attempt| wait(attempt, 0.0).as_secs()).collect();
        assert_eq!(seconds, [30, 60, 120, 240, 480, 960, 1920, 3600, 3600]);
        assert_eq!(wait(u32::MAX, 0.0), LONGEST);
        assert_eq!(wait(1, 1.0), Duration::from_secs(45));
    }

    #[test]
    fn a_file_is_tried_more_than_a_hundred_times_in_its_week() {
        assert!((100..200).contains(&attempts()), "{}", attempts());
    }

    #[test]
    fn a_file_to_be_sent_is_tried_for_a_day() {
        let until = |last: u32| (1..last).map(|attempt| wait(attempt, 0.0)).sum::<Duration>();
        assert!((Duration::from_mins(15)..Duration::from_mins(16)).contains(&until(SURE)));
        assert!((Duration::from_hours(23)..Duration::from_hours(25)).contains(&until(LAST)), "{:?}", until(LAST));
    }

    #[test]
    fn jitter_differs_by_record_and_stays_in_bounds() {
        let of = |record: &str| (1..50).map(|attempt| jitter(record, attempt)).collect::<Vec<_>>();
        assert!(of("a").iter().chain(&of("b")).all(|jitter| (0.0..=1.0).contains(jitter)));
        assert!(of("a") != of("b"));
        assert!(of("a") == of("a"));
    }

    #[test]
    fn a_clock_behind_metas_ends_nothing() {
        let sent = Timestamp::from_second(1_770_000_000).unwrap();
        let after = |seconds: i64| Timestamp::from_second(sent.as_second() + seconds).unwrap();
        assert!(lives(sent, after(-60)) && lives(sent, after(7 * 86_400 - 1)));
        assert!(!lives(sent, after(7 * 86_400)));
    }
}
