use std::collections::BTreeSet;
use std::path::Path;

use axum::http::Method;
use serde_json::Value;

use crate::world::World;

fn committed() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("openapi.json")
}

/// `UPDATE_OPENAPI=1 cargo test -p api` writes the file anew.
#[test]
fn the_committed_document_is_what_the_code_says() {
    let generated = format!("{}\n", api::openapi_json().unwrap());
    if std::env::var_os("UPDATE_OPENAPI").is_some() {
        std::fs::write(committed(), &generated).unwrap();
    }
    let committed = std::fs::read_to_string(committed()).unwrap_or_default();
    assert!(committed == generated, "openapi.json is old: run UPDATE_OPENAPI=1 cargo test -p api");
}

#[tokio::test]
async fn every_path_of_the_document_is_routed() {
    let world = World::new().await;
    let served = world.get("/v1/openapi.json").await;
    assert_eq!(served.headers["content-type"], "application/json");
    let document = served.json();
    assert_eq!(document, serde_json::from_str::<Value>(&api::openapi_json().unwrap()).unwrap());
    let mut operations = BTreeSet::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        let concrete = path.replace(['{', '}'], "");
        for (method, operation) in methods.as_object().unwrap() {
            let method = Method::from_bytes(method.to_uppercase().as_bytes()).unwrap();
            let answer = world.ask(method.clone(), &concrete, &[], "{}").await;
            let unrouted = answer.text.contains("There is no such path") || answer.status == 405;
            assert!(!unrouted, "{method} {path}: {}", answer.text);
            assert!(operations.insert(operation["operationId"].as_str().unwrap().to_owned()), "{operation}");
            assert!(operation["responses"]["default"].is_object(), "{method} {path} names its problems");
        }
    }
    assert_eq!(operations.len(), 38);
}

#[tokio::test]
async fn every_reference_leads_somewhere() {
    let document: Value = serde_json::from_str(&api::openapi_json().unwrap()).unwrap();
    let schemas = document["components"]["schemas"].as_object().unwrap();
    let mut references = BTreeSet::new();
    collect(&document, &mut references);
    for reference in references {
        let name = reference.strip_prefix("#/components/schemas/").unwrap();
        assert!(schemas.contains_key(name), "{name}");
    }
}

fn collect(value: &Value, references: &mut BTreeSet<String>) {
    match value {
        Value::Object(members) => {
            references.extend(members.get("$ref").and_then(Value::as_str).map(str::to_owned));
            members.values().for_each(|member| collect(member, references));
        }
        Value::Array(elements) => elements.iter().for_each(|element| collect(element, references)),
        _ => {}
    }
}
