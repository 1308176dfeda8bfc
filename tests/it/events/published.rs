//! Every example of infra/docs/events.md is what the system publishes, and there is no type it does not publish.

use std::collections::BTreeSet;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use model::EventType;
use sandbox::meta::{Rule, Token, local};
use serde_json::{Value, json};

use super::document::{self, Example};
use super::schema;
use crate::system::{Event, NUMBER, System, WABA, eventually};

/// What differs from run to run, and words for people, which are nobody's promise.
const MASKED: [&str; 15] = [
    "id",
    "at",
    "message_id",
    "media_id",
    "bucket",
    "key",
    "sha256",
    "title",
    "detail",
    "remedy",
    "message",
    "details",
    "fbtrace_id",
    "erasure_id",
    "erased_at",
];

/// Shown by no example, and held to the schema where they are published: `binaries/once/redrive.rs`, `outbound_media/link.rs`.
const ELSEWHERE: [(&str, &str); 2] = [("Message", "expires_at"), ("Message", "converted")];

#[tokio::test]
async fn the_examples_are_what_is_published() {
    let system = System::start().await;
    let (told_by_meta, made_here): (Vec<Example>, Vec<Example>) = document::examples()
        .into_iter()
        .filter(|example| example.event.get("data_ref").is_none())
        .partition(|example| !is_made_here(&example.event));
    let mut others = Vec::new();
    for example in &told_by_meta {
        assert_eq!(system.webhook(webhook_of(&example.event)).await.status, 200);
        let told = eventually(&example.section, async || {
            system.events().await.into_iter().rev().find(|event| event.kind == example.event["type"])
        })
        .await;
        let told: Value = serde_json::from_str(&told.body).unwrap();
        if told != example.event {
            others.push(format!("{}: this is published:\n{told}", example.section));
        }
    }
    for example in &made_here {
        let told = match example.event["type"].as_str().unwrap() {
            "channel.changed" => look_again(&system, &example.event).await,
            "media.stored" => store_a_file(&system, &example.event).await,
            "message.failed" => fail(&system, &example.event).await,
            "message.uncertain" => doubt(&system, &example.event).await,
            "contact.erased" => erase(&system, &example.event).await,
            _ => say_for_them(&system, &example.event).await,
        };
        let told: Value = serde_json::from_str(&told.body).unwrap();
        if masked(&told, "") != masked(&example.event, "") {
            others.push(format!("{}: this is published:\n{told}", example.section));
        }
    }
    assert!(others.is_empty(), "{}", others.join("\n"));
    let kinds: BTreeSet<String> = system.events().await.into_iter().map(|event| event.kind).collect();
    let missing: Vec<&str> =
        EventType::ALL.iter().map(|kind| kind.as_str()).filter(|kind| !kinds.contains(*kind)).collect();
    assert!(missing.is_empty(), "nothing published {missing:?}");
    system.done().await;
}

/// Every field that the document lists, and some that it does not.
#[tokio::test]
async fn each_field_has_its_type() {
    let system = System::start().await;
    let listed =
        EventType::ALL.into_iter().flat_map(|kind| document::fields(kind).into_iter().map(move |field| (field, kind)));
    let others =
        ["standby", "smb_app_state_sync", "a_field_of_tomorrow"].map(|field| (field.to_owned(), EventType::Unknown));
    let fields: Vec<(String, EventType)> = listed.chain(others).collect();
    let changes: Vec<Value> =
        fields.iter().map(|(field, _)| json!({"field": field, "value": {"canary": field}})).collect();
    assert_eq!(system.webhook(crate::system::envelope(Timestamp::now(), &changes)).await.status, 200);
    let events = system.events().await;
    assert_eq!(events.len(), fields.len());
    for ((field, kind), change) in fields.iter().zip(changes) {
        let event = events.iter().find(|event| event.data() == change).unwrap_or_else(|| panic!("no event of {field}"));
        assert_eq!(event.kind, kind.as_str(), "{field}");
    }
    system.done().await;
}

/// Changes that are no `{field, value}` are told as one all the same.
#[tokio::test]
async fn odd_changes_are_parts() {
    let system = System::start().await;
    let changes =
        [json!({}), json!({"field": "flows"}), json!({"field": 1, "value": 2}), json!({"value": 2}), json!(null)];
    assert_eq!(system.webhook(crate::system::envelope(Timestamp::now(), &changes)).await.status, 200);
    let events = system.events().await;
    assert_eq!(events.len(), changes.len());
    for change in changes {
        assert!(events.iter().any(|event| event.data()["value"] == change), "{change}");
    }
    system.done().await;
}

