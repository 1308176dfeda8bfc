use std::collections::BTreeMap;

use jiff::SignedDuration;
use model::{Template, TemplateId};
use queue::SyncJob;
use serde_json::{Value, json};
use store::{SyncOutcome, SyncStart};

use crate::seed::raw;
use crate::world::{WABA, World, at, waba};

fn template(number: usize) -> Template {
    let pick = |words: &[&str]| words[number % words.len()].to_owned();
    let body = if number == 7 { "Your table is ready, {{1}}" } else { "Hello" };
    Template {
        id: TemplateId::new(format!("9{number:05}")),
        waba_id: waba(),
        name: format!("note_{number:03}"),
        language: pick(&["en_US", "de"]),
        category: pick(&["UTILITY", "MARKETING", "AUTHENTICATION"]),
        submitted_category: None,
        status: pick(&["APPROVED", "PENDING", "REJECTED", "PAUSED", "SOMETHING_NEW"]),
        rejected_reason: (number % 5 == 2).then(|| "INVALID_FORMAT".to_owned()),
        status_details: None,
        next_category: None,
        quality: number.is_multiple_of(2).then(|| "GREEN".to_owned()),
        parameter_format: "POSITIONAL".to_owned(),
        components: raw(&json!([{"type": "HEADER", "text": "table"}, {"type": "BODY", "text": body}]).to_string()),
        extra: BTreeMap::new(),
        updated_at: at("2026-01-05T11:00:00Z"),
        absent: number == 8,
    }
}

async fn world(count: usize) -> World {
    let world = World::new().await;
    let templates: Vec<_> = (0..count).map(template).collect();
    world.store.write_templates(&templates, at("2026-01-05T11:00:00Z")).await.unwrap();
    world
}

fn path(rest: &str) -> String {
    format!("/v1/wabas/{WABA}/templates{rest}")
}

async fn all(world: &World, filter: &str) -> Vec<Value> {
    let mut items = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = world.get(&path(&format!("?limit=100&{filter}{cursor}"))).await;
        assert_eq!(page.status, 200, "{}", page.text);
        let page = page.json();
        items.extend(page["items"].as_array().unwrap().clone());
        match page.get("cursor") {
            Some(next) => cursor = format!("&cursor={}", next.as_str().unwrap()),
            None => return items,
        }
    }
}

/// S-04, S-05.
#[tokio::test]
async fn a_template_says_what_it_is() {
    let world = world(3).await;
    let rejected = &all(&world, "status=Rejected").await[0];
    assert_eq!(
        rejected,
        &json!({"id": "900002", "waba_id": WABA, "name": "note_002", "language": "en_US", "category": "AUTHENTICATION",
            "status": "REJECTED", "label": "Rejected", "sendable": false, "absent": false,
            "rejected_reason": "INVALID_FORMAT", "quality": "GREEN", "parameter_format": "POSITIONAL",
            "components": [{"type": "HEADER", "text": "table"}, {"type": "BODY", "text": "Hello"}],
            "updated_at": "2026-01-05T11:00:00Z"})
    );
}

/// S-07.
#[tokio::test]
async fn five_hundred_are_filtered_sorted_and_paged() {
    let world = world(500).await;
    let names = |items: &[Value]| -> Vec<String> {
        items.iter().map(|item| item["name"].as_str().unwrap().to_owned()).collect()
    };
    let everything = names(&all(&world, "").await);
    assert_eq!(everything, (0..500).map(|number| format!("note_{number:03}")).collect::<Vec<_>>());
    for (filter, count) in [
        ("status=PENDING", 100),
        ("status=submitted", 100),
        ("status=something_new", 100),
        ("category=marketing", 167),
        ("language=de", 250),
        ("quality=green", 250),
        ("quality=UNKNOWN", 250),
        ("language=de&category=utility&status=approved", 17),
        ("q=NOTE_12", 10),
        ("q=table%20is", 1),
        ("q=nothing", 0),
    ] {
        let found = names(&all(&world, filter).await);
        assert_eq!(found.len(), count, "{filter}");
        assert!(found.is_sorted(), "{filter}");
    }
    let gone = &all(&world, "q=note_008").await[0];
    assert_eq!((&gone["absent"], &gone["sendable"]), (&json!(true), &json!(false)));
}

