//! The table or the queue is out: Meta is told so, and its redelivery heals it (A-01, I1, I3, fault matrix 5).

use std::time::Duration;

use futures::future::join_all;
use local::Options;
use sandbox::Service;
use sandbox::aws::faults::Fault;
use serde_json::json;

use crate::system::{Message, NUMBER, System, eventually, message_path, notification};

const ANA: &str = "15550177701";

/// Refused while it lasts; afterwards the same POST once more makes one message and at least one event.
async fn heals(faults: Vec<Fault>) {
    let system = System::start().await;
    // Somebody known: the secret is read, and the reads of the table are few.
    let first = Message::new(ANA, "canary before");
    assert_eq!(system.webhook(notification(NUMBER, std::slice::from_ref(&first))).await.status, 200);
    let messages = [Message::new(ANA, "canary during"), Message::new("15550177702", "canary too")];
    let body = notification(NUMBER, &messages);
    let named = format!("{faults:?}");
    for fault in faults {
        system.local.aws().faults().add(fault);
    }
    let answer = system.webhook(body.clone()).await;
    assert!((500..600).contains(&answer.status), "{}: {named}", answer.status);
    system.local.aws().faults().clear();
    for _ in 0..2 {
        assert_eq!(system.webhook(body.clone()).await.status, 200, "{named}");
    }
    assert_eq!(system.items_of("message").await.len(), 3, "{named}");
    assert_eq!(system.items_of("contact").await.len(), 2, "{named}");
    let events = system.events_of("message.received").await;
    for message in messages.iter().chain([&first]) {
        let content = system.message(&message.wamid).await["content"].clone();
        assert_eq!(content, message.json(), "{named}");
        assert!(events.iter().any(|event| event.data()["id"] == message.wamid.as_str()), "{named}");
    }
    system.done().await;
}

#[tokio::test]
async fn the_table_is_away() {
    heals(vec![Fault::unavailable().on(Service::DynamoDb)]).await;
}

#[tokio::test]
async fn the_table_throttles_writes() {
    heals(vec![Fault::throttle(Service::DynamoDb).operation("BatchExecuteStatement")]).await;
}

#[tokio::test]
async fn the_statements_of_a_batch_fail() {
    let fault = Fault::fail_entries(&[], "InternalServerError").on(Service::DynamoDb);
    heals(vec![fault.operation("BatchExecuteStatement")]).await;
}

/// What one statement of a batch meets is made good at once: Meta need not come again.
#[tokio::test]
async fn one_statement_of_a_batch_fails() {
    let system = System::start().await;
    for code in ["InternalServerError", "ProvisionedThroughputExceeded", "TransactionConflict"] {
        let fault = Fault::fail_entries(&[1], code).on(Service::DynamoDb).operation("BatchExecuteStatement");
        system.local.aws().faults().add(fault.times(1));
        let messages =
            [Message::new(ANA, "canary"), Message::new("15550177702", "canary"), Message::new(ANA, "canary")];
        assert_eq!(system.webhook(notification(NUMBER, &messages)).await.status, 200, "{code}");
        assert!(!system.local.aws().faults().pending());
        for message in messages {
            assert_eq!(system.message(&message.wamid).await["content"], message.json(), "{code}");
        }
    }
    system.done().await;
}

#[tokio::test]
async fn writes_are_carried_out_and_nobody_says_so() {
    heals(vec![Fault::lose_reply().on(Service::DynamoDb).operation("BatchExecuteStatement")]).await;
}

/// SQS answers 200 and lists inside what it did not take.
#[tokio::test]
async fn the_queue_takes_some_events_and_not_others() {
    let fault = Fault::fail_entries(&[0], "InternalError").on(Service::Sqs);
    heals(vec![fault.operation("SendMessageBatch")]).await;
}

#[tokio::test]
async fn the_queue_is_away() {
    heals(vec![Fault::unavailable().on(Service::Sqs).operation("SendMessageBatch")]).await;
}

