//! What API Gateway does before a function sees a request, and after.

use std::time::{Duration, Instant};

use sandbox::Service;
use sandbox::aws::faults::Fault;

use super::{get, http, quiet, started};

#[tokio::test]
async fn only_the_templates_routes_are_there() {
    let local = started(quiet()).await;
    let api = &local.ready().api;
    let (status, body) = get(format!("{api}/")).await;
    assert_eq!((status, body), (404, serde_json::json!({"message": "Not Found"})));
    let put = http().put(format!("{api}/webhook")).send().await.unwrap();
    assert_eq!(put.status(), 404);
    let (status, problem) = get(format!("{api}/v1/nothing")).await;
    assert_eq!((status, &problem["code"]), (404, &serde_json::json!("not_found")));
    local.shutdown().await;
}

#[tokio::test]
async fn the_handshake_goes_through() {
    let local = started(quiet()).await;
    let query = "hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token=local-verify-token";
    let answer = http().get(format!("{}?{query}", local.ready().webhook)).send().await.unwrap();
    assert!(answer.headers()["content-type"].to_str().unwrap().starts_with("text/plain"));
    assert_eq!(answer.text().await.unwrap(), "1158201444");
    local.shutdown().await;
}

/// Wamids are base64: `/`, `+` and `=` come percent-encoded and must arrive as they are.
#[tokio::test]
async fn a_wamid_in_a_path_is_decoded() {
    let local = started(quiet()).await;
    let wamid = "wamid.HBgL/MTU1+NTAxMDE=";
    let value = serde_json::json!({
        "messaging_product": "whatsapp",
        "metadata": {"display_phone_number": "15550100", "phone_number_id": "100000000000001"},
        "contacts": [{"profile": {"name": "Ana"}, "wa_id": "15550101"}],
        "messages": [{"from": "15550101", "id": wamid, "timestamp": "1700000000", "type": "text",
            "text": {"body": "hello"}}]
    });
    let posted = local.meta().unwrap().deliver_raw(value, "messages").await;
    assert_eq!(posted.first().unwrap().attempts.first().unwrap().status, Some(200));
    let encoded = wamid.replace('/', "%2F").replace('+', "%2B").replace('=', "%3D");
    for path in [encoded.as_str(), wamid] {
        let (status, message) = get(format!("{}/v1/messages/{path}", local.ready().api)).await;
        assert_eq!((status, message["id"].as_str()), (200, Some(wamid)), "{message}");
    }
    let (_, raw) = get(format!("{}/v1/messages/{encoded}/raw", local.ready().api)).await;
    assert_eq!(raw["text"]["body"], "hello");
    local.shutdown().await;
}

#[tokio::test]
async fn what_lambda_cannot_take_is_refused_at_the_door() {
    let local = started(quiet()).await;
    let body = vec![b'a'; 5 * 1024 * 1024];
    // Bytes grow by a third in base64, and then no longer fit into an event.
    let refused = http().post(&local.ready().webhook).body(body.clone()).send().await.unwrap();
    assert_eq!(refused.status(), 413);
    let text = http().post(&local.ready().webhook).header("content-type", "application/json").body(body);
    // As text it fits, and is the webhook's own to refuse.
    assert_eq!(text.send().await.unwrap().text().await.unwrap(), "over 3.2 MB");
    local.shutdown().await;
}

/// A function that hangs is cut off at its timeout, which is the template's.
#[tokio::test]
async fn a_function_that_hangs_is_answered_for() {
    let local = started(quiet()).await;
    // Fourteen days are looked through one after another: each answers in time, and all of them take more than the API's
    // 29 s.
    local.aws().faults().add(Fault::delay(Duration::from_secs(4)).on(Service::DynamoDb));
    let asked = Instant::now();
    let replay = http().post(format!("{}/v1/replay", local.ready().api)).body(r#"{"quarantine": {}, "dry_run": true}"#);
    let answer = replay.header("content-type", "application/json").send().await.unwrap();
    let (status, body) = (answer.status().as_u16(), answer.json::<serde_json::Value>().await.unwrap());
    assert_eq!((status, &body["message"]), (503, &serde_json::json!("Service Unavailable")), "{body}");
    assert!((28..35).contains(&asked.elapsed().as_secs()), "{:?}", asked.elapsed());
    local.shutdown().await;
}
