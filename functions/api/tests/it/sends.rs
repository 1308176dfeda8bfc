use std::time::Duration;

use model::{ContactKey, PhoneNumberId};
use queue::{OutboundEnvelope, person_group};
use serde_json::{Value, json};

use crate::world::{NUMBER, World, at, number};

fn template(to: &str) -> Value {
    json!({"to": to, "type": "template", "template": {"name": "hello", "language": {"code": "en_US"}}})
}

#[tokio::test]
async fn a_send_is_stored_queued_and_answered() {
    let world = World::new().await;
    let body = r#"{ "to":"+1 (555) 01-01", "waypost":{"window":"meta"}, "type":"location",
        "location":{"latitude":1.50,"longitude":"-2"}, "biz_opaque_callback_data":"order-7" }"#;
    let path = format!("/v1/channels/{NUMBER}/messages");
    let answer = world.ask(axum::http::Method::POST, &path, &[], body).await;
    assert_eq!(answer.status, 202, "{}", answer.text);
    let queued = answer.json();
    let id = queued["id"].as_str().unwrap();
    assert!(id.starts_with("snd_"));
    assert_eq!(queued, json!({"id": id, "state": "queued"}));
    assert_eq!(answer.headers["location"], format!("/v1/messages/{id}"));

    let records = world.queued(&world.outbound);
    let [record] = records.as_slice() else { panic!("one record") };
    let envelope = OutboundEnvelope::decode(&record.body).unwrap();
    assert_eq!((envelope.send_id().as_str(), envelope.phone_number_id.as_str()), (id, NUMBER));
    assert!(envelope.message.is_none());
    assert_eq!(record.group_id, Some(person_group(&number(), &ContactKey::new("wa:15550101"))));
    assert_eq!(record.deduplication_id, Some(format!("{id}#0")));

    let message = world.get(&format!("/v1/messages/{id}")).await.json();
    assert_eq!(
        message,
        json!({"id": id, "reference": "order-7", "channel": NUMBER, "direction": "outbound", "contact": "wa:15550101",
            "type": "location", "state": "queued", "at": "2026-01-05T12:00:00Z", "statuses": [], "errors": [],
            "content": {"to": "+1 (555) 01-01", "type": "location", "location": {"latitude": 1.50, "longitude": "-2"},
                "biz_opaque_callback_data": "order-7"},
            "display": {"text": "[Location] 1.50, -2", "type": "location", "payload_available": false}})
    );
    let raw = world.get(&format!("/v1/messages/{id}/raw")).await;
    assert_eq!(raw.headers["content-type"], "application/json");
    assert_eq!(
        raw.text,
        r#"{"to":"+1 (555) 01-01","type":"location","location":{"latitude":1.50,"longitude":"-2"},"biz_opaque_callback_data":"order-7"}"#
    );
}

/// K-04: the first identity seen names the contact, whichever one a send names.
#[tokio::test]
async fn a_known_person_keeps_their_contact_key() {
    let world = World::new().await;
    world.linked("US.1000000001", "15550101", at("2026-01-05T11:00:00Z")).await;
    for to in [json!({"to": "+15550101"}), json!({"recipient": "US.1000000001"})] {
        let mut body = json!({"type": "text", "text": {"body": "hi"}});
        body.as_object_mut().unwrap().extend(to.as_object().unwrap().clone());
        let answer = world.send(&body).await;
        assert_eq!(answer.status, 202, "{}", answer.text);
        let id = answer.json()["id"].as_str().unwrap().to_owned();
        assert_eq!(world.get(&format!("/v1/messages/{id}")).await.json()["contact"], "user:US.1000000001");
    }
    let groups: Vec<_> = world.queued(&world.outbound).into_iter().map(|record| record.group_id).collect();
    assert_eq!(groups[0], groups[1]);
}

/// W-02, W-03, W-05.
#[tokio::test]
async fn outside_the_window_only_templates_are_queued() {
    let world = World::new().await;
    let text = json!({"to": "+15550101", "type": "text", "text": {"body": "hi"}});
    let unknown = world.send(&text).await;
    unknown.is(422, "window_closed");
    assert_eq!(unknown.json().get("expires_at"), None);
    assert!(unknown.json()["remedy"].as_str().unwrap().contains("meta"));

    world.wrote_text("15550101", "wamid.A", at("2026-01-05T12:00:00Z"), "hi").await;
    assert_eq!(world.send(&text).await.status, 202);
    world.clock.advance(Duration::from_secs(86_400 - 61));
    assert_eq!(world.send(&text).await.status, 202);
    // Within the last minute Meta's clock may say no already.
    world.clock.advance(Duration::from_secs(1));
    let closed = world.send(&text).await;
    closed.is(422, "window_closed");
    assert_eq!(closed.json()["expires_at"], "2026-01-06T12:00:00Z");

    assert_eq!(world.send(&template("+15550101")).await.status, 202);
    let mut judged = text.clone();
    judged["waypost"] = json!({"window": "meta"});
    assert_eq!(world.send(&judged).await.status, 202);
    assert_eq!(world.queued(&world.outbound).len(), 4);
}

