//! A stack of a test's own: table, tokens secret, Meta, and the function in front of them.

use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType, Projection, ProjectionType,
    ScalarAttributeType,
};
use model::{PhoneNumberId, Timestamp, WabaId};
use runtime::Env;
use sandbox::{Aws, AwsConfig};
use serde_json::{Value, json};
use store::{Created, NewChannel, Store};
use template_sync::App;

use crate::graph::Graph;

pub(crate) struct World {
    pub(crate) app: App,
    pub(crate) meta: Graph,
    pub(crate) store: Store,
    secrets: aws_sdk_secretsmanager::Client,
    _aws: Aws,
}

pub(crate) const START: &str = "2026-03-01T12:00:00Z";

pub(crate) fn at(minutes: i64) -> Timestamp {
    START.parse::<Timestamp>().unwrap() + jiff::SignedDuration::from_mins(minutes)
}

impl World {
    pub(crate) async fn new() -> Self {
        let aws = Aws::start(AwsConfig::default()).await.unwrap();
        let meta = Graph::default();
        meta.change(|meta| meta.token = String::from("good"));
        let queue = aws.url() + "/000000000000/sync";
        let events = aws.url() + "/000000000000/events.fifo";
        let env: Env = [
            ("AWS_ACCESS_KEY_ID", "test"),
            ("AWS_SECRET_ACCESS_KEY", "test"),
            ("AWS_ENDPOINT_URL", &aws.url()),
            ("TABLE_NAME", "table"),
            ("MEDIA_BUCKET", "bucket"),
            ("TOKENS_SECRET_ID", "tokens"),
            ("SYNC_QUEUE_URL", &queue),
            ("EVENTS_QUEUE_URL", &events),
            ("GRAPH_BASE_URL", &meta.start().await),
        ]
        .into_iter()
        .collect();
        let clients = runtime::Aws::from_env(&env).unwrap();
        create_table(&clients.dynamodb()).await;
        let queue = clients.sqs().create_queue().queue_name("events.fifo").attributes("FifoQueue".into(), "true");
        queue.send().await.unwrap();
        let secrets = clients.secretsmanager();
        let tokens = json!({"app_id": "3", "default": "good"}).to_string();
        secrets.create_secret().name("tokens").secret_string(tokens).send().await.unwrap();
        let store = Store::new(clients.dynamodb(), clients.s3(), "table", "bucket");
        Self { app: App::from_env(&env).unwrap(), meta, store, secrets, _aws: aws }
    }

    pub(crate) async fn set_token(&self, token: &str) {
        let tokens = json!({"app_id": "3", "default": token}).to_string();
        self.secrets.put_secret_value().secret_id("tokens").secret_string(tokens).send().await.unwrap();
    }

    pub(crate) async fn add_channel(&self, number: &str, waba: &str) {
        let new = NewChannel {
            phone_number_id: PhoneNumberId::new(number),
            waba_id: WabaId::new(waba),
            name: format!("n{number}"),
            display_phone_number: None,
            fallback_text: None,
        };
        assert!(matches!(self.store.create_channel(new, at(0)).await.unwrap(), Created::Done(_)));
    }

    /// What the schedule of infra/template.yaml sends.
    pub(crate) async fn tick(&self, minutes: i64) -> Value {
        template_sync::handle(&self.app, json!({"waypost": "sync"}), at(minutes)).await.unwrap()
    }

    /// A job from the `sync` queue, received for the nth time; the ids that failed.
    pub(crate) async fn job(&self, body: &Value, receives: u32, minutes: i64) -> Vec<String> {
        let event = json!({"Records": [{
            "messageId": "m1", "receiptHandle": "r1", "body": body.to_string(), "eventSource": "aws:sqs",
            "attributes": {"ApproximateReceiveCount": receives.to_string()}, "messageAttributes": {},
            "eventSourceARN": "arn:aws:sqs:us-east-1:000000000000:sync", "awsRegion": "us-east-1",
        }]});
        let answer = template_sync::handle(&self.app, event, at(minutes)).await.unwrap();
        let failures = answer["batchItemFailures"].as_array().unwrap();
        failures.iter().map(|failure| failure["itemIdentifier"].as_str().unwrap().to_owned()).collect()
    }
}

async fn create_table(client: &aws_sdk_dynamodb::Client) {
    let keys = |hash: &str, range: Option<&str>| {
        let key = |name: &str, kind| KeySchemaElement::builder().attribute_name(name).key_type(kind).build().unwrap();
        let range = range.map(|name| key(name, KeyType::Range));
        Some(std::iter::once(key(hash, KeyType::Hash)).chain(range).collect::<Vec<_>>())
    };
    let index = |name: &str, hash: &str, range: Option<&str>| {
        let projection = Projection::builder().projection_type(ProjectionType::KeysOnly).build();
        let index = GlobalSecondaryIndex::builder().index_name(name).set_key_schema(keys(hash, range));
        index.projection(projection).build().unwrap()
    };
    let attributes = ["pk", "sk", "list_pk", "list_sk", "wamid", "due_pk", "due_sk"].map(|name| {
        let attribute = AttributeDefinition::builder().attribute_name(name);
        attribute.attribute_type(ScalarAttributeType::S).build().unwrap()
    });
    client
        .create_table()
        .table_name("table")
        .billing_mode(BillingMode::PayPerRequest)
        .set_attribute_definitions(Some(attributes.to_vec()))
        .set_key_schema(keys("pk", Some("sk")))
        .global_secondary_indexes(index("list", "list_pk", Some("list_sk")))
        .global_secondary_indexes(index("wamid", "wamid", None))
        .global_secondary_indexes(index("due", "due_pk", Some("due_sk")))
        .send()
        .await
        .unwrap();
}
