//! Meta's OpenAPI document, as far as it tells of sending.

use std::path::Path;

use jsonschema::Validator;
use serde_json::{Value, json};

use super::corrections::{self, Correction};

const DOCUMENT: &str = "../../shared/meta-openapi/business-messaging-api_v23.0.yaml";

pub(super) struct OpenApi {
    schemas: Value,
    examples: Value,
}

impl OpenApi {
    /// `None` where the document is not at hand.
    pub(super) fn read() -> Option<Self> {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(DOCUMENT);
        let Ok(document) = std::fs::read_to_string(&path) else {
            assert!(std::env::var("CI").is_err(), "in CI, Meta's OpenAPI document must be at {DOCUMENT}");
            eprintln!("skipped: no {DOCUMENT}");
            return None;
        };
        // Two parts of it, because all of it takes seconds to read.
        let schemas = between(&document, "\n    TemplateObject:\n", "\n    MarkMessageRequestPayload:\n");
        let path = "/{Version}/{Phone-Number-ID}/messages";
        let sending = between(&document, &format!("\n  {path}:\n"), &format!("\n  {path}_encrypted:\n"));
        let content = &sending[path]["post"]["requestBody"]["content"]["application/json"];
        Some(Self { schemas, examples: content["examples"].clone() })
    }

    /// Every message is valid by the corrected document; and each correction is needed, since without it one is not.
    pub(super) fn takes_with_corrections(&self, messages: &[Value]) {
        let all: Vec<&Correction> = corrections::SCHEMAS.iter().collect();
        assert_eq!(self.complaints(&all, messages), []);
        for left_out in &all {
            let others: Vec<_> = all.iter().copied().filter(|other| !std::ptr::eq(*other, *left_out)).collect();
            assert!(!self.complaints(&others, messages).is_empty(), "is not needed: {} {}", left_out.at, left_out.why);
        }
    }

    fn complaints(&self, corrections: &[&Correction], messages: &[Value]) -> Vec<(Value, String)> {
        let mut schemas = self.schemas.clone();
        for correction in corrections {
            correction.apply(&mut schemas);
        }
        let types = schemas["Message"]["discriminator"]["mapping"].clone();
        let told = messages.iter().filter_map(|message| {
            let kind = message["type"].as_str().unwrap();
            let Some(reference) = types[kind].as_str() else {
                return Some((message.clone(), format!("no schema for {kind}")));
            };
            let whole = json!({"$ref": reference, "components": {"schemas": schemas}});
            let validator: Validator = jsonschema::validator_for(&whole).unwrap();
            let first =
                validator.iter_errors(message).next().map(|error| format!("{} at {}", error, error.instance_path()));
            first.map(|complaint| (message.clone(), complaint))
        });
        told.collect()
    }

    /// By name, the examples that are messages.
    pub(super) fn examples(&self) -> Vec<(String, Value)> {
        let named = self.examples.as_object().unwrap().iter();
        let mut all: Vec<_> = named.map(|(name, example)| (name.clone(), example["value"].clone())).collect();
        all.retain(|(_, example)| example["status"].is_null());
        for (_, example) in &mut all {
            fill(example);
        }
        all
    }
}

/// The YAML from the first line to the second.
fn between(document: &str, from: &str, to: &str) -> Value {
    let start = document.find(from).unwrap() + 1;
    let rest = &document[start..];
    serde_yaml_ng::from_str(&rest[..rest.find(to).unwrap()]).unwrap()
}

/// Puts something in place of `{{Recipient-Phone-Number}}`, `<http(s)://image-url>` and their like.
fn fill(value: &mut Value) {
    match value {
        Value::String(text) if text.contains("Phone-Number") => *value = json!("+15550101"),
        Value::String(text) if text.contains("http(s)") => *value = json!("https://shop.example/a"),
        Value::String(text) if text == "<HEADER_TYPE>" => *value = json!("text"),
        Value::Array(items) => items.iter_mut().for_each(fill),
        Value::Object(members) => members.values_mut().for_each(fill),
        _ => {}
    }
}
