//! A stack of a test's own, with one message whose file is to be copied.

use std::time::Duration;

use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType, Projection, ProjectionType,
    ScalarAttributeType,
};
use aws_sdk_sqs::types::QueueAttributeName;
use bytes::Bytes;
use media::App;
use model::{ContactKey, MessageId, PhoneNumberId, Timestamp, WabaId};
use runtime::Env;
use sandbox::{Aws, AwsConfig};
use serde_json::{Value, json};
use store::{Inbound, MediaKnown, MediaRecord, NewMessage, SeenContact, Store};

use crate::host::Host;

pub(crate) const KEY: &str = "media/11/77";

pub(crate) struct World {
    pub(crate) app: App,
    pub(crate) host: Host,
    pub(crate) store: Store,
    pub(crate) s3: aws_sdk_s3::Client,
    pub(crate) aws: Aws,
    sqs: aws_sdk_sqs::Client,
    secrets: aws_sdk_secretsmanager::Client,
    events: String,
    pub(crate) jobs: String,
    pub(crate) dead: String,
}

/// More than any test takes.
pub(crate) const LEFT: Duration = Duration::from_mins(5);

pub(crate) fn at(minutes: i64) -> Timestamp {
    Timestamp::from_second(1_770_000_000 + minutes * 60).unwrap()
}

impl World {
    pub(crate) async fn new(bytes: impl Into<Bytes>) -> Self {
        let aws = Aws::start(AwsConfig::default()).await.unwrap();
        let host = Host::default();
        host.change(|file| {
            file.bytes = bytes.into();
            file.token = String::from("good");
        });
        let mut variables = vec![
            ("AWS_ACCESS_KEY_ID", "test".to_owned()),
            ("AWS_SECRET_ACCESS_KEY", "test".to_owned()),
            ("AWS_ENDPOINT_URL", aws.url()),
            ("TABLE_NAME", "table".to_owned()),
            ("MEDIA_BUCKET", "bucket".to_owned()),
            ("TOKENS_SECRET_ID", "tokens".to_owned()),
            ("PUBLIC_URL", "https://files.example".to_owned()),
            // No file is sent here; those that are, in the end-to-end suite.
            ("OUTBOUND_QUEUE_URL", "http://127.0.0.1:9/000000000000/outbound.fifo".to_owned()),
            ("GRAPH_BASE_URL", host.start().await),
        ];
        let clients = runtime::Aws::from_env(&variables.iter().cloned().collect::<Env>()).unwrap();
        create_table(&clients.dynamodb()).await;
        let (sqs, s3, secrets) = (clients.sqs(), clients.s3(), clients.secretsmanager());
        s3.create_bucket().bucket("bucket").send().await.unwrap();
        let tokens = json!({"default": "stale", "21": "good"}).to_string();
        secrets.create_secret().name("tokens").secret_string(tokens).send().await.unwrap();
        let queue = sqs.create_queue().queue_name("events.fifo").attributes(QueueAttributeName::FifoQueue, "true");
        let events = queue.send().await.unwrap().queue_url.unwrap();
        variables.push(("EVENTS_QUEUE_URL", events.clone()));
        let queue = sqs.create_queue().queue_name("media");
        let queue = queue.attributes(QueueAttributeName::MessageRetentionPeriod, "1209600");
        let jobs = queue.send().await.unwrap().queue_url.unwrap();
        variables.push(("MEDIA_QUEUE_URL", jobs.clone()));
        let dead = sqs.create_queue().queue_name("media-dead").send().await.unwrap().queue_url.unwrap();
        variables.push(("MEDIA_DLQ_URL", dead.clone()));
        let store = Store::new(clients.dynamodb(), clients.s3(), "table", "bucket");
        store.record(message(), at(0)).await.unwrap();
        let app = App::from_env(&variables.into_iter().collect()).unwrap();
        Self { app, host, store, s3, aws, sqs, secrets, events, jobs, dead }
    }

    pub(crate) async fn set_token(&self, token: &str) {
        let tokens = json!({"21": token}).to_string();
        self.secrets.put_secret_value().secret_id("tokens").secret_string(tokens).send().await.unwrap();
    }

    /// One job from the queue, as received for the first time; whether it failed.
    pub(crate) async fn run(&self, minutes: i64) -> bool {
        !self.batch(&[job()], minutes).await.is_empty()
    }

    /// The same, as received for the last time in which it may be given up.
    pub(crate) async fn run_surely(&self, minutes: i64) -> bool {
        let record = record(0, &job(), "r0", media::patience::SURE);
        !self.handle(vec![record], minutes, LEFT).await.is_empty()
    }

    pub(crate) async fn batch(&self, bodies: &[Value], minutes: i64) -> Vec<String> {
        let receipts: Vec<_> = (0..bodies.len()).map(|n| format!("r{n}")).collect();
        let records: Vec<_> =
            bodies.iter().zip(&receipts).enumerate().map(|(n, (body, receipt))| record(n, body, receipt, 1)).collect();
        self.handle(records, minutes, LEFT).await
    }

