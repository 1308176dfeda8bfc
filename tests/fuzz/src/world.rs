//! The real handler, its clients on [`super::stub`]: one for each target, for all its runs.

use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use lambda_http::{Body, Request, Response};
use runtime::Env;
use sha2::Sha256;
use store::Store;
use tokio::runtime::{Builder, Runtime};
use webhook::App;

use super::stub::Stub;

pub(super) const APP_SECRET: &str = "fuzz-app-secret";
pub(super) const VERIFY_TOKEN: &str = "fuzz-verify-token";

pub(super) struct World {
    pub(super) stub: Stub,
    pub(super) store: Store,
    app: App,
    runtime: Runtime,
}

impl World {
    pub(super) fn new() -> Self {
        let stub = Stub::start();
        let env: Env = [
            ("AWS_ENDPOINT_URL", stub.url.as_str()),
            ("AWS_ACCESS_KEY_ID", "fuzz"),
            ("AWS_SECRET_ACCESS_KEY", "fuzz"),
            ("TABLE_NAME", "table"),
            ("MEDIA_BUCKET", "bucket"),
            ("EVENTS_QUEUE_URL", "http://127.0.0.1:1/0/events.fifo"),
            ("MEDIA_QUEUE_URL", "http://127.0.0.1:1/0/media"),
            ("SYNC_QUEUE_URL", "http://127.0.0.1:1/0/sync"),
            ("WEBHOOK_SECRET_ID", "secret"),
            ("EVENT_TYPES", "*"),
        ]
        .into_iter()
        .collect();
        let aws = runtime::Aws::from_env(&env).unwrap();
        Self {
            store: Store::new(aws.dynamodb(), aws.s3(), "table", "bucket"),
            app: App::from_env(&env).unwrap(),
            runtime: Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap(),
            stub,
        }
    }

    pub(super) fn run<T>(&self, work: impl Future<Output = T>) -> T {
        self.runtime.block_on(work)
    }

    pub(super) fn answer(&self, request: Request) -> Response<Body> {
        self.run(webhook::handle(&self.app, request, Timestamp::now()))
    }
}

/// As Meta signs.
pub(super) fn sign(body: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(APP_SECRET.as_bytes()).unwrap();
    mac.update(body);
    format!("sha256={}", hex::encode(mac.finalize().into_bytes()))
}