/// A person without a phone number, and statuses about them: no member is there with nothing in it.
#[tokio::test]
async fn a_person_may_have_no_number() {
    let system = System::start().await;
    let example = |section: &str| {
        let mut of = document::examples().into_iter().filter(|example| example.section == section);
        of.next().unwrap().event
    };
    let received = example("message.received");
    let mut status = example("message.status");
    let person = received["contact"].clone();
    assert!(person.get("phone").is_none() && person.get("wa_id").is_none());
    assert_eq!(system.webhook(webhook_of(&received)).await.status, 200);
    status["data"].as_object_mut().unwrap().remove("recipient_id");
    status["data"]["recipient_user_id"] = person["user_id"].clone();
    assert_eq!(system.webhook(webhook_of(&status)).await.status, 200);
    for event in system.events().await {
        assert_eq!((&event.contact["key"], &event.contact["user_id"]), (&person["key"], &person["user_id"]));
        assert!(event.contact.get("phone").is_none() && event.contact.get("wa_id").is_none(), "{}", event.body);
    }
    system.done().await;
}

/// What of ours the schema describes is there to be seen: a member that nothing publishes is no promise.
#[test]
fn each_member_stands_in_an_example() {
    let mut seen: BTreeSet<(String, String)> = BTreeSet::new();
    for example in document::examples() {
        let of_ours = |name: &str| matches!(name, "media.stored" | "message.failed" | "message.uncertain");
        let kind = example.event["type"].as_str().unwrap();
        let data = if kind == "media.stored" { "StoredMedia" } else { "Message" };
        let mut places = vec![("", "Envelope"), ("/contact", "Contact"), ("/data_ref", "DataRef")];
        if of_ours(kind) {
            places.extend([("/data", data), ("/data/display", "Display"), ("/data/errors/0", "MessageError")]);
        }
        for (place, name) in places {
            let members = example.event.pointer(place).and_then(Value::as_object);
            seen.extend(members.into_iter().flat_map(|object| object.keys()).map(|key| (name.to_owned(), key.clone())));
        }
    }
    let described = ["Contact", "DataRef", "Display", "Envelope", "Message", "MessageError", "StoredMedia"];
    for name in described {
        let properties = schema::schema()["$defs"][name]["properties"].as_object().unwrap();
        for member in properties.keys() {
            let is_seen = seen.contains(&(name.to_owned(), member.clone())) || ELSEWHERE.contains(&(name, member));
            assert!(is_seen, "no example shows {member} of {name}");
        }
    }
}

/// The webhook that makes this event.
pub(super) fn webhook_of(event: &Value) -> String {
    let at: Timestamp = event["at"].as_str().unwrap().parse().unwrap();
    let (kind, data) = (event["type"].as_str().unwrap(), &event["data"]);
    let messages = |members: Value| {
        let mut value = json!({
            "messaging_product": "whatsapp",
            "metadata": {"display_phone_number": "15550100", "phone_number_id": event["phone_number_id"]},
        });
        value.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
        json!({"field": "messages", "value": value})
    };
    let change = match (kind, data["field"].as_str().unwrap_or_default()) {
        ("message.received", _) => messages(json!({"contacts": [profile(&event["contact"])], "messages": [data]})),
        ("message.status", _) => messages(json!({"statuses": [data]})),
        (_, "errors") => messages(json!({"errors": data["value"]})),
        (_, "opt_out_words") => {
            messages(json!({"contacts": [profile(&event["contact"])], "messages": [data["value"]]}))
        }
        (_, "131050") => messages(json!({"statuses": [data["value"]]})),
        _ => data.clone(),
    };
    let entry = json!({"id": WABA, "time": at.as_second(), "changes": [change]});
    json!({"object": "whatsapp_business_account", "entry": [entry]}).to_string()
}

/// The element of `contacts[]`.
fn profile(contact: &Value) -> Value {
    let mut profile = json!({"profile": {"name": contact["name"]}});
    for member in ["wa_id", "user_id"] {
        if let Some(id) = contact.get(member) {
            profile[member] = id.clone();
        }
    }
    profile
}

/// The person of an example writes, now.
async fn write_in(system: &System, person: &Value, message: Value) -> String {
    let mut message = message;
    message["name"] = person["name"].clone();
    message["user_id"] = person["user_id"].clone();
    system.write_in(person["wa_id"].as_str().unwrap(), &message).await
}

