//! What every part of one running fake Meta shares.

use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use jiff::Timestamp;
use tokio::sync::watch;

use crate::clock::Clock;

use super::state::State;

pub(crate) struct Shared {
    /// Known once the port is.
    url: OnceLock<String>,
    pub(crate) clock: Clock,
    pub(crate) http: reqwest::Client,
    state: Mutex<State>,
    stop: watch::Sender<bool>,
}

impl Shared {
    pub(crate) fn new(clock: Clock, http: reqwest::Client, state: State) -> Arc<Self> {
        Arc::new(Self { url: OnceLock::new(), clock, http, state: Mutex::new(state), stop: watch::Sender::new(false) })
    }

    /// The Graph base without version; media URLs are below it too.
    pub(crate) fn url(&self) -> &str {
        self.url.get().map(String::as_str).unwrap_or_default()
    }

    pub(crate) fn listens_at(&self, url: String) {
        self.url.get_or_init(|| url);
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Never held across an await.
    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs beside the requests, and no longer than the server.
    pub(crate) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        let mut stop = self.stop.subscribe();
        if *stop.borrow_and_update() {
            return;
        }
        tokio::spawn(async move {
            tokio::select! {
                () = task => {}
                _ = stop.changed() => {}
            }
        });
    }

    pub(crate) fn stop(&self) {
        self.stop.send_replace(true);
    }
}
