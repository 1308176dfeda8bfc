//! One function's process.

use std::collections::BTreeMap;
use std::process::{ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::Value;
use tokio::process::{Child, Command};

use super::runtime_api::RuntimeApi;
use super::{Outcome, Output, binary};

/// A running function. Dropping it kills it.
pub(crate) struct Function {
    child: Arc<Mutex<Child>>,
    api: RuntimeApi,
    output: Output,
}

/// Ends a function's process with SIGKILL, from wherever it is known that the moment has come.
pub(crate) struct Killer(Arc<Mutex<Child>>);

impl Function {
    /// Starts a function's binary with exactly this environment, plus what Lambda itself sets.
    pub(crate) async fn start(name: &str, environment: &BTreeMap<String, String>) -> Self {
        let api = RuntimeApi::start().await;
        let mut child = Command::new(binary(name))
            .env_clear()
            .envs(environment)
            .env("AWS_LAMBDA_RUNTIME_API", api.address())
            .env("AWS_LAMBDA_FUNCTION_NAME", name)
            .env("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST")
            .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256")
            .env("AWS_LAMBDA_LOG_GROUP_NAME", format!("/aws/lambda/{name}"))
            .env("AWS_LAMBDA_LOG_STREAM_NAME", "local")
            .env("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("the function starts");
        let output = Output::of(&mut child).await;
        Self { child: Arc::new(Mutex::new(child)), api, output }
    }

    /// Hands it an event and waits for what becomes of it, a minute at most.
    pub(crate) async fn invoke(&self, event: Value, deadline: Duration) -> Outcome {
        let answered = self.api.hand_over(event, deadline);
        tokio::select! {
            biased;
            outcome = answered => outcome.unwrap_or(Outcome::Died),
            _ = ended(&self.child) => Outcome::Died,
            () = tokio::time::sleep(Duration::from_mins(1)) => panic!("no answer in a minute:\n{}", self.output.so_far()),
        }
    }

    pub(crate) fn killer(&self) -> Killer {
        Killer(Arc::clone(&self.child))
    }

    /// What it prints, also after its end.
    pub(crate) fn output(&self) -> Output {
        self.output.clone()
    }

    /// The most memory the process has had, in bytes: Linux's own count.
    pub(crate) fn peak_memory(&self) -> u64 {
        let child = self.child.lock().expect("child").id().expect("it runs");
        let status = std::fs::read_to_string(format!("/proc/{child}/status")).expect("its status");
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("its peak");
        let kib: u64 = line.trim().trim_end_matches(" kB").parse().expect("a number of kB");
        kib * 1024
    }

    /// Waits until the process has ended by itself.
    pub(crate) async fn ended(&self) -> ExitStatus {
        tokio::time::timeout(Duration::from_secs(20), ended(&self.child)).await.expect("the function does not end")
    }

    /// Ends it as Lambda ends an environment it no longer needs.
    pub(crate) async fn stop(self) {
        self.killer().kill().await;
    }
}

impl Killer {
    /// Returns once the process is dead.
    pub(crate) async fn kill(&self) {
        // It may be dead already.
        let _: std::io::Result<()> = self.0.lock().expect("child").start_kill();
        ended(&self.0).await;
    }
}

impl Drop for Function {
    fn drop(&mut self) {
        // The child is shared with killers that may never be called; it must not live on in them.
        let _: std::io::Result<()> = self.child.lock().expect("child").start_kill();
    }
}

async fn ended(child: &Mutex<Child>) -> ExitStatus {
    loop {
        if let Some(status) = child.lock().expect("child").try_wait().expect("a child of ours") {
            return status;
        }
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}
