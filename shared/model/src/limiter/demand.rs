//! How many messages a second a process could send, as far as it can tell.

use jiff::Timestamp;

/// What a call to Meta takes, in seconds: whoever waits could be sent within it.
const CALL: f64 = 0.25;
/// In seconds: half of what was wanted so long ago is still believed to be wanted.
const HALVED: f64 = 10.0;
/// Seconds that a rate is measured over, at least.
const LEAST: f64 = 0.5;

#[derive(Clone, Debug)]
pub(crate) struct Demand {
    /// Messages that went since `since`.
    went: u32,
    since: Timestamp,
    waiting: u32,
    /// The most that waited at once since `since`.
    crowd: u32,
    wanted: f64,
}

impl Demand {
    pub(crate) fn new(now: Timestamp) -> Self {
        Self { went: 0, since: now, waiting: 0, crowd: 0, wanted: 0.0 }
    }

    pub(crate) fn comes(&mut self) {
        self.waiting += 1;
    }

    /// One of those who came has to wait.
    pub(crate) fn waits(&mut self) {
        self.crowd = self.crowd.max(self.waiting);
    }

    pub(crate) fn leaves(&mut self, goes: bool) {
        self.waiting = self.waiting.saturating_sub(1);
        self.went += u32::from(goes);
    }

    pub(crate) fn is_waiting(&self) -> bool {
        self.waiting > 0
    }

    /// Whether anybody had to wait since it was last worked out.
    pub(crate) fn had_to_wait(&self) -> bool {
        self.crowd > 0
    }

    /// Messages a second.
    pub(crate) fn wanted(&self, now: Timestamp) -> f64 {
        let passed = now.duration_since(self.since).as_secs_f64().max(0.0);
        let used = f64::from(self.went) / passed.max(LEAST);
        let room = if self.had_to_wait() { 2.0 } else { 1.25 };
        let held = self.wanted * 0.5_f64.powf(passed / HALVED);
        (used * room).max(f64::from(self.crowd) / CALL).max(held)
    }

    /// Begins to measure anew, once there was time to measure.
    pub(crate) fn measured(&mut self, now: Timestamp) {
        if now.duration_since(self.since).as_secs_f64() < LEAST {
            return;
        }
        let wanted = self.wanted(now);
        // Those who wait go on waiting.
        let crowd = self.crowd.min(self.waiting);
        *self = Self { went: 0, since: now, crowd, wanted, waiting: self.waiting };
    }
}
