use std::time::Duration;

use serde_json::{Value, json};

use crate::world::{NUMBER, World, at};

fn path(rest: &str) -> String {
    format!("/v1/channels/{NUMBER}/{rest}")
}

/// K-01, K-04.
#[tokio::test]
async fn a_contact_is_found_by_any_of_its_names() {
    let world = World::new().await;
    world.linked("US.1000000001", "15550101", at("2026-01-05T11:00:00Z")).await;
    let expected = json!({"key": "user:US.1000000001", "phone_number_id": NUMBER, "wa_id": "15550101",
        "user_id": "US.1000000001", "phone": "+15550101", "first_seen_at": "2026-01-05T11:00:00Z",
        "last_inbound_at": "2026-01-05T11:00:00Z", "identities": ["user:US.1000000001", "wa:15550101"],
        "window": {"open": true, "expires_at": "2026-01-06T11:00:00Z", "reason": "message",
            "explanation": "Open until 2026-01-06T11:00:00Z: they wrote at 2026-01-05T11:00:00Z."}});
    for key in
        ["user:US.1000000001", "US.1000000001", "wa:15550101", "+15550101", "%2B15550101", "wa%3A15550101", "15550101"]
    {
        let contact = world.get(&path(&format!("contacts/{key}"))).await;
        assert_eq!(contact.status, 200, "{key}: {}", contact.text);
        assert_eq!(contact.json(), expected, "{key}");
    }
    for key in ["+15550109", "Ana", "US.2"] {
        world.get(&path(&format!("contacts/{key}"))).await.is(404, "not_found");
        world.get(&path(&format!("contacts/{key}/messages"))).await.is(404, "not_found");
    }
    world.get("/v1/channels/9/contacts/+15550101").await.is(404, "unknown_channel");
}

/// W-01, W-07.
#[tokio::test]
async fn a_window_says_whether_and_why() {
    let world = World::new().await;
    world.wrote_text("15550101", "wamid.A", at("2026-01-05T12:00:00Z"), "hi").await;
    let window = async || {
        let mut window = world.get(&path("contacts/wa:15550101")).await.json()["window"].clone();
        let explanation = window["explanation"].take();
        let said = explanation.as_str().unwrap();
        assert!(said.contains("2026-01-05T12:00:00Z") && said.contains("2026-01-06T12:00:00Z"), "{said}");
        assert_eq!(said.contains("Only templates"), window["open"] == false, "{said}");
        let fields = window.as_object_mut().unwrap();
        assert_eq!(fields.remove("closed_since").is_some(), fields["reason"] == "expired");
        fields.remove("explanation");
        window
    };
    let told = |open: bool, reason: &str| json!({"open": open, "expires_at": "2026-01-06T12:00:00Z", "reason": reason});
    assert_eq!(window().await, told(true, "message"));
    world.clock.advance(Duration::from_mins(24 * 60 - 1));
    assert_eq!(window().await, told(false, "closing"));
    world.clock.advance(Duration::from_mins(1));
    assert_eq!(window().await, told(false, "expired"));
}

#[tokio::test]
async fn history_holds_both_directions_in_pages() {
    let world = World::new().await;
    for minute in 0..5 {
        let written = at(&format!("2026-01-05T11:0{minute}:00Z"));
        world.wrote_text("15550101", &format!("wamid.{minute}"), written, "hi").await;
    }
    world.wrote_text("15550102", "wamid.other", at("2026-01-05T11:00:00Z"), "ho").await;
    let reply = world.send(&json!({"to": "+15550101", "type": "text", "text": {"body": "hello"}})).await;
    let reply = reply.json()["id"].clone();
    let mut seen = Vec::new();
    let mut next = path("contacts/+15550101/messages?limit=4");
    loop {
        let page = world.get(&next).await.json();
        seen.extend(page["items"].as_array().unwrap().iter().map(|message| message["id"].clone()));
        match page.get("cursor") {
            Some(cursor) => {
                next = path(&format!("contacts/+15550101/messages?limit=4&cursor={}", cursor.as_str().unwrap()));
            }
            None => break,
        }
    }
    let expected = [reply, json!("wamid.4"), json!("wamid.3"), json!("wamid.2"), json!("wamid.1"), json!("wamid.0")];
    assert_eq!(seen, expected);
}

#[tokio::test]
async fn one_can_write_to_a_person_who_never_wrote() {
    let world = World::new().await;
    let send = json!({"to": "+15550101", "type": "template", "template": {"name": "a", "language": {"code": "en"}}});
    assert_eq!(world.send(&send).await.status, 202);
    let history = world.get(&path("contacts/+15550101/messages")).await.json();
    assert_eq!(history["items"].as_array().unwrap().len(), 1);
    world.get(&path("contacts/+15550101")).await.is(404, "not_found");
}

#[tokio::test]
async fn the_inbox_shows_who_wrote_last() {
    let world = World::new().await;
    world.wrote_text("15550101", "wamid.1", at("2026-01-05T11:10:00Z"), "first").await;
    world.wrote_text("15550102", "wamid.2", at("2026-01-05T11:20:00Z"), "second").await;
    world.wrote_text("15550103", "wamid.3", at("2026-01-04T11:30:00Z"), "yesterday").await;
    let answer = world.send(&json!({"to": "+15550101", "type": "text", "text": {"body": "reply"}})).await;
    assert_eq!(answer.status, 202);
    let inbox = world.get(&path("inbox")).await.json();
    let lines: Vec<Value> = inbox["items"].as_array().unwrap().clone();
    let texts: Vec<_> = lines.iter().map(|line| line["last_message"]["display"]["text"].as_str().unwrap()).collect();
    assert_eq!(texts, ["reply", "second", "yesterday"]);
    assert_eq!(lines[0]["contact"]["name"], "Ana");
    assert_eq!(lines[0]["last_message"]["direction"], "outbound");
    assert_eq!(
        (&lines[0]["last_activity_at"], &lines[1]["last_activity_at"]),
        (&json!("2026-01-05T12:00:00Z"), &json!("2026-01-05T11:20:00Z"))
    );
    assert_eq!(
        (&lines[0]["contact"]["window"]["open"], &lines[2]["contact"]["window"]["open"]),
        (&json!(true), &json!(false))
    );
    world.get("/v1/channels/9/inbox").await.is(404, "unknown_channel");
}

#[tokio::test]
async fn contacts_come_in_pages_each_once() {
    let world = World::new().await;
    for person in 0..12 {
        let written = at(&format!("2026-01-05T{person:02}:00:00Z"));
        world.wrote_text(&format!("155501{person:02}"), &format!("wamid.{person}"), written, "hi").await;
    }
    let mut seen = Vec::new();
    let mut next = path("contacts?limit=5");
    loop {
        let page = world.get(&next).await.json();
        seen.extend(
            page["items"].as_array().unwrap().iter().map(|contact| contact["wa_id"].as_str().unwrap().to_owned()),
        );
        match page.get("cursor") {
            Some(cursor) => next = path(&format!("contacts?limit=5&cursor={}", cursor.as_str().unwrap())),
            None => break,
        }
    }
    let expected: Vec<_> = (0..12).rev().map(|person| format!("155501{person:02}")).collect();
    assert_eq!(seen, expected);
}
