//! What the senders and the sync live in: the sandbox's AWS and Meta, people whose window is open, and a queue that is full.

use std::time::Duration;

use aws_sdk_sqs::types::SendMessageBatchRequestEntry;
use futures::{StreamExt, stream};
use jiff::Timestamp;
use local::{Local, Options, Pace};
use model::{ContactKey, PhoneNumberId, SendId, SendOptions, WabaId};
use queue::{OutboundEnvelope, person_group};
use runtime::{Aws, Env};
use sandbox::meta::{AutoStatus, Meta, Number, local as names};
use sandbox::{Proxy, ProxyOptions};
use serde_json::{Value, json};
use store::{CreatedSend, Inbound, NewChannel, NewSend, SeenContact, Store};
use tokio::runtime::Runtime;

use crate::outbound::BATCH;
use crate::process::Environment;

/// The number every run sends from.
pub(crate) const NUMBER: &str = names::PHONE_NUMBER_ID;
/// Another one, where there are two.
pub(crate) const OTHER: &str = "100000000000002";
/// Sends stored at a time.
const LANES: usize = 16;

pub(crate) struct World {
    pub(crate) runtime: Runtime,
    pub(crate) local: Local,
    pub(crate) store: Store,
    pub(crate) sqs: aws_sdk_sqs::Client,
    pub(crate) proxy: Proxy,
    http: reqwest::Client,
}

/// A message to queue: from which number, to whom, and what makes it different from all others.
pub(crate) struct Message {
    pub(crate) number: &'static str,
    pub(crate) phone: String,
    pub(crate) key: String,
}

impl World {
    /// Nothing runs but what a benchmark starts; Meta takes its time and sends no statuses.
    pub(crate) fn start() -> Self {
        let runtime = Runtime::new().unwrap();
        let idle = ["sender", "media", "template-sync"].map(str::to_owned).into();
        let options = Options { idle, tick: Pace::Never, sync: Pace::Never, ..Options::default() };
        let local = runtime.block_on(Local::start(options)).unwrap();
        let env: Env = [
            ("AWS_ENDPOINT_URL", local.ready().aws.as_str()),
            ("AWS_ACCESS_KEY_ID", "bench"),
            ("AWS_SECRET_ACCESS_KEY", "bench"),
        ]
        .into_iter()
        .collect();
        let aws = Aws::from_env(&env).unwrap();
        let store = Store::new(aws.dynamodb(), aws.s3(), &local.ready().table, &local.ready().bucket);
        let counting = ProxyOptions { ask_for_capacity: true, subject: Some(subject), ..ProxyOptions::default() };
        let proxy = runtime.block_on(Proxy::start(&local.ready().aws, counting)).unwrap();
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        let world = Self { runtime, sqs: aws.sqs(), store, proxy, http, local };
        world.meta().settings(|settings| settings.auto_status = AutoStatus::none());
        world
    }

    /// From now on Meta takes so long over every call whose path has this in it. What was asked of it before goes first.
    pub(crate) fn slow(&self, path: &str, ms: u64) {
        self.fault(&json!({"match": {"path": path}, "fault": {"delay": {"ms": ms}}}));
    }

    pub(crate) fn fault(&self, rule: &Value) {
        self.meta().fault(serde_json::from_value(rule.clone()).unwrap());
    }

    pub(crate) fn meta(&self) -> &Meta {
        self.local.meta().unwrap()
    }

    /// Meta lets the number send so many a second, and its channel knows.
    pub(crate) fn limit(&self, per_second: u32) {
        self.meta().settings(|settings| settings.enforce.per_second = Some(f64::from(per_second)));
        let channel = format!("{}/v1/channels/{NUMBER}", self.local.ready().api);
        self.runtime.block_on(async {
            let known: Value = self.http.get(&channel).send().await.unwrap().json().await.unwrap();
            let change = json!({"version": known["version"], "messages_per_second": per_second});
            let changed = self.http.patch(&channel).json(&change).send().await.unwrap();
            assert!(changed.status().is_success(), "{}", changed.text().await.unwrap());
        });
    }

    /// A second number of the same account.
    pub(crate) fn add_other(&self) {
        let number = Number::new(OTHER, "+1 555-0102", "Other");
        assert!(self.meta().waba(names::WABA_ID, |waba| waba.numbers.push(number)));
        let channel = NewChannel {
            phone_number_id: PhoneNumberId::new(OTHER),
            waba_id: WabaId::new(names::WABA_ID),
            name: "other".to_owned(),
            display_phone_number: None,
            fallback_text: None,
        };
        self.runtime.block_on(self.store.create_channel(channel, Timestamp::now())).unwrap();
    }

    /// They have all just written to the number.
    pub(crate) fn hear(&self, number: &str, people: &[String]) {
        let now = Timestamp::now();
        let contacts = people.iter().map(|phone| heard(number, phone, now)).collect::<Vec<_>>();
        self.runtime.block_on(async {
            for contacts in contacts.chunks(100) {
                let inbound = Inbound { contacts: contacts.to_vec(), ..Inbound::default() };
                self.store.record(inbound, now).await.unwrap();
            }
        });
        for phone in people {
            self.meta().open_window(number, phone);
        }
    }

