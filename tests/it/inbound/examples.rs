//! Meta's own examples of webhooks, from its OpenAPI document.

use std::path::Path;

use serde_json::Value;

const DOCUMENT: &str = "../../shared/meta-openapi/business-messaging-api_v23.0.yaml";

/// By name. `None` where the document is not at hand.
pub(super) fn examples() -> Option<Vec<(String, Value)>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(DOCUMENT);
    let Ok(document) = std::fs::read_to_string(&path) else {
        assert!(std::env::var("CI").is_err(), "in CI, Meta's OpenAPI document must be at {DOCUMENT}");
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
    let named = content["examples"].as_mapping().unwrap().iter();
    let examples: Vec<_> = named
        .map(|(name, example)| (name.as_str().unwrap().to_owned(), serde_json::to_value(&example["value"]).unwrap()))
        .collect();
    assert_eq!(examples.len(), 16);
    Some(examples)
}
