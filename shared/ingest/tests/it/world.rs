//! A table, queues and an ingest of a test's own.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicU32, Ordering};

use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType, Projection, ProjectionType,
    ScalarAttributeType,
};
use aws_sdk_sqs::types::QueueAttributeName;
use ingest::Ingest;
use jiff::Timestamp;
use model::{Contact, ContactKey, EventFilter, PhoneNumberId, UserId, WaId, WabaId};
use queue::Queues;
use runtime::{Aws as Clients, Env};
use sandbox::{Aws, AwsConfig};
use serde_json::{Value, json};
use store::{Created, Identity, NewChannel, Store, StoredMessage};

/// When everything arrives. Meta's own times are seconds of the hour before.
pub(crate) const NOW: &str = "2026-01-02T12:00:00Z";
const HOUR_BEFORE: i64 = 1_767_351_600;

pub(crate) struct World {
    pub(crate) ingest: Ingest,
    clients: Clients,
    events: String,
    pub(crate) aws: Aws,
}

/// One of our numbers: people of one are nobody to another, so that each case of a property has one.
#[derive(Clone)]
pub(crate) struct Number(pub(crate) PhoneNumberId);

pub(crate) fn now() -> Timestamp {
    NOW.parse().unwrap()
}

pub(crate) fn second(second: i64) -> Timestamp {
    Timestamp::from_second(HOUR_BEFORE + second).unwrap()
}

impl World {
    pub(crate) async fn new() -> Self {
        let aws = Aws::start(AwsConfig::default()).await.unwrap();
        let url = aws.url();
        let variables =
            [("AWS_ACCESS_KEY_ID", "test"), ("AWS_SECRET_ACCESS_KEY", "test"), ("AWS_ENDPOINT_URL", url.as_str())];
        let clients = Clients::from_env(&variables.into_iter().collect::<Env>()).unwrap();
        create_table(&clients.dynamodb()).await;
        let queue = clients.sqs().create_queue().queue_name("events.fifo");
        let queue = queue.attributes(QueueAttributeName::FifoQueue, "true").send().await.unwrap();
        let events = queue.queue_url.unwrap();
        let mut queues = Queues::new(clients.sqs());
        queues.events = Some(events.clone());
        let store = Store::new(clients.dynamodb(), clients.s3(), "table", "bucket");
        let ingest = Ingest { store, queues, events: EventFilter::parse("*").unwrap() };
        Self { ingest, clients, events, aws }
    }

    /// Another process with the same table: it believes nothing yet.
    pub(crate) fn another(&self) -> Ingest {
        let store = Store::new(self.clients.dynamodb(), self.clients.s3(), "table", "bucket");
        Ingest { store, queues: self.ingest.queues.clone(), events: EventFilter::parse("*").unwrap() }
    }

    pub(crate) async fn number(&self) -> Number {
        static COUNT: AtomicU32 = AtomicU32::new(1);
        let id = format!("1{:014}", COUNT.fetch_add(1, Ordering::Relaxed));
        let new = NewChannel {
            phone_number_id: PhoneNumberId::new(&*id),
            waba_id: WabaId::new("2"),
            name: id.clone(),
            display_phone_number: None,
            fallback_text: None,
        };
        assert!(matches!(self.ingest.store.create_channel(new, now()).await.unwrap(), Created::Done(_)));
        Number(PhoneNumberId::new(id))
    }

    /// One POST, with these changes of `messages` or of other fields.
    pub(crate) async fn take(&self, number: &Number, changes: &[Value]) {
        self.ingest.body(&body(number, changes), now()).await.unwrap();
    }

    pub(crate) async fn find(&self, number: &Number, identity: &str) -> Option<Contact> {
        let identity = identity_of(identity);
        let key = self.ingest.store.resolve(&number.0, &identity, false, now()).await.unwrap()?;
        self.ingest.store.contact(&number.0, &key).await.unwrap().map(bare)
    }

    pub(crate) async fn contact(&self, number: &Number, key: &str) -> Contact {
        bare(self.ingest.store.contact(&number.0, &ContactKey::new(key)).await.unwrap().unwrap())
    }

