use model::event::{dedupe_message, event_id};
use model::{Event, EventType, MessageId};
use serde_json::{Value, json};

use crate::seed::WAMID;
use crate::world::{NUMBER, WABA, World, at, number};

#[tokio::test]
async fn a_stored_message_is_published_again() {
    let world = World::new().await;
    let json = format!(r#"{{"from":"15550101","id":"{WAMID}","type":"text","text":{{"body":"hi"}},"x": 7.90}}"#);
    world.wrote("15550101", WAMID, at("2026-01-05T11:00:00Z"), &json).await;
    let sent = json!({"to": "+15550101", "type": "text", "text": {"body": "hello"}});
    let sent = world.send(&sent).await.json()["id"].clone();
    let asked = json!({"ids": [WAMID, WAMID, "wamid.gone", sent]});

    let mut dry = asked.clone();
    dry["dry_run"] = json!(true);
    let tried = world.post("/v1/replay", &dry).await;
    assert_eq!(tried.status, 200, "{}", tried.text);
    assert!(tried.json()["items"][0]["event_id"].is_string());
    assert_eq!(tried.json()["items"][0]["published"], false);
    assert!(world.queued(&world.events).is_empty());

    let done = world.post("/v1/replay", &asked).await.json();
    let run = done["run_id"].as_str().unwrap();
    let original = event_id(EventType::MessageReceived, &dedupe_message(&number(), &MessageId::new(WAMID)));
    let id = format!("{original}.{run}");
    assert_eq!(
        done["items"],
        json!([{"id": WAMID, "event_id": id, "published": true},
            {"id": "wamid.gone", "published": false, "reason": "not_found"},
            {"id": sent, "published": false, "reason": "not_received"}])
    );
    let records = world.queued(&world.events);
    let [record] = records.as_slice() else { panic!("one event") };
    assert_eq!(record.deduplication_id.as_deref(), Some(id.as_str()));
    assert!(serde_json::from_str::<Event>(&record.body).is_ok());
    let event: Value = serde_json::from_str(&record.body).unwrap();
    assert_eq!(event["id"], id);
    assert_eq!((&event["type"], &event["at"]), (&json!("message.received"), &json!("2026-01-05T11:00:00Z")));
    assert_eq!((&event["waba_id"], &event["phone_number_id"]), (&json!(WABA), &json!(NUMBER)));
    assert_eq!(
        event["contact"],
        json!({"key": "wa:15550101", "wa_id": "15550101", "phone": "+15550101", "name": "Ana"})
    );
    assert!(record.body.contains(&json), "token for token");
}

#[tokio::test]
async fn other_ways_to_select_are_refused() {
    let world = World::new().await;
    for body in [json!({"from": "2026-01-01"}), json!({"ids": ["wamid.A"], "channel": NUMBER})] {
        world.post("/v1/replay", &body).await.is(422, "not_supported");
    }
    let many: Vec<_> = (0..101).map(|number| format!("wamid.{number}")).collect();
    for body in [json!({}), json!({"ids": []}), json!({"ids": many}), json!({"ids": [""]}), json!({"ids": "wamid.A"})] {
        world.post("/v1/replay", &body).await.is(422, "invalid_request");
    }
}
