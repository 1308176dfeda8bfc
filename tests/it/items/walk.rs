//! A walk that writes an item of every kind, in every shape it can end up in.

use std::collections::BTreeMap;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use local::Options;
use sandbox::Clock;
use sandbox::meta::{AutoStatus, Rule};
use serde_json::{Value, json};

use super::Fixture;
use crate::system::{NUMBER, System, WABA, envelope, eventually, message_path, text};

pub(super) const ANA: &str = "15550177901";

pub(super) async fn walk() -> Fixture {
    let monday: Timestamp = "2026-01-05T12:00:00Z".parse().unwrap();
    let system = System::start_with(Options { clock: Clock::standing(monday), ..System::options() }).await;
    accounts(&system).await;
    profile(&system).await;
    inbound(&system).await;
    files(&system).await;
    erased(&system).await;
    outbound(&system).await;
    let answers = answers(&system).await;
    let at = system.local.clock().now();
    let fixture = Fixture { at, items: system.items().await, answers };
    let address = system.local.ready().meta.trim_start_matches("http://");
    let api = system.local.ready().api.trim_start_matches("http://");
    // Addresses of this run are nobody's business later.
    let text = serde_json::to_string(&fixture).unwrap().replace(address, "meta.example").replace(api, "api.example");
    system.done().await;
    serde_json::from_str(&text).unwrap()
}

async fn accounts(system: &System) {
    let second = json!({"phone_number_id": "100000000000002", "waba_id": WABA, "name": "Second",
        "display_phone_number": "+1 555-0102", "fallback_text": "Please look at your phone."});
    assert_eq!(system.post("/v1/channels", &second).await.status, 201);
    // One of each: sendable, rejected with a reason, with a quality, and one that goes.
    let kept = ["hello_world", "spring_sale", "weekly_digest", "monthly_offer"];
    system.meta().waba(WABA, |waba| waba.templates.retain(|template| kept.contains(&template.text("name"))));
    system.local.sync().await.unwrap();
    system.meta().waba(WABA, |waba| _ = waba.templates.pop());
    system.local.clock().advance(Duration::from_mins(1));
    system.local.sync().await.unwrap();
    let words =
        json!({"version": 1, "opt_out_words": ["canary enough"], "opt_in_words": [], "unsupported_media": "fail"});
    assert_eq!(system.patch("/v1/channels/100000000000002", &words).await.status, 200);
    // What webhooks tell of one that is listed, and of one that is not.
    let template = |name: &str, field: &str, more: Value| {
        let mut value = json!({"message_template_id": 1, "message_template_name": name,
            "message_template_language": "en_US"});
        value.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        json!({"field": field, "value": value})
    };
    let paused = json!({"event": "PAUSED", "reason": "NONE", "other_info": {"title": "FIRST_PAUSE"}});
    let announced = json!({"new_category": "UTILITY", "correct_category": "MARKETING",
        "category_update_timestamp": 1_767_700_800});
    let changes = [
        template("hello_world", "message_template_status_update", paused),
        template("hello_world", "message_template_quality_update", json!({"new_quality_score": "RED"})),
        template("hello_world", "template_category_update", announced),
        template("not_listed", "message_template_status_update", json!({"event": "APPROVED"})),
    ];
    assert_eq!(system.webhook(envelope(system.local.clock().now(), &changes)).await.status, 200);
}

/// With everything that one can have.
async fn profile(system: &System) {
    let mut logo = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR".to_vec();
    logo.extend([640_u32.to_be_bytes(), 640_u32.to_be_bytes()].concat());
    logo.extend([8, 6, 0, 0, 0, 0, 0, 0, 0]);
    let key = "outbound/1/canary";
    let object = system.aws.s3().put_object().bucket(&system.local.ready().bucket).key(key).body(logo.into());
    object.send().await.unwrap();
    let change = json!({"address": "canary", "description": "canary", "email": "canary@shop.example",
        "websites": ["https://shop.example"], "photo": {"key": key}});
    let path = format!("/v1/channels/{NUMBER}/profile");
    let changed = system.patch(&path, &change).await;
    assert_eq!((changed.status, &changed.json()["outcome"]), (200, &json!("changed")), "{}", changed.text);
}

