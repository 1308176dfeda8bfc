//! Each fault, present and absent.

use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{NUMBER, PERSON, WABA, World, text_to, until};

async fn arm(world: &World, rule: Value) {
    let answer = world.control(Method::POST, "faults", rule).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
}

async fn try_text(world: &World) -> Result<crate::harness::Answer, reqwest::Error> {
    world.meta.open_window(NUMBER, PERSON);
    world.try_call(Method::POST, &format!("{NUMBER}/messages"), Some(&text_to("+15550123456"))).await
}

#[tokio::test]
async fn an_error_of_any_code() {
    let world = World::quiet().await;
    arm(
        &world,
        json!({"fault": {"error": {"code": 131_000, "http": 503, "subcode": 7, "is_transient": true,
        "details": "Try later", "retry_after": 3}}, "times": 1}),
    )
    .await;
    let answer = world.send_text().await;
    assert_eq!((answer.status, answer.code(), answer.subcode()), (503, Some(131_000), Some(7)));
    assert_eq!(answer.json["error"]["is_transient"], true);
    assert_eq!(answer.details(), "Try later");
    assert_eq!(answer.headers["retry-after"], "3");
    assert!(world.meta.sends().is_empty());
    assert_eq!(world.send_text().await.status, 200);
    arm(&world, json!({"fault": {"error": {"code": 2, "accept": true}}, "times": 1})).await;
    assert_eq!(world.send_text().await.status, 503);
    assert_eq!(world.meta.sends().len(), 2);
}

#[tokio::test]
async fn answers_that_never_come() {
    let world = World::quiet().await;
    arm(&world, json!({"fault": "reset_before", "times": 1})).await;
    assert!(try_text(&world).await.is_err());
    assert!(world.meta.sends().is_empty());
    arm(&world, json!({"fault": "lost_reply", "times": 1})).await;
    assert!(try_text(&world).await.is_err());
    assert_eq!(world.meta.sends().len(), 1);
    arm(&world, json!({"fault": {"timeout_after_accept": {"secs": 30}}, "times": 1})).await;
    let late = tokio::time::timeout(Duration::from_millis(300), try_text(&world)).await;
    assert!(late.is_err());
    assert_eq!(world.meta.sends().len(), 2);
    assert_eq!(try_text(&world).await.unwrap().status, 200);
}

#[tokio::test]
async fn answers_that_say_nothing() {
    let world = World::quiet().await;
    for (fault, status, accepted) in [
        (json!({"html": {"status": 502}}), 502, false),
        (json!({"html": {"status": 504, "accept": true}}), 504, true),
        (json!("empty"), 200, true),
        (json!({"empty": {"status": 500, "accept": false}}), 500, false),
        (json!("truncated_json"), 200, true),
    ] {
        let before = world.meta.sends().len();
        arm(&world, json!({"fault": fault, "times": 1})).await;
        let answer = try_text(&world).await.unwrap();
        assert_eq!(answer.status, status, "{fault}");
        assert_eq!(answer.json, Value::Null, "{fault}: {}", answer.text);
        assert_eq!(world.meta.sends().len() - before, usize::from(accepted), "{fault}");
    }
    arm(&world, json!({"fault": {"truncated_json": {"cut": true}}, "times": 1})).await;
    assert!(try_text(&world).await.is_err());
    arm(&world, json!({"fault": "no_id", "times": 1})).await;
    let answer = try_text(&world).await.unwrap();
    assert_eq!(answer.json["messages"], json!([{}]));
    arm(&world, json!({"fault": "wrong_type", "times": 1})).await;
    let answer = try_text(&world).await.unwrap();
    assert!(answer.json["messages"].is_string() && answer.json["messaging_product"].is_number());
    assert!(try_text(&world).await.unwrap().wamid().starts_with("wamid."));
}

#[tokio::test]
async fn slow_answers() {
    let world = World::quiet().await;
    for fault in [json!({"slow_drip": {"per_byte_ms": 2}}), json!({"delay": {"ms": 150}})] {
        arm(&world, json!({"fault": fault, "times": 1})).await;
        let started = Instant::now();
        assert!(try_text(&world).await.unwrap().wamid().starts_with("wamid."));
        assert!(started.elapsed() >= Duration::from_millis(150), "{fault}");
    }
}

#[tokio::test]
async fn a_throttle_has_a_rate() {
    let world = World::with(|config| {
        config.clock = sandbox::meta::Clock::standing("2026-11-02T09:00:00Z".parse().unwrap());
    })
    .await;
    arm(&world, json!({"match": {"path": "/messages"}, "fault": {"throttle": {"per_second": 2}}})).await;
    let mut codes = Vec::new();
    for _ in 0..3 {
        codes.push(world.send_text().await.code());
    }
    assert_eq!(codes, [None, None, Some(130_429)]);
    world.meta.clock().advance(Duration::from_secs(1));
    assert_eq!(world.send_text().await.status, 200);
}

