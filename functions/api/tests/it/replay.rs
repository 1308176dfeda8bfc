use model::event::{dedupe_message, event_id};
use model::{Event, EventType, MessageId};
use serde_json::{Value, json};
use store::{Cause, Inbound, Kept};

use crate::seed::{WAMID, raw};
use crate::world::{NUMBER, WABA, World, at, number, waba};

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
async fn a_replay_is_of_one_thing() {
    let world = World::new().await;
    for body in [
        json!({"from": "2026-01-01"}),
        json!({"from": "2026-01-01T00:00:00Z", "colour": "red"}),
        json!({"ids": ["wamid.A"], "channel": NUMBER}),
        json!({"ids": ["wamid.A"], "quarantine": {}}),
        json!({"to": "2026-01-01T00:00:00Z"}),
        json!({"from": "2026-01-02T00:00:00Z", "to": "2026-01-01T00:00:00Z"}),
        // The clock of these tests stands at noon of 5 January 2026.
        json!({"from": "2026-02-01T00:00:00Z"}),
        json!({"quarantine": {"day": "2026-01-01", "from": "2026-01-01T00:00:00Z"}}),
        json!({"quarantine": {"cause": "all"}}),
    ] {
        world.post("/v1/replay", &body).await.is(422, "invalid_request");
    }
    let many: Vec<_> = (0..101).map(|number| format!("wamid.{number}")).collect();
    for body in [json!({}), json!({"ids": []}), json!({"ids": many}), json!({"ids": [""]}), json!({"ids": "wamid.A"})] {
        world.post("/v1/replay", &body).await.is(422, "invalid_request");
    }
    world.post("/v1/replay", &json!({"quarantine": {"day": "yesterday"}})).await.is(400, "invalid_query");
    let unknown = json!({"from": "2026-01-01T00:00:00Z", "channel": "9"});
    world.post("/v1/replay", &unknown).await.is(404, "unknown_channel");
    let forged = json!({"from": "2026-01-01T00:00:00Z", "cursor": "e30"});
    world.post("/v1/replay", &forged).await.is(400, "invalid_cursor");
}

/// Every page of a range has the run of the first, so that repeating one tells nothing twice.
#[tokio::test]
async fn a_time_is_replayed_page_by_page() {
    let world = World::new().await;
    world.post("/v1/channels", &json!({"phone_number_id": "100000000000002", "waba_id": WABA, "name": "b"})).await;
    for minute in 0..130 {
        let when = at("2026-01-05T08:00:00Z") + jiff::SignedDuration::from_mins(minute);
        world.wrote_text(&format!("1555{:04}", minute % 7), &format!("wamid.{minute}"), when, "hi").await;
    }
    let mut asked = json!({"from": "2026-01-05T08:10:00Z", "to": "2026-01-05T10:08:00Z"});
    let (mut ids, mut runs) = (Vec::new(), std::collections::BTreeSet::new());
    loop {
        let part = world.post("/v1/replay", &asked).await;
        assert_eq!(part.status, 200, "{}", part.text);
        let part = part.json();
        runs.insert(part["run_id"].as_str().unwrap().to_owned());
        ids.extend(part["items"].as_array().unwrap().iter().map(|item| item["id"].as_str().unwrap().to_owned()));
        match part["cursor"].as_str() {
            Some(cursor) => asked["cursor"] = cursor.into(),
            None => break,
        }
    }
    assert_eq!((ids.len(), runs.len()), (118, 1));
    let told = world.queued(&world.events);
    assert_eq!(told.len(), 118);
    let run = runs.first().unwrap();
    assert!(told.iter().all(|record| record.deduplication_id.as_ref().unwrap().ends_with(run)));
    // The last page again: SQS knows its events.
    world.post("/v1/replay", &asked).await;
    assert_eq!(world.queued(&world.events).len(), 118);
    // Dry, of a channel to which nobody wrote.
    let other = json!({"from": "2026-01-05T08:10:00Z", "channel": "100000000000002", "dry_run": true});
    assert_eq!(world.post("/v1/replay", &other).await.json()["items"], json!([]));
}