async fn store_a_file(system: &System, example: &Value) -> Event {
    let mut bytes = vec![0; usize::try_from(example["data"]["bytes"].as_u64().unwrap()).unwrap()];
    // As every JPEG begins.
    bytes[..4].copy_from_slice(&[0xFF, 0xD8, 0xFF, 0xE0]);
    let image = json!({"mime_type": example["data"]["mime_type"], "bytes": STANDARD.encode(bytes)});
    let wamid = write_in(system, &example["contact"], json!({"type": "image", "image": image})).await;
    eventually("the file", async || {
        system.events_of("media.stored").await.into_iter().find(|event| event.data()["message_id"] == wamid.as_str())
    })
    .await
}

/// Sends what the example says, to be refused by Meta.
async fn fail(system: &System, example: &Value) -> Event {
    let error = &example["data"]["errors"][0]["raw"];
    let refusal = json!({"error": {"code": error["code"], "details": error["error_data"]["details"]}});
    let refusal = json!({"match": {"path": "/messages"}, "fault": refusal, "times": 1});
    system.meta().fault(serde_json::from_value::<Rule>(refusal).unwrap());
    system.send(&example["data"]["content"]).await;
    eventually("the failure", async || system.events_of("message.failed").await.pop()).await
}

async fn doubt(system: &System, example: &Value) -> Event {
    write_in(system, &example["contact"], json!({"type": "text", "text": {"body": "Hello"}})).await;
    let lost = json!({"match": {"path": "/messages"}, "fault": "lost_reply", "times": 1});
    system.meta().fault(serde_json::from_value::<Rule>(lost).unwrap());
    let mut message = example["data"]["content"].clone();
    message["biz_opaque_callback_data"] = example["data"]["reference"].clone();
    system.send(&message).await;
    eventually("the doubt", async || system.events_of("message.uncertain").await.pop()).await
}

/// Sets the consent of the example's person.
async fn say_for_them(system: &System, example: &Value) -> Event {
    let (api, key) = (&system.local.ready().api, example["contact"]["key"].as_str().unwrap());
    let url = format!("{api}/v1/channels/{NUMBER}/contacts/{key}/consent");
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let answer = http.put(url).json(&example["data"]["value"]).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    let events = system.events_of("consent.changed").await;
    events.into_iter().find(|event| event.data()["field"] == "operator").unwrap()
}

/// The schedule looks, something changes at Meta, and it looks again.
async fn look_again(system: &System, example: &Value) -> Event {
    let number = |quality: &str| {
        system.meta().number(NUMBER, |number| drop(number.node.insert("quality_rating".into(), quality.into())));
    };
    let token = |invalid: Option<i64>| {
        let mut token = Token::system_user(local::ACCESS_TOKEN, local::APP_ID);
        token.invalid = invalid;
        system.meta().put_token(token);
    };
    system.local.sync().await.unwrap();
    match example["data"]["field"].as_str().unwrap() {
        "phone_numbers" => number("RED"),
        _ => token(Some(460)),
    }
    system.local.sync().await.unwrap();
    let told = eventually("the change", async || {
        let events = system.events_of("channel.changed").await;
        events.into_iter().rev().find(|event| event.data()["field"] == example["data"]["field"])
    })
    .await;
    number("GREEN");
    token(None);
    told
}

/// Erases the example's person, who wrote once.
async fn erase(system: &System, example: &Value) -> Event {
    let person = example["contact"]["wa_id"].as_str().unwrap();
    system.write_in(person, &json!({"text": "canary"})).await;
    let path = format!("/v1/channels/{NUMBER}/contacts/{}", example["contact"]["key"].as_str().unwrap());
    // Each request does a bounded part; how long they take together a busy machine decides.
    loop {
        let answer = system.delete(&path).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        if answer.json()["state"] == "settling" {
            break;
        }
    }
    system.events_of("contact.erased").await.pop().unwrap()
}

/// No webhook of Meta's makes it.
fn is_made_here(event: &Value) -> bool {
    let kind = event["type"].as_str().unwrap();
    matches!(kind, "message.failed" | "message.uncertain" | "media.stored" | "contact.erased")
        || ["operator", "phone_numbers", "debug_token"].iter().any(|field| event["data"]["field"] == *field)
}

fn masked(value: &Value, member: &str) -> Value {
    match value {
        // Nothing of the person varies.
        Value::Object(_) if member == "contact" => value.clone(),
        Value::Object(members) => members
            .iter()
            .map(|(name, value)| (name.clone(), masked(value, name)))
            .collect::<serde_json::Map<_, _>>()
            .into(),
        Value::Array(elements) => elements.iter().map(|value| masked(value, member)).collect(),
        Value::String(_) if MASKED.contains(&member) => json!("masked"),
        other => other.clone(),
    }
}
