//! What comes for a number that is no channel of this stack (H-03, security 13).

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::replay::whole;
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

/// Once it is a channel, what came before is taken in as if it had been one then: messages, contacts, statuses, files and
/// events, at Meta's times. A second replay does nothing, a redelivery by Meta no harm.
#[tokio::test]
async fn what_waited_is_taken_in() {
    let system = System::start().await;
    let now = Timestamp::now().as_second();
    let old = Message { at: now - 3 * 86_400, ..Message::new(ANA, "canary old") };
    let fresh = Message { at: now - 600, ..Message::new("15550177802", "canary fresh") };
    let bodies = [notification(STRANGER, &[old.clone(), fresh.clone()]), {
        let image = json!({"from": ANA, "id": crate::system::fresh_wamid(), "timestamp": (now - 500).to_string(),
            "type": "image", "image": {"id": "177801", "mime_type": "image/png", "sha256": "c2hh"}});
        let status = json!({"id": crate::system::fresh_wamid(), "status": "sent", "timestamp": (now - 400).to_string(),
            "recipient_id": ANA});
        let metadata = json!({"display_phone_number": "15550100", "phone_number_id": STRANGER});
        let value = json!({"metadata": metadata, "messages": [image], "statuses": [status]});
        envelope(Timestamp::now(), &[json!({"field": "messages", "value": value})])
    }];
    for body in &bodies {
        assert_eq!(system.webhook(body.clone()).await.status, 200);
    }
    let new = json!({"phone_number_id": STRANGER, "waba_id": WABA, "name": "late"});
    let added = system.post("/v1/channels", &new).await.json();
    assert_eq!((&added["quarantine"]["changes"], &added["quarantine"]["at_least"]), (&json!(2), &json!(false)));
    let asked = added["quarantine"]["replay"].clone();

    let before = system.items().await;
    let mut dry = asked.clone();
    dry["dry_run"] = true.into();
    let would = whole(&system, dry).await;
    assert_eq!((would.len(), system.items().await == before), (2, true), "a dry run writes nothing");
    let told = system.events().await.len();
    let done = whole(&system, asked.clone()).await;
    assert!(done.iter().all(|item| item["published"] == true), "{done:?}");
    assert_eq!(
        would.iter().map(|item| &item["kept"]).collect::<Vec<_>>(),
        done.iter().map(|item| &item["kept"]).collect::<Vec<_>>()
    );

    for message in [&old, &fresh] {
        assert_eq!(system.message(&message.wamid).await["content"], message.json());
    }
    let window =
        async |person: &str| system.contact(STRANGER, &format!("+{person}")).await.json()["window"]["open"].clone();
    // The image of ten minutes ago opened it; the text of three days ago did not.
    assert_eq!((window(ANA).await, window("15550177802").await), (json!(true), json!(true)));
    let events = system.events().await.split_off(told);
    let kinds: Vec<&str> = events.iter().map(|event| event.kind.as_str()).collect();
    assert_eq!(kinds.iter().filter(|kind| **kind == "message.received").count(), 3);
    assert!(
        kinds.contains(&"message.status")
            && events.iter().all(|event| event.id.contains(".rpl_") || event.kind.starts_with("media"))
    );

    assert_eq!(whole(&system, asked).await.len(), 0);
    let count = system.items().await.len();
    assert_eq!(system.webhook(bodies[0].clone()).await.status, 200);
    assert_eq!(system.items().await.len(), count);
    // The file that Meta no longer has is looked for, and its loss is recorded or waits.
    crate::system::eventually("what became of the file", async || {
        let media = system.items_of("message").await.into_iter().find_map(|item| item.get("media").cloned());
        media.map(|_| ())
    })
    .await;
    system.local.aws().sqs().clear(&system.local.ready().queues.media).unwrap();
    system.done().await;
}

/// A message so old opens nothing.
#[tokio::test]
async fn what_is_old_opens_no_window() {
    let system = System::start().await;
    let old = Message { at: Timestamp::now().as_second() - 3 * 86_400, ..Message::new(ANA, "canary") };
    assert_eq!(system.webhook(notification(STRANGER, std::slice::from_ref(&old))).await.status, 200);
    system.add_channel(STRANGER, WABA).await;
    whole(&system, json!({"quarantine": {"phone_number_id": STRANGER}})).await;
    let contact = system.contact(STRANGER, &format!("+{ANA}")).await.json();
    assert_eq!(contact["window"]["open"], false, "{contact}");
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
