//! A schedule, played: calls its function at an interval, one call at a time.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use tokio::sync::watch;

use crate::Error;
use crate::function::Function;

/// What to call with what.
#[derive(Clone)]
pub(crate) struct Player {
    pub(crate) function: Arc<Function>,
    pub(crate) event: Value,
}

impl Player {
    /// Calls once.
    pub(crate) async fn call(&self) -> Result<Value, Error> {
        self.function
            .invoke(self.event.clone())
            .await
            .map_err(|failure| Error::Function { function: self.function.name.clone(), reason: failure.to_string() })
    }

    /// Calls at an interval until told to stop. A call that fails is made up for by the next.
    pub(crate) async fn run(self, every: Duration, mut stop: watch::Receiver<bool>) {
        while !*stop.borrow_and_update() {
            tokio::select! {
                _ = stop.changed() => break,
                () = tokio::time::sleep(every) => {}
            }
            if let Err(error) = self.call().await {
                tracing::error!(%error, "a scheduled call failed");
            }
        }
    }
}
