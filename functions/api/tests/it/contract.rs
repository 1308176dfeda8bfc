//! Holds every answer that a test gets to the OpenAPI document, with no member that the document does not name.

use std::sync::OnceLock;

use axum::http::Method;
use serde_json::{Value, json};

use crate::world::Answer;

/// The operation's path in the document, and how it is met.
struct Template {
    path: String,
    segments: Vec<String>,
}

pub(crate) fn hold(method: &Method, path: &str, answer: &Answer) {
    let path = path.split('?').next().unwrap_or(path);
    let Some(operation) = operation(method, path) else {
        assert!(matches!(answer.status.as_u16(), 404 | 405), "{method} {path} is not in the document");
        return;
    };
    let responses = &operation["responses"];
    let status = answer.status.as_u16().to_string();
    let response = responses.get(&status).unwrap_or(&responses["default"]);
    let Some(content) = response.get("content") else {
        assert_eq!(answer.text, "", "{method} {path} {status}");
        return;
    };
    let kind = answer.headers["content-type"].to_str().unwrap();
    let schema = &content[kind]["schema"];
    assert!(schema.is_object(), "{method} {path} {status} answers {kind}");
    let mut whole = schema.clone();
    whole["components"] = document()["components"].clone();
    let errors: Vec<String> =
        jsonschema::validator_for(&whole).unwrap().iter_errors(&answer.json()).map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "{method} {path} {status}: {errors:?}\n{}", answer.text);
}

fn operation(method: &Method, path: &str) -> Option<&'static Value> {
    let method = method.as_str().to_lowercase();
    let given: Vec<&str> = path.split('/').collect();
    let mut fitting: Vec<&Template> = templates().iter().filter(|template| template.fits(&given)).collect();
    // The longest is the most exact.
    fitting.sort_by_key(|template| (template.segments.len(), !template.path.contains('{')));
    fitting.last().and_then(|template| document()["paths"][&template.path].get(&method))
}

impl Template {
    fn fits(&self, given: &[&str]) -> bool {
        let one = |wanted: &str, given: &str| wanted.starts_with('{') || wanted == given;
        // Ids of messages hold slashes.
        let greedy = self.path.starts_with("/v1/messages/");
        match self.segments.iter().position(|segment| segment == "{id}").filter(|_| greedy) {
            Some(at) => {
                let tail = &self.segments[at + 1..];
                let head = given.len() > at + tail.len() && given.starts_with(&["", "v1", "messages"]);
                head && given.ends_with(&tail.iter().map(String::as_str).collect::<Vec<_>>())
            }
            None => {
                self.segments.len() == given.len()
                    && self.segments.iter().zip(given).all(|(wanted, given)| one(wanted, given))
            }
        }
    }
}

fn templates() -> &'static [Template] {
    static TEMPLATES: OnceLock<Vec<Template>> = OnceLock::new();
    TEMPLATES.get_or_init(|| {
        let paths = document()["paths"].as_object().unwrap().keys();
        paths
            .map(|path| Template { path: path.clone(), segments: path.split('/').map(str::to_owned).collect() })
            .collect()
    })
}

/// The document, with every object that names its members closed to others.
fn document() -> &'static Value {
    static DOCUMENT: OnceLock<Value> = OnceLock::new();
    DOCUMENT.get_or_init(|| {
        let mut document = serde_json::from_str(&api::openapi_json().unwrap()).unwrap();
        close(&mut document);
        document
    })
}

fn close(value: &mut Value) {
    match value {
        Value::Object(members) => {
            if members.get("properties").is_some_and(Value::is_object) {
                members.insert("additionalProperties".to_owned(), json!(false));
            }
            members.values_mut().for_each(close);
        }
        Value::Array(elements) => elements.iter_mut().for_each(close),
        _ => {}
    }
}