async fn inbound(system: &System) {
    system.write_in(ANA, &json!({"name": "Canary Ana", "text": "canary"})).await;
    let image = json!({"mime_type": "image/png", "bytes": STANDARD.encode(b"canary, no picture")});
    let picture = system.write_in(ANA, &json!({"type": "image", "image": image})).await;
    // Meta keeps a file for a week.
    let now = system.local.clock().now();
    let long_ago = (now.as_second() - 8 * 86_400).to_string();
    let gone = json!({"mime_type": "image/png", "id": "1234567890", "sha256": "c2hh"});
    let lost = json!({"from": ANA, "id": "wamid.lost", "timestamp": long_ago, "type": "image", "image": gone});
    let ours = json!({"metadata": {"phone_number_id": NUMBER}, "messages": [lost]});
    let late = envelope(now, &[json!({"field": "messages", "value": ours})]);
    assert_eq!(system.webhook(late).await.status, 200);
    for wamid in [picture.as_str(), "wamid.lost"] {
        eventually("the file", async || system.message(wamid).await.get("media").map(|_| ())).await;
    }
    consents(system).await;
    // Only a user id; only a reaction, which opens no window; and a type of tomorrow.
    system.write_in("US.19990001", &json!({"text": "canary"})).await;
    let reaction = json!({"message_id": "wamid.canary", "emoji": "👍"});
    system.write_in("15550177902", &json!({"type": "reaction", "reaction": reaction})).await;
    system.write_in(ANA, &json!({"type": "hologram", "hologram": {"canary": 1}})).await;
    let metadata = |number: &str| json!({"display_phone_number": "15550100", "phone_number_id": number});
    let messages = json!([{"from": ANA, "id": "wamid.elsewhere", "timestamp": "1767614400", "type": "text", "text": {"body": "canary"}}]);
    let told = json!([
        {"id": "wamid.not-ours", "status": "sent", "timestamp": "1767614400", "recipient_id": ANA,
            "pricing": {"billable": true, "category": "utility"}, "conversation": {"id": "c1"}},
        {"id": "wamid.not-ours", "status": "failed", "timestamp": "1767614401", "recipient_id": ANA,
            "errors": [{"code": 131_026, "title": "Message undeliverable"}]},
    ]);
    let changes = [
        json!({"field": "account_update", "value": {"event": "VERIFIED_ACCOUNT"}}),
        json!({"field": "messages", "value": {"metadata": metadata("199999999999999"), "messages": messages}}),
        json!({"field": "messages", "value": {"metadata": metadata(NUMBER), "statuses": told, "errors": [{"code": 131_000}]}}),
    ];
    assert_eq!(system.webhook(envelope(system.local.clock().now(), &changes)).await.status, 200);
    assert_eq!(system.webhook("canary, no webhook").await.status, 200);
}

/// One who is erased, and one whose erasure waits for its second look.
async fn erased(system: &System) {
    for (person, end) in [("15550177903", "erased"), ("15550177904", "settling")] {
        system.write_in(person, &json!({"text": "canary"})).await;
        let hello = json!({"to": person, "type": "text", "text": {"body": "canary"}});
        let id = system.send(&hello).await;
        eventually("its statuses", async || {
            (system.message(&id).await["statuses"].as_array()?.len() == 3).then_some(())
        })
        .await;
        eventually(end, async || {
            let erasure = system.delete(&format!("/v1/channels/{NUMBER}/contacts/+{person}")).await.json();
            if erasure["state"] == "settling" && end == "erased" {
                system.local.clock().advance(Duration::from_mins(3));
            }
            (erasure["state"] == end).then_some(())
        })
        .await;
    }
}

/// By a word, by Meta, and by an operator.
async fn consents(system: &System) {
    let now = system.local.clock().now();
    let metadata = json!({"display_phone_number": "15550100", "phone_number_id": NUMBER});
    let stop =
        json!({"from": ANA, "id": "wamid.stop", "timestamp": "1767614400", "type": "text", "text": {"body": "STOP"}});
    let refused = json!({"id": "wamid.refused", "status": "failed", "timestamp": "1767614300", "recipient_id": ANA,
        "errors": [{"code": 131_050, "title": "canary"}]});
    let wanted = json!({"wa_id": ANA, "detail": "canary", "category": "marketing_messages", "value": "resume",
        "timestamp": 1_767_614_350});
    let changes = [
        json!({"field": "messages", "value": {"metadata": metadata, "messages": [stop], "statuses": [refused]}}),
        json!({"field": "user_preferences", "value": {"metadata": metadata, "user_preferences": [wanted]}}),
    ];
    assert_eq!(system.webhook(envelope(now, &changes)).await.status, 200);
    let path = format!("/v1/channels/{NUMBER}/contacts/+{ANA}/consent");
    assert_eq!(system.put(&path, &json!({"state": "stop", "reason": "canary"})).await.status, 200);
}

