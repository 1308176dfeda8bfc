//! The consumers of infra/docs/consumers, run on the events of a real system: repeats, a failure in the middle of a
//! person's events, large data, types and members of tomorrow, an AWS that fails.

mod batch;
mod consumer;
mod reply;
mod templates;

use std::time::Duration;

use sandbox::Service;
use sandbox::aws::faults::Fault;
use serde_json::{Value, json};

use batch::Batch;
use consumer::{Consumer, Language};

use crate::system::eventually;

#[tokio::test]
async fn rust() {
    takes_each_event_once_and_in_order(Language::Rust).await;
}

#[tokio::test]
async fn python() {
    takes_each_event_once_and_in_order(Language::Python).await;
}

#[tokio::test]
async fn node() {
    takes_each_event_once_and_in_order(Language::Node).await;
}

async fn takes_each_event_once_and_in_order(language: Language) {
    let batch = Batch::publish().await;
    let system = &batch.system;
    let Some(consumer) = Consumer::start(language, system).await else {
        return batch.system.done().await;
    };
    let [ana, ben] = [&batch.ana, &batch.ben];
    let faults = || system.local.aws().faults();
    let transaction = |fault: Fault| fault.on(Service::DynamoDb).operation("TransactWriteItems");

    // Ana's large message cannot be fetched: it and what follows it wait, Ben's do not.
    let large = batch.hide_large_data().await;
    assert_eq!(consumer.take(&batch.first()).await, batch.ids(&["ana large", "ana last"]));
    assert_eq!(consumer.inbox(ana).await, (1, batch.wamid("ana first")));
    assert_eq!(consumer.inbox(ben).await, (2, batch.wamid("ben second")));
    // Other bytes than those that were published are no better.
    let others = std::str::from_utf8(&large).unwrap().replace("large ", "LARGE ");
    batch.put_large_data(others.into_bytes()).await;
    assert_eq!(consumer.take(&batch.of(&["ana large", "ana last"])).await, batch.ids(&["ana large", "ana last"]));
    assert_eq!(consumer.inbox(ana).await.0, 1);

    // It comes again, with a repeat of Ben's. Who handles a person's events side by side has the slow one win.
    batch.put_large_data(large).await;
    faults().add(transaction(Fault::delay(Duration::from_millis(500))).times(1));
    assert_eq!(consumer.take(&batch.of(&["ana large", "ana last", "ben first"])).await, batch.ids(&[]));
    assert_eq!(consumer.inbox(ana).await, (3, batch.wamid("ana last")));
    // Lambda may have lost the answer: everything comes again.
    assert_eq!(consumer.take(&batch.first()).await, batch.ids(&[]));
    assert_eq!(consumer.inbox(ana).await, (3, batch.wamid("ana last")));
    assert_eq!(consumer.inbox(ben).await, (2, batch.wamid("ben second")));

    // Another one is at the same event, because SQS gave it out again, and is done first.
    faults().add(transaction(Fault::delay(Duration::from_secs(1))).times(1));
    let overtaken = async {
        eventually("the transaction", async || (!faults().pending()).then_some(())).await;
        consumer.mark(&batch.event("ben third")).await;
    };
    let third = batch.of(&["ben third"]);
    assert_eq!(tokio::join!(consumer.take(&third), overtaken).0, batch.ids(&[]));
    assert_eq!(consumer.inbox(ben).await, (2, batch.wamid("ben second")));
    // The write is done and its answer is lost: it counts once, at once or when it comes again.
    faults().add(transaction(Fault::lose_reply()).times(1));
    for _ in 0..2 {
        consumer.take(&batch.of(&["ben fourth"])).await;
    }
    assert_eq!(consumer.inbox(ben).await, (3, batch.wamid("ben fourth")));
    // The table is away for longer than the client tries.
    faults().add(transaction(Fault::unavailable()).times(3));
    assert_eq!(consumer.take(&batch.of(&["ben last"])).await, batch.ids(&["ben last"]));
    assert_eq!(consumer.inbox(ben).await.0, 3);
    assert_eq!(consumer.take(&batch.of(&["ben last"])).await, batch.ids(&[]));
    assert_eq!(consumer.inbox(ben).await, (4, batch.wamid("ben last")));

    // What cannot be read, and an event of another version, wait for somebody to look; nobody else does.
    let mut unreadable = batch.of(&["ben first", "ben second", "ana first"]);
    unreadable[0]["body"] = json!("canary {");
    let mut event: Value = serde_json::from_str(unreadable[2]["body"].as_str().unwrap()).unwrap();
    (event["v"], event["id"]) = (json!(2), json!("evt_ofanotherversion"));
    unreadable[2]["body"] = json!(event.to_string());
    assert_eq!(consumer.take(&unreadable).await, batch.ids(&["ben first", "ben second", "ana first"]));
    assert_eq!((consumer.inbox(ana).await.0, consumer.inbox(ben).await.0), (3, 4));

    consumer.remembers(&batch.events_of_messages()).await;
    consumer.said_nothing_personal().await;
    batch.system.done().await;
}
