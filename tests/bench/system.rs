//! The sandbox around a function, looked at from outside: what was stored, what was published.

use std::collections::{BTreeSet, HashMap};

use aws_credential_types::Credentials;
use aws_sdk_dynamodb::config::{BehaviorVersion, Region};
use aws_sdk_dynamodb::types::AttributeValue;
use aws_sdk_dynamodb::{Client, Config};
use local::{Account, Local, Options, Pace};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use crate::event::Sender;
use crate::process::Environment;

/// A running system whose other functions nothing calls.
pub(crate) struct System {
    runtime: Runtime,
    local: Local,
    account: Account,
    table: Client,
}

impl System {
    pub(crate) fn start() -> Self {
        let runtime = Runtime::new().unwrap();
        let idle = ["sender", "media", "template-sync"].map(str::to_owned).into();
        let options = Options { idle, tick: Pace::Never, sync: Pace::Never, ..Options::default() };
        let account = options.account.clone();
        let local = runtime.block_on(Local::start(options)).unwrap();
        let table = client(&local.ready().aws);
        Self { runtime, local, account, table }
    }

    pub(crate) fn stop(self) {
        self.runtime.block_on(self.local.shutdown());
    }

    pub(crate) fn runtime(&self) -> &Runtime {
        &self.runtime
    }

    /// Of its fake AWS.
    pub(crate) fn endpoint(&self) -> &str {
        &self.local.ready().aws
    }

    pub(crate) fn table(&self) -> &str {
        &self.local.ready().table
    }

    pub(crate) fn sender(&self) -> Sender {
        Sender {
            phone_number_id: self.account.phone_number_id.clone(),
            waba_id: self.account.waba_id.clone(),
            app_secret: self.account.app_secret.clone(),
        }
    }

    /// What the webhook's secret holds.
    pub(crate) fn secret(&self) -> String {
        json!({"app_secret": [self.account.app_secret], "verify_token": self.account.verify_token}).to_string()
    }

    /// The webhook's environment, toward that end of AWS.
    pub(crate) fn environment(&self, endpoint: &str) -> Environment {
        let ready = self.local.ready();
        [
            ("AWS_ENDPOINT_URL", endpoint),
            ("AWS_ACCESS_KEY_ID", "bench"),
            ("AWS_SECRET_ACCESS_KEY", "bench"),
            ("AWS_REGION", "us-east-1"),
            ("AWS_DEFAULT_REGION", "us-east-1"),
            ("TABLE_NAME", &ready.table),
            ("EVENTS_QUEUE_URL", &ready.queues.events),
            ("MEDIA_QUEUE_URL", &ready.queues.media),
            ("SYNC_QUEUE_URL", &ready.queues.sync),
            ("SYNC_QUEUE_URL", &ready.queues.sync),
            ("MEDIA_BUCKET", &ready.bucket),
            ("WEBHOOK_SECRET_ID", &ready.webhook_secret_id),
            ("LOG_LEVEL", "info"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into()
    }

    /// Messages in the table.
    pub(crate) fn stored(&self) -> usize {
        self.scan("MESSAGE", Some("pk")).len()
    }

    /// The item of the one channel, in DynamoDB's JSON.
    pub(crate) fn channel(&self) -> String {
        let items = self.scan("CHANNEL", None);
        let [channel] = items.as_slice() else { panic!("{} channels", items.len()) };
        map(channel)["M"].to_string()
    }

    /// Different events on the queue.
    pub(crate) fn events(&self) -> usize {
        let messages = self.local.aws().sqs().messages(&self.local.ready().queues.events).unwrap();
        let id = |body: &str| serde_json::from_str::<Value>(body).unwrap()["id"].as_str().unwrap().to_owned();
        messages.iter().map(|message| id(&message.body)).collect::<BTreeSet<_>>().len()
    }

    pub(crate) fn forget_events(&self) {
        self.local.aws().sqs().clear(&self.local.ready().queues.events).unwrap();
    }

    /// The items with that sort key.
    fn scan(&self, sk: &str, projection: Option<&str>) -> Vec<HashMap<String, AttributeValue>> {
        let scan = self
            .table
            .scan()
            .table_name(self.table())
            .filter_expression("sk = :sk")
            .expression_attribute_values(":sk", AttributeValue::S(sk.to_owned()))
            .set_projection_expression(projection.map(str::to_owned));
        self.runtime.block_on(scan.into_paginator().items().send().try_collect()).unwrap()
    }
}

fn client(endpoint: &str) -> Client {
    let config = Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .endpoint_url(endpoint)
        .credentials_provider(Credentials::from_keys("bench", "bench", None))
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .build();
    Client::from_conf(config)
}

fn json_of(value: &AttributeValue) -> Value {
    match value {
        AttributeValue::S(text) => json!({"S": text}),
        AttributeValue::N(number) => json!({"N": number}),
        AttributeValue::Bool(flag) => json!({"BOOL": flag}),
        AttributeValue::Null(flag) => json!({"NULL": flag}),
        AttributeValue::L(list) => json!({"L": list.iter().map(json_of).collect::<Vec<_>>()}),
        AttributeValue::Ss(texts) => json!({"SS": texts}),
        AttributeValue::M(members) => map(members),
        other => panic!("an attribute of another kind: {other:?}"),
    }
}

fn map(members: &HashMap<String, AttributeValue>) -> Value {
    json!({"M": members.iter().map(|(name, value)| (name.clone(), json_of(value))).collect::<serde_json::Map<_, _>>()})
}
