//! The customer service window (contract §5.1): for 24 hours after a person wrote, anything may be sent to them.

use jiff::SignedDuration;

use crate::time::Timestamp;

pub const WINDOW: SignedDuration = SignedDuration::from_hours(24);

/// Seconds before the end in which we no longer send: Meta judges by its own clock, after ours.
pub const GUARD: i64 = 60;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ServiceWindow {
    /// See [`window_time`].
    pub last_inbound_at: Option<Timestamp>,
}

impl ServiceWindow {
    /// `None` where the person never wrote, as far as we know.
    pub fn expires_at(&self) -> Option<Timestamp> {
        self.last_inbound_at.map(|at| later(at, WINDOW))
    }

    pub fn is_open(&self, now: Timestamp, guard_secs: i64) -> bool {
        self.expires_at().is_some_and(|end| later(now, SignedDuration::from_secs(guard_secs)) < end)
    }
}

/// When a message counts as written: Meta's time of it, but never later than now, however wrong a clock is.
/// A webhook may arrive days late, so arrival opens nothing.
pub fn window_time(message_ts: Timestamp, now: Timestamp) -> Timestamp {
    message_ts.min(now)
}

fn later(at: Timestamp, by: SignedDuration) -> Timestamp {
    at.checked_add(by).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn it_closes_a_minute_early() {
        let window = ServiceWindow { last_inbound_at: Some(at("2026-01-01T12:00:00Z")) };
        assert_eq!(window.expires_at(), Some(at("2026-01-02T12:00:00Z")));
        assert!(window.is_open(at("2026-01-01T12:00:00Z"), GUARD));
        assert!(window.is_open(at("2026-01-02T11:58:59.999Z"), GUARD));
        assert!(!window.is_open(at("2026-01-02T11:59:00Z"), GUARD));
        assert!(window.is_open(at("2026-01-02T11:59:00Z"), 0));
        assert!(!window.is_open(at("2026-01-02T12:00:00Z"), 0));
    }

    #[test]
    fn unknown_is_closed_and_the_far_end_of_time_is_no_panic() {
        assert!(!ServiceWindow::default().is_open(Timestamp::UNIX_EPOCH, 0));
        let last = ServiceWindow { last_inbound_at: Some(Timestamp::MAX) };
        assert!(!last.is_open(Timestamp::MAX, i64::MAX));
    }

    #[test]
    fn the_future_is_now_and_the_past_is_past() {
        let now = at("2026-01-01T12:00:00Z");
        assert_eq!(window_time(at("2030-01-01T00:00:00Z"), now), now);
        assert_eq!(window_time(at("2025-12-31T00:00:00Z"), now), at("2025-12-31T00:00:00Z"));
    }
}