#[tokio::test]
async fn a_message_that_breaks_a_rule_is_refused_by_field() {
    let world = World::new().await;
    for (body, field) in [
        (json!({"type": "text", "text": {"body": "hi"}}), "to"),
        (json!({"to": "+15550101", "type": "text", "text": {}}), "text.body"),
        (json!({"to": "+15550101", "type": "poll", "poll": {}}), "type"),
        (json!({"to": "+15550101", "type": "image", "image": {"caption": "x"}}), "image.id"),
        (json!({"to": "+15550101", "type": "text", "text": {"body": "hi"}, "waypost": 7}), "waypost"),
        (
            json!({"to": "+15550101", "type": "text", "text": {"body": "hi"}, "waypost": {"window": 1}}),
            "waypost.window",
        ),
        (json!([]), ""),
    ] {
        let refused = world.send(&body).await;
        refused.is(422, "invalid_message");
        assert_eq!(refused.json()["field"], field, "{}", refused.text);
        assert!(refused.json()["rule"].is_string());
    }
    assert!(world.queued(&world.outbound).is_empty());
}

#[tokio::test]
async fn what_is_not_built_is_refused_and_never_ignored() {
    let world = World::new().await;
    for option in ["tomorrow", "new"] {
        let mut body = template("+15550101");
        body["waypost"] = json!({"window": "meta", option: "x"});
        let refused = world.send(&body).await;
        refused.is(422, "not_supported");
        assert_eq!(refused.json()["field"], format!("waypost.{option}"));
    }
    assert!(world.queued(&world.outbound).is_empty());
}

#[tokio::test]
async fn an_unknown_channel_sends_nothing() {
    let world = World::new().await;
    let path = format!("/v1/channels/{}/messages", PhoneNumberId::new("9"));
    world.post(&path, &template("+15550101")).await.is(404, "unknown_channel");
    world.ask(axum::http::Method::POST, &path, &[], "{").await.is(400, "invalid_json");
    assert!(world.queued(&world.outbound).is_empty());
}

/// A group is no contact and has no window of ours. What goes to one group shares a queue group, and no other.
#[tokio::test]
async fn a_group_is_written_to() {
    let world = World::new().await;
    for to in ["G-1", "G-2", "G-1"] {
        let body = json!({"recipient_type": "group", "to": to, "type": "text", "text": {"body": "hi"}});
        let answer = world.send(&body).await;
        assert_eq!(answer.status, 202, "{}", answer.text);
        let id = answer.json()["id"].as_str().unwrap().to_owned();
        assert_eq!(world.get(&format!("/v1/messages/{id}")).await.json()["contact"], Value::Null);
    }
    let groups: Vec<_> = world.queued(&world.outbound).into_iter().map(|record| record.group_id).collect();
    assert!(groups[0] == groups[2] && groups[0] != groups[1]);
    let location = json!({"recipient_type": "group", "to": "G-1", "type": "location",
        "location": {"latitude": 1, "longitude": 2}});
    let refused = world.send(&location).await;
    refused.is(422, "invalid_message");
    assert_eq!((&refused.json()["field"], &refused.json()["given"]), (&json!("type"), &json!("location")));
}

/// A type of tomorrow: refused with the way around it, and stored token for token where the caller takes that.
#[tokio::test]
async fn what_is_not_known_is_passed_on_when_asked_for() {
    let world = World::new().await;
    world.wrote_text("15550101", "wamid.A", at("2026-01-05T12:00:00Z"), "hi").await;
    let poll = json!({"to": "+15550101", "type": "poll", "poll": {"question": "?"}});
    let refused = world.send(&poll).await;
    refused.is(422, "invalid_message");
    assert_eq!((&refused.json()["field"], &refused.json()["given"]), (&json!("type"), &json!("poll")));
    assert!(refused.json()["rule"].as_str().unwrap().contains("option raw"));
    let mut raw = poll.clone();
    raw["waypost"] = json!({"raw": true});
    let answer = world.send(&raw).await;
    assert_eq!(answer.status, 202, "{}", answer.text);
    let shown = world.get(&format!("/v1/messages/{}", answer.json()["id"].as_str().unwrap())).await.json();
    assert_eq!((&shown["content"], &shown["display"]["text"]), (&poll, &json!("[poll]")));
    raw["to"] = json!("nobody");
    world.send(&raw).await.is(422, "invalid_message");
}

/// Z-01: the sixth person is refused before anything is queued; a repeated request keeps its answer.
#[tokio::test]
async fn a_test_number_writes_to_five_people() {
    let world = World::new().await;
    let path = format!("/v1/channels/{NUMBER}");
    assert_eq!(world.patch(&path, &json!({"version": 1, "test_number": true})).await.status, 200);
    let hello = |one: usize| {
        json!({"to": format!("+1555010100{one}"), "type": "template",
            "template": {"name": "hello_world", "language": {"code": "en_US"}}})
    };
    for one in 0..5 {
        assert_eq!(world.send(&hello(one)).await.status, 202);
    }
    let refused = world.send(&hello(5)).await;
    refused.is(422, "test_number_recipients");
    let refused = refused.json();
    assert_eq!(refused["field"], "to");
    assert!(refused["remedy"].as_str().unwrap().contains("API Setup"));
    assert_eq!(world.queued(&world.outbound).len(), 5);
    assert_eq!(world.send(&hello(4)).await.status, 202);
    // The list at Meta was changed.
    assert_eq!(world.patch(&path, &json!({"version": 2, "test_number": true})).await.status, 200);
    assert_eq!(world.send(&hello(5)).await.status, 202);
    assert_eq!(world.patch(&path, &json!({"version": 3, "test_number": null})).await.status, 200);
    for one in 0..7 {
        assert_eq!(world.send(&hello(one)).await.status, 202);
    }
}
