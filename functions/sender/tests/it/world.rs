//! One stack with one channel, and the people who write to it. Time stands still until a test moves it.

use std::time::Duration;

use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType, Projection, ProjectionType,
    ScalarAttributeType,
};
use aws_sdk_sqs::types::{MessageSystemAttributeName, QueueAttributeName};
use graph::Timeouts;
use jiff::SignedDuration;
use model::template::diff;
use model::{
    ContactKey, MessageId, OutboundMessage, PhoneNumberId, Send, SendId, SendOptions, Template, Timestamp, WabaId,
    canonical_hash,
};
use queue::{OutboundEnvelope, Queues, person_group};
use runtime::{Aws as Clients, Env};
use sandbox::aws::sqs::StoredMessage;
use sandbox::meta::{Meta, MetaConfig, local};
use sandbox::{Aws, AwsConfig, Clock};
use sender::App;
use serde_json::value::RawValue;
use serde_json::{Value, json};
use store::{
    ChannelChange, CreatedSend, Inbound, NewChannel, NewSend, NewStatus, OverridesChange, SeenContact, Setting, Store,
    SyncOutcome, SyncStart, Updated,
};

pub(crate) const NUMBER: &str = local::PHONE_NUMBER_ID;
pub(crate) const WABA: &str = local::WABA_ID;
pub(crate) const TOKENS: &str = "tokens";
pub(crate) const ANA: &str = "15550123001";
pub(crate) const BEN: &str = "15550123002";

const TABLE: &str = "waypost";

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

