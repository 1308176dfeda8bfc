//! One stack with one channel, and the people who write to it. Time stands still until a test moves it.

mod lambda;
mod people;
mod seen;
mod sends;
mod stack;

use std::time::Duration;

use model::Timestamp;
use queue::Queues;
use runtime::{Aws as Clients, Env};
use sandbox::meta::{Meta, MetaConfig, local};
use sandbox::{Aws, AwsConfig, Clock};
use sender::App;
use serde_json::value::RawValue;
use serde_json::{Value, json};
use store::Store;

pub(crate) use lambda::Batch;
use stack::{TABLE, app, create_queue, create_standard_queue, create_table, env};

pub(crate) const NUMBER: &str = local::PHONE_NUMBER_ID;
pub(crate) const WABA: &str = local::WABA_ID;
pub(crate) const TOKENS: &str = "tokens";
pub(crate) const ANA: &str = "15550123001";
pub(crate) const BEN: &str = "15550123002";

pub(crate) struct World {
    pub(crate) aws: Aws,
    pub(crate) meta: Meta,
    pub(crate) app: App,
    pub(crate) store: Store,
    pub(crate) queues: Queues,
    pub(crate) clock: Clock,
    env: Env,
    clients: Clients,
    outbound: String,
    dead: String,
    events: String,
    sync: String,
}

impl World {
    pub(crate) async fn start() -> Self {
        Self::start_at(Clock::standing("2026-03-02T12:00:00Z".parse().unwrap())).await
    }

    pub(crate) async fn start_at(clock: Clock) -> Self {
        let aws = Aws::start(AwsConfig { clock: clock.clone(), ..AwsConfig::default() }).await.unwrap();
        let meta = Meta::start(MetaConfig { clock: clock.clone(), ..MetaConfig::local() }).await.unwrap();
        let base: Env = env(&[("AWS_ENDPOINT_URL", &aws.url())]);
        let clients = Clients::from_env(&base).unwrap();
        create_table(&clients.dynamodb()).await;
        let dead = create_queue(&clients, "outbound-dlq.fifo").await;
        let outbound = create_queue(&clients, "outbound.fifo").await;
        let events = create_queue(&clients, "events.fifo").await;
        let sync = create_standard_queue(&clients, "sync").await;
        let env = env(&[
            ("AWS_ENDPOINT_URL", &aws.url()),
            ("TABLE_NAME", TABLE),
            ("OUTBOUND_QUEUE_URL", &outbound),
            ("OUTBOUND_DLQ_URL", &dead),
            ("SYNC_QUEUE_URL", &sync),
            ("EVENTS_QUEUE_URL", &events),
            // No file is sent here; those that are, in the end-to-end suite.
            ("MEDIA_QUEUE_URL", "http://127.0.0.1:9/000000000000/media"),
            ("MEDIA_BUCKET", "bucket"),
            ("TOKENS_SECRET_ID", TOKENS),
            ("GRAPH_BASE_URL", &meta.url()),
        ]);
        let store = Store::new(clients.dynamodb(), clients.s3(), TABLE, "bucket");
        let mut queues = Queues::new(clients.sqs());
        queues.outbound = Some(outbound.clone());
        let app = app(&env);
        let world = Self { aws, meta, app, store, queues, clock, env, clients, outbound, dead, events, sync };
        world.meta.settings(|settings| settings.auto_status = sandbox::meta::AutoStatus::none());
        world.create_secret(&json!({"app_id": local::APP_ID, "default": local::ACCESS_TOKEN})).await;
        world.add_channel(NUMBER).await;
        world
    }

    /// The process dies, and another one starts.
    pub(crate) fn restart(&mut self) {
        self.app = app(&self.env);
    }

    /// One more process, beside the first.
    pub(crate) fn another(&self) -> App {
        app(&self.env)
    }

    /// The same, with another Meta.
    pub(crate) fn restart_with(&mut self, graph: &str) {
        let other = [("GRAPH_BASE_URL", graph)];
        let names = sender::ENVIRONMENT.iter().chain(&["AWS_ENDPOINT_URL"]);
        let same = names.filter_map(|name| Some((*name, self.env.optional(name)?)));
        let variables: Vec<_> = same.chain(other).collect();
        self.app = app(&env(&variables));
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub(crate) fn wait(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
    }

    async fn create_secret(&self, value: &Value) {
        let secrets = self.clients.secretsmanager();
        secrets.create_secret().name(TOKENS).secret_string(value.to_string()).send().await.unwrap();
    }

    pub(crate) async fn put_secret(&self, value: &Value) {
        let secrets = self.clients.secretsmanager();
        secrets.put_secret_value().secret_id(TOKENS).secret_string(value.to_string()).send().await.unwrap();
    }

    pub(crate) fn fault(&self, rule: Value) {
        self.meta.fault(serde_json::from_value(rule).unwrap());
    }

    /// What happens to every call from now on.
    pub(crate) fn refuse_with(&self, code: i64) {
        self.meta.clear_faults();
        self.fault(json!({"fault": {"error": {"code": code}}}));
    }
}

pub(crate) fn text(to: &str, body: &str) -> Value {
    json!({"to": to, "type": "text", "text": {"body": body}})
}

pub(crate) fn raw(json: &Value) -> Box<RawValue> {
    RawValue::from_string(json.to_string()).unwrap()
}