/// R5: however long it lasts, hardly more is asked of the table than Meta asks of us: the SDK's retries run dry, and
/// nothing of ours adds to them.
#[tokio::test]
async fn a_long_outage_makes_no_storm() {
    const POSTS: u32 = 400;
    let system = System::start_with(Options { recorded: true, ..System::options() }).await;
    let body = notification(NUMBER, &[Message::new(ANA, "canary")]);
    assert_eq!(system.webhook(body.clone()).await.status, 200);
    system.local.aws().faults().add(Fault::unavailable().on(Service::DynamoDb).operation("BatchExecuteStatement"));
    let proxy = system.local.proxy("webhook").unwrap();
    proxy.reset();
    for _ in 0..POSTS / 40 {
        let refused = join_all((0..40).map(|_| system.webhook(body.clone()))).await;
        assert!(refused.iter().all(|answer| answer.status == 503));
    }
    // Who is known is read again each minute, however slow the machine is; that is no retry.
    let writes = |call: &sandbox::Call| call.operation == "BatchExecuteStatement";
    let calls: u32 = proxy.totals().calls.iter().filter(|(call, _)| writes(call)).map(|(_, count)| count).sum();
    assert!((POSTS..=POSTS * 13 / 10).contains(&calls), "{calls} calls for {POSTS} POSTs");
    system.local.aws().faults().clear();
    assert_eq!(system.webhook(body).await.status, 200);
    assert_eq!(system.items_of("message").await.len(), 1);
    system.done().await;
}

/// Nobody lifts a finger: Meta delivers again by itself until it is answered 200.
#[tokio::test]
async fn metas_redelivery_heals_it() {
    let system = System::start().await;
    system.local.aws().faults().add(Fault::unavailable().on(Service::DynamoDb).operation("BatchExecuteStatement"));
    let written = system.tell_meta(&format!("users/{ANA}/messages"), &json!({"text": "canary"})).await;
    assert_eq!(written["delivered"], false);
    let wamid = written["wamid"].as_str().unwrap();
    system.local.aws().faults().clear();
    let path = message_path(wamid);
    eventually("the message", async || (system.get(&path).await.status == 200).then_some(())).await;
    let event = eventually("the event", async || system.events_of("message.received").await.pop()).await;
    assert_eq!(event.data()["id"], wamid);
    system.done().await;
}

/// A send that cannot be queued: 503, and the key heals it. Without a key nothing is left that could be sent twice.
#[tokio::test]
async fn a_send_that_the_queue_did_not_take() {
    let system = System::start().await;
    system.write_in(ANA, &json!({"text": "canary"})).await;
    let path = format!("/v1/channels/{NUMBER}/messages");
    let body = json!({"to": ANA, "type": "text", "text": {"body": "canary"}});
    system.local.aws().faults().add(Fault::unavailable().on(Service::Sqs).operation("SendMessageBatch"));
    let with_key = system.post_with_key(&path, "order 1", &body).await;
    with_key.is(503, "unavailable");
    let without = system.post(&path, &body).await;
    without.is(503, "unavailable");
    system.local.aws().faults().clear();

    let again = system.post_with_key(&path, "order 1", &body).await;
    assert_eq!((again.status, &again.json()["id"]), (202, &with_key.json()["id"]));
    system.message_in(again.json()["id"].as_str().unwrap(), "accepted").await;
    // The tick finds nothing else to send, however late it looks.
    system.local.clock().advance(Duration::from_hours(1));
    system.local.tick().await.unwrap();
    system.message_in(again.json()["id"].as_str().unwrap(), "accepted").await;
    assert_eq!(system.meta().sends().len(), 1);
    system.done().await;
}

/// Stored, not queued, and nobody asks again: the tick finds it (I9).
#[tokio::test]
async fn the_tick_finds_what_was_never_queued() {
    let system = System::start().await;
    system.write_in(ANA, &json!({"text": "canary"})).await;
    system.local.aws().faults().add(Fault::unavailable().on(Service::Sqs).operation("SendMessageBatch"));
    let body = json!({"to": ANA, "type": "text", "text": {"body": "canary"}});
    let refused = system.post_with_key(&format!("/v1/channels/{NUMBER}/messages"), "order 2", &body).await;
    refused.is(503, "unavailable");
    system.local.aws().faults().clear();
    let id = refused.json()["id"].as_str().unwrap().to_owned();
    system.local.tick().await.unwrap();
    assert_eq!(system.message(&id).await["state"], "queued");
    system.local.clock().advance(Duration::from_mins(16));
    system.local.tick().await.unwrap();
    system.message_in(&id, "accepted").await;
    assert_eq!(system.meta().sends().len(), 1);
    system.done().await;
}
