//! Sends: at most once, within the window, and never lost from sight.

mod envelopes;
mod quota;
mod templates;
mod window;

use std::time::Duration;

use sandbox::meta::Rule;
use serde_json::{Value, json};

use crate::system::{NUMBER, System, eventually, message_path};

const ANA: &str = "15550177401";

fn hello(text: &str) -> Value {
    json!({"to": ANA, "type": "text", "text": {"body": format!("canary {text}")}})
}

fn path() -> String {
    format!("/v1/channels/{NUMBER}/messages")
}

/// One key, one message: whoever asks again gets the same answer, and another body is a conflict.
#[tokio::test]
async fn a_key_makes_it_one_send() {
    let system = System::start().await;
    system.write_in(ANA, &json!({"text": "canary"})).await;
    let first = system.post_with_key(&path(), "order 4711", &hello("one")).await;
    assert_eq!((first.status, first.header("idempotency-replayed")), (202, None));
    let id = first.json()["id"].as_str().unwrap().to_owned();
    // While it is under way and after it is done; the order of members is no difference.
    let other_order = json!({"text": {"body": "canary one"}, "type": "text", "to": ANA});
    for body in [hello("one"), other_order] {
        let again = system.post_with_key(&path(), "order 4711", &body).await;
        assert_eq!((again.status, again.header("idempotency-replayed")), (202, Some("true")));
        assert_eq!(again.json(), first.json());
        system.message_in(&id, "accepted").await;
    }
    let conflict = system.post_with_key(&path(), "order 4711", &hello("two")).await;
    conflict.is(409, "idempotency_conflict");
    assert_eq!(conflict.json()["id"], id.as_str());
    let other = system.post_with_key(&path(), "order 4712", &hello("one")).await.json();
    system.message_in(other["id"].as_str().unwrap(), "accepted").await;
    assert_eq!(system.meta().sends().len(), 2);
    system.done().await;
}

/// What is still queued can be cancelled; what may have left cannot.
#[tokio::test]
async fn a_queued_send_can_be_cancelled() {
    let system = System::start().await;
    system.write_in(ANA, &json!({"text": "canary"})).await;
    // The first one holds up the person's others while Meta takes its time.
    let slow = json!({"match": {"path": "/messages"}, "fault": {"delay": {"ms": 2500}}, "times": 1});
    system.meta().fault(serde_json::from_value::<Rule>(slow).unwrap());
    let first = system.send(&hello("first")).await;
    system.message_in(&first, "sending").await;
    let second = system.send(&hello("second")).await;
    system.delete(&message_path(&first)).await.is(409, "not_cancellable");
    for _ in 0..2 {
        let cancelled = system.delete(&message_path(&second)).await;
        assert_eq!((cancelled.status, &cancelled.json()["state"]), (200, &json!("cancelled")));
    }
    let third = system.send(&hello("third")).await;
    system.message_in(&third, "accepted").await;
    assert_eq!(system.message(&second).await["state"], "cancelled");
    let ours: Vec<_> = system.meta().sends().into_iter().filter_map(|sent| sent.opaque).collect();
    assert_eq!(ours, [first, third]);
    // Nor does the tick take it up, ever.
    system.local.clock().advance(Duration::from_hours(1));
    system.local.tick().await.unwrap();
    assert_eq!(system.meta().calls().iter().filter(|call| call.path.ends_with("/messages")).count(), 2);
    system.done().await;
}

/// Meta refuses a template: the send fails with its code, its words and what to do.
#[tokio::test]
async fn a_refusal_says_what_to_do() {
    let system = System::start().await;
    system.local.sync().await.unwrap();
    let template =
        |name: &str| json!({"to": ANA, "type": "template", "template": {"name": name, "language": {"code": "en_US"}}});
    let refusal = json!({"match": {"path": "/messages"}, "fault": {"error": {"code": 132_007}}, "times": 1});
    system.meta().fault(serde_json::from_value::<Rule>(refusal).unwrap());
    let id = system.send(&template("hello_world")).await;
    let failed = system.message_in(&id, "failed").await;
    let error = &failed["errors"][0];
    assert_eq!((&error["source"], &error["code"]), (&json!("meta"), &json!("132007")));
    assert_eq!(error["raw"]["code"], 132_007);
    assert!(!error["title"].as_str().unwrap().is_empty() && !error["remedy"].as_str().unwrap().is_empty());
    // It is told after it is written down.
    let told = system.one_event_of("message.failed").await;
    assert_eq!(told.data(), failed, "an event shows a message as the API does");
    assert_eq!(system.meta().sends().len(), 0);
    // A template needs no window.
    let id = system.send(&template("hello_world")).await;
    system.message_in(&id, "accepted").await;
    system.done().await;
}

/// Throttled means delayed, never failed (L-02).
#[tokio::test]
async fn throttling_delays() {
    let system = System::start().await;
    system.write_in(ANA, &json!({"text": "canary"})).await;
    let throttled = json!({"match": {"path": "/messages"}, "fault": {"error": {"code": 130_429}}, "times": 2});
    system.meta().fault(serde_json::from_value::<Rule>(throttled).unwrap());
    let id = system.send(&hello("late")).await;
    let message = eventually("the acceptance", async || {
        // Meta asked for patience: nobody waits here.
        system.local.clock().advance(Duration::from_secs(5));
        Some(system.message(&id).await).filter(|message| message["state"] == "accepted")
    })
    .await;
    assert_eq!(message["errors"], json!([]));
    let calls = system.meta().calls();
    let codes: Vec<_> = calls.iter().filter(|call| call.path.ends_with("/messages")).map(|call| call.fault).collect();
    assert_eq!((codes, system.meta().sends().len()), (vec![Some("error"), Some("error"), None], 1));
    system.done().await;
}

/// What this version does not do is refused, never ignored (design §5).
#[tokio::test]
async fn what_is_not_built_is_refused() {
    let system = System::start().await;
    let mut newer = hello("newer");
    newer["waypost"] = json!({"tomorrow": true});
    system.post(&path(), &newer).await.is(422, "not_supported");
    system.post(&path(), &json!({"to": ANA, "type": "text", "text": {}})).await.is(422, "invalid_message");
    system.post("/v1/channels/199999999999999/messages", &hello("x")).await.is(404, "unknown_channel");
    assert!(system.items_of("send").await.is_empty());
    system.done().await;
}
