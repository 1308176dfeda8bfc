//! Marking read and typing, as the person's phone would show it.

use sandbox::Service;
use sandbox::aws::faults::Fault;
use sandbox::meta::{Token, local};
use serde_json::{Value, json};

use crate::world::{Answer, NUMBER, WABA, World};

const ANA: &str = "15550101";
const OTHER_NUMBER: &str = "100000000000002";
const DAY: u64 = 24 * 60 * 60;

impl World {
    async fn read(&self, body: &Value) -> Answer {
        self.post(&format!("/v1/channels/{NUMBER}/read"), body).await
    }

    /// Somebody writes, to Meta and to us; the wamid has every character of base64 that means something in a URL.
    async fn received(&self) -> String {
        loop {
            let wamid = self.meta.write_in(ANA, &json!({"text": "canary"})).await.unwrap().wamid;
            if wamid.contains('/') && wamid.contains('+') {
                self.wrote_text(ANA, &wamid, self.clock.now(), "canary").await;
                return wamid;
            }
        }
    }

    fn refuses(&self, fault: &Value) {
        self.meta.clear_faults();
        self.meta.fault(serde_json::from_value(json!({"match": {"path": "/messages"}, "fault": fault})).unwrap());
    }

    fn calls(&self) -> usize {
        self.meta.calls().len()
    }
}

#[tokio::test]
async fn a_message_is_marked_read_and_typing_is_shown() {
    let world = World::new().await;
    let wamid = world.received().await;
    for typing in [None, Some(false), Some(true), Some(true)] {
        let mut body = json!({ "wamid": wamid });
        if let Some(typing) = typing {
            body["typing"] = typing.into();
        }
        let answer = world.read(&body).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        assert_eq!(answer.json(), json!({"wamid": wamid, "typing": typing == Some(true)}));
    }
    let reads: Vec<_> = world.meta.reads().into_iter().map(|read| (read.message_id, read.typing)).collect();
    assert_eq!(reads, [false, false, true, true].map(|typing| (wamid.clone(), typing)));
    assert!(world.queued(&world.outbound).is_empty() && world.queued(&world.events).is_empty());
}

#[tokio::test]
async fn only_what_a_person_wrote_to_this_channel_lately_is_marked() {
    let world = World::new().await;
    let wamid = world.received().await;
    let path = |number: &str| format!("/v1/channels/{number}/read");
    let body = json!({ "wamid": wamid });
    world.post(&path("199999999999999"), &body).await.is(404, "unknown_channel");
    world.read(&json!({"wamid": "wamid.none"})).await.is(404, "not_found");
    let other = json!({"phone_number_id": OTHER_NUMBER, "waba_id": WABA, "name": "other"});
    assert_eq!(world.post("/v1/channels", &other).await.status, 201);
    world.post(&path(OTHER_NUMBER), &body).await.is(404, "not_found");

    // Ours, by either of its ids, and one that only statuses tell of.
    let send = world.send(&json!({"to": "+15550101", "type": "text", "text": {"body": "x"}})).await;
    let id = send.json()["id"].as_str().unwrap().to_owned();
    world.status("wamid.stub", None, "sent", world.clock.now()).await;
    for ours in [id.as_str(), "wamid.stub"] {
        let answer = world.read(&json!({ "wamid": ours })).await;
        answer.is(422, "invalid_request");
        assert_eq!(answer.json()["field"], "wamid");
    }
    for wrong in
        [json!({}), json!({"wamid": []}), json!({"wamid": wamid, "typing": "yes"}), json!({"wamid": wamid, "x": 1})]
    {
        world.read(&wrong).await.is(422, "invalid_request");
    }
    assert_eq!(world.calls(), 0);

    world.clock.advance(std::time::Duration::from_secs(30 * DAY));
    assert_eq!(world.read(&body).await.status, 200);
    world.clock.advance(std::time::Duration::from_secs(1));
    let late = world.read(&body).await;
    late.is(422, "invalid_request");
    assert!(late.json()["rule"].as_str().unwrap().contains("30 days"), "{}", late.text);
    assert_eq!(world.meta.reads().len(), 1);
}