    /// The ids of a contact's messages, in their order.
    pub(crate) async fn history(&self, number: &Number, contact: &Contact) -> Vec<String> {
        let page = self.ingest.store.history(&number.0, &contact.keys(), 100, None, now()).await.unwrap();
        let mut ids: Vec<String> = page.items.iter().map(id_of).collect();
        ids.reverse();
        ids
    }

    /// Everybody in the inbox: what they wrote, by the contact it is shown at.
    pub(crate) async fn inbox(&self, number: &Number) -> BTreeSet<Vec<String>> {
        let mut people = BTreeSet::new();
        for contact in self.ingest.store.contacts(&number.0, 100, None).await.unwrap().items {
            assert!(people.insert(self.history(number, &contact).await), "listed twice");
        }
        people
    }

    /// Whom each message or status was told to be of, by its id; the last telling of it.
    pub(crate) async fn told(&self) -> BTreeMap<String, Value> {
        let sqs = self.clients.sqs();
        let mut told = BTreeMap::new();
        loop {
            let batch = sqs.receive_message().queue_url(&self.events).max_number_of_messages(10).send().await.unwrap();
            let Some(messages) = batch.messages.filter(|messages| !messages.is_empty()) else { return told };
            for message in messages {
                let event: Value = serde_json::from_str(message.body().unwrap()).unwrap();
                told.insert(without_number(event["data"]["id"].as_str().unwrap_or_default()), event["contact"].clone());
                let receipt = message.receipt_handle().unwrap();
                sqs.delete_message().queue_url(&self.events).receipt_handle(receipt).send().await.unwrap();
            }
        }
    }
}

fn id_of(message: &StoredMessage) -> String {
    match message {
        StoredMessage::Inbound(message) => without_number(message.id.as_str()),
        StoredMessage::Send(send) => send.id.as_str().to_owned(),
    }
}

fn without_number(id: &str) -> String {
    id.split('@').next().unwrap().to_owned()
}

/// As it would be on any number.
pub(crate) fn bare(mut contact: Contact) -> Contact {
    if let Some(by) = &mut contact.opened_by {
        by.id = without_number(&by.id);
    }
    contact
}

/// A phone is digits, a user id has a dot.
pub(crate) fn identity_of(text: &str) -> Identity {
    if text.contains('.') { Identity::user(&UserId::new(text)) } else { Identity::wa(&WaId::new(text)) }
}

pub(crate) fn body(number: &Number, changes: &[Value]) -> Vec<u8> {
    let mut changes = changes.to_vec();
    for change in &mut changes {
        change["value"]["metadata"]["phone_number_id"] = number.0.as_str().into();
        // A wamid is one message of all numbers.
        for list in ["messages", "statuses", "calls"] {
            for element in change["value"].get_mut(list).and_then(Value::as_array_mut).into_iter().flatten() {
                element["id"] = format!("{}@{}", element["id"].as_str().unwrap(), number.0).into();
            }
        }
    }
    let entry = json!({"id": "2", "changes": changes});
    json!({"object": "whatsapp_business_account", "entry": [entry]}).to_string().into_bytes()
}

async fn create_table(client: &aws_sdk_dynamodb::Client) {
    let key = |name: &str, kind| KeySchemaElement::builder().attribute_name(name).key_type(kind).build().unwrap();
    let index = |name: &str, keys: Vec<KeySchemaElement>| {
        let projection = Projection::builder().projection_type(ProjectionType::KeysOnly).build();
        let builder = GlobalSecondaryIndex::builder().index_name(name).set_key_schema(Some(keys));
        builder.projection(projection).build().unwrap()
    };
    let attributes = ["pk", "sk", "list_pk", "list_sk", "wamid", "due_pk", "due_sk"].map(|name| {
        let builder = AttributeDefinition::builder().attribute_name(name);
        builder.attribute_type(ScalarAttributeType::S).build().unwrap()
    });
    client
        .create_table()
        .table_name("table")
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
