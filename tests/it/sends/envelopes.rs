//! `outbound.fifo` as a public entrance: a team's own code puts envelopes there.

use std::time::Duration;

use serde_json::{Value, json};

use super::{ANA, hello};
use crate::system::{NUMBER, System, eventually};

/// Queued twice, under deduplication ids of its own each time: sent once (I5, fault matrix 6).
#[tokio::test]
async fn an_envelope_queued_twice_is_sent_once() {
    let system = System::start().await;
    system.write_in(ANA, &json!({"text": "canary"})).await;
    let envelope = json!({"v": 1, "id": "order-4711", "phone_number_id": NUMBER, "message": hello("by envelope")});
    queue(&system, &envelope.to_string(), "a").await;
    queue(&system, &envelope.to_string(), "b").await;
    let id = sent_id(&system).await;
    assert!(id.starts_with("snd_"));
    let message = system.message_in(&id, "accepted").await;
    assert_eq!((&message["content"], &message["channel"]), (&hello("by envelope"), &json!(NUMBER)));
    // And once more when it is long done.
    queue(&system, &envelope.to_string(), "c").await;
    drained(&system).await;
    assert_eq!(system.meta().sends().len(), 1);
    assert_eq!(system.items_of("send").await.len(), 1);
    system.done().await;
}

/// The same id as the API's key: the same send, whichever way it comes in first.
#[tokio::test]
async fn envelope_and_key_are_one_send() {
    let system = System::start().await;
    system.write_in(ANA, &json!({"text": "canary"})).await;
    let by_api = system.post_with_key(&super::path(), "order-4712", &hello("both ways")).await.json();
    let envelope = json!({"v": 1, "id": "order-4712", "phone_number_id": NUMBER, "message": hello("both ways")});
    queue(&system, &envelope.to_string(), "a").await;
    let id = by_api["id"].as_str().unwrap();
    system.message_in(id, "accepted").await;
    // Whoever came second while the first was at it looks again when that one's claim would have run out.
    system.local.clock().advance(Duration::from_mins(2));
    drained(&system).await;
    assert_eq!(sent_id(&system).await, id);
    assert_eq!(system.meta().sends().len(), 1);
    system.done().await;
}

/// Refused ones are there to be seen, and told of.
#[tokio::test]
async fn an_envelope_outside_the_window_fails_visibly() {
    let system = System::start().await;
    let closed = json!({"v": 1, "id": "order-4713", "phone_number_id": NUMBER, "message": hello("too late")});
    queue(&system, &closed.to_string(), "a").await;
    let told = system.one_event_of("message.failed").await.data();
    assert_eq!((&told["state"], &told["errors"][0]["code"]), (&json!("failed"), &json!("window_closed")));
    assert_eq!(system.message(told["id"].as_str().unwrap()).await, told);
    assert!(system.meta().calls().is_empty());
    // The team may leave the judgement to Meta.
    system.meta().open_window(NUMBER, ANA);
    let mut trusting = closed;
    trusting["id"] = json!("order-4714");
    trusting["options"] = json!({"window": "meta"});
    queue(&system, &trusting.to_string(), "b").await;
    system.message_in(&sent_id(&system).await, "accepted").await;
    system.done().await;
}

/// A poisoned body is put aside at once, and holds up nobody (fault matrix 7).
#[tokio::test]
async fn what_cannot_be_read_is_put_aside() {
    let system = System::start().await;
    system.write_in(ANA, &json!({"text": "canary"})).await;
    for (place, poison) in ["no json", r#"{"v":1}"#, r#"{"v":2,"id":"a","phone_number_id":"1"}"#].iter().enumerate() {
        queue(&system, poison, &format!("poison-{place}")).await;
    }
    let envelope = json!({"v": 1, "id": "order-4715", "phone_number_id": NUMBER, "message": hello("behind it")});
    queue(&system, &envelope.to_string(), "a").await;
    system.message_in(&sent_id(&system).await, "accepted").await;
    drained(&system).await;
    let dlq = &system.local.ready().queues.outbound_dlq;
    let mut aside: Vec<_> = system.local.aws().sqs().messages(dlq).unwrap().into_iter().map(|one| one.body).collect();
    aside.sort();
    assert_eq!(aside, ["no json", r#"{"v":1}"#, r#"{"v":2,"id":"a","phone_number_id":"1"}"#]);
    system.local.aws().sqs().clear(dlq).unwrap();
    system.done().await;
}

async fn queue(system: &System, body: &str, deduplication_id: &str) {
    let url = &system.local.ready().queues.outbound;
    let request = system.aws.sqs().send_message().queue_url(url).message_body(body).message_group_id("somebody");
    request.message_deduplication_id(deduplication_id).send().await.unwrap();
}

async fn drained(system: &System) {
    let url = &system.local.ready().queues.outbound;
    let total = || system.local.aws().sqs().counts(url).unwrap().total();
    eventually("an empty queue", async || (total() == 0).then_some(())).await;
}

/// The id of ours that the only send at Meta bears.
async fn sent_id(system: &System) -> String {
    let sent = eventually("the send", async || system.meta().sends().pop()).await;
    let request: Value = serde_json::from_str(sent.request.get()).unwrap();
    request["biz_opaque_callback_data"].as_str().unwrap().to_owned()
}
