//! Meta's largest POST: 1,000 changes at once.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::system::{Event, Message, NUMBER, System, contacts_of, envelope, notification, text};

const CHANGES: usize = 1_000;
const PEOPLE: usize = 200;

#[tokio::test]
async fn a_thousand_changes_are_stored_and_told() {
    let system = System::start().await;
    let messages: Vec<Message> = (0..CHANGES)
        .map(|at| {
            Message::new(&format!("15550177{:04}", 1_000 + at % PEOPLE), &format!("canary {at} {}", "x".repeat(180)))
        })
        .collect();
    let changes: Vec<Value> = messages.iter().map(change).collect();
    let body = envelope(Timestamp::now(), &changes);
    assert!(body.len() > 500_000, "{}", body.len());
    assert_eq!(system.webhook(body).await.status, 200);

    let stored = system.items().await;
    let of = |kind: &str| stored.iter().filter(|item| text(item, "kind") == kind).count();
    assert_eq!((of("message"), of("contact"), of("alias")), (CHANGES, PEOPLE, PEOPLE));
    let events = system.events_of("message.received").await;
    let ids: BTreeSet<&str> = events.iter().map(|event| event.id.as_str()).collect();
    assert_eq!(ids.len(), CHANGES);
    // Of each person in the order written (I7).
    for person in 0..PEOPLE {
        let from = format!("15550177{:04}", 1_000 + person);
        let wanted: Vec<&str> =
            messages.iter().filter(|message| message.from == from).map(|message| message.wamid.as_str()).collect();
        let told: Vec<Value> =
            events.iter().filter(|event| event.contact["wa_id"] == from.as_str()).map(Event::data).collect();
        let told: Vec<&str> = told.iter().map(|data| data["id"].as_str().unwrap()).collect();
        assert_eq!(told, wanted);
    }
    system.done().await;
}

/// What no item and no queue can hold is in the bucket, and referred to.
#[tokio::test]
async fn a_large_message_goes_by_reference() {
    let system = System::start().await;
    let message = Message::new("15550177999", &format!("canary {}", "é".repeat(200_000)));
    let body = notification(NUMBER, std::slice::from_ref(&message));
    for _ in 0..2 {
        assert_eq!(system.webhook(body.clone()).await.status, 200);
    }
    assert_eq!(system.message(&message.wamid).await["content"], message.json());
    let events = system.events().await;
    let [event] = events.as_slice() else { panic!("{} events", events.len()) };
    assert_eq!((event.kind.as_str(), event.data.get()), ("message.received", "null"));
    let (bucket, key) = (event.data_ref["bucket"].as_str().unwrap(), event.data_ref["key"].as_str().unwrap());
    let object = system.aws.s3().get_object().bucket(bucket).key(key).send().await.unwrap();
    let bytes = object.body.collect().await.unwrap().to_vec();
    assert_eq!(event.data_ref["bytes"], bytes.len());
    assert_eq!(event.data_ref["sha256"], hex::encode(Sha256::digest(&bytes)));
    assert!(body.contains(std::str::from_utf8(&bytes).unwrap()), "not token for token");
    system.done().await;
}

fn change(message: &Message) -> Value {
    let value = json!({
        "messaging_product": "whatsapp",
        "metadata": {"display_phone_number": "15550100", "phone_number_id": NUMBER},
        "contacts": contacts_of(std::slice::from_ref(message)),
        "messages": [message.json()],
    });
    json!({"field": "messages", "value": value})
}
