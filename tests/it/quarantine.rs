//! What comes for a number that is no channel of this stack (H-03, security 13).

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::system::{Message, NUMBER, System, WABA, envelope, message_path, notification, text};

const STRANGER: &str = "199999999999999";
const ANA: &str = "15550177801";

#[tokio::test]
async fn an_unknown_number_is_quarantined() {
    let system = System::start().await;
    let message = Message::new(ANA, "canary");
    let body = notification(STRANGER, std::slice::from_ref(&message));
    // However often Meta tells it.
    for _ in 0..3 {
        assert_eq!(system.webhook(body.clone()).await.status, 200);
    }
    let sent: Value = serde_json::from_str(&body).unwrap();
    let change = &sent["entry"][0]["changes"][0];
    let kept = system.get("/v1/quarantine?cause=unregistered").await.json();
    let [kept] = kept["items"].as_array().unwrap().as_slice() else { panic!("{kept}") };
    assert_eq!((&kept["raw"], &kept["phone_number_id"]), (change, &json!(STRANGER)));

    let events = system.events().await;
    let [event] = events.as_slice() else { panic!("{} events", events.len()) };
    assert_eq!((event.kind.as_str(), &event.contact), ("unknown", &Value::Null));
    assert_eq!((event.phone_number_id.as_deref(), event.waba_id.as_deref()), (Some(STRANGER), Some(WABA)));
    assert_eq!(&event.data(), change);
    assert!(body.contains(event.data.get()));

    assert_eq!(system.get(&message_path(&message.wamid)).await.status, 404);
    let kinds: Vec<String> = system.items().await.iter().map(|item| text(item, "kind").to_owned()).collect();
    for kind in ["message", "contact", "alias"] {
        assert!(!kinds.iter().any(|one| one == kind), "{kinds:?}");
    }
    system.done().await;
}

/// Its neighbours in the same POST are not held up, and once it is a channel its messages come in.
#[tokio::test]
async fn a_number_can_be_added_later() {
    let system = System::start().await;
    let ours = Message::new(ANA, "canary ours");
    let theirs = Message::new(ANA, "canary theirs");
    let mut body: Value = serde_json::from_str(&notification(NUMBER, std::slice::from_ref(&ours))).unwrap();
    let other: Value = serde_json::from_str(&notification(STRANGER, &[theirs])).unwrap();
    body["entry"].as_array_mut().unwrap().extend(other["entry"].as_array().unwrap().iter().cloned());
    assert_eq!(system.webhook(body.to_string()).await.status, 200);
    assert_eq!(system.items_of("message").await.len(), 1);
    assert_eq!(system.message(&ours.wamid).await["channel"], NUMBER);

    system.add_channel(STRANGER, WABA).await;
    let now_theirs = Message::new(ANA, "canary at last");
    assert_eq!(system.webhook(notification(STRANGER, std::slice::from_ref(&now_theirs))).await.status, 200);
    assert_eq!(system.message(&now_theirs.wamid).await["channel"], STRANGER);
    // One person, two numbers: two contacts (I8).
    assert_eq!(system.items_of("contact").await.len(), 2);
    system.done().await;
}

/// What concerns the account and no number needs no channel.
#[tokio::test]
async fn account_fields_are_told_to_everybody() {
    let system = System::start().await;
    let value = json!({"event": "APPROVED", "message_template_id": 900_000_000_000_001_u64,
        "message_template_name": "hello_world", "message_template_language": "en_US", "reason": "NONE"});
    let changes = [
        json!({"field": "message_template_status_update", "value": value}),
        json!({"field": "account_update", "value": {"event": "VERIFIED_ACCOUNT"}}),
        json!({"field": "a_field_of_tomorrow", "value": {"canary": [1.0, 1e3, null]}}),
    ];
    let body = envelope(Timestamp::now(), &changes);
    assert_eq!(system.webhook(body.clone()).await.status, 200);
    let events = system.events().await;
    for (change, kind) in changes.iter().zip(["template.changed", "account.changed", "unknown"]) {
        let event = events.iter().find(|event| event.data() == *change).unwrap();
        assert_eq!((event.kind.as_str(), event.waba_id.as_deref(), &event.contact), (kind, Some(WABA), &Value::Null));
        assert!(body.contains(event.data.get()));
    }
    assert_eq!((events.len(), system.items_of("kept").await.len()), (3, 3));
    system.done().await;
}
