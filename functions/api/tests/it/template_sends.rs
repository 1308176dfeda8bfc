//! Sends of templates, as far as the API judges them (T-01, T-18, S-06, S-09, W-03, issue 4 items 2 and 9).

use std::time::Duration;

use jiff::SignedDuration;
use model::Template;
use serde_json::{Value, json};
use store::{SyncOutcome, SyncStart};

use crate::world::{Answer, NUMBER, World, at, waba};

const TO: &str = "+15550101";

fn listed(name: &str, language: &str, category: &str, status: &str, body: &str) -> Value {
    json!({"id": "1", "name": name, "language": language, "category": category, "status": status,
        "components": [{"type": "BODY", "text": body}]})
}

fn order() -> Value {
    listed("order", "en_US", "UTILITY", "APPROVED", "Hi {{1}}, your order {{2}} is on the way.")
}

fn template(name: &str, values: &[&str]) -> Value {
    let parameters: Vec<Value> = values.iter().map(|value| json!({"type": "text", "text": value})).collect();
    let components = if values.is_empty() { json!([]) } else { json!([{"type": "body", "parameters": parameters}]) };
    json!({"name": name, "language": {"code": "en_US"}, "components": components})
}

fn message(template: &Value) -> Value {
    json!({"to": TO, "type": "template", "template": template})
}

impl World {
    /// A complete listing that begins now.
    async fn list(&self, templates: &[Value]) {
        let (waba, now) = (waba(), self.clock.now());
        let parse =
            |listed: &Value| Template::parse(&waba, serde_json::from_str(&listed.to_string()).unwrap(), now).unwrap();
        let listed: Vec<Template> = templates.iter().map(parse).collect();
        let lease = now + SignedDuration::from_mins(10);
        assert_eq!(self.store.begin_sync(&waba, lease, now).await.unwrap(), SyncStart::Started);
        self.store.write_templates(&listed, now).await.unwrap();
        let outcome = SyncOutcome::Succeeded { listed: 0, written: 0, absent: 0 };
        self.store.finish_sync(&waba, lease, now, &outcome, store::Calls::default(), now).await.unwrap();
    }

    async fn shown(&self, queued: &Answer) -> Value {
        assert_eq!(queued.status, 202, "{}", queued.text);
        self.get(&format!("/v1/messages/{}", queued.json()["id"].as_str().unwrap())).await.json()
    }

    async fn says(&self, state: &str) {
        let path = format!("/v1/channels/{NUMBER}/contacts/{TO}/consent");
        assert_eq!(self.put(&path, &json!({"state": state, "reason": "rang"})).await.status, 200);
    }
}

#[tokio::test]
async fn what_fits_is_queued() {
    let world = World::new().await;
    world.list(&[order()]).await;
    world.clock.advance(Duration::from_hours(24));
    assert_eq!(world.send(&message(&template("order", &["Ana", "A-17"]))).await.status, 202);
}

#[tokio::test]
async fn what_cannot_be_sent_is_refused_with_its_status() {
    let world = World::new().await;
    for (status, code) in [
        ("PAUSED", "template_paused"),
        ("DISABLED", "template_disabled"),
        ("PENDING", "template_not_approved"),
        ("ARCHIVED", "template_not_approved"),
        ("SOMETHING_NEW", "template_not_approved"),
    ] {
        world.list(&[listed("order", "en_US", "UTILITY", status, "Hi")]).await;
        let refused = world.send(&message(&template("order", &[]))).await;
        refused.is(422, code);
        let problem = refused.json();
        assert_eq!(problem["reason"], status);
        assert!(problem["remedy"].is_string() && problem["detail"].as_str().unwrap().contains(status));
        world.clock.advance(Duration::from_secs(1));
    }
    assert!(world.queued(&world.outbound).is_empty());
}

#[tokio::test]
async fn what_does_not_fit_is_refused_by_field_need_and_what_was_given() {
    let world = World::new().await;
    world.list(&[order()]).await;
    let refused = world.send(&message(&template("order", &["Ana"]))).await;
    refused.is(422, "template_mismatch");
    let problem = refused.json();
    assert_eq!(problem["field"], "template.components[0].parameters");
    assert_eq!(problem["rule"], "must hold 2 parameters for {{1}}, {{2}}");
    assert_eq!(problem["given"], "1");
    let mut fallback = json!({"to": TO, "type": "text", "text": {"body": "Hi"}});
    fallback["waypost"] = json!({"fallback_template": template("order", &["Ana"])});
    world.wrote_text("15550101", "wamid.A", at("2026-01-05T12:00:00Z"), "hi").await;
    let refused = world.send(&fallback).await;
    refused.is(422, "template_mismatch");
    assert_eq!(refused.json()["field"], "waypost.fallback_template.components[0].parameters");
    assert!(world.queued(&world.outbound).is_empty());
}

#[tokio::test]
async fn an_unknown_one_is_refused_only_where_a_listing_is_fresh() {
    let world = World::new().await;
    // No listing at all: the sender asks for one.
    assert_eq!(world.send(&message(&template("order", &[]))).await.status, 202);
    world
        .list(&[
            listed("order", "de", "UTILITY", "APPROVED", "Hallo"),
            listed("other", "en_US", "UTILITY", "APPROVED", "B"),
        ])
        .await;
    world.clock.advance(Duration::from_mins(1));
    let refused = world.send(&message(&template("order", &[]))).await;
    refused.is(422, "template_unknown");
    assert_eq!(refused.json()["languages"], json!(["de"]));
    let nameless = world.send(&message(&template("orders", &[]))).await;
    nameless.is(422, "template_unknown");
    assert_eq!(nameless.json().get("languages"), None);
    world.clock.advance(Duration::from_secs(1));
    assert_eq!(world.send(&message(&template("order", &[]))).await.status, 202);
}