/// What one batch came to.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Batch {
    pub(crate) received: usize,
    pub(crate) failed: usize,
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

    /// Messages a second of a number.
    pub(crate) async fn limit(&self, number: &str, per_second: u32) {
        let number = PhoneNumberId::new(number);
        let channel = self.store.channel(&number).await.unwrap().unwrap();
        let overrides =
            OverridesChange { messages_per_second: Some(Setting::Own(per_second)), ..OverridesChange::default() };
        let change = ChannelChange { overrides, ..ChannelChange::default() };
        let changed = self.store.update_channel(&number, channel.version, change, self.now()).await;
        assert!(matches!(changed.unwrap(), Updated::Done(_)));
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

    pub(crate) async fn add_channel(&self, number: &str) {
        let channel = NewChannel {
            phone_number_id: PhoneNumberId::new(number),
            waba_id: WabaId::new(WABA),
            name: number.to_owned(),
            display_phone_number: None,
            fallback_text: None,
        };
        self.store.create_channel(channel, self.now()).await.unwrap();
    }

    /// A person writes, so that their window opens, here and at Meta.
    pub(crate) async fn hear(&self, wa_id: &str) {
        self.hear_as(wa_id, wa_id).await;
    }

    /// Somebody whose key bears another spelling writes.
    pub(crate) async fn hear_as(&self, wa_id: &str, key: &str) {
        let seen = SeenContact {
            phone_number_id: PhoneNumberId::new(NUMBER),
            key: ContactKey::new(format!("wa:{key}")),
            known: false,
            root: None,
            wa_id: Some(wa_id.to_owned()),
            user_id: None,
            name: Some("Ana".to_owned()),
            first_at: self.now(),
            name_at: self.now(),
            wa_at: self.now(),
            user_at: self.now(),
            opened_at: Some(self.now()),
            opened_by: None,
            identities: [].into(),
            new_identities: Vec::new(),
        };
        self.store.record(Inbound { contacts: vec![seen], ..Inbound::default() }, self.now()).await.unwrap();
        self.meta.open_window(NUMBER, wa_id);
    }

    /// A listing of the account that begins now and has these templates.
    pub(crate) async fn list(&self, templates: &[Value]) {
        let (waba, now) = (WabaId::new(WABA), self.now());
        let parse = |listed: &Value| Template::parse(&waba, &raw(listed), now).unwrap();
        let listed: Vec<Template> = templates.iter().map(parse).collect();
        let stored = self.store.listed_templates(&waba).await.unwrap();
        let changes = diff(&stored, &listed);
        let lease = now + SignedDuration::from_mins(10);
        assert_eq!(self.store.begin_sync(&waba, lease, now).await.unwrap(), SyncStart::Started);
        self.store.write_templates(&changes.write, now).await.unwrap();
        self.store.write_templates(&changes.absent, now).await.unwrap();
        let outcome = SyncOutcome::Succeeded { listed: 0, written: 0, absent: 0 };
        self.store.finish_sync(&waba, lease, now, &outcome, store::Calls::default(), now).await.unwrap();
    }

    /// The template that every account has from the start is known here.
    pub(crate) async fn list_hello_world(&self) {
        let listed = json!({"id": "900000000000001", "name": "hello_world", "language": "en_US", "category": "UTILITY",
            "status": "APPROVED", "components": [{"type": "BODY", "text": "Welcome and congratulations!!"}]});
        self.list(&[listed]).await;
    }

    /// Syncs that were asked for.
    pub(crate) fn syncs(&self) -> Vec<Value> {
        bodies(&self.aws.sqs().messages(&self.sync).unwrap())
    }

    /// Stores a send as the API does.
    pub(crate) async fn store_send(&self, key: &str, message: &Value) -> SendId {
        self.store_send_with(key, message, &json!({})).await
    }

    /// The same, with options.
    pub(crate) async fn store_send_with(&self, key: &str, message: &Value, options: &Value) -> SendId {
        self.store_with(key, message, options, None).await
    }

    /// The same with options, and with what its template took when it was checked.
    pub(crate) async fn store_with(
        &self,
        key: &str,
        message: &Value,
        options: &Value,
        template_schema: Option<String>,
    ) -> SendId {
        let number = PhoneNumberId::new(NUMBER);
        let message = raw(message);
        let parsed = OutboundMessage::parse(&message).unwrap();
        let new = NewSend {
            id: SendId::from_idempotency(&number, key),
            phone_number_id: number,
            contact: parsed.contact_key().unwrap(),
            kind: parsed.kind.clone(),
            body_hash: canonical_hash(&message),
            message,
            reference: None,
            options: SendOptions::parse(&raw(options), "waypost").unwrap(),
            template_schema,
            fell_back: None,
            skipped: None,
            waits: None,
        };
        let CreatedSend::New(send) = self.store.create_send(new, self.now()).await.unwrap() else {
            panic!("{key} is taken")
        };
        send.id
    }

    pub(crate) async fn queue(&self, id: &SendId) {
        let send = self.send(id).await;
        let envelope = OutboundEnvelope::stored(id, &send.phone_number_id);
        let group = person_group(&send.phone_number_id, &send.contact);
        self.queues.publish_send(&envelope, &group, send.requeues).await.unwrap();
    }

    /// Stores and queues a text to somebody whose window is open.
    pub(crate) async fn text(&self, key: &str, to: &str) -> SendId {
        self.hear(to).await;
        let id = self.store_send(key, &text(to, key)).await;
        self.queue(&id).await;
        id
    }

    /// The same, with options.
    pub(crate) async fn text_with(&self, key: &str, to: &str, options: &Value) -> SendId {
        self.hear(to).await;
        let id = self.store_send_with(key, &text(to, key), options).await;
        self.queue(&id).await;
        id
    }

    /// The texts that Meta accepted, in its order.
    pub(crate) fn texts(&self) -> Vec<String> {
        let body = |sent: &sandbox::meta::SendRecord| {
            let request: Value = serde_json::from_str(sent.request.get()).unwrap();
            request["text"]["body"].as_str().unwrap().to_owned()
        };
        self.meta.sends().iter().map(body).collect()
    }

    /// Puts any body on the queue, as a team's own code would.
    pub(crate) async fn put(&self, body: &str, group: &str, deduplication_id: &str) {
        let request = self.clients.sqs().send_message().queue_url(&self.outbound).message_body(body);
        request.message_group_id(group).message_deduplication_id(deduplication_id).send().await.unwrap();
    }

    /// Hands a batch to the sender as Lambda does, and deletes what it has done.
    pub(crate) async fn deliver(&self) -> Batch {
        self.deliver_within(SignedDuration::from_secs(30)).await
    }

    pub(crate) async fn deliver_within(&self, time: SignedDuration) -> Batch {
        self.deliver_with(&self.app, time).await
    }

    /// The same, by another process.
    pub(crate) async fn deliver_with(&self, app: &App, time: SignedDuration) -> Batch {
        let sqs = self.clients.sqs();
        let received = sqs
            .receive_message()
            .queue_url(&self.outbound)
            .max_number_of_messages(10)
            .message_system_attribute_names(MessageSystemAttributeName::All)
            .send()
            .await
            .unwrap()
            .messages
            .unwrap_or_default();
        if received.is_empty() {
            return Batch { received: 0, failed: 0 };
        }
        let records: Vec<Value> = received.iter().map(record).collect();
        let answer = self.handle(app, json!({ "Records": records }), time).await;
        let failures = answer["batchItemFailures"].as_array().unwrap();
        let failed: Vec<&str> = failures.iter().map(|item| item["itemIdentifier"].as_str().unwrap()).collect();
        for message in &received {
            if !failed.contains(&message.message_id().unwrap()) {
                let handle = message.receipt_handle().unwrap();
                sqs.delete_message().queue_url(&self.outbound).receipt_handle(handle).send().await.unwrap();
            }
        }
        Batch { received: received.len(), failed: failed.len() }
    }

    pub(crate) async fn tick(&self) -> Value {
        self.handle(&self.app, json!({"waypost": "tick"}), SignedDuration::from_secs(30)).await
    }

    async fn handle(&self, app: &App, payload: Value, time: SignedDuration) -> Value {
        let clock = self.clock.clone();
        sender::handle(app, payload, self.now() + time, &move || clock.now()).await.unwrap()
    }

    pub(crate) async fn send(&self, id: &SendId) -> Send {
        self.store.send(id, self.now()).await.unwrap().unwrap()
    }

    /// The state in the table, and the code of the error beside it.
    pub(crate) async fn state(&self, id: &SendId) -> (String, Option<String>) {
        let send = self.send(id).await;
        (send.state.to_string(), send.error.map(|error| error.code))
    }

    /// A status webhook for a send of ours is stored.
    pub(crate) async fn report(&self, id: &SendId, wamid: &str, status: &str) {
        let status = NewStatus {
            id: MessageId::new(wamid),
            phone_number_id: PhoneNumberId::new(NUMBER),
            waba_id: WabaId::new(WABA),
            contact: None,
            send_id: Some(id.clone()),
            status: status.to_owned(),
            at: self.now(),
            pricing: None,
            errors: None,
            extra: None,
        };
        self.store.record(Inbound { statuses: vec![status], ..Inbound::default() }, self.now()).await.unwrap();
    }

    pub(crate) fn fault(&self, rule: Value) {
        self.meta.fault(serde_json::from_value(rule).unwrap());
    }

    /// What happens to every call from now on.
    pub(crate) fn refuse_with(&self, code: i64) {
        self.meta.clear_faults();
        self.fault(json!({"fault": {"error": {"code": code}}}));
    }

    /// Calls that Meta saw, whatever came of them.
    pub(crate) fn calls(&self) -> usize {
        self.meta.calls().iter().filter(|call| call.path.ends_with("/messages")).count()
    }

    pub(crate) fn events(&self) -> Vec<Value> {
        bodies(&self.aws.sqs().messages(&self.events).unwrap())
    }

    /// (type, send id, state) of every event about a send.
    pub(crate) fn told(&self) -> Vec<(String, String, String)> {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let told = |event: &Value| (text(&event["type"]), text(&event["data"]["id"]), text(&event["data"]["state"]));
        let is_send = |event: &&Value| event["type"].as_str().is_some_and(|kind| kind.starts_with("message."));
        self.events().iter().filter(is_send).map(told).collect()
    }

    pub(crate) fn dead(&self) -> Vec<StoredMessage> {
        self.aws.sqs().messages(&self.dead).unwrap()
    }

    pub(crate) fn queued(&self) -> Vec<StoredMessage> {
        self.aws.sqs().messages(&self.outbound).unwrap()
    }
}

