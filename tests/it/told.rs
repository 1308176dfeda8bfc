//! S-08: between two syncs, webhooks keep templates and numbers in step; in either order the newer observation is shown.

use std::time::Duration;

use jiff::Timestamp;
use local::Options;
use sandbox::Clock;
use serde_json::{Value, json};

use crate::system::{NUMBER, System, WABA, envelope, eventually, text};

async fn system() -> System {
    let monday = "2026-01-05T12:00:00Z".parse().unwrap();
    System::start_with(Options { clock: Clock::standing(monday), ..System::options() }).await
}

fn later(system: &System, seconds: u64) -> Timestamp {
    system.local.clock().advance(Duration::from_secs(seconds));
    system.local.clock().now()
}

/// Meta tells it, at this time of its own.
async fn told(system: &System, at: Timestamp, field: &str, more: &Value) {
    let mut value = json!({"message_template_id": 1, "message_template_name": "hello_world",
        "message_template_language": "en_US"});
    value.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let body = envelope(at, &[json!({"field": field, "value": value})]);
    assert_eq!(system.webhook(body).await.status, 200);
}

async fn paused(system: &System, at: Timestamp) {
    let more = json!({"event": "PAUSED", "reason": "NONE", "other_info": {"title": "FIRST_PAUSE"}});
    told(system, at, "message_template_status_update", &more).await;
}

async fn shown(system: &System, name: &str) -> Value {
    let list = system.get(&format!("/v1/wabas/{WABA}/templates?limit=100")).await.json();
    let found = list["items"].as_array().unwrap().iter().find(|item| item["name"] == name).cloned();
    found.unwrap_or_default()
}

/// At Meta itself.
fn at_meta(system: &System, name: &str, member: &str, value: &Value) {
    system.meta().waba(WABA, |waba| {
        let found = waba.templates.iter_mut().find(|template| template.text("name") == name).unwrap();
        found.node.insert(member.to_owned(), value.clone());
    });
}

fn listings(system: &System) -> usize {
    system.meta().calls().iter().filter(|call| call.path.contains("message_templates")).count()
}

async fn no_sync_waits(system: &System) {
    let url = &system.local.ready().queues.sync;
    let empty = async || (system.local.aws().sqs().counts(url).unwrap().total() == 0).then_some(());
    eventually("an empty sync queue", empty).await;
}

#[tokio::test]
async fn a_status_is_shown_at_once_and_until_a_listing_says_otherwise() {
    let system = system().await;
    system.local.sync().await.unwrap();
    assert_eq!(shown(&system, "hello_world").await["status"], "APPROVED");
    let before = listings(&system);
    let at = later(&system, 60);
    for _ in 0..2 {
        paused(&system, at).await;
    }
    let template = shown(&system, "hello_world").await;
    assert_eq!((&template["status"], &template["sendable"]), (&json!("PAUSED"), &json!(false)));
    assert_eq!(template["status_details"], json!({"other_info": {"title": "FIRST_PAUSE"}}));
    assert_eq!(template["updated_at"], json!(at));
    no_sync_waits(&system).await;
    assert_eq!(listings(&system), before, "one that is known needs no listing");

    // Meta unpaused it and the webhook was lost. Nothing differs from the listing before: nothing is written, and yet.
    later(&system, 60);
    system.local.sync().await.unwrap();
    let run = system.get(&format!("/v1/wabas/{WABA}/templates/sync")).await.json();
    assert_eq!(run["last_attempt"]["written"], 0);
    let template = shown(&system, "hello_world").await;
    assert_eq!((&template["status"], &template["status_details"]), (&json!("APPROVED"), &Value::Null));
    // It comes again, hours late.
    later(&system, 7_200);
    paused(&system, at).await;
    assert_eq!(shown(&system, "hello_world").await["status"], "APPROVED");
    system.done().await;
}

#[tokio::test]
async fn webhook_and_sync_commute() {
    let mut seen = Vec::new();
    for webhook_first in [true, false] {
        let system = system().await;
        system.local.sync().await.unwrap();
        let paused_at = later(&system, 60);
        at_meta(&system, "hello_world", "status", &json!("REJECTED"));
        at_meta(&system, "hello_world", "rejected_reason", &json!("SCAM"));
        later(&system, 60);
        if webhook_first {
            paused(&system, paused_at).await;
            system.local.sync().await.unwrap();
        } else {
            system.local.sync().await.unwrap();
            paused(&system, paused_at).await;
        }
        let template = shown(&system, "hello_world").await;
        assert_eq!((&template["status"], &template["rejected_reason"]), (&json!("REJECTED"), &json!("SCAM")));
        seen.push(template);
        system.done().await;
    }
    assert_eq!(seen[0], seen[1]);
}

