//! The time the sandbox lives in: the machine's, or one that tests move by hand.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use jiff::{SignedDuration, Timestamp};
use tokio::sync::watch;

/// A clock shared by everything that depends on time: visibility, deduplication, retention, presigned URLs, TTL.
///
/// Clones show the same time. `advance` moves it forward and wakes whoever waits for a moment that has now come.
#[derive(Clone, Debug)]
pub struct Clock {
    face: Arc<Mutex<Face>>,
    moved: watch::Sender<()>,
}

#[derive(Debug)]
enum Face {
    /// The machine's time plus what tests skipped.
    Running { skipped: SignedDuration },
    /// Stands still between calls of `advance`.
    Standing { at: Timestamp },
}

impl Default for Clock {
    fn default() -> Self {
        Self::real()
    }
}

impl Clock {
    /// The machine's clock. It can be advanced too: it then runs on from there.
    pub fn real() -> Self {
        Self::with(Face::Running { skipped: SignedDuration::ZERO })
    }

    /// A clock that only moves when told to.
    pub fn standing(at: Timestamp) -> Self {
        Self::with(Face::Standing { at })
    }

    fn with(face: Face) -> Self {
        Self { face: Arc::new(Mutex::new(face)), moved: watch::Sender::new(()) }
    }

    pub fn now(&self) -> Timestamp {
        match &*self.face.lock().unwrap_or_else(PoisonError::into_inner) {
            Face::Running { skipped } => Timestamp::now() + *skipped,
            Face::Standing { at } => *at,
        }
    }

    /// Jumps forward.
    pub fn advance(&self, by: Duration) {
        let by = SignedDuration::try_from(by).unwrap_or(SignedDuration::MAX);
        match &mut *self.face.lock().unwrap_or_else(PoisonError::into_inner) {
            Face::Running { skipped } => *skipped = skipped.saturating_add(by),
            Face::Standing { at } => *at += by,
        }
        self.moved.send_replace(());
    }

    /// How long to really wait until it is `moment` here; `None` when only `advance` can bring it about.
    pub(crate) fn real_wait(&self, moment: Timestamp) -> Option<Duration> {
        let left = moment.duration_since(self.now());
        match &*self.face.lock().unwrap_or_else(PoisonError::into_inner) {
            _ if left <= SignedDuration::ZERO => Some(Duration::ZERO),
            Face::Running { .. } => Duration::try_from(left).ok(),
            Face::Standing { .. } => None,
        }
    }

    /// Reports each `advance` from now on.
    pub(crate) fn moves(&self) -> watch::Receiver<()> {
        self.moved.subscribe()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_standing_clock_moves_only_when_told() {
        let clock = Clock::standing(Timestamp::UNIX_EPOCH);
        let copy = clock.clone();
        copy.advance(Duration::from_mins(5));
        assert_eq!(clock.now().as_second(), 300);
        assert_eq!(clock.real_wait(clock.now() + SignedDuration::from_secs(1)), None);
    }

    #[test]
    fn a_running_clock_keeps_running_after_a_jump() {
        let clock = Clock::real();
        clock.advance(Duration::from_hours(1));
        assert!(clock.now() > Timestamp::now() + SignedDuration::from_mins(59));
        assert!(clock.real_wait(clock.now() + SignedDuration::from_secs(5)).is_some());
    }
}