pub(crate) fn text(to: &str, body: &str) -> Value {
    json!({"to": to, "type": "text", "text": {"body": body}})
}

pub(crate) fn raw(json: &Value) -> Box<RawValue> {
    RawValue::from_string(json.to_string()).unwrap()
}

/// Patience short enough for a test.
fn app(env: &Env) -> App {
    let timeouts = Timeouts {
        connect: Duration::from_secs(1),
        call: Duration::from_millis(1500),
        silence: Duration::from_millis(1500),
    };
    App::with_timeouts(env, timeouts).unwrap()
}

fn env(variables: &[(&str, &str)]) -> Env {
    let keys = [("AWS_ACCESS_KEY_ID", "test"), ("AWS_SECRET_ACCESS_KEY", "test"), ("AWS_REGION", "us-east-1")];
    keys.iter().chain(variables).copied().collect()
}

fn record(message: &aws_sdk_sqs::types::Message) -> Value {
    let attributes: serde_json::Map<String, Value> = message
        .attributes()
        .into_iter()
        .flatten()
        .map(|(name, value)| (name.as_str().to_owned(), Value::from(value.as_str())))
        .collect();
    json!({
        "messageId": message.message_id(),
        "receiptHandle": message.receipt_handle(),
        "body": message.body(),
        "attributes": attributes,
        "messageAttributes": {},
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:us-east-1:000000000000:outbound.fifo",
        "awsRegion": "us-east-1",
    })
}

