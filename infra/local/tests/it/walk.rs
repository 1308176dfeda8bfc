//! The three things a newcomer does: a person writes in, one answers, and sees that it was delivered.

use local::Options;
use serde_json::json;

use super::{eventually, get, http, quiet, started};

#[tokio::test]
async fn a_message_in_a_reply_out_and_its_delivery() {
    let local = started(Options { recorded: true, ..quiet() }).await;
    let api = &local.ready().api;
    let written = local.meta().unwrap().write_in("15550101", &json!({"name": "Ana", "text": "Hello"})).await.unwrap();
    assert!(written.delivered);

    let sent = http()
        .post(format!("{api}/v1/channels/100000000000001/messages"))
        .json(&json!({"to": "+15550101", "type": "text", "text": {"body": "Hi Ana"}}))
        .send()
        .await
        .unwrap();
    assert_eq!(sent.status(), 202);
    let id = sent.json::<serde_json::Value>().await.unwrap()["id"].as_str().unwrap().to_owned();
    let message = eventually("the delivery", || async {
        let (_, message) = get(format!("{api}/v1/messages/{id}")).await;
        let delivered = message["statuses"].as_array()?.iter().any(|status| status["status"] == "delivered");
        delivered.then_some(message)
    })
    .await;
    assert_eq!(message["state"], "accepted");
    let (_, inbox) = get(format!("{api}/v1/channels/100000000000001/inbox")).await;
    assert_eq!(inbox["items"][0]["contact"]["name"], "Ana");
    assert_eq!(inbox["items"][0]["last_message"]["id"], id.as_str());

    // Everything is published by default here, and every function's calls can be told apart.
    let events = local.aws().sqs().messages(&local.ready().queues.events).unwrap();
    assert!(events.iter().any(|event| event.body.contains("message.received")));
    assert!(local.proxy("webhook").unwrap().totals().requests > 0);
    assert!(local.proxy("sender").unwrap().totals().requests > 0);
    local.tick().await.unwrap();
    local.shutdown().await;
}

#[tokio::test]
async fn templates_are_read_from_the_fake_meta() {
    let local = started(quiet()).await;
    let api = &local.ready().api;
    let asked = http().post(format!("{api}/v1/wabas/200000000000001/templates/sync")).send().await.unwrap();
    assert_eq!(asked.status(), 202);
    let list = eventually("the sync", || async {
        let (_, list) = get(format!("{api}/v1/wabas/200000000000001/templates")).await;
        list["last_synced_at"].is_string().then_some(list)
    })
    .await;
    assert!(list["items"].as_array().unwrap().iter().any(|one| one["name"] == "hello_world"));
    local.shutdown().await;
}
