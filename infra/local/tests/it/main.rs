//! The system as a whole on this machine, seen from outside: HTTP, SQS, the fake Meta.
#![allow(clippy::unwrap_used)]

mod gateway;
mod queues;
mod start;
mod walk;

use std::time::Duration;

use local::{Local, Options, Pace};
use serde_json::Value;

/// Schedules call only when a test does.
fn quiet() -> Options {
    Options { tick: Pace::Never, sync: Pace::Never, ..Options::default() }
}

async fn started(options: Options) -> Local {
    drop(rustls::crypto::ring::default_provider().install_default());
    Local::start(options).await.unwrap()
}

fn http() -> reqwest::Client {
    reqwest::Client::builder().no_proxy().build().unwrap()
}

async fn get(url: String) -> (u16, Value) {
    let answer = http().get(url).send().await.unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap())
}

fn sqs(local: &Local) -> aws_sdk_sqs::Client {
    clients(local).sqs()
}

fn clients(local: &Local) -> runtime::Aws {
    let env = [
        ("AWS_ENDPOINT_URL", local.ready().aws.as_str()),
        ("AWS_ACCESS_KEY_ID", "any"),
        ("AWS_SECRET_ACCESS_KEY", "any"),
    ];
    runtime::Aws::from_env(&env.into_iter().collect()).unwrap()
}

/// Polls until `found` gives something.
async fn eventually<T, F: Future<Output = Option<T>>>(what: &str, found: impl Fn() -> F) -> T {
    let deadline = tokio::time::Instant::now() + Duration::from_secs(30);
    loop {
        if let Some(found) = found().await {
            return found;
        }
        assert!(tokio::time::Instant::now() < deadline, "{what} did not come about within 30 s");
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
}
