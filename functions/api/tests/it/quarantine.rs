use model::PhoneNumberId;
use serde_json::json;
use store::{Cause, Inbound, Kept};

use crate::seed::raw;
use crate::world::{World, at, waba};

fn kept(cause: Cause, hour: u32, json: &str) -> Kept {
    Kept {
        cause: cause.as_str().to_owned(),
        field: "messages".to_owned(),
        waba_id: Some(waba()),
        phone_number_id: Some(PhoneNumberId::new("9")),
        at: at(&format!("2026-01-05T{hour:02}:00:00Z")),
        raw: raw(json),
        base64: false,
    }
}

/// H-03.
#[tokio::test]
async fn what_was_kept_is_listed_by_day_and_cause() {
    let world = World::new().await;
    let large = format!("\"{}\"", "x".repeat(40_000));
    let kept = vec![
        kept(Cause::Unregistered, 9, r#"{"field":"messages","value":{"n":7.90}}"#),
        kept(Cause::Unknown, 8, "[1]"),
        kept(Cause::Unprocessable, 7, &large),
        kept(Cause::Change, 6, r#"{"field":"account_update"}"#),
    ];
    world.record(Inbound { kept, ..Inbound::default() }).await;
    let list = world.get("/v1/quarantine?day=2026-01-05").await;
    assert_eq!(list.status, 200, "{}", list.text);
    assert!(list.text.contains(r#""raw":{"field":"messages","value":{"n":7.90}}"#), "token for token");
    let items = list.json()["items"].as_array().unwrap().clone();
    let causes: Vec<_> = items.iter().map(|item| item["cause"].as_str().unwrap()).collect();
    assert_eq!(causes, ["unregistered", "unknown", "unprocessable"]);
    assert_eq!((&items[0]["phone_number_id"], &items[0]["at"]), (&json!("9"), &json!("2026-01-05T09:00:00Z")));
    assert_eq!((&items[2]["raw"], &items[2]["bytes"]), (&json!(null), &json!(40_002)));
    // Today, where no day is given.
    assert_eq!(world.get("/v1/quarantine").await.json()["items"].as_array().unwrap().len(), 3);
    let changes = world.get("/v1/quarantine?cause=change").await.json();
    assert_eq!(changes["items"][0]["raw"]["field"], "account_update");
    assert_eq!(world.get("/v1/quarantine?day=2026-01-04").await.json(), json!({"items": []}));
}

#[tokio::test]
async fn pages_skip_what_was_read() {
    let world = World::new().await;
    let mut kept: Vec<_> = (10..20).map(|hour| kept(Cause::Change, hour, &hour.to_string())).collect();
    kept.push(self::kept(Cause::Unknown, 1, "1"));
    world.record(Inbound { kept, ..Inbound::default() }).await;
    let list = world.get("/v1/quarantine?limit=2").await.json();
    assert_eq!(list["items"].as_array().unwrap().len(), 1);
    assert_eq!(list["items"][0]["cause"], "unknown");
}

#[tokio::test]
async fn a_day_is_a_day() {
    let world = World::new().await;
    for query in ["day=2026-02-30", "day=yesterday", "day=2026-1-5", "day=2026-01-05T00:00:00", "cause=all"] {
        world.get(&format!("/v1/quarantine?{query}")).await.is(400, "invalid_query");
    }
}
