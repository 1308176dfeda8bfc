//! Tomorrow's payloads: every fixture again, with more in it, other words in it, less in it and nonsense in it.

use model::InboundMessage;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use crate::fixtures;

/// Members whose values Meta lists; a list grows without notice.
const ENUMS: &[&str] = &["type", "source_type", "media_type", "origin", "response", "response_source", "currency"];

fn variant(message: &Value) -> String {
    let text = message.to_string();
    let raw: &RawValue = serde_json::from_str(&text).unwrap();
    format!("{:?}", InboundMessage::parse(raw).unwrap().content)
}

fn each_fixture(check: impl Fn(&str, Value, String)) {
    for (name, json) in fixtures::inbound() {
        let message: Value = serde_json::from_str(&json).unwrap();
        let before = variant(&message);
        check(&name, message, before);
    }
}

fn each_object(value: &mut Value, change: &mut impl FnMut(&mut serde_json::Map<String, Value>)) {
    match value {
        Value::Object(members) => {
            members.values_mut().for_each(|member| each_object(member, change));
            change(members);
        }
        Value::Array(elements) => elements.iter_mut().for_each(|element| each_object(element, change)),
        _ => {}
    }
}

#[test]
fn more_members_change_nothing() {
    each_fixture(|name, mut message, before| {
        each_object(&mut message, &mut |members| {
            members.insert("new_in_2027".into(), json!({"deep": [1, {"type": "text"}]}));
        });
        assert_eq!(variant(&message), before, "{name}");
    });
}

#[test]
fn new_words_change_nothing() {
    each_fixture(|name, mut message, before| {
        let kind = message["type"].clone();
        each_object(&mut message, &mut |members| {
            for (_, value) in
                members.iter_mut().filter(|(key, value)| ENUMS.contains(&key.as_str()) && value.is_string())
            {
                *value = json!("value_of_2027");
            }
        });
        message["type"] = kind;
        assert_eq!(variant(&message), before, "{name}");
    });
}

#[test]
fn numbers_in_quotes_change_nothing() {
    each_fixture(|name, mut message, before| {
        each_object(&mut message, &mut |members| {
            for (_, value) in members.iter_mut().filter(|(_, value)| value.is_number()) {
                *value = json!(value.to_string());
            }
        });
        assert_eq!(variant(&message), before, "{name}");
    });
}

#[test]
fn an_unknown_type_is_kept_raw() {
    each_fixture(|name, mut message, _| {
        message["type"] = json!("type_of_2027");
        assert_eq!(variant(&message), "Unknown(…)", "{name}");
        message.as_object_mut().unwrap().remove("type");
        assert_eq!(variant(&message), "Unknown(…)", "{name}");
    });
}

#[test]
fn a_content_of_the_wrong_shape_is_kept_raw() {
    each_fixture(|name, message, before| {
        let kind = message["type"].as_str().unwrap().to_owned();
        for nonsense in [json!(null), json!(7), json!("x"), json!([1]), json!({}), json!(true), json!({"id": {}})] {
            let mut message = message.clone();
            message[&kind] = nonsense;
            // These have no content to be wrong; a system message is known by its type alone.
            let bare = before.starts_with("Unsupported") || before.starts_with("RequestWelcome");
            let after = variant(&message);
            let kept = if bare { before.clone() } else { "Unknown(…)".to_owned() };
            let empty_system = before == "System(…)" && message[&kind].is_object();
            assert!(after == kept || empty_system, "{name}: {after}");
        }
    });
}

#[test]
fn any_part_may_be_missing_or_odd() {
    fn paths(value: &Value, at: &str, found: &mut Vec<String>) {
        let members: Vec<(String, &Value)> = match value {
            Value::Object(members) => members.iter().map(|(name, member)| (format!("{at}/{name}"), member)).collect(),
            Value::Array(list) => list.iter().enumerate().map(|(i, member)| (format!("{at}/{i}"), member)).collect(),
            _ => return,
        };
        for (path, member) in members {
            paths(member, &path, found);
            found.push(path);
        }
    }
    each_fixture(|_, message, _| {
        let mut found = Vec::new();
        paths(&message, "", &mut found);
        for path in found.iter().filter(|path| *path != "/id") {
            for odd in [Value::Null, json!([]), json!({}), json!(""), json!(-1.5e300), json!(false)] {
                let mut message = message.clone();
                *message.pointer_mut(path).unwrap() = odd;
                // Reads as something, whatever that is, and is never dropped.
                variant(&message);
            }
        }
    });
}

#[test]
fn depth_beyond_reason_is_kept_raw() {
    let deep = format!(
        r#"{{"id":"wamid.1","type":"text","text":{{"body":"hi"}},"x":{}{}}}"#,
        "[".repeat(50_000),
        "]".repeat(50_000)
    );
    let raw: &RawValue = serde_json::from_str(&deep).unwrap();
    let message = InboundMessage::parse(raw).unwrap();
    assert_eq!((message.id.as_str(), format!("{:?}", message.content).as_str()), ("wamid.1", "Unknown(…)"));
}
