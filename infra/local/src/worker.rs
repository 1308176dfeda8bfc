//! The thread that functions run on. One, and single-threaded inside, as a Lambda function's process is: a handler
//! that needs a second thread, or blocks its only one, is found out here.

use std::io;
use std::pin::Pin;
use std::thread;

use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tokio::task::LocalSet;

type Job = Box<dyn FnOnce() -> Pin<Box<dyn Future<Output = ()>>> + Send>;

/// A handle; the thread ends with the last of them, and with it whatever still runs there.
#[derive(Clone)]
pub(crate) struct Worker(UnboundedSender<Job>);

impl Worker {
    pub(crate) fn start() -> io::Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let (jobs, mut given) = unbounded_channel::<Job>();
        thread::Builder::new().name(String::from("functions")).spawn(move || {
            let tasks = LocalSet::new();
            tasks.block_on(&runtime, async {
                while let Some(job) = given.recv().await {
                    tokio::task::spawn_local(job());
                }
            });
        })?;
        Ok(Self(jobs))
    }

    /// Runs a future there; false where the thread has ended.
    pub(crate) fn spawn<F: Future<Output = ()> + 'static>(&self, start: impl FnOnce() -> F + Send + 'static) -> bool {
        self.0.send(Box::new(move || Box::pin(start()))).is_ok()
    }
}