#[tokio::test]
async fn a_rule_strikes_only_what_it_matches() {
    let world = World::quiet().await;
    world.meta.open_window(NUMBER, "15550188888");
    arm(&world, json!({"match": {"phone_number_id": NUMBER, "to": "15550123456", "path": "/messages"}, "fault": {"error": {"code": 1}}})).await;
    assert_eq!(world.send_text().await.code(), Some(1));
    assert_eq!(world.send(text_to("+15550188888")).await.status, 200);
    assert_eq!(world.get(NUMBER).await.status, 200);
    let listed = world.control(Method::GET, "faults", Value::Null).await.json;
    assert_eq!((listed["faults"][0]["hits"].clone(), listed["faults"][0]["id"].clone()), (json!(1), json!(1)));
    assert_eq!(world.control(Method::DELETE, "faults?id=1", Value::Null).await.json["removed"], 1);
    assert_eq!(world.send_text().await.status, 200);
    arm(&world, json!([{"match": {"waba_id": WABA, "page": 2}, "fault": {"error": {"code": 2}}}])).await;
    let first = world.get(&format!("{WABA}/message_templates?limit=2")).await;
    assert_eq!(first.status, 200);
    let next = first.json["paging"]["next"].as_str().unwrap();
    assert_eq!(world.get(next).await.code(), Some(2));
    assert_eq!(world.control(Method::DELETE, "faults", Value::Null).await.json["removed"], 1);
    assert_eq!(world.get(next).await.status, 200);
}

#[tokio::test]
async fn failures_that_come_later_and_statuses_that_come_first() {
    let world = World::with(|config| config.settings.auto_status.sent_ms = Some(1)).await;
    arm(&world, json!({"fault": {"failed_status": {"code": 131_049}}, "times": 1})).await;
    assert_eq!(world.send_text().await.status, 200);
    until(|| world.callback.statuses().contains(&"failed".to_owned()).then_some(())).await;
    let before = world.callback.statuses().len();
    world.meta.settings(|settings| {
        settings.auto_status.delivered_ms = Some(1);
        settings.auto_status.read_ms = None;
    });
    arm(&world, json!({"fault": "status_first", "times": 1})).await;
    assert_eq!(world.send_text().await.status, 200);
    // They were there before the answer.
    assert_eq!(world.callback.statuses()[before..], ["sent", "delivered"]);
}

#[tokio::test]
async fn webhooks_that_go_astray() {
    let world = World::quiet().await;
    let bodies = || -> Vec<String> {
        let text =
            |post: &crate::callback::Post| post.value()["messages"][0]["text"]["body"].as_str().unwrap().to_owned();
        world.callback.posts().iter().map(text).collect()
    };
    let say = async |text: &str| world.meta.write_in(PERSON, &json!({"text": text})).await.unwrap();
    arm(&world, json!({"match": {"field": "messages"}, "fault": {"duplicate": {"copies": 2}}, "times": 1})).await;
    say("twice").await;
    assert_eq!(bodies(), ["twice", "twice", "twice"]);
    arm(&world, json!({"fault": "drop", "times": 1})).await;
    assert!(!say("lost").await.delivered);
    arm(&world, json!({"fault": "reorder", "times": 1})).await;
    say("late").await;
    say("early").await;
    assert_eq!(bodies()[3..], ["early", "late"]);
    arm(&world, json!({"fault": "hold", "times": 1})).await;
    say("held").await;
    say("free").await;
    world.control(Method::POST, "webhooks/release", json!({})).await;
    assert_eq!(bodies()[5..], ["free", "held"]);
    arm(&world, json!({"fault": "reorder", "times": 1})).await;
    say("alone").await;
    until(|| (bodies().len() == 8).then_some(())).await;
}

#[tokio::test]
async fn bad_control_bodies_are_explained() {
    let world = World::quiet().await;
    for (path, body, hint) in [
        ("faults", json!({"fault": "explode"}), "explode"),
        ("faults", json!({"fault": {"error": {}}}), "code"),
        ("faults", json!({"fault": "hold", "mtach": {}}), "mtach"),
        ("users/15550123456/messages", json!({}), "text"),
        ("users/15550123456/messages", json!({"text": 5}), "text"),
        ("users/15550123456/messages", json!({"type": "image"}), "image"),
        ("users/15550123456/messages", json!({"text": "x", "colour": "red"}), "colour"),
        ("users/15550123456/messages", json!({"type": "image", "image": {"bytes": "%"}}), "base64"),
        ("users/15550123456/messages", json!({"text": "x", "phone_number_id": "1"}), "phone_number_id"),
        ("users/nobody/messages", json!({"text": "x"}), "wa_id"),
        ("settings", json!({"enforce": {"windw": false}}), "windw"),
        ("clock", json!({"advance_secs": -1}), "advance_secs"),
        ("callback", json!({"url": "https://shop.example/"}), "loopback"),
    ] {
        let answer = world.control(Method::POST, path, body.clone()).await;
        assert_eq!(answer.status, 400, "{path} {body}: {}", answer.text);
        assert!(answer.json["error"].as_str().unwrap().contains(hint), "{path} {body}: {}", answer.text);
    }
    assert_eq!(world.control(Method::POST, "nothing", json!({})).await.status, 404);
}
