//! Meta's own examples, from its OpenAPI document.

use std::path::Path;

use model::{Content, Notification, Value};

const DOCUMENT: &str = "../../../shared/meta-openapi/business-messaging-api_v23.0.yaml";

/// The examples under `/whatsapp/webhooks`, each a JSON body. `None` where the document is not at hand.
fn examples() -> Option<Vec<(String, String)>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(DOCUMENT);
    let Ok(document) = std::fs::read_to_string(&path) else {
        assert!(std::env::var("CI").as_deref() != Ok("true"), "in CI, Meta's OpenAPI document must be at {DOCUMENT}");
        eprintln!("skipped: no {DOCUMENT}");
        return None;
    };
    // One path of it, because all of it takes seconds to read.
    let start = document.find("\n  /whatsapp/webhooks:\n").unwrap() + 1;
    let rest = &document[start..];
    let end = rest.match_indices("\n  ").skip(1).map(|(at, _)| at).find(|at| !rest[at + 3..].starts_with(' '));
    let section = match end.or_else(|| rest.find("\ncomponents:")) {
        Some(end) => &rest[..end],
        None => rest,
    };
    let yaml: serde_yaml_ng::Value = serde_yaml_ng::from_str(section).unwrap();
    let content = &yaml["/whatsapp/webhooks"]["post"]["requestBody"]["content"]["application/json"];
    let body = |example: &serde_yaml_ng::Value| serde_json::to_string(&example["value"]).unwrap();
    let named = content["examples"].as_mapping().unwrap().iter();
    Some(named.map(|(name, example)| (name.as_str().unwrap().to_owned(), body(example))).collect())
}

#[test]
fn every_example_of_metas_is_understood() {
    let Some(examples) = examples() else { return };
    let (mut messages, mut groups) = (0, 0);
    for (name, body) in &examples {
        let notification = Notification::parse(body.as_bytes()).unwrap();
        assert!(notification.malformed.is_empty(), "{name}");
        for entry in &notification.entries {
            assert!(entry.malformed.is_empty() && !entry.changes.is_empty(), "{name}");
            for change in &entry.changes {
                let Value::Messages(value) = &change.value else {
                    assert!(change.field.starts_with("group_"), "{name}: {}", change.field);
                    groups += 1;
                    continue;
                };
                assert!(value.unknown.is_empty(), "{name}");
                for message in &value.messages {
                    assert!(!matches!(message.content, Content::Unknown { .. }), "{name}: {}", message.kind);
                    assert!(message.timestamp.is_some() && message.from.is_some(), "{name}");
                    messages += 1;
                }
            }
        }
    }
    assert_eq!((examples.len(), messages, groups), (16, 13, 3));
}
