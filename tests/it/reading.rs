//! Marking read and typing, through API Gateway and the real API to the fake Meta.

use serde_json::{Value, json};

use crate::system::{NUMBER, System, WABA};

const ANA: &str = "15550177901";
const SECOND: &str = "100000000000002";

fn path(number: &str) -> String {
    format!("/v1/channels/{number}/read")
}

fn error_with(system: &System, code: i64) {
    let fault = json!({"match": {"path": "/messages"}, "fault": {"error": {"code": code}}, "times": 1});
    system.meta().fault(serde_json::from_value(fault).unwrap());
}

#[tokio::test]
async fn what_a_person_wrote_is_marked_read() {
    let system = System::start().await;
    let wamid = system.write_in(ANA, &json!({"text": "canary"})).await;
    for typing in [false, true, true] {
        let answer = system.post(&path(NUMBER), &json!({"wamid": wamid, "typing": typing})).await;
        assert_eq!((answer.status, answer.json()), (200, json!({"wamid": wamid, "typing": typing})));
    }
    let reads: Vec<_> = system.meta().reads().into_iter().map(|read| (read.message_id, read.typing)).collect();
    assert_eq!(reads, [false, true, true].map(|typing| (wamid.clone(), typing)));

    // Not what we sent, nor what came to another number.
    let id = system.send(&json!({"to": ANA, "type": "text", "text": {"body": "canary"}})).await;
    let sent = system.message_in(&id, "accepted").await;
    for ours in [&sent["id"], &sent["wamid"]] {
        system.post(&path(NUMBER), &json!({ "wamid": ours })).await.is(422, "invalid_request");
    }
    system.add_channel(SECOND, WABA).await;
    system.post(&path(SECOND), &json!({ "wamid": wamid })).await.is(404, "not_found");
    assert_eq!(system.meta().reads().len(), 3);
    system.done().await;
}

/// A refusal is told with Meta's own words; sends and webhooks go on.
#[tokio::test]
async fn a_refusal_touches_nothing_else() {
    let system = System::start().await;
    let wamid = system.write_in(ANA, &json!({"text": "canary"})).await;
    for (code, status, problem) in [(131_009, 502, "meta_refused"), (190, 503, "token_refused"), (4, 429, "throttled")]
    {
        error_with(&system, code);
        let answer = system.post(&path(NUMBER), &json!({ "wamid": wamid })).await;
        answer.is(status, problem);
        let document: Value = answer.json();
        assert_eq!(document["meta"]["code"], code);
        assert!(!document["remedy"].as_str().unwrap().is_empty());
    }
    let id = system.send(&json!({"to": ANA, "type": "text", "text": {"body": "canary"}})).await;
    system.message_in(&id, "accepted").await;
    assert_eq!(system.post(&path(NUMBER), &json!({ "wamid": wamid })).await.status, 200);
    system.done().await;
}