    /// Stores them, and queues them ten at a time. Their ids.
    pub(crate) fn queue(&self, messages: &[Message]) -> Vec<String> {
        self.runtime.block_on(async {
            let stored = stream::iter(messages.iter().map(|message| self.stored(message)));
            let ids: Vec<SendId> = stored.buffered(LANES).collect().await;
            let queued: Vec<(&Message, &SendId)> = messages.iter().zip(&ids).collect();
            for batch in queued.chunks(BATCH) {
                let entries = batch.iter().enumerate().map(|(place, (message, id))| {
                    let number = PhoneNumberId::new(message.number);
                    let envelope = OutboundEnvelope::stored(id, &number);
                    SendMessageBatchRequestEntry::builder()
                        .id(place.to_string())
                        .message_body(serde_json::to_string(&envelope).unwrap())
                        .message_group_id(person_group(&number, &key(&message.phone)))
                        .message_deduplication_id(format!("{id}#0"))
                        .build()
                        .unwrap()
                });
                let outbound = &self.local.ready().queues.outbound;
                let request = self.sqs.send_message_batch().queue_url(outbound).set_entries(Some(entries.collect()));
                assert!(request.send().await.unwrap().failed().is_empty());
            }
            ids.into_iter().map(SendId::into_string).collect()
        })
    }

    async fn stored(&self, message: &Message) -> SendId {
        let number = PhoneNumberId::new(message.number);
        let text = format!("Your order {} is on its way. {}", message.key, "la ".repeat(30));
        let body = json!({"to": format!("+{}", message.phone), "type": "text", "text": {"body": text}});
        let raw = serde_json::value::to_raw_value(&body).unwrap();
        let new = NewSend {
            id: SendId::from_idempotency(&number, &message.key),
            contact: key(&message.phone),
            phone_number_id: number,
            kind: "text".to_owned(),
            body_hash: model::canonical_hash(&raw),
            message: raw,
            reference: None,
            options: SendOptions::default(),
            template_schema: None,
            fell_back: None,
            skipped: None,
            waits: None,
        };
        match self.store.create_send(new, Timestamp::now()).await.unwrap() {
            CreatedSend::New(send) => send.id,
            CreatedSend::Exists(send) => panic!("{} is there already", send.id),
        }
    }

    /// A function's environment, as the template gives it to the sender, who needs the most; `counted` has the proxy between it and AWS.
    pub(crate) fn environment(&self, counted: bool) -> Environment {
        let ready = self.local.ready();
        let aws = if counted { self.proxy.url() } else { ready.aws.clone() };
        [
            ("AWS_ENDPOINT_URL", aws.as_str()),
            ("AWS_ACCESS_KEY_ID", "bench"),
            ("AWS_SECRET_ACCESS_KEY", "bench"),
            ("AWS_REGION", "us-east-1"),
            ("TABLE_NAME", &ready.table),
            ("OUTBOUND_QUEUE_URL", &ready.queues.outbound),
            ("OUTBOUND_DLQ_URL", &ready.queues.outbound_dlq),
            ("EVENTS_QUEUE_URL", &ready.queues.events),
            ("SYNC_QUEUE_URL", &ready.queues.sync),
            ("MEDIA_QUEUE_URL", &ready.queues.media),
            ("MEDIA_BUCKET", &ready.bucket),
            ("WEBHOOK_SECRET_ID", &ready.webhook_secret_id),
            ("TOKENS_SECRET_ID", &ready.tokens_secret_id),
            ("GRAPH_BASE_URL", &ready.meta),
            ("LOG_LEVEL", "info"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into()
    }

    pub(crate) fn stop(self) {
        self.runtime.block_on(self.local.shutdown());
    }
}

/// The kind of item that a request of DynamoDB's is about, by its sort key.
fn subject(body: &[u8]) -> String {
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    let key = body.pointer("/Key/sk/S").or_else(|| body.pointer("/Item/sk/S"));
    // Statements bear their keys as parameters, transactions one key each; there are no others on a sender's way.
    key.and_then(Value::as_str).unwrap_or("others").to_owned()
}

fn key(phone: &str) -> ContactKey {
    ContactKey::new(format!("wa:{phone}"))
}

fn heard(number: &str, phone: &str, now: Timestamp) -> SeenContact {
    SeenContact {
        phone_number_id: PhoneNumberId::new(number),
        key: key(phone),
        known: false,
        root: None,
        wa_id: Some(phone.to_owned()),
        user_id: None,
        name: Some(format!("Person {phone}")),
        first_at: now,
        name_at: now,
        wa_at: now,
        user_at: now,
        opened_at: Some(now),
        opened_by: None,
        identities: [].into(),
        new_identities: Vec::new(),
    }
}

/// So many messages to so many people, one to each in turn, each next one to everybody after that.
pub(crate) fn round_robin(number: &'static str, people: &[String], messages: usize, mark: &str) -> Vec<Message> {
    let each = (0..messages).map(|at| (at, &people[at % people.len()]));
    each.map(|(at, phone)| Message { number, phone: phone.clone(), key: format!("{mark}-{at}") }).collect()
}

/// So many people that nobody else has.
pub(crate) fn people(count: usize, prefix: u32) -> Vec<String> {
    (0..count).map(|person| format!("1555{prefix:02}{person:05}")).collect()
}

/// How long a run may take at most: it ends by itself long before.
pub(crate) const PATIENCE: Duration = Duration::from_mins(5);
