//! Templates as a whole system judges them (T-01, S-06, S-09, W-03, issue 4 items 2 and 9).

use std::time::Duration;

use serde_json::{Value, json};

use super::{ANA, hello, path};
use crate::system::{NUMBER, System, WABA, eventually};

fn template(name: &str, values: &[&str]) -> Value {
    let parameters: Vec<Value> = values.iter().map(|value| json!({"type": "text", "text": value})).collect();
    let components = if values.is_empty() { json!([]) } else { json!([{"type": "body", "parameters": parameters}]) };
    json!({"name": name, "language": {"code": "en_US"}, "components": components})
}

fn message(template: &Value) -> Value {
    json!({"to": ANA, "type": "template", "template": template})
}

/// At Meta itself.
fn at_meta(system: &System, name: &str, member: &str, value: &Value) {
    system.meta().waba(WABA, |waba| {
        let found = waba.templates.iter_mut().find(|template| template.text("name") == name).unwrap();
        found.node.insert(member.to_owned(), value.clone());
    });
}

fn calls(system: &System, what: &str) -> usize {
    system.meta().calls().iter().filter(|call| call.path.ends_with(what)).count()
}

/// Time passes, and the tick with it, until the send is in this state.
async fn in_time(system: &System, id: &str, state: &str) -> Value {
    eventually(&format!("the state {state}"), async || {
        system.local.clock().advance(Duration::from_secs(20));
        system.local.tick().await.unwrap();
        Some(system.message(id).await).filter(|message| message["state"] == state)
    })
    .await
}

#[tokio::test]
async fn edited_between_queue_and_send_it_is_told_and_meta_is_not_asked() {
    let system = System::start().await;
    system.local.sync().await.unwrap();
    system.write_in(ANA, &json!({"text": "canary"})).await;
    // One to the same person is on its way, and the next waits behind it.
    let slow = json!({"match": {"path": "/messages"}, "fault": {"delay": {"ms": 2500}}, "times": 1});
    system.meta().fault(serde_json::from_value(slow).unwrap());
    let first = system.send(&hello("first")).await;
    system.message_in(&first, "sending").await;
    let second = system.send(&message(&template("order_shipped", &["Ana", "A-17"]))).await;
    let edited = json!([{"type": "BODY", "text": "Hi {{1}}, your order {{2}} arrives at {{3}} as you asked."}]);
    at_meta(&system, "order_shipped", "components", &edited);
    system.local.clock().advance(Duration::from_secs(1));
    system.local.sync().await.unwrap();
    system.message_in(&first, "accepted").await;
    let failed = system.message_in(&second, "failed").await;
    assert_eq!(failed["errors"][0]["code"], "template_changed");
    assert_eq!((calls(&system, "/messages"), system.meta().refused().len()), (1, 0));
    // Asked anew, what is missing is said.
    let refused = system.post(&path(), &message(&template("order_shipped", &["Ana", "A-17"]))).await;
    refused.is(422, "template_mismatch");
    assert_eq!(refused.json()["rule"], "must hold 3 parameters for {{1}}, {{2}}, {{3}}");
    system.done().await;
}

#[tokio::test]
async fn a_pause_counts_as_soon_as_meta_tells_it() {
    let system = System::start().await;
    system.local.sync().await.unwrap();
    let refused = system.post(&path(), &message(&template("weekly_digest", &[]))).await;
    refused.is(422, "template_paused");
    // By a refusal: the listing still has it as approved.
    at_meta(&system, "hello_world", "status", &json!("PAUSED"));
    let id = system.send(&message(&template("hello_world", &[]))).await;
    assert_eq!(system.message_in(&id, "failed").await["errors"][0]["code"], "132015");
    system.post(&path(), &message(&template("hello_world", &[]))).await.is(422, "template_paused");
    assert_eq!(calls(&system, "/messages"), 1);
    system.done().await;
}

#[tokio::test]
async fn an_unknown_template_is_listed_once_and_sent() {
    let system = System::start().await;
    let id = system.send(&message(&template("hello_world", &[]))).await;
    let sent = in_time(&system, &id, "accepted").await;
    assert_eq!(sent["errors"], json!([]));
    assert_eq!((calls(&system, "/message_templates"), calls(&system, "/messages")), (1, 1));
    system.done().await;
}

#[tokio::test]
async fn one_that_nobody_has_is_listed_once_and_fails() {
    let system = System::start().await;
    let id = system.send(&message(&template("no_such_template", &[]))).await;
    let failed = in_time(&system, &id, "failed").await;
    assert_eq!(failed["errors"][0]["code"], "template_unknown");
    assert_eq!((calls(&system, "/message_templates"), calls(&system, "/messages")), (1, 0));
    system.one_event_of("message.failed").await;
    system.done().await;
}

#[tokio::test]
async fn who_said_stop_gets_no_marketing_and_gets_the_rest() {
    let system = System::start().await;
    system.local.sync().await.unwrap();
    system.write_in(ANA, &json!({"text": "STOP"})).await;
    let refused = system.post(&path(), &message(&template("monthly_offer", &["Ana"]))).await;
    refused.is(422, "opted_out");
    assert_eq!(refused.json()["reason"], "words");
    // Meta moved it to marketing since: its own record counts.
    at_meta(&system, "hello_world", "category", &json!("MARKETING"));
    let id = system.send(&message(&template("hello_world", &[]))).await;
    system.message_in(&id, "accepted").await;
    system.local.clock().advance(Duration::from_secs(1));
    system.local.sync().await.unwrap();
    system.post(&path(), &message(&template("hello_world", &[]))).await.is(422, "opted_out");
    system.done().await;
}

#[tokio::test]
async fn the_fallback_goes_out_once_the_window_has_closed() {
    let system = System::start().await;
    system.local.sync().await.unwrap();
    let mut asked = hello("canary");
    asked["waypost"] = json!({"fallback_template": template("order_shipped", &[]),
        "variables": {"body": {"1": {"contact": "name", "default": "there"}, "2": "A-17"}}});
    let id = system.send(&asked).await;
    let shown = system.message_in(&id, "accepted").await;
    assert_eq!((&shown["sent_as"], &shown["sent_as_because"]), (&json!("fallback_template"), &json!("window_closed")));
    let sent: Value = serde_json::from_str(system.meta().sends()[0].request.get()).unwrap();
    assert_eq!(sent["template"]["components"][0]["parameters"][0]["text"], "there");
    assert_eq!(shown["content"]["template"], sent["template"], "what is shown is what Meta got");
    // Meta knows better: it closed the window that we think open.
    system.write_in(ANA, &json!({"text": "canary"})).await;
    let refusal = json!({"match": {"path": "/messages"}, "fault": {"error": {"code": 131_047}}, "times": 1});
    system.meta().fault(serde_json::from_value(refusal).unwrap());
    let id = system.send(&asked).await;
    let shown = eventually("the acceptance", async || {
        system.local.clock().advance(Duration::from_secs(2));
        Some(system.message(&id).await).filter(|message| message["state"] == "accepted")
    })
    .await;
    assert_eq!((&shown["sent_as_because"], &shown["errors"]), (&json!("131047"), &json!([])));
    assert!(system.contact(NUMBER, &format!("wa:{ANA}")).await.status == 200);
    system.done().await;
}
