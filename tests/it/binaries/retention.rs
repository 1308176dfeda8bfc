//! How long what the real binaries write stays, by class (quality.md, Security 20): as the environment says, and a year
//! where it says nothing.

use std::collections::BTreeMap;

use model::Timestamp;
use serde_json::{Value, json};

use super::canary::{APP_SECRET, PHONE, TEXT, wamid};
use super::mailbox::Post;
use super::rig::{NUMBER, Rig, WABA};

/// The class of each kind of item that goes by itself, and the variable that says when.
const CLASSES: [(&str, &str, u32); 4] = [
    ("message", "MESSAGE_RETENTION_DAYS", 20),
    ("send", "MESSAGE_RETENTION_DAYS", 20),
    ("consent_signal", "CONSENT_RETENTION_DAYS", 30),
    ("kept", "RAW_RETENTION_DAYS", 40),
];

#[tokio::test]
async fn each_class_stays_as_long_as_is_said() {
    for said in [false, true] {
        let days = lives(said).await;
        for (kind, variable, short) in CLASSES {
            let expected = if said { i64::from(short) } else { 365 };
            let found = days.get(kind).unwrap_or_else(|| panic!("no {kind} was written"));
            assert!(found.iter().all(|days| *days == expected), "{kind} by {variable}: {found:?}");
        }
        // From the webhook, the API and the queue.
        let least = [("message", 2), ("send", 2), ("consent_signal", 2), ("kept", 2)];
        for (kind, count) in least {
            assert!(days[kind].len() >= count, "{kind}: {days:?}");
        }
        // What leads to what is kept outlives it.
        let longest = if said { 40 } else { 365 };
        assert!(days["kept_partition"].iter().all(|days| *days > longest), "{days:?}");
    }
}

#[tokio::test]
async fn less_than_two_weeks_is_refused() {
    let rig = Rig::start().await;
    for (function, variable) in [("webhook", "RAW_RETENTION_DAYS"), ("sender", "MESSAGE_RETENTION_DAYS")] {
        for odd in ["13", "0", "soon"] {
            let process = rig.process_with(function, |own| _ = own.insert(variable.into(), odd.into())).await;
            assert!(!process.ended().await.success(), "{function} with {odd}");
            let printed = process.output().whole().await;
            assert!(printed.contains(variable), "{function} with {odd}: {printed}");
        }
    }
    rig.close().await;
}

/// What is written of a conversation, by kind: the days it lives.
async fn lives(said: bool) -> BTreeMap<String, Vec<i64>> {
    let rig = Rig::start().await;
    let short = |own: &mut BTreeMap<String, String>| {
        for (_, variable, days) in CLASSES.iter().filter(|_| said) {
            if let Some(known) = own.get_mut(*variable) {
                *known = days.to_string();
            }
        }
    };
    let webhook = rig.process_with("webhook", short).await;
    let api = rig.process_with("api", short).await;
    let sender = rig.process_with("sender", short).await;
    let began = Timestamp::now();
    assert_eq!(rig.post(&webhook, &told(began), false).await, Some(200));
    let number = format!("/v1/channels/{NUMBER}");
    let consent = json!({"state": "stop", "reason": "canary"});
    let put = rig.ask(&api, "PUT", &format!("{number}/contacts/+{PHONE}/consent"), None, &consent).await.unwrap();
    assert_eq!(put.status, 200);
    let hello = json!({"to": PHONE, "type": "text", "text": {"body": TEXT}});
    let queued = rig.ask(&api, "POST", &format!("{number}/messages"), None, &hello).await.unwrap();
    assert_eq!(queued.status, 202);
    let envelope = json!({"v": 1, "id": "order-4711", "phone_number_id": NUMBER, "message": hello});
    let outbound = &rig.local.ready().queues.outbound;
    let message = rig.sqs().send_message().queue_url(outbound).message_body(envelope.to_string());
    message.message_group_id("canary").message_deduplication_id("canary").send().await.unwrap();
    while rig.deliver(&sender, "sender", outbound).await.unwrap().received > 0 {}
    let ended = Timestamp::now();

    let mut days: BTreeMap<String, Vec<i64>> = BTreeMap::new();
    let scan = rig.dynamodb().scan().table_name(&rig.local.ready().table).consistent_read(true).send().await.unwrap();
    for item in scan.items.unwrap() {
        let (Some(kind), Some(ttl)) = (item.get("kind"), item.get("ttl")) else { continue };
        let ttl: i64 = ttl.as_n().unwrap().parse().unwrap();
        // Written between these two.
        let lives = (ttl - began.as_second()).div_euclid(86_400);
        let whole = lives * 86_400;
        let kind = kind.as_s().unwrap().clone();
        if CLASSES.iter().any(|(name, ..)| *name == kind) {
            assert!((began.as_second()..=ended.as_second()).contains(&(ttl - whole)), "{kind}: {ttl} is no whole day");
        }
        days.entry(kind).or_default().push(lives);
    }
    drop((webhook, api, sender));
    rig.close().await;
    days
}

/// Somebody says stop; of a message that something else sent a status; a change, and what is for no channel.
fn told(now: Timestamp) -> Post {
    let at = now.as_second().to_string();
    let metadata = |number: &str| json!({"display_phone_number": "15550100", "phone_number_id": number});
    let stop = json!({"from": PHONE, "id": wamid(PHONE, 1), "timestamp": at, "type": "text", "text": {"body": "STOP"}});
    let foreign = json!({"id": wamid(PHONE, 2), "status": "sent", "timestamp": at, "recipient_id": PHONE});
    let change = |field: &str, value: Value| json!({"field": field, "value": value});
    let changes = json!([
        change("messages", json!({"metadata": metadata(NUMBER), "messages": [stop], "statuses": [foreign]})),
        change("messages", json!({"metadata": metadata("199999999999999"), "messages": [stop]})),
        change("account_update", json!({"event": "VERIFIED_ACCOUNT"})),
    ]);
    let body = json!({"object": "whatsapp_business_account",
        "entry": [{"id": WABA, "time": now.as_second(), "changes": changes}]});
    let body = body.to_string();
    Post { signature: sandbox::meta::sign(APP_SECRET, body.as_bytes()), body }
}