/// One that Meta takes, one that goes out as a link, and one that is not to.
async fn files(system: &System) {
    let s3 = system.aws.s3();
    for (name, bytes) in [("a.png", b"\x89PNG\r\n\x1a\n canary".as_slice()), ("a.gif", b"GIF89a canary")] {
        let body = aws_sdk_s3::primitives::ByteStream::from_static(bytes);
        let object = s3.put_object().bucket(&system.local.ready().bucket).key(format!("library/{name}"));
        object.body(body).send().await.unwrap();
    }
    for (media, state) in [
        (json!({"key": "library/a.png"}), "accepted"),
        (json!({"key": "library/a.gif"}), "accepted"),
        (json!({"key": "library/a.gif", "unsupported": "fail"}), "failed"),
    ] {
        let message = json!({"to": ANA, "type": "image", "image": {"caption": "canary"}, "waypost": {"media": media}});
        let queued = system.post(&format!("/v1/channels/{NUMBER}/messages"), &message).await;
        let id = queued.json()["id"].as_str().unwrap().to_owned();
        system.message_in(&id, state).await;
        let statuses = if state == "accepted" { 3 } else { 0 };
        eventually("its statuses", async || {
            (system.message(&id).await["statuses"].as_array()?.len() == statuses).then_some(())
        })
        .await;
    }
}

async fn outbound(system: &System) {
    let hello = json!({"to": ANA, "type": "text", "text": {"body": "canary"}, "biz_opaque_callback_data": "ticket 17"});
    let answered = system.send(&hello).await;
    eventually("its statuses", async || {
        (system.message(&answered).await["statuses"].as_array()?.len() == 3).then_some(())
    })
    .await;
    let template = json!({"to": ANA, "type": "template", "template": {"name": "none", "language": {"code": "de"}}});
    // Of a listing older than a minute another is made first; webhooks have asked for one that may still be to come.
    let syncs = &system.local.ready().queues.sync;
    let listed = async || (system.local.aws().sqs().counts(syncs).unwrap().total() == 0).then_some(());
    eventually("the listings that webhooks asked for", listed).await;
    system.local.clock().advance(Duration::from_mins(2));
    let unknown = system.send(&template).await;
    eventually("the failure of what is unknown", async || {
        system.local.clock().advance(Duration::from_secs(20));
        system.local.tick().await.unwrap();
        (system.message(&unknown).await["state"] == "failed").then_some(())
    })
    .await;
    let lost: Rule = serde_json::from_value(json!({"fault": "lost_reply", "times": 1})).unwrap();
    system.meta().settings(|settings| settings.auto_status = AutoStatus::none());
    system.meta().fault(lost);
    let mut doubtful = hello.clone();
    doubtful["waypost"] = json!({"window": "meta"});
    system.message_in(&system.send(&doubtful).await, "uncertain").await;
    // So long it holds back what goes to the same person.
    system.local.clock().advance(Duration::from_mins(1));
    let invalid: Rule = serde_json::from_value(json!({"fault": {"error": {"code": 190}}, "times": 1})).unwrap();
    system.meta().fault(invalid);
    system.message_in(&system.send(&hello).await, "parked").await;
    // What is under way has no lasting shape.
    eventually("the syncs that were asked for", listed).await;
    let under_way = async || system.items().await.iter().any(|item| item.contains_key("lease_until"));
    eventually("the end of it all", async || (!under_way().await).then_some(())).await;
}

/// What the API says of all of it.
async fn answers(system: &System) -> BTreeMap<String, Value> {
    let number = format!("/v1/channels/{NUMBER}");
    let mut paths = vec![
        String::from("/v1/channels"),
        String::from("/v1/channels/100000000000002"),
        number.clone(),
        format!("{number}/profile"),
        format!("{number}/inbox"),
        format!("{number}/contacts"),
        format!("{number}/contacts/+{ANA}/messages"),
        format!("{number}/contacts/US.19990001"),
        format!("{number}/contacts/+{ANA}/consent"),
        format!("/v1/wabas/{WABA}/templates"),
        format!("/v1/wabas/{WABA}/templates/sync"),
        String::from("/v1/quarantine?day=2026-01-05"),
        String::from("/v1/quarantine?day=2026-01-05&cause=change"),
    ];
    for item in system.items().await {
        match text(&item, "kind") {
            "contact" => paths.push(format!("{number}/contacts/{}", text(&item, "contact_key"))),
            "message" if item.contains_key("raw") => {
                paths.push(message_path(text(&item, "message_id")));
                paths.push(format!("{}/raw", message_path(text(&item, "message_id"))));
            }
            "message" => paths.push(message_path(text(&item, "message_id"))),
            // Of one to whom was erased nothing is shown.
            "send" if text(&item, "type") != "erased" => paths.push(message_path(text(&item, "send_id"))),
            _ => {}
        }
    }
    let mut answers = BTreeMap::new();
    for path in paths {
        let answer = system.get(&path).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.text);
        answers.insert(path, answer.json());
    }
    answers
}
