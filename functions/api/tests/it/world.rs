//! A stack of a test's own: table, queues, tokens and the API around them, a fake Meta beside, with a clock that stands.

use std::sync::Arc;
use std::time::Duration;

use api::App;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType, Projection, ProjectionType,
    ScalarAttributeType,
};
use aws_sdk_sqs::types::QueueAttributeName;
use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Method, Request, StatusCode};
use graph::Timeouts;
use http_body_util::BodyExt;
use model::{PhoneNumberId, Timestamp, WabaId};
use runtime::Env;
use sandbox::aws::sqs::StoredMessage;
use sandbox::meta::{Meta, MetaConfig, local};
use sandbox::{Aws, AwsConfig, Clock};
use serde_json::{Value, json};
use store::Store;
use tower::ServiceExt;

use crate::contract;

pub(crate) const NUMBER: &str = "100000000000001";
pub(crate) const WABA: &str = "200000000000001";
const TABLE: &str = "waypost";
const TOKENS: &str = "tokens";

pub(crate) struct World {
    pub(crate) aws: Aws,
    pub(crate) meta: Meta,
    pub(crate) s3: aws_sdk_s3::Client,
    clients: runtime::Aws,
    pub(crate) store: Store,
    pub(crate) router: Router,
    pub(crate) clock: Clock,
    pub(crate) outbound: String,
    pub(crate) events: String,
    pub(crate) media: String,
    pub(crate) sync: String,
}

pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

pub(crate) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub(crate) fn number() -> PhoneNumberId {
    PhoneNumberId::new(NUMBER)
}

pub(crate) fn waba() -> WabaId {
    WabaId::new(WABA)
}

impl World {
    /// Without a channel, at noon of 5 January 2026.
    pub(crate) async fn empty() -> Self {
        let clock = Clock::standing(at("2026-01-05T12:00:00Z"));
        let aws = Aws::start(AwsConfig { clock: clock.clone(), ..AwsConfig::default() }).await.unwrap();
        let meta = Meta::start(MetaConfig { clock: clock.clone(), ..MetaConfig::local() }).await.unwrap();
        let (url, graph) = (aws.url(), meta.url());
        let access = [
            ("AWS_ENDPOINT_URL", url.as_str()),
            ("AWS_ACCESS_KEY_ID", "test"),
            ("AWS_SECRET_ACCESS_KEY", "test"),
            ("TABLE_NAME", TABLE),
            ("MEDIA_BUCKET", "media"),
            ("TOKENS_SECRET_ID", TOKENS),
            ("GRAPH_BASE_URL", graph.as_str()),
        ];
        let clients = runtime::Aws::from_env(&Env::from_iter(access)).unwrap();
        create_table(&clients.dynamodb()).await;
        let tokens = json!({"app_id": local::APP_ID, "default": local::ACCESS_TOKEN}).to_string();
        clients.secretsmanager().create_secret().name(TOKENS).secret_string(tokens).send().await.unwrap();
        let sqs = clients.sqs();
        let outbound = create_queue(&sqs, "outbound.fifo", true).await;
        let events = create_queue(&sqs, "events.fifo", true).await;
        let media = create_queue(&sqs, "media", false).await;
        let sync = create_queue(&sqs, "sync", false).await;
        let queues = [
            ("OUTBOUND_QUEUE_URL", outbound.as_str()),
            ("EVENTS_QUEUE_URL", events.as_str()),
            ("MEDIA_QUEUE_URL", media.as_str()),
            ("SYNC_QUEUE_URL", sync.as_str()),
            ("EVENT_TYPES", "*"),
        ];
        let told = clock.clone();
        let env: Env = access.into_iter().chain(queues).collect();
        // Short enough for a test.
        let patience = Duration::from_millis(1500);
        let timeouts = Timeouts { connect: patience, call: patience, silence: patience };
        let app = App::with_timeouts(&env, timeouts).unwrap().with_clock(move || told.now());
        let store = Store::new(clients.dynamodb(), clients.s3(), TABLE, "media");
        let s3 = clients.s3();
        Self { aws, meta, s3, clients, store, router: api::router(Arc::new(app)), clock, outbound, events, media, sync }
    }

