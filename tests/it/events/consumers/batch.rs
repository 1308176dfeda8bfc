//! Events of two people, as they stand on `events.fifo`, and as Lambda hands them over.

use std::time::Duration;

use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_sqs::types::{Message as Received, MessageSystemAttributeName};
use serde_json::{Map, Value, json};

use crate::system::{Message, NUMBER, System, envelope, notification};

const ANA: &str = "15550177901";
const BEN: &str = "15550177902";

pub(super) struct Batch {
    pub(super) system: System,
    /// Keys of the inbox.
    pub(super) ana: String,
    pub(super) ben: String,
    /// What was written, by name.
    messages: Vec<(&'static str, Message)>,
    /// Lambda's records, by name.
    records: Vec<(&'static str, Value)>,
}

impl Batch {
    /// Two people write, and Meta repeats itself too late for SQS to notice.
    pub(super) async fn publish() -> Self {
        let system = System::start().await;
        let of = |name, person, text: &str| (name, Message::new(person, &format!("canary {text}")));
        let messages = vec![
            of("ana first", ANA, "first"),
            of("ana large", ANA, &"large ".repeat(40_000)),
            of("ana last", ANA, "last"),
            of("ben first", BEN, "first"),
            of("ben second", BEN, "second"),
            of("ben third", BEN, "third"),
            of("ben fourth", BEN, "fourth"),
            of("ben last", BEN, "last"),
        ];
        let post = async |message: &Message| {
            let body = notification(NUMBER, std::slice::from_ref(message));
            assert_eq!(system.webhook(body).await.status, 200);
        };
        let mut records = Vec::new();
        post(&messages[0].1).await;
        records.push(("ana first", take(&system).await.remove(0)));
        system.local.clock().advance(Duration::from_mins(6));
        post(&messages[0].1).await;
        records.push(("ana first again", take(&system).await.remove(0)));
        records.push(("ana tomorrow", tomorrow(&system, &records[0].1).await));
        let status =
            json!({"id": messages[0].1.wamid, "status": "read", "timestamp": "1795428000", "recipient_id": ANA});
        let value = json!({"metadata": {"phone_number_id": NUMBER}, "statuses": [status]});
        let read = envelope(system.local.clock().now(), &[json!({"field": "messages", "value": value})]);
        assert_eq!(system.webhook(read).await.status, 200);
        records.push(("ana read", take(&system).await.remove(0)));
        for (name, message) in &messages[1..] {
            post(message).await;
            records.push((name, take(&system).await.remove(0)));
        }
        let key = |person| format!("{NUMBER}#wa:{person}");
        Self { system, ana: key(ANA), ben: key(BEN), messages, records }
    }

    /// Ana's, with the repeat, and two of Ben's among them.
    pub(super) fn first(&self) -> Vec<Value> {
        self.of(&[
            "ana first",
            "ben first",
            "ana first again",
            "ana tomorrow",
            "ana read",
            "ana large",
            "ben second",
            "ana last",
        ])
    }

    pub(super) fn of(&self, names: &[&str]) -> Vec<Value> {
        let one = |name: &&str| self.records.iter().find(|(known, _)| known == name).unwrap().1.clone();
        names.iter().map(one).collect()
    }

    /// SQS's ids, which failures are reported by.
    pub(super) fn ids(&self, names: &[&str]) -> Vec<String> {
        self.of(names).iter().map(|record| record["messageId"].as_str().unwrap().to_owned()).collect()
    }

    pub(super) fn wamid(&self, name: &str) -> String {
        self.messages.iter().find(|(known, _)| *known == name).unwrap().1.wamid.clone()
    }

    /// The id of its event.
    pub(super) fn event(&self, name: &str) -> String {
        event(&self.of(&[name])[0])["id"].as_str().unwrap().to_owned()
    }

    /// Of every message that was written, once.
    pub(super) fn events_of_messages(&self) -> Vec<String> {
        let mut ids: Vec<String> = self.messages.iter().map(|(name, _)| self.event(name)).collect();
        ids.sort();
        ids
    }

    /// Deletes the object that Ana's large message is in; its bytes.
    pub(super) async fn hide_large_data(&self) -> Vec<u8> {
        let (bucket, key) = self.large_data();
        let s3 = self.system.aws.s3();
        let object = s3.get_object().bucket(&bucket).key(&key).send().await.unwrap();
        let bytes = object.body.collect().await.unwrap().to_vec();
        s3.delete_object().bucket(&bucket).key(&key).send().await.unwrap();
        bytes
    }

    pub(super) async fn put_large_data(&self, bytes: Vec<u8>) {
        let (bucket, key) = self.large_data();
        let put = self.system.aws.s3().put_object().bucket(bucket).key(key).body(ByteStream::from(bytes));
        put.send().await.unwrap();
    }

    fn large_data(&self) -> (String, String) {
        let event = event(&self.of(&["ana large"])[0]);
        let at = |member: &str| event["data_ref"][member].as_str().unwrap().to_owned();
        (at("bucket"), at("key"))
    }
}

/// What is on the queue, as records of Lambda's; it is deleted from there.
pub(super) async fn take(system: &System) -> Vec<Value> {
    let (sqs, url) = (system.aws.sqs(), &system.local.ready().queues.events);
    let all = MessageSystemAttributeName::All;
    let request = sqs.receive_message().queue_url(url).max_number_of_messages(10).message_system_attribute_names(all);
    let messages = request.send().await.unwrap().messages.unwrap_or_default();
    for message in &messages {
        sqs.delete_message().queue_url(url).receipt_handle(message.receipt_handle().unwrap()).send().await.unwrap();
    }
    messages.iter().map(record).collect()
}

/// An event of a type of tomorrow, with members of tomorrow, in the group of another.
async fn tomorrow(system: &System, other: &Value) -> Value {
    let mut event = event(other);
    (event["type"], event["id"]) = (json!("message.imagined"), json!("evt_oftomorrow"));
    event["data"] = json!({"canary": [1]});
    event["tomorrow"] = json!({"canary": true});
    let group = other["attributes"]["MessageGroupId"].as_str().unwrap();
    let (sqs, url) = (system.aws.sqs(), &system.local.ready().queues.events);
    let message = sqs.send_message().queue_url(url).message_body(event.to_string());
    message.message_group_id(group).message_deduplication_id("evt_oftomorrow").send().await.unwrap();
    take(system).await.remove(0)
}

fn event(record: &Value) -> Value {
    serde_json::from_str(record["body"].as_str().unwrap()).unwrap()
}

/// As Lambda hands it over (docs.aws.amazon.com/lambda/latest/dg/with-sqs.html).
fn record(message: &Received) -> Value {
    let attributes: Map<String, Value> =
        message.attributes().unwrap().iter().map(|(name, value)| (name.as_str().to_owned(), json!(value))).collect();
    json!({
        "messageId": message.message_id(),
        "receiptHandle": message.receipt_handle(),
        "body": message.body(),
        "attributes": attributes,
        "messageAttributes": {},
        "md5OfBody": message.md5_of_body(),
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:us-east-1:000000000000:events.fifo",
        "awsRegion": "us-east-1",
    })
}
