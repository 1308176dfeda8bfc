//! The time an invocation has.

use graph::Timeouts;
use jiff::SignedDuration;
use model::Timestamp;

/// Where the time comes from: the machine, or a test.
pub type Clock = dyn Fn() -> Timestamp + Send + Sync;

/// What settling and answering take after Meta's answer.
const SETTLE: SignedDuration = SignedDuration::from_secs(2);

#[derive(Clone, Copy)]
pub(crate) struct Timing<'a> {
    clock: &'a Clock,
    deadline: Timestamp,
}

impl<'a> Timing<'a> {
    pub(crate) fn new(clock: &'a Clock, deadline: Timestamp) -> Self {
        Self { clock, deadline }
    }

    /// In whole milliseconds, as the table stores it: a time read back equals the time written.
    pub(crate) fn now(&self) -> Timestamp {
        let now = (self.clock)();
        Timestamp::from_millisecond(now.as_millisecond()).unwrap_or(now)
    }

    pub(crate) fn left(&self) -> SignedDuration {
        self.deadline.duration_since(self.now())
    }

    /// How long may be waited before a call to Meta that takes its full time.
    pub(crate) fn room_before_a_call(&self, timeouts: Timeouts) -> SignedDuration {
        let call = SignedDuration::try_from(timeouts.call).unwrap_or(SignedDuration::MAX);
        self.left().saturating_sub(call.saturating_add(SETTLE))
    }

    /// Whether a call to Meta that takes its full time would still be settled before the deadline.
    pub(crate) fn has_room_for_a_call(&self, timeouts: Timeouts) -> bool {
        !self.room_before_a_call(timeouts).is_negative()
    }
}
