//! Templates: listing in pages, and their lives.

use std::collections::BTreeSet;
use std::time::Duration;

use reqwest::Method;
use sandbox::meta::Template;
use serde_json::{Value, json};

use crate::harness::{WABA, World, until};

const EDGE: &str = "200000000000001/message_templates";

fn names(page: &Value) -> Vec<String> {
    page["data"].as_array().unwrap().iter().map(|item| item["name"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn paging_over_137_templates() {
    let world = World::quiet().await;
    world.meta.waba(WABA, |waba| {
        waba.templates = (0..137)
            .map(|n| Template::new(&(910_000 + n).to_string(), &format!("t{n:03}"), "en_US", "UTILITY", json!([])))
            .collect();
    });
    let mut path = format!("{EDGE}?limit=50&fields=name,status");
    let (mut seen, mut sizes) = (BTreeSet::new(), Vec::new());
    loop {
        let page = world.get(&path).await.json;
        sizes.push(names(&page).len());
        seen.extend(names(&page));
        assert!(page["data"][0].get("components").is_none());
        let Some(next) = page["paging"].get("next") else { break };
        assert!(next.as_str().unwrap().contains("access_token=") && next.as_str().unwrap().contains("fields=name"));
        path = format!(
            "{EDGE}?limit=50&fields=name,status&after={}",
            page["paging"]["cursors"]["after"].as_str().unwrap()
        );
    }
    assert_eq!((seen.len(), sizes), (137, vec![50, 50, 37]));
    let last = world.get(&path).await.json;
    let before = last["paging"]["cursors"]["before"].as_str().unwrap();
    let back = world.get(&format!("{EDGE}?limit=50&before={before}")).await.json;
    assert_eq!(names(&back).first().map(String::as_str), Some("t050"));
    assert_eq!(names(&world.get(EDGE).await.json).len(), 25);
    assert_eq!(world.get(&format!("{EDGE}?limit=none")).await.code(), Some(100));
    // A cursor that is corrupt, and one whose place is gone.
    assert_eq!(world.get(&format!("{EDGE}?after=zzz")).await.code(), Some(131_059));
    world.meta.waba(WABA, |waba| waba.templates.retain(|template| template.text("name") != "t100"));
    assert_eq!(world.get(&format!("{EDGE}?before={before}")).await.code(), Some(131_059));
    let older = format!("{}/v23.0/{EDGE}?after=zzz", world.meta.url());
    assert_eq!(world.get(&older).await.code(), Some(100));
}

#[tokio::test]
async fn filters_and_fields() {
    let world = World::quiet().await;
    assert_eq!(names(&world.get(&format!("{EDGE}?name=order")).await.json), ["order_shipped", "order_shipped"]);
    assert_eq!(names(&world.get(&format!("{EDGE}?name=order&language=de")).await.json).len(), 1);
    assert_eq!(names(&world.get(&format!("{EDGE}?status=rejected")).await.json), ["spring_sale"]);
    assert_eq!(names(&world.get(&format!("{EDGE}?quality_score=RED")).await.json), ["weekly_digest"]);
    assert_eq!(names(&world.get(&format!("{EDGE}?content=receipt is above")).await.json), ["receipt"]);
    let rejected = world.get(&format!("{EDGE}?status=REJECTED&fields=rejected_reason,quality_score")).await.json;
    assert_eq!(rejected["data"][0]["rejected_reason"], "SCAM");
    let default = world.get(&format!("{EDGE}?name=hello")).await.json["data"][0].clone();
    assert!(default.get("components").is_some() && default.get("quality_score").is_none());
    let one = world.get("900000000000001?fields=name,language").await.json;
    assert_eq!(one, json!({"id": "900000000000001", "name": "hello_world", "language": "en_US"}));
}

fn definition(name: &str, language: &str) -> Value {
    json!({"name": name, "language": language, "category": "utility", "components": [
        {"type": "body", "text": "Hi {{1}}, see you.", "example": {"body_text": [["Ana"]]}}]})
}

#[tokio::test]
async fn a_template_is_created_reviewed_edited_and_deleted() {
    let world = World::quiet().await;
    world.meta.settings(|settings| settings.approve_after_ms = Some(1));
    let created = world.post(EDGE, definition("see_you", "en_US")).await.json;
    assert_eq!((&created["status"], &created["category"]), (&json!("PENDING"), &json!("UTILITY")));
    let id = created["id"].as_str().unwrap().to_owned();
    let post = until(|| world.callback.posts().pop()).await;
    let value = post.value();
    assert_eq!(post.json()["entry"][0]["changes"][0]["field"], "message_template_status_update");
    assert_eq!(
        (&value["event"], &value["message_template_id"]),
        (&json!("APPROVED"), &json!(id.parse::<u64>().unwrap()))
    );
    world.meta.settings(|settings| settings.approve_after_ms = None);
    let shown = world.get(&id).await.json;
    assert_eq!((&shown["status"], &shown["components"][0]["type"]), (&json!("APPROVED"), &json!("BODY")));

    assert_eq!(world.post(EDGE, definition("see_you", "en_US")).await.subcode(), Some(2_388_024));
    assert_eq!(world.post(EDGE, definition("See You", "en_US")).await.subcode(), Some(2_388_046));
    let mut other = definition("see_you", "de");
    other["category"] = json!("MARKETING");
    assert_eq!(
        (world.post(EDGE, other).await.code(), world.post(EDGE, definition("see_you", "de")).await.status),
        (Some(100), 200)
    );

    let edit =
        json!({"components": [{"type": "BODY", "text": "Hello {{1}}, see you.", "example": {"body_text": [["Ana"]]}}]});
    assert_eq!(world.post(&id, json!({"category": "MARKETING"})).await.code(), Some(100));
    assert_eq!(world.post(&id, edit.clone()).await.json, json!({"success": true}));
    assert_eq!(world.post(&id, edit.clone()).await.subcode(), Some(2_388_039));
    let approve = json!({"name": "see_you", "language": "en_US", "status": "APPROVED", "notify": true});
    assert_eq!(world.control(Method::POST, "templates", approve).await.json["webhooks"][0]["state"], "delivered");
    assert_eq!(world.post(&id, edit.clone()).await.subcode(), Some(2_388_039));
    world.meta.clock().advance(Duration::from_hours(24));
    assert_eq!(world.post(&id, edit).await.status, 200);

    let delete = async |query: &str| world.call(Method::DELETE, &format!("{EDGE}?{query}"), None).await;
    assert_eq!(delete("").await.code(), Some(100));
    assert_eq!(delete(&format!("hsm_id={id}")).await.code(), Some(100));
    assert_eq!(delete(&format!("hsm_id={id}&name=see_you")).await.json, json!({"success": true}));
    assert_eq!(names(&world.get(&format!("{EDGE}?name=see_you")).await.json).len(), 1);
    assert_eq!(delete("name=see_you").await.status, 200);
    assert_eq!(delete("name=see_you").await.code(), Some(100));
    // All languages of an approved name at once: the name is blocked for a while.
    assert_eq!(delete("name=order_shipped").await.status, 200);
    assert_eq!(world.post(EDGE, definition("order_shipped", "en_US")).await.subcode(), Some(2_388_023));
    world.meta.clock().advance(Duration::from_hours(30 * 24));
    assert_eq!(world.post(EDGE, definition("order_shipped", "en_US")).await.status, 200);
    assert_eq!(delete(r#"hsm_ids=["900000000000007","900000000000008"]"#).await.status, 200);
}

#[tokio::test]
async fn a_paused_template_is_unpaused() {
    let world = World::quiet().await;
    assert_eq!(world.post("900000000000009/unpause", json!({})).await.status, 200);
    assert_eq!(world.get("900000000000009?fields=status").await.json["status"], "APPROVED");
    assert_eq!(world.post("900000000000009/unpause", json!({})).await.code(), Some(100));
    assert_eq!(world.control(Method::DELETE, "templates?name=receipt", Value::Null).await.json["removed"], 1);
}
