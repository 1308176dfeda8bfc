//! The schema can fail: each promise, broken.

use serde_json::{Value, json};

use super::document::examples;
use super::schema;

/// A type, where in its example, and what is put there instead.
fn violations() -> Vec<(&'static str, &'static str, Value)> {
    vec![
        ("message.received", "/v", json!(2)),
        ("message.received", "/v", json!("1")),
        ("message.received", "/id", json!("wamid.EXAMPLE0001")),
        ("message.received", "/id", json!(format!("evt_{}", "a".repeat(125)))),
        ("message.received", "/type", json!("message.imagined")),
        ("message.received", "/at", json!("2026-11-23T10:00:00+01:00")),
        ("message.received", "/at", json!("yesterdayZ")),
        ("message.received", "/at", json!(1_795_428_000)),
        ("message.received", "/waba_id", json!(200_000_000_000_001_u64)),
        ("message.received", "/waba_id", json!("")),
        ("message.received", "/phone_number_id", Value::Null),
        ("message.received", "/contact", json!("wa:15550101")),
        ("message.received", "/contact/key", json!("15550101")),
        ("message.received", "/contact/phone", json!("15550101")),
        ("message.received", "/contact/wa_id", Value::Null),
        ("message.received", "/contact/user_id", json!("")),
        ("message.received", "/contact/name", Value::Null),
        ("message.received", "/data", json!([])),
        ("message.received", "/data", Value::Null),
        ("message.received", "/data/id", json!({})),
        ("message.received", "/data_ref", json!({"bucket": "b", "key": "k", "bytes": 1, "sha256": "0".repeat(64)})),
        ("message.status", "/phone_number_id", Value::Null),
        ("message.status", "/data/status", json!(["sent"])),
        ("message.failed", "/data/state", json!("accepted")),
        ("message.failed", "/data/id", json!("wamid.EXAMPLE0001")),
        ("message.failed", "/data/direction", json!("inbound")),
        ("message.failed", "/data/at", json!("soon")),
        ("message.failed", "/data/statuses", json!(["sent"])),
        ("message.failed", "/data/errors/0/code", json!(131_026)),
        ("message.failed", "/data/errors/0/source", json!("amazon")),
        ("message.failed", "/data/display/payload_available", json!("no")),
        ("message.uncertain", "/data/state", json!("failed")),
        ("message.uncertain", "/data/contact", json!({"key": "wa:15550101"})),
        ("message.uncertain", "/data/reference", Value::Null),
        ("media.stored", "/data/bytes", json!("100000")),
        ("media.stored", "/data/bytes", json!(-1)),
        ("media.stored", "/data/sha256", json!("C2hh")),
        ("media.stored", "/data/message_id", json!("")),
        ("template.changed", "/data/field", json!(1)),
        ("channel.changed", "/data", json!({"field": "phone_numbers", "value": {"id": "1", "changed": {}}})),
        ("channel.changed", "/data", json!({"field": "phone_numbers", "value": {"id": "1", "changed": {"a": "b"}}})),
        ("channel.changed", "/data", json!({"field": "debug_token", "value": {"findings": ["token_invalid"]}})),
        ("unknown", "/data", json!("errors")),
    ]
}

#[test]
fn each_broken_promise_is_refused() {
    for (kind, place, value) in violations() {
        let mut event = example(kind);
        assert!(schema::faults(&event).is_empty(), "{kind}");
        let (holder, member) = place.rsplit_once('/').unwrap();
        event.pointer_mut(holder).unwrap()[member] = value.clone();
        assert!(!schema::faults(&event).is_empty(), "{kind}: {place} may be {value}");
    }
}

/// Whatever the schema calls required, taken away.
#[test]
fn each_required_member_is_missed() {
    let mut taken = 0;
    for example in examples() {
        let kind = example.event["type"].as_str().unwrap().to_owned();
        let data = match kind.as_str() {
            "message.received" => "MetaMessage",
            "message.status" => "MetaStatus",
            "message.failed" | "message.uncertain" => "Message",
            "media.stored" => "StoredMedia",
            "contact.erased" => "Erasure",
            _ => "Change",
        };
        for (place, name) in [
            ("", "Envelope"),
            ("/contact", "Contact"),
            ("/data", data),
            ("/data_ref", "DataRef"),
            ("/data/display", "Display"),
            ("/data/errors/0", "MessageError"),
        ] {
            let of_ours = place.len() <= "/data_ref".len() || data == "Message";
            if !of_ours || !example.event.pointer(place).is_some_and(Value::is_object) {
                continue;
            }
            for member in schema::schema()["$defs"][name]["required"].as_array().unwrap() {
                let mut event = example.event.clone();
                let holder = event.pointer_mut(place).unwrap().as_object_mut().unwrap();
                assert!(holder.remove(member.as_str().unwrap()).is_some(), "{kind}: no {place}/{member}");
                assert!(!schema::faults(&event).is_empty(), "{kind} may lack {place}/{member}");
                taken += 1;
            }
        }
    }
    assert!(taken > 150, "{taken}");
}

/// What may be added is let pass.
#[test]
fn new_members_are_welcome() {
    for example in examples() {
        let mut event = example.event;
        for place in ["", "/contact", "/data", "/data_ref", "/data/display", "/data/errors/0"] {
            if let Some(object) = event.pointer_mut(place).and_then(Value::as_object_mut) {
                object.insert(String::from("tomorrow"), json!([1]));
            }
        }
        assert_eq!(schema::faults(&event), Vec::<String>::new(), "{}", example.section);
    }
}

/// The first example of a type.
fn example(kind: &str) -> Value {
    let found = examples().into_iter().find(|example| example.event["type"] == kind);
    found.unwrap_or_else(|| panic!("{kind} has no example")).event
}
