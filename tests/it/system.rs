//! A whole system on this machine, seen as outsiders see it: HTTP in front, table and queues behind, the fake Meta
//! beside. Every test has one of its own, on free ports.

mod answer;
mod events;
mod logs;
mod payload;
mod table;

use std::time::Duration;

use hmac::{Hmac, KeyInit, Mac};
use local::{Local, Options, Pace};
use sandbox::meta::Meta;
use serde_json::{Value, json};
use sha2::Sha256;
use tokio::sync::Mutex;
use tokio::time::Instant;

pub(crate) use answer::Answer;
pub(crate) use events::Event;
pub(crate) use logs::logged;
pub(crate) use payload::{Message, contacts_of, envelope, fresh_wamid, notification};
pub(crate) use table::{Item, text};

pub(crate) const NUMBER: &str = "100000000000001";
pub(crate) const WABA: &str = "200000000000001";
pub(crate) const APP_SECRET: &str = "local-app-secret";

/// How long anything may take to come about.
const PATIENCE: Duration = Duration::from_mins(1);

pub(crate) struct System {
    pub(crate) local: Local,
    pub(crate) aws: runtime::Aws,
    http: reqwest::Client,
    received: Mutex<Vec<Event>>,
    _watch: logs::Watch,
}

impl System {
    pub(crate) async fn start() -> Self {
        Self::start_with(Self::options()).await
    }

    /// Schedules call only when a test does.
    pub(crate) fn options() -> Options {
        Options { tick: Pace::Never, sync: Pace::Never, ..Options::default() }
    }

    pub(crate) async fn start_with(options: Options) -> Self {
        let watch = logs::Watch::begin();
        // Whoever came first has installed the same provider.
        drop(rustls::crypto::ring::default_provider().install_default());
        let local = Local::start(options).await.unwrap();
        let env = [
            ("AWS_ENDPOINT_URL", local.ready().aws.as_str()),
            ("AWS_ACCESS_KEY_ID", "test"),
            ("AWS_SECRET_ACCESS_KEY", "test"),
        ];
        let aws = runtime::Aws::from_env(&env.into_iter().collect()).unwrap();
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        Self { local, aws, http, received: Mutex::default(), _watch: watch }
    }

    pub(crate) fn meta(&self) -> &Meta {
        self.local.meta().unwrap()
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.answer(self.http.get(format!("{}{path}", self.local.ready().api))).await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Answer {
        self.answer(self.http.post(format!("{}{path}", self.local.ready().api)).json(body)).await
    }

    pub(crate) async fn post_with_key(&self, path: &str, key: &str, body: &Value) -> Answer {
        let request = self.http.post(format!("{}{path}", self.local.ready().api)).json(body);
        self.answer(request.header("idempotency-key", key)).await
    }

    pub(crate) async fn put(&self, path: &str, body: &Value) -> Answer {
        self.answer(self.http.put(format!("{}{path}", self.local.ready().api)).json(body)).await
    }

    pub(crate) async fn patch(&self, path: &str, body: &Value) -> Answer {
        self.answer(self.http.patch(format!("{}{path}", self.local.ready().api)).json(body)).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        self.answer(self.http.delete(format!("{}{path}", self.local.ready().api))).await
    }

    /// One of the fake Meta's own controls.
    pub(crate) async fn tell_meta(&self, control: &str, body: &Value) -> Value {
        let url = format!("{}/_sandbox/{control}", self.local.ready().meta);
        let answer = self.answer(self.http.post(url).json(body)).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        answer.json()
    }

    /// A person writes; the wamid. Meta's webhook has been answered 200 by then.
    pub(crate) async fn write_in(&self, person: &str, body: &Value) -> String {
        let written = self.tell_meta(&format!("users/{person}/messages"), body).await;
        assert_eq!(written["delivered"], true, "{written}");
        written["wamid"].as_str().unwrap().to_owned()
    }

    /// Meta POSTs a webhook, signed.
    pub(crate) async fn webhook(&self, body: impl Into<Vec<u8>>) -> Answer {
        let body = body.into();
        let signature = sign(APP_SECRET, &body);
        self.unchecked_webhook(body, &[("x-hub-signature-256", &signature), ("content-type", "application/json")]).await
    }

    /// Somebody POSTs, with these headers.
    pub(crate) async fn unchecked_webhook(&self, body: impl Into<Vec<u8>>, headers: &[(&str, &str)]) -> Answer {
        let mut request = self.http.post(&self.local.ready().webhook).body(body.into());
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.answer(request).await
    }

    async fn answer(&self, request: reqwest::RequestBuilder) -> Answer {
        Answer::read(request.send().await.unwrap()).await
    }

    pub(crate) async fn add_channel(&self, number: &str, waba: &str) {
        let channel = json!({"phone_number_id": number, "waba_id": waba, "name": format!("number {number}")});
        let added = self.post("/v1/channels", &channel).await;
        assert_eq!(added.status, 201, "{}", added.text);
    }

    /// Queues a send; its id.
    pub(crate) async fn send(&self, message: &Value) -> String {
        let queued = self.post(&format!("/v1/channels/{NUMBER}/messages"), message).await;
        assert_eq!(queued.status, 202, "{}", queued.text);
        let queued = queued.json();
        assert_eq!(queued["state"], "queued");
        queued["id"].as_str().unwrap().to_owned()
    }

    /// A message as `/v1` shows it.
    pub(crate) async fn message(&self, id: &str) -> Value {
        let shown = self.get(&message_path(id)).await;
        assert_eq!(shown.status, 200, "{}", shown.text);
        shown.json()
    }

    /// The message, once it is in this state.
    pub(crate) async fn message_in(&self, id: &str, state: &str) -> Value {
        eventually(&format!("the state {state}"), async || {
            Some(self.message(id).await).filter(|message| message["state"] == state)
        })
        .await
    }

    pub(crate) async fn contact(&self, number: &str, key: &str) -> Answer {
        self.get(&format!("/v1/channels/{number}/contacts/{key}")).await
    }

    /// What every test ends with: nothing is left that somebody would have to look at, and nothing personal was logged.
    pub(crate) async fn done(self) {
        let queues = &self.local.ready().queues;
        let total = |url: &str| self.local.aws().sqs().counts(url).unwrap().total();
        for (name, url) in [("outbound", &queues.outbound), ("media", &queues.media), ("sync", &queues.sync)] {
            eventually(&format!("an empty {name} queue"), async || (total(url) == 0).then_some(())).await;
        }
        for (name, url) in [
            ("outbound", &queues.outbound_dlq),
            ("events", &queues.events_dlq),
            ("media", &queues.media_dlq),
            ("sync", &queues.sync_dlq),
        ] {
            assert_eq!(total(url), 0, "dead letters of {name}");
        }
        logs::hold_nothing_personal();
        self.local.shutdown().await;
    }
}

/// Wamids are base64: three of its letters mean something in a URL.
pub(crate) fn message_path(id: &str) -> String {
    format!("/v1/messages/{}", id.replace('%', "%25").replace('/', "%2F").replace('+', "%2B").replace('=', "%3D"))
}

/// `X-Hub-Signature-256` of these bytes.
pub(crate) fn sign(app_secret: &str, body: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(app_secret.as_bytes()).unwrap();
    mac.update(body);
    format!("sha256={}", hex::encode(mac.finalize().into_bytes()))
}

/// Asks again until `found` gives something.
pub(crate) async fn eventually<T>(what: &str, found: impl AsyncFn() -> Option<T>) -> T {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(found) = found().await {
            return found;
        }
        assert!(Instant::now() < deadline, "{what} did not come about within {PATIENCE:?}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