#[tokio::test]
async fn what_meta_refuses_is_told_whole_with_what_to_do() {
    let world = World::new().await;
    let body = json!({"wamid": world.received().await});
    let cases = [
        (131_009, 400, 502, "meta_refused"),
        (131_047, 400, 502, "meta_refused"),
        (131_042, 400, 502, "meta_refused"),
        (368, 403, 502, "meta_refused"),
        (130_429, 400, 429, "throttled"),
        (131_056, 429, 429, "throttled"),
        (80_007, 400, 429, "throttled"),
        (131_016, 503, 503, "meta_unavailable"),
        (190, 401, 503, "token_refused"),
        (131_005, 403, 503, "token_refused"),
        (10, 403, 503, "token_refused"),
    ];
    for (code, http, status, problem) in cases {
        world.refuses(&json!({"error": {"code": code, "http": http, "details": "canary details"}}));
        let answer = world.read(&body).await;
        answer.is(status, problem);
        let document = answer.json();
        assert_eq!(document["meta"]["code"], code);
        assert_eq!(document["meta"]["error_data"]["details"], "canary details");
        assert!(document["meta"]["fbtrace_id"].is_string(), "{document}");
        assert!(document["detail"].as_str().unwrap().ends_with("Meta says: canary details"), "{document}");
        assert!(!document["remedy"].as_str().unwrap().is_empty(), "{code}");
        let waits = answer.headers.contains_key("retry-after");
        assert_eq!(waits, ["throttled", "meta_unavailable"].contains(&problem), "{code}");
    }
    assert!(world.meta.reads().is_empty());
}

#[tokio::test]
async fn an_answer_that_cannot_be_read_is_no_success() {
    let world = World::new().await;
    let body = json!({"wamid": world.received().await});
    for fault in [
        json!("reset_before"),
        json!("html"),
        json!({"empty": {"status": 200, "accept": false}}),
        json!("truncated_json"),
        json!("wrong_type"),
        json!({"timeout_after_accept": {"secs": 20}}),
    ] {
        world.refuses(&fault);
        let answer = world.read(&body).await;
        answer.is(503, "meta_unavailable");
        assert!(answer.json().get("meta").is_none() && answer.json()["remedy"].is_string(), "{fault}");
    }
    world.meta.clear_faults();
    assert_eq!(world.read(&body).await.status, 200);
}

#[tokio::test]
async fn a_token_replaced_meanwhile_is_found_by_itself() {
    let world = World::new().await;
    let body = json!({"wamid": world.received().await});
    assert_eq!(world.read(&body).await.status, 200);
    let mut ended = Token::system_user(local::ACCESS_TOKEN, local::APP_ID);
    ended.invalid = Some(460);
    world.meta.put_token(ended);
    // The secret was read a moment ago, and is not read again for each refusal.
    let refused = world.read(&body).await;
    refused.is(503, "token_refused");
    assert!(refused.json()["remedy"].as_str().unwrap().contains("password"), "{}", refused.text);
    world.meta.put_token(Token::system_user("new", local::APP_ID));
    world.put_tokens(&json!({"app_id": local::APP_ID, "default": "new"})).await;
    world.clock.advance(std::time::Duration::from_secs(31));
    let before = world.calls();
    assert_eq!(world.read(&body).await.status, 200);
    assert_eq!(world.calls(), before + 2);
    assert_eq!(world.read(&body).await.status, 200);
    assert_eq!(world.calls(), before + 3);
}

#[tokio::test]
async fn without_a_token_meta_is_not_called() {
    let world = World::new().await;
    let body = json!({"wamid": world.received().await});
    world.aws.faults().add(Fault::unavailable().on(Service::SecretsManager));
    let away = world.read(&body).await;
    away.is(503, "unavailable");
    assert!(away.headers.contains_key("retry-after"));
    world.aws.faults().clear();
    for secret in [json!({"app_id": "", "default": ""}), json!([])] {
        world.clock.advance(std::time::Duration::from_secs(301));
        world.put_tokens(&secret).await;
        world.read(&body).await.is(503, "token_refused");
    }
    assert_eq!(world.calls(), 0);
    world.put_tokens(&json!({"app_id": local::APP_ID, "default": "", WABA: local::ACCESS_TOKEN})).await;
    world.clock.advance(std::time::Duration::from_secs(31));
    assert_eq!(world.read(&body).await.status, 200);
}