/// S-03.
#[tokio::test]
async fn the_list_says_how_fresh_it_is() {
    let world = World::new().await;
    let fresh = world.get(&path("")).await.json();
    assert_eq!(fresh, json!({"items": [], "last_synced_at": null, "last_attempt": null}));
    let (began, lease) = (at("2026-01-05T11:00:00Z"), at("2026-01-05T11:15:00Z"));
    assert_eq!(world.store.begin_sync(&waba(), lease, began).await.unwrap(), SyncStart::Started);
    let done = SyncOutcome::Succeeded { listed: 3, written: 2, absent: 1 };
    let ended = began + SignedDuration::from_secs(2);
    assert!(
        world.store.finish_sync(&waba(), lease, began, &done, store::Calls::default(), ended).await.unwrap().is_some()
    );
    let run = world.get(&path("/sync")).await.json();
    assert_eq!(
        run,
        json!({"waba_id": WABA, "last_synced_at": "2026-01-05T11:00:02Z", "last_attempt": {
            "at": "2026-01-05T11:00:00Z", "state": "succeeded", "duration_ms": 2000, "listed": 3, "written": 2,
            "absent": 1}, "management_calls": {"used_percent": 0}})
    );
    let (began, lease) = (at("2026-01-05T11:30:00Z"), at("2026-01-05T11:45:00Z"));
    world.store.begin_sync(&waba(), lease, began).await.unwrap();
    let broken = SyncOutcome::Failed { error: "page 3 did not come".to_owned() };
    world.store.finish_sync(&waba(), lease, began, &broken, store::Calls::default(), began).await.unwrap();
    let list = world.get(&path("")).await.json();
    assert_eq!(list["last_synced_at"], "2026-01-05T11:00:02Z");
    assert_eq!(
        list["last_attempt"],
        json!({"at": "2026-01-05T11:30:00Z", "state": "failed", "duration_ms": 0, "error": "page 3 did not come"})
    );
}

/// S-01.
#[tokio::test]
async fn a_sync_is_asked_for_once_at_a_time() {
    let world = World::new().await;
    let asked = world.post(&path("/sync"), &Value::Null).await;
    assert_eq!((asked.status.as_u16(), asked.json()), (202, json!({"waba_id": WABA, "state": "queued"})));
    let jobs = world.queued(&world.sync);
    assert_eq!(jobs.len(), 1);
    assert_eq!(SyncJob::decode(&jobs[0].body).unwrap().waba_id, waba());

    let lease = at("2026-01-05T12:15:00Z");
    world.store.begin_sync(&waba(), lease, world.clock.now()).await.unwrap();
    let asked = world.post(&path("/sync"), &Value::Null).await;
    assert_eq!((asked.status.as_u16(), &asked.json()["state"]), (202, &json!("in_progress")));
    assert_eq!(world.queued(&world.sync).len(), 1);
    assert_eq!(world.get(&path("/sync")).await.json()["last_attempt"]["state"], "running");
    world.clock.advance(std::time::Duration::from_secs(901));
    assert_eq!(world.get(&path("/sync")).await.json()["last_attempt"]["state"], "interrupted");
    assert_eq!(world.post(&path("/sync"), &Value::Null).await.json()["state"], "queued");
}

#[tokio::test]
async fn an_account_without_a_channel_is_not_found() {
    let world = World::new().await;
    for rest in ["", "/sync"] {
        world.get(&format!("/v1/wabas/9/templates{rest}")).await.is(404, "not_found");
    }
    world.post("/v1/wabas/9/templates/sync", &Value::Null).await.is(404, "not_found");
    assert!(world.queued(&world.sync).is_empty());
}