#[tokio::test]
async fn a_key_keeps_its_answer_whatever_becomes_of_the_template() {
    let world = World::new().await;
    world.list(&[order()]).await;
    let body = message(&template("order", &["Ana", "A-17"])).to_string();
    let first = world.send_keyed("k", &body).await;
    assert_eq!(first.status, 202);
    world.clock.advance(Duration::from_secs(1));
    world.list(&[listed("order", "en_US", "UTILITY", "PAUSED", "Hi")]).await;
    let again = world.send_keyed("k", &body).await;
    assert_eq!((again.status, again.json()["id"].clone()), (first.status, first.json()["id"].clone()));
    world.send_keyed("other", &body).await.is(422, "template_paused");
}

#[tokio::test]
async fn variables_are_filled_and_frozen() {
    let world = World::new().await;
    world.list(&[order()]).await;
    world.wrote_text("15550101", "wamid.A", at("2026-01-05T12:00:00Z"), "hi").await;
    let mut body = message(&template("order", &[]));
    let variables = json!({"body": {"1": {"contact": "phone"}, "2": {"value": "order"}}, "values": {"order": "A\t17"}});
    body["waypost"] = json!({"variables": variables});
    let queued = world.send(&body).await;
    let shown = world.shown(&queued).await;
    let texts = &shown["content"]["template"]["components"][0]["parameters"];
    assert_eq!((&texts[0]["text"], &texts[1]["text"]), (&json!("+15550101"), &json!("A 17")));
    assert_eq!(shown["content"].get("waypost"), None);

    body["waypost"]["variables"]["values"] = json!({});
    let refused = world.send(&body).await;
    refused.is(422, "variable_missing");
    assert_eq!(refused.json()["field"], "waypost.variables.body.2");
    body["waypost"]["variables"]["body"]["2"] = json!({"value": "order", "missing": "skip"});
    let skipped = world.send(&body).await;
    assert_eq!(skipped.json()["state"], "cancelled");
    assert_eq!(skipped.json()["skipped"], "waypost.variables.body.2: the request has no such value.");
    let shown = world.shown(&skipped).await;
    assert_eq!((&shown["state"], &shown["errors"][0]["code"]), (&json!("cancelled"), &json!("skipped")));
    assert_eq!(world.queued(&world.outbound).len(), 1);

    body["waypost"]["variables"] = json!({"footer": {}});
    let unknown = world.send(&body).await;
    unknown.is(422, "invalid_message");
    assert_eq!(unknown.json()["field"], "waypost.variables.footer");
}

#[tokio::test]
async fn a_fallback_takes_the_place_of_what_the_closed_window_forbids() {
    let world = World::new().await;
    world.list(&[order()]).await;
    let mut body = json!({"to": TO, "type": "text", "text": {"body": "secret"}, "biz_opaque_callback_data": "mine"});
    body["waypost"] = json!({"fallback_template": template("order", &["Ana", "A-17"])});
    let shown = world.shown(&world.send(&body).await).await;
    assert_eq!((&shown["sent_as"], &shown["sent_as_because"]), (&json!("fallback_template"), &json!("window_closed")));
    assert_eq!((&shown["type"], &shown["reference"]), (&json!("template"), &json!("mine")));
    assert_eq!(shown["content"]["template"]["name"], "order");
    assert_eq!(shown["content"].get("text"), None);
    world.wrote_text("15550101", "wamid.A", at("2026-01-05T12:00:00Z"), "hi").await;
    let shown = world.shown(&world.send(&body).await).await;
    assert_eq!((shown.get("sent_as"), &shown["type"]), (None, &json!("text")));
    let mut twice = message(&template("order", &["Ana", "A-17"]));
    twice["waypost"] = body["waypost"].clone();
    let refused = world.send(&twice).await;
    refused.is(422, "invalid_message");
    assert_eq!(refused.json()["field"], "waypost.fallback_template");
}

#[tokio::test]
async fn marketing_is_refused_to_who_stopped_it() {
    let world = World::new().await;
    world.list(&[listed("offer", "en_US", "MARKETING", "APPROVED", "Buy"), order()]).await;
    let offer = message(&template("offer", &[]));
    assert_eq!(world.send(&offer).await.status, 202);
    world.says("stop").await;
    let refused = world.send(&offer).await;
    refused.is(422, "opted_out");
    let problem = refused.json();
    assert_eq!((&problem["reason"], &problem["since"]), (&json!("operator"), &json!("2026-01-05T12:00:00Z")));
    assert_eq!(world.send(&message(&template("order", &["Ana", "A-17"]))).await.status, 202);
    let mut fallback = json!({"to": TO, "type": "text", "text": {"body": "Hi"}});
    fallback["waypost"] = json!({"fallback_template": template("offer", &[])});
    world.send(&fallback).await.is(422, "opted_out");
    world.clock.advance(Duration::from_secs(1));
    world.says("resume").await;
    assert_eq!(world.send(&offer).await.status, 202);
}
