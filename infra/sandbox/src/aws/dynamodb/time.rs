//! The engine's view of our clock.

use std::sync::{Arc, Mutex, PoisonError};

use dynoxide::storage_backend;
use jiff::Timestamp;

use crate::clock::Clock;

/// Our clock, or the moment a sweep pretends it is.
#[derive(Clone)]
pub(super) struct EngineTime {
    clock: Clock,
    held: Arc<Mutex<Option<Timestamp>>>,
}

impl EngineTime {
    pub(super) fn of(clock: Clock) -> Self {
        Self { clock, held: Arc::default() }
    }

    pub(super) fn shared(&self) -> Arc<dyn storage_backend::Clock> {
        Arc::new(self.clone())
    }

    /// Runs `work` while the engine believes it is `now`.
    pub(super) fn held_at<T>(&self, now: Timestamp, work: impl FnOnce() -> T) -> T {
        *self.held.lock().unwrap_or_else(PoisonError::into_inner) = Some(now);
        let done = work();
        *self.held.lock().unwrap_or_else(PoisonError::into_inner) = None;
        done
    }

    fn now(&self) -> Timestamp {
        self.held.lock().unwrap_or_else(PoisonError::into_inner).unwrap_or_else(|| self.clock.now())
    }
}

impl storage_backend::Clock for EngineTime {
    fn now_unix_secs(&self) -> u64 {
        u64::try_from(self.now().as_second()).unwrap_or(0)
    }

    fn now_unix_secs_f64(&self) -> f64 {
        self.now().as_duration().as_secs_f64()
    }
}