    pub(crate) async fn handle(&self, records: Vec<Value>, minutes: i64, left: Duration) -> Vec<String> {
        let event = serde_json::from_value(json!({"Records": records})).unwrap();
        let answer = media::handle(&self.app, event, at(minutes), left).await.unwrap();
        answer.batch_item_failures.into_iter().map(|failure| failure.item_identifier).collect()
    }

    /// A message of the queue, taken as Lambda takes it: with its real receipt, hidden for half an hour.
    pub(crate) async fn take(&self, attempt: u32) -> Option<Value> {
        let received = self.sqs.receive_message().queue_url(&self.jobs).visibility_timeout(1800).send().await.unwrap();
        let message = received.messages.unwrap_or_default().pop()?;
        let body: Value = serde_json::from_str(message.body().unwrap()).unwrap();
        Some(record(0, &body, message.receipt_handle().unwrap(), attempt))
    }

    pub(crate) async fn put(&self, body: &Value) {
        self.sqs.send_message().queue_url(&self.jobs).message_body(body.to_string()).send().await.unwrap();
    }

    pub(crate) async fn buried(&self) -> Vec<String> {
        let received =
            self.sqs.receive_message().queue_url(&self.dead).max_number_of_messages(10).send().await.unwrap();
        received.messages.unwrap_or_default().into_iter().filter_map(|message| message.body).collect()
    }

    pub(crate) async fn object(&self) -> Option<(Bytes, String)> {
        let object = self.s3.get_object().bucket("bucket").key(KEY).send().await.ok()?;
        let mime_type = object.content_type.unwrap_or_default();
        assert_eq!(object.content_disposition.as_deref(), Some("attachment"));
        Some((object.body.collect().await.unwrap().into_bytes(), mime_type))
    }

    pub(crate) async fn record(&self) -> Option<MediaRecord> {
        match self.store.media_of(&MessageId::new("wamid.A"), at(0)).await.unwrap() {
            MediaKnown::Recorded(record) => Some(record),
            MediaKnown::Nothing => None,
            MediaKnown::NoMessage => panic!("the message is gone"),
        }
    }

    /// Whatever is in the bucket.
    pub(crate) async fn keys(&self) -> Vec<String> {
        let listed = self.s3.list_objects_v2().bucket("bucket").send().await.unwrap();
        listed.contents().iter().filter_map(|object| object.key().map(str::to_owned)).collect()
    }

    pub(crate) async fn events(&self) -> Vec<Value> {
        let received =
            self.sqs.receive_message().queue_url(&self.events).max_number_of_messages(10).send().await.unwrap();
        let messages = received.messages.unwrap_or_default();
        messages.iter().map(|message| serde_json::from_str(message.body().unwrap()).unwrap()).collect()
    }
}

pub(crate) fn job() -> Value {
    json!({"v": 1, "waba_id": "21", "phone_number_id": "11", "message_id": "wamid.A", "media_id": "77",
        "contact": "wa:15550100", "mime_type": "audio/ogg", "at": at(0)})
}

pub(crate) fn record(n: usize, body: &Value, receipt: &str, attempt: u32) -> Value {
    json!({"messageId": format!("m{n}"), "receiptHandle": receipt, "body": body.to_string(),
        "attributes": {"ApproximateReceiveCount": attempt.to_string()}, "messageAttributes": {},
        "eventSource": "aws:sqs", "eventSourceARN": "arn:aws:sqs:us-east-1:000000000000:media",
        "awsRegion": "us-east-1"})
}

fn message() -> Inbound {
    let raw = |json: &str| serde_json::value::RawValue::from_string(json.to_owned()).unwrap();
    Inbound {
        messages: vec![NewMessage {
            id: MessageId::new("wamid.A"),
            phone_number_id: PhoneNumberId::new("11"),
            waba_id: WabaId::new("21"),
            contact: Some(ContactKey::new("wa:15550100")),
            at: at(0),
            kind: "audio".to_owned(),
            raw: raw("{}"),
            profile: None,
        }],
        contacts: vec![SeenContact {
            phone_number_id: PhoneNumberId::new("11"),
            key: ContactKey::new("wa:15550100"),
            known: false,
            root: None,
            wa_id: Some("15550100".to_owned()),
            user_id: None,
            name: Some("Ana".to_owned()),
            first_at: at(0),
            name_at: at(0),
            wa_at: at(0),
            user_at: at(0),
            opened_at: Some(at(0)),
            opened_by: None,
            identities: [].into(),
            new_identities: vec![],
        }],
        ..Inbound::default()
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

/// Not a multiple of anything, and no two parts alike.
pub(crate) fn noise(size: usize) -> Bytes {
    let mut state = 1_u32;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state.to_be_bytes()[0]
    };
    (0..size).map(|_| next()).collect()
}
