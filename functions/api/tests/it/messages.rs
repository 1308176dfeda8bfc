use model::send::{ErrorSource, SendError};
use model::{MessageId, SendId, SendState};
use serde_json::{Value, json};
use store::{MediaRecord, Recorded, StoredFile, Transition};

use crate::seed::WAMID;
use crate::world::{NUMBER, World, at};

const ENCODED: &str = "wamid.HBgLMTU1NTAx%2BMDEVAgA%2FSGCA%2F%2FzQUI%2BAA%3D%3D";

async fn queue(world: &World) -> String {
    let body = json!({"to": "+15550101", "type": "text", "text": {"body": "hi"}, "waypost": {"window": "meta"}});
    world.send(&body).await.json()["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_wamid_is_found_however_its_path_is_spelled() {
    let world = World::new().await;
    let json = format!(r#"{{"from":"15550101","id":"{WAMID}","type":"text","text":{{"body":"7.90"}},"x":7.90}}"#);
    world.wrote("15550101", WAMID, at("2026-01-05T11:00:00Z"), &json).await;
    for id in [WAMID, ENCODED] {
        let message = world.get(&format!("/v1/messages/{id}")).await;
        assert_eq!(message.status, 200, "{}", message.text);
        assert_eq!(
            message.json(),
            json!({"id": WAMID, "wamid": WAMID, "channel": NUMBER, "direction": "inbound", "contact": "wa:15550101",
                "type": "text", "at": "2026-01-05T11:00:00Z", "statuses": [], "errors": [],
                "content": serde_json::from_str::<Value>(&json).unwrap(),
                "display": {"text": "7.90", "type": "text", "payload_available": false}})
        );
        let raw = world.get(&format!("/v1/messages/{id}/raw")).await;
        assert_eq!((raw.status.as_u16(), raw.text.as_str()), (200, json.as_str()));
        assert_eq!(raw.headers["content-type"], "application/json");
        world.delete(&format!("/v1/messages/{id}")).await.is(409, "not_cancellable");
    }
}

/// U-01, U-04.
#[tokio::test]
async fn what_is_not_supported_shows_the_channels_own_words() {
    let world = World::new().await;
    let unsupported = r#"{"from":"15550101","id":"wamid.A","type":"unsupported","unsupported":{"type":"poll"},
        "errors":[{"code":131051,"title":"Message type unknown","message":"Message type unknown",
        "error_data":{"details":"Message type is currently not supported."}}]}"#;
    world.wrote("15550101", "wamid.A", at("2026-01-05T11:00:00Z"), unsupported).await;
    let tomorrow = r#"{"from":"15550101","id":"wamid.B","type":"hologram","hologram":{}}"#;
    world.wrote("15550101", "wamid.B", at("2026-01-05T11:00:01Z"), tomorrow).await;
    let message = world.get("/v1/messages/wamid.A").await.json();
    assert_eq!(message["display"], json!({"text": "Unsupported Message", "type": "poll", "payload_available": true}));
    let error = &message["errors"][0];
    assert_eq!((&error["source"], &error["code"]), (&json!("meta"), &json!("131051")));
    assert_eq!(error["detail"], "Message type is currently not supported.");
    assert_eq!(error["raw"]["code"], 131_051);
    let path = format!("/v1/channels/{NUMBER}");
    assert_eq!(world.patch(&path, &json!({"version": 1, "fallback_text": "See your phone"})).await.status, 200);
    let message = world.get("/v1/messages/wamid.B").await.json();
    assert_eq!(message["display"], json!({"text": "See your phone", "type": "hologram", "payload_available": true}));
}

#[tokio::test]
async fn a_file_is_shown_with_what_became_of_it() {
    let world = World::new().await;
    let image = r#"{"from":"15550101","id":"wamid.A","type":"image","image":{"id":"7","mime_type":"image/jpeg"}}"#;
    world.wrote("15550101", "wamid.A", at("2026-01-05T11:00:00Z"), image).await;
    let message = world.get("/v1/messages/wamid.A").await.json();
    assert_eq!((message.get("media"), &message["display"]["text"]), (None, &json!("[Image]")));
    let id = MessageId::new("wamid.A");
    let waiting = MediaRecord::Waiting { reason: "no token".to_owned(), attempts: 3 };
    let failed =
        MediaRecord::Failed { code: "too_large".to_owned(), reason: "too large".to_owned(), quarantine_key: None };
    let stored = MediaRecord::Stored(StoredFile {
        bucket: "media".to_owned(),
        key: "a/b".to_owned(),
        mime_type: "image/jpeg".to_owned(),
        sniffed_type: None,
        type_mismatch: false,
        sha256: "00".to_owned(),
        bytes: 7,
        declared_bytes: None,
    });
    for (record, shown) in [
        (waiting, json!({"state": "waiting", "reason": "no token", "attempts": 3})),
        (failed, json!({"state": "failed", "code": "too_large", "reason": "too large"})),
        (
            stored,
            json!({"state": "stored", "bucket": "media", "key": "a/b", "mime_type": "image/jpeg", "type_mismatch": false,
                "sha256": "00", "bytes": 7}),
        ),
    ] {
        assert_eq!(world.store.record_media(&id, &record, world.clock.now()).await.unwrap(), Recorded::Done);
        assert_eq!(world.get("/v1/messages/wamid.A").await.json()["media"], shown);
    }
}

#[tokio::test]
async fn statuses_are_shown_by_time_and_the_furthest_counts() {
    let world = World::new().await;
    let id = queue(&world).await;
    let send = Some(id.as_str());
    let second = |second: u32| at(&format!("2026-01-05T12:00:{second:02}Z"));
    let priced = Some(r#"{"billable":true,"pricing_model":"PMP"}"#);
    world.status(WAMID, send, "read", second(9)).await;
    world.status_with(WAMID, send, "delivered", second(2), priced, None).await;
    world.status_with(WAMID, send, "sent", second(2), Some(r#"{"billable":false}"#), None).await;
    for name in [id.as_str(), WAMID, ENCODED] {
        let message = world.get(&format!("/v1/messages/{name}")).await.json();
        assert_eq!((&message["id"], &message["wamid"]), (&json!(id), &json!(WAMID)), "{message}");
        assert_eq!(
            message["statuses"],
            json!([{"status": "sent", "at": second(2)}, {"status": "delivered", "at": second(2)},
                {"status": "read", "at": second(9)}])
        );
        assert_eq!(message["pricing"]["billable"], true);
        assert_eq!(message["errors"], json!([]));
    }
}

#[tokio::test]
async fn a_failure_that_meta_tells_later_is_the_state() {
    let world = World::new().await;
    let id = queue(&world).await;
    let send_id = SendId::parse(&id).unwrap();
    let wamid = MessageId::new(WAMID);
    let mut settled = Transition::new(&[SendState::Queued], SendState::Accepted);
    settled.wamid = Some(&wamid);
    world.store.transition(&send_id, &settled, world.clock.now()).await.unwrap();
    assert_eq!(world.get(&format!("/v1/messages/{id}")).await.json()["state"], "accepted");
    let errors =
        Some(r#"[{"code":131026,"title":"Message undeliverable","error_data":{"details":"No such account"}}]"#);
    world.status_with(WAMID, Some(&id), "failed", world.clock.now(), None, errors).await;
    let message = world.get(&format!("/v1/messages/{id}")).await.json();
    assert_eq!(message["state"], "failed");
    let error = &message["errors"][0];
    assert_eq!((&error["source"], &error["code"]), (&json!("meta"), &json!("131026")));
    assert_eq!(error["detail"], "No such account");
    assert!(error["title"].is_string() && error["remedy"].is_string(), "{error}");
    assert_eq!(error["raw"]["title"], "Message undeliverable");
}

#[tokio::test]
async fn an_error_is_shown_for_as_long_as_it_holds() {
    let world = World::new().await;
    let id = queue(&world).await;
    let send_id = SendId::parse(&id).unwrap();
    let error = SendError {
        source: ErrorSource::Waypost,
        code: "unconfirmed".to_owned(),
        title: "Nobody could say whether it went out".to_owned(),
        detail: None,
        remedy: Some("Ask the person".to_owned()),
        raw: None,
    };
    let mut failed = Transition::new(&[SendState::Queued], SendState::Failed);
    failed.error = Some(&error);
    world.store.transition(&send_id, &failed, world.clock.now()).await.unwrap();
    let message = world.get(&format!("/v1/messages/{id}")).await.json();
    assert_eq!(message["state"], "failed");
    assert_eq!(
        message["errors"],
        json!([{"source": "waypost", "code": "unconfirmed", "title": "Nobody could say whether it went out",
            "remedy": "Ask the person"}])
    );
    // It did go out.
    world.status(WAMID, Some(&id), "delivered", world.clock.now()).await;
    let message = world.get(&format!("/v1/messages/{id}")).await.json();
    assert_eq!((&message["state"], &message["errors"]), (&json!("accepted"), &json!([])));
}

#[tokio::test]
async fn a_message_that_another_system_sent_has_its_statuses() {
    let world = World::new().await;
    world.status(WAMID, None, "sent", at("2026-01-05T11:00:00Z")).await;
    let message = world.get(&format!("/v1/messages/{WAMID}")).await.json();
    assert_eq!((&message["direction"], &message["content"]), (&json!("outbound"), &Value::Null));
    assert_eq!((&message["contact"], &message["statuses"][0]["status"]), (&Value::Null, &json!("sent")));
    world.get(&format!("/v1/messages/{WAMID}/raw")).await.is(404, "not_found");
}

#[tokio::test]
async fn what_is_not_there_is_not_found() {
    let world = World::new().await;
    for id in ["wamid.X", "snd_aaaaaaaaaaaaaaaaaaaaaaaa", "wamid.X/raw", "raw", &"x".repeat(3_000)] {
        world.get(&format!("/v1/messages/{id}")).await.is(404, "not_found");
    }
    world.delete("/v1/messages/wamid.X").await.is(404, "not_found");
}