/// Its file is copied where that never came about, and not again where it did.
#[tokio::test]
async fn a_file_that_is_missing_is_asked_for() {
    let world = World::new().await;
    let image = r#"{"id":"wamid.I","from":"15550101","type":"image","image":{"id":"77","mime_type":"image/png"}}"#;
    world.wrote("15550101", "wamid.I", at("2026-01-05T11:00:00Z"), image).await;
    let asked = json!({"ids": ["wamid.I"], "dry_run": true});
    world.post("/v1/replay", &asked).await;
    assert!(world.queued(&world.media).is_empty());
    world.post("/v1/replay", &json!({"ids": ["wamid.I"]})).await;
    let jobs = world.queued(&world.media);
    let [job] = jobs.as_slice() else { panic!("one job") };
    let job: Value = serde_json::from_str(&job.body).unwrap();
    assert_eq!((&job["media_id"], &job["message_id"]), (&json!("77"), &json!("wamid.I")));
    let file = store::StoredFile {
        bucket: "media".into(),
        key: "a".into(),
        mime_type: "image/png".into(),
        sniffed_type: None,
        type_mismatch: false,
        sha256: "00".into(),
        bytes: 1,
        declared_bytes: None,
    };
    let stored = store::MediaRecord::Stored(file);
    world.store.record_media(&MessageId::new("wamid.I"), &stored, world.clock.now()).await.unwrap();
    world.post("/v1/replay", &json!({"ids": ["wamid.I"]})).await;
    assert_eq!(world.queued(&world.media).len(), 1);
}

fn kept(cause: Cause, field: &str, raw_json: &str, hour: u32) -> Kept {
    Kept {
        cause: cause.as_str().to_owned(),
        field: field.to_owned(),
        waba_id: Some(waba()),
        phone_number_id: Some(number()),
        at: at(&format!("2026-01-05T{hour:02}:00:00Z")),
        raw: raw(raw_json),
        base64: false,
    }
}