    /// With one channel.
    pub(crate) async fn new() -> Self {
        let world = Self::empty().await;
        let channel = json!({"phone_number_id": NUMBER, "waba_id": WABA, "name": "shop"});
        assert_eq!(world.post("/v1/channels", &channel).await.status, 201);
        world
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.ask(Method::GET, path, &[], "").await
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        self.ask(Method::DELETE, path, &[], "").await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Answer {
        self.ask(Method::POST, path, &[], &body.to_string()).await
    }

    pub(crate) async fn put(&self, path: &str, body: &Value) -> Answer {
        self.ask(Method::PUT, path, &[], &body.to_string()).await
    }

    pub(crate) async fn patch(&self, path: &str, body: &Value) -> Answer {
        self.ask(Method::PATCH, path, &[], &body.to_string()).await
    }

    pub(crate) async fn send(&self, body: &Value) -> Answer {
        self.post(&format!("/v1/channels/{NUMBER}/messages"), body).await
    }

    pub(crate) async fn send_keyed(&self, key: &str, body: &str) -> Answer {
        let path = format!("/v1/channels/{NUMBER}/messages");
        self.ask(Method::POST, &path, &[("Idempotency-Key", key)], body).await
    }

    pub(crate) async fn ask(&self, method: Method, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        let mut request = Request::builder().method(method.clone()).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Body::from(body.to_owned())).unwrap();
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        let answer = Answer { status: parts.status, headers: parts.headers, text };
        contract::hold(&method, path, &answer);
        answer
    }

    pub(crate) async fn put_tokens(&self, value: &Value) {
        let secrets = self.clients.secretsmanager();
        secrets.put_secret_value().secret_id(TOKENS).secret_string(value.to_string()).send().await.unwrap();
    }

    /// Every item of the table, as text.
    pub(crate) async fn items(&self) -> Vec<String> {
        let clients = self.clients.dynamodb();
        let all =
            clients.scan().table_name(TABLE).consistent_read(true).send().await.unwrap().items.unwrap_or_default();
        let sorted =
            |item: std::collections::HashMap<_, _>| item.into_iter().collect::<std::collections::BTreeMap<_, _>>();
        let mut items: Vec<String> = all.into_iter().map(|item| format!("{:?}", sorted(item))).collect();
        items.sort();
        items
    }

    pub(crate) fn queued(&self, url: &str) -> Vec<StoredMessage> {
        self.aws.sqs().messages(url).unwrap()
    }
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap()
    }

    /// The status, and the code of the problem.
    pub(crate) fn problem(&self) -> (u16, String) {
        assert_eq!(self.headers["content-type"], "application/problem+json", "{}", self.text);
        let problem = self.json();
        assert_eq!(problem["status"], self.status.as_u16());
        for member in ["type", "title", "detail", "remedy"] {
            assert!(problem[member].as_str().is_some_and(|text| !text.is_empty()), "{problem}");
        }
        (self.status.as_u16(), problem["code"].as_str().unwrap().to_owned())
    }

    pub(crate) fn is(&self, status: u16, code: &str) {
        assert_eq!(self.problem(), (status, code.to_owned()), "{}", self.text);
    }
}

async fn create_queue(sqs: &aws_sdk_sqs::Client, name: &str, fifo: bool) -> String {
    let mut request = sqs.create_queue().queue_name(name);
    if fifo {
        request = request.attributes(QueueAttributeName::FifoQueue, "true");
    }
    request.send().await.unwrap().queue_url.unwrap()
}

async fn create_table(client: &aws_sdk_dynamodb::Client) {
    let key = |name: &str, kind| KeySchemaElement::builder().attribute_name(name).key_type(kind).build().unwrap();
    let index = |name: &str, keys: Vec<KeySchemaElement>| {
        GlobalSecondaryIndex::builder()
            .index_name(name)
            .set_key_schema(Some(keys))
            .projection(Projection::builder().projection_type(ProjectionType::KeysOnly).build())
            .build()
            .unwrap()
    };
    let attributes = ["pk", "sk", "list_pk", "list_sk", "wamid", "due_pk", "due_sk"].map(|name| {
        let attribute = AttributeDefinition::builder().attribute_name(name);
        attribute.attribute_type(ScalarAttributeType::S).build().unwrap()
    });
    client
        .create_table()
        .table_name(TABLE)
        .billing_mode(BillingMode::PayPerRequest)
        .set_attribute_definitions(Some(attributes.into()))
        .key_schema(key("pk", KeyType::Hash))
        .key_schema(key("sk", KeyType::Range))
        .global_secondary_indexes(index("list", vec![key("list_pk", KeyType::Hash), key("list_sk", KeyType::Range)]))
        .global_secondary_indexes(index("wamid", vec![key("wamid", KeyType::Hash)]))
        .global_secondary_indexes(index("due", vec![key("due_pk", KeyType::Hash), key("due_sk", KeyType::Range)]))
        .send()
        .await
        .unwrap();
}