/// It was approved before any sync: kept aside, shown to nobody, and a listing is asked for.
#[tokio::test]
async fn a_template_that_nobody_listed_yet_is_listed_now() {
    let system = system().await;
    paused(&system, later(&system, 5)).await;
    no_sync_waits(&system).await;
    assert_eq!(listings(&system), 1);
    let template = shown(&system, "hello_world").await;
    assert_eq!((&template["status"], &template["category"]), (&json!("APPROVED"), &json!("UTILITY")));

    // Of one that Meta does not list either, only the trace stays.
    let more = json!({"event": "APPROVED", "message_template_name": "canary_nowhere"});
    told(&system, later(&system, 5), "message_template_status_update", &more).await;
    no_sync_waits(&system).await;
    assert_eq!(listings(&system), 2);
    assert_eq!(shown(&system, "canary_nowhere").await, Value::Null);
    let items = system.items_of("template").await;
    assert!(items.iter().any(|item| text(item, "name") == "canary_nowhere" && item.contains_key("told_status")));
    later(&system, 5);
    system.local.sync().await.unwrap();
    let run = system.get(&format!("/v1/wabas/{WABA}/templates/sync")).await.json();
    assert_eq!(run["last_attempt"]["absent"], 0);
    system.done().await;
}

/// An edit is told in part; what the template says now is read from Meta. Twenty edits in a POST are one listing.
#[tokio::test]
async fn an_edit_is_read_from_meta() {
    let system = system().await;
    system.local.sync().await.unwrap();
    let before = listings(&system);
    at_meta(&system, "hello_world", "components", &json!([{"type": "BODY", "text": "canary edited"}]));
    let change = json!({"field": "message_template_components_update", "value": {"message_template_id": 1,
        "message_template_name": "hello_world", "message_template_language": "en_US",
        "message_template_element": "canary edited"}});
    let body = envelope(later(&system, 5), &vec![change; 20]);
    assert_eq!(system.webhook(body.clone()).await.status, 200);
    no_sync_waits(&system).await;
    assert_eq!(shown(&system, "hello_world").await["components"][0]["text"], "canary edited");
    assert_eq!(listings(&system), before + 1);
    // It comes again: that listing has seen it.
    later(&system, 600);
    assert_eq!(system.webhook(body).await.status, 200);
    no_sync_waits(&system).await;
    assert_eq!(listings(&system), before + 1);
    system.done().await;
}

/// L-08, D-01: what is told of a number, by the number that people dial, is read onto its channel.
#[tokio::test]
async fn a_number_is_read_again() {
    let system = system().await;
    system.local.sync().await.unwrap();
    system.meta().number(NUMBER, |number| {
        number.node.insert("quality_rating".into(), json!("RED"));
        number.node.insert("whatsapp_business_manager_messaging_limit".into(), json!("TIER_250"));
    });
    let value = json!({"display_phone_number": "15550100", "event": "DOWNGRADE", "current_limit": "TIER_250"});
    let body = envelope(later(&system, 5), &[json!({"field": "phone_number_quality_update", "value": value})]);
    assert_eq!(system.webhook(body).await.status, 200);
    no_sync_waits(&system).await;
    let channel = system.get(&format!("/v1/channels/{NUMBER}")).await.json();
    assert_eq!((&channel["quality_rating"], &channel["messaging_limit"]), (&json!("RED"), &json!("TIER_250")));
    system.done().await;
}

/// Price, told a day ahead, and then come about.
#[tokio::test]
async fn a_category_is_announced_and_then_changed() {
    let system = system().await;
    system.local.sync().await.unwrap();
    let at = later(&system, 60);
    let announced = json!({"new_category": "UTILITY", "correct_category": "MARKETING",
        "category_update_timestamp": at.as_second() + 86_400});
    told(&system, at, "template_category_update", &announced).await;
    let template = shown(&system, "hello_world").await;
    assert_eq!(template["category"], "UTILITY");
    assert_eq!(template["next_category"], json!({"category": "MARKETING", "at": "2026-01-06T12:01:00Z"}));
    // A listing in between does not know of it.
    later(&system, 60);
    system.local.sync().await.unwrap();
    assert_eq!(shown(&system, "hello_world").await["next_category"]["category"], "MARKETING");
    let done = json!({"previous_category": "UTILITY", "new_category": "MARKETING"});
    told(&system, later(&system, 86_400), "template_category_update", &done).await;
    // The announcement comes once more.
    told(&system, at, "template_category_update", &announced).await;
    let template = shown(&system, "hello_world").await;
    assert_eq!((&template["category"], template.get("next_category")), (&json!("MARKETING"), None));
    system.done().await;
}