/// What an older version could not read, what this one cannot, and a body that never was a webhook.
#[tokio::test]
async fn what_was_kept_is_tried_again() {
    let world = World::new().await;
    let readable =
        r#"{"from":"15550101","id":"wamid.late","timestamp":"1767603600","type":"text","text":{"body":"hi"}}"#;
    let hook = br#"{"entry":[{"id":"2","changes":[{"field":"flows","value":{"event":"X"}}]}]}"#;
    let kept = vec![
        kept(Cause::Unknown, "messages", readable, 9),
        kept(Cause::Unknown, "messages", r#"{"type":"text"}"#, 10),
        kept(Cause::Unknown, "errors", r#"[{"code":131000}]"#, 10),
        Kept::body(hook, at("2026-01-05T11:00:00Z")).unwrap(),
        Kept::body(b"\xff no webhook", at("2026-01-05T11:30:00Z")).unwrap(),
        kept(Cause::Change, "flows", r#"{"field":"flows","value":{}}"#, 8),
    ];
    world.record(Inbound { kept, ..Inbound::default() }).await;
    let before = world.items().await;
    let dry = world.post("/v1/replay", &json!({"quarantine": {"day": "2026-01-05"}, "dry_run": true})).await.json();
    let outcome = |run: &Value| -> Vec<Value> {
        let items = run["items"].as_array().unwrap();
        items.iter().map(|item| json!([item["kept"]["cause"], item["reason"], item["kept"]["events"]])).collect()
    };
    let expected = json!([
        ["unknown", null, 1],
        ["unknown", "unreadable", 0],
        ["unknown", "unreadable", 0],
        ["unprocessable", null, 1],
        ["unprocessable", "unreadable", 0]
    ]);
    let sorted = |mut rows: Vec<Value>| {
        rows.sort_by_key(Value::to_string);
        rows
    };
    assert_eq!(sorted(outcome(&dry)), sorted(expected.as_array().unwrap().clone()));
    assert_eq!(world.items().await, before, "a dry run writes nothing");
    assert!(world.queued(&world.events).is_empty());

    let done = world.post("/v1/replay", &json!({"quarantine": {"day": "2026-01-05"}})).await.json();
    assert_eq!(outcome(&done), outcome(&dry));
    let told = world.queued(&world.events);
    let run = done["run_id"].as_str().unwrap();
    assert!(told.len() == 2 && told.iter().all(|record| record.deduplication_id.as_ref().unwrap().ends_with(run)));
    let message = world.get("/v1/messages/wamid.late").await.json();
    assert_eq!((&message["display"]["text"], &message["at"]), (&json!("hi"), &json!("2026-01-05T09:00:00Z")));
    // Kept all the same, with a note of who took it in; not taken in again unless asked.
    let list = world.get("/v1/quarantine?day=2026-01-05").await.json();
    let noted = list["items"].as_array().unwrap().iter().filter(|item| item["replayed"]["run_id"] == run).count();
    assert_eq!((list["items"].as_array().unwrap().len(), noted), (5, 2));
    let second = world.post("/v1/replay", &json!({"quarantine": {}})).await.json();
    assert_eq!(second["items"].as_array().unwrap().len(), 3);
    let again = world.post("/v1/replay", &json!({"quarantine": {}, "again": true})).await.json();
    assert_eq!(again["items"].as_array().unwrap().len(), 5);
    assert_eq!(world.queued(&world.events).len(), 4);
}

/// The number is told of when it is added; its messages come in only when asked, at Meta's times.
#[tokio::test]
async fn a_new_number_is_offered_what_waits() {
    let world = World::empty().await;
    let change = |n: u32| {
        format!(
            r#"{{"field":"messages","value":{{"metadata":{{"phone_number_id":"{NUMBER}"}},"messages":[
            {{"from":"15550101","id":"wamid.{n}","timestamp":"{}","type":"text","text":{{"body":"{n}"}}}}]}}}}"#,
            1_767_600_000 + n
        )
    };
    let kept = (0..120).map(|n| kept(Cause::Unregistered, "messages", &change(n), 9)).collect();
    world.record(Inbound { kept, ..Inbound::default() }).await;
    let still = world.post("/v1/replay", &json!({"quarantine": {"phone_number_id": NUMBER}})).await.json();
    assert!(still["items"].as_array().unwrap().iter().all(|item| item["reason"] == "unregistered"), "{still}");
    let channel = json!({"phone_number_id": NUMBER, "waba_id": WABA, "name": "shop"});
    let added = world.post("/v1/channels", &channel).await.json();
    assert_eq!((&added["quarantine"]["changes"], &added["quarantine"]["at_least"]), (&json!(120), &json!(false)));
    assert_eq!(added["name"], "shop");
    let mut asked = added["quarantine"]["replay"].clone();
    let mut taken = 0;
    loop {
        let part = world.post("/v1/replay", &asked).await.json();
        taken += part["items"].as_array().unwrap().iter().filter(|item| item["published"] == true).count();
        match part["cursor"].as_str() {
            Some(cursor) => asked["cursor"] = cursor.into(),
            None => break,
        }
    }
    assert_eq!((taken, world.queued(&world.events).len()), (120, 120));
    // In the order they were written, for consumers of one person.
    let bodies: Vec<Value> =
        world.queued(&world.events).iter().map(|record| serde_json::from_str(&record.body).unwrap()).collect();
    let times: Vec<&str> = bodies.iter().map(|event| event["at"].as_str().unwrap()).collect();
    assert!(bodies.iter().all(|event| event["type"] == "message.received"));
    let contact = world.get(&format!("/v1/channels/{NUMBER}/contacts/+15550101")).await.json();
    assert_eq!(contact["last_inbound_at"], *times.iter().max().unwrap());
}