fn bodies(messages: &[StoredMessage]) -> Vec<Value> {
    messages.iter().map(|message| serde_json::from_str(&message.body).unwrap()).collect()
}

async fn create_queue(clients: &Clients, name: &str) -> String {
    let request = clients.sqs().create_queue().queue_name(name).attributes(QueueAttributeName::FifoQueue, "true");
    let created = request.attributes(QueueAttributeName::VisibilityTimeout, "180").send().await.unwrap();
    created.queue_url.unwrap()
}

async fn create_standard_queue(clients: &Clients, name: &str) -> String {
    clients.sqs().create_queue().queue_name(name).send().await.unwrap().queue_url.unwrap()
}

async fn create_table(dynamo: &aws_sdk_dynamodb::Client) {
    let attributes = ["pk", "sk", "list_pk", "list_sk", "wamid", "due_pk", "due_sk"].map(|name| {
        let kind = ScalarAttributeType::S;
        AttributeDefinition::builder().attribute_name(name).attribute_type(kind).build().unwrap()
    });
    let index = |name: &str, keys: &[&str]| {
        let projection = Projection::builder().projection_type(ProjectionType::KeysOnly).build();
        let schema = Some(schema(keys));
        GlobalSecondaryIndex::builder().index_name(name).set_key_schema(schema).projection(projection).build().unwrap()
    };
    dynamo
        .create_table()
        .table_name(TABLE)
        .billing_mode(BillingMode::PayPerRequest)
        .set_attribute_definitions(Some(attributes.to_vec()))
        .set_key_schema(Some(schema(&["pk", "sk"])))
        .global_secondary_indexes(index("list", &["list_pk", "list_sk"]))
        .global_secondary_indexes(index("wamid", &["wamid"]))
        .global_secondary_indexes(index("due", &["due_pk", "due_sk"]))
        .send()
        .await
        .unwrap();
}

fn schema(keys: &[&str]) -> Vec<KeySchemaElement> {
    let kinds = [KeyType::Hash, KeyType::Range];
    keys.iter()
        .zip(kinds)
        .map(|(name, kind)| KeySchemaElement::builder().attribute_name(*name).key_type(kind).build().unwrap())
        .collect()
}
