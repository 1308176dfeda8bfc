//! infra/docs/events.schema.json. Every event that any test of this suite receives is held to it.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use jsonschema::Validator;
use model::EventType;
use serde_json::value::{RawValue, to_raw_value};
use serde_json::{Value, json};

/// What is ours, and not Meta's. Consumers may meet new members in it; these tests may not, so that nobody publishes what
/// the document does not name.
const OURS: [&str; 12] = [
    "Contact",
    "DataRef",
    "Display",
    "Erasure",
    "ErasureCounts",
    "FromTo",
    "Message",
    "MessageError",
    "NumberChanges",
    "StatusShown",
    "StoredMedia",
    "TokenFindings",
];

static SCHEMA: LazyLock<Value> =
    LazyLock::new(|| serde_json::from_str(include_str!("../../../infra/docs/events.schema.json")).unwrap());
static OPEN: LazyLock<Validator> = LazyLock::new(|| validator(&SCHEMA));
/// By type, without room for new members.
static CLOSED: LazyLock<BTreeMap<String, Validator>> = LazyLock::new(closed);

/// The document as consumers have it.
pub(super) fn schema() -> &'static Value {
    &SCHEMA
}

/// What a consumer who validates finds wrong.
pub(super) fn faults(event: &Value) -> Vec<String> {
    faults_of(&OPEN, event)
}

/// The types of events, and where each is described.
pub(super) fn types() -> BTreeMap<String, String> {
    let defs = SCHEMA["$defs"].as_object().unwrap().iter();
    defs.filter_map(|(name, def)| {
        Some((def["allOf"][1]["properties"]["type"]["const"].as_str()?.to_owned(), name.clone()))
    })
    .collect()
}

/// Panics where a message of `events.fifo` is not what the document says, member by member.
#[track_caller]
pub(crate) fn hold(body: &str) {
    let event = readable(body);
    let kind = event["type"].as_str().unwrap();
    let validator = CLOSED.get(kind).unwrap_or_else(|| panic!("{kind} is no type of infra/docs/events.schema.json"));
    let faults = faults_of(validator, &event);
    assert!(faults.is_empty(), "{kind} is not as infra/docs/events.schema.json says: {faults:?}\n{body}");
}

fn faults_of(validator: &Validator, event: &Value) -> Vec<String> {
    validator.iter_errors(event).map(|fault| format!("{}: {fault}", fault.instance_path())).collect()
}

fn validator(schema: &Value) -> Validator {
    jsonschema::options().should_validate_formats(true).build(schema).unwrap()
}

fn closed() -> BTreeMap<String, Validator> {
    let mut schema = SCHEMA.clone();
    let named = types();
    for name in OURS {
        schema["$defs"][name]["additionalProperties"] = json!(false);
    }
    for name in named.values() {
        schema["$defs"][name]["unevaluatedProperties"] = json!(false);
    }
    let alone =
        |name: &str| json!({"$schema": schema["$schema"], "$ref": format!("#/$defs/{name}"), "$defs": schema["$defs"]});
    named.iter().map(|(kind, name)| (kind.clone(), validator(&alone(name)))).collect()
}

/// Some JSON of Meta's that these tests make up is more than `Value` can hold: numbers beyond all types, nesting without
/// end, half a surrogate. What is around it is looked at all the same.
fn readable(body: &str) -> Value {
    serde_json::from_str(body).unwrap_or_else(|_| {
        let mut members: BTreeMap<String, Box<RawValue>> = serde_json::from_str(body).unwrap();
        let unread = to_raw_value(&json!({"id": "", "status": "", "field": "", "value": null})).unwrap();
        members.insert(String::from("data"), unread);
        serde_json::from_str(&serde_json::to_string(&members).unwrap()).unwrap()
    })
}

#[test]
fn it_has_the_types_of_the_code() {
    let types = types();
    assert_eq!(types.len(), EventType::ALL.len());
    for kind in EventType::ALL {
        assert!(types.contains_key(kind.as_str()), "{kind}");
    }
    let listed: Vec<&str> =
        schema()["oneOf"].as_array().unwrap().iter().filter_map(|one| one["$ref"].as_str()).collect();
    for name in types.values() {
        assert!(listed.contains(&format!("#/$defs/{name}").as_str()), "{name} is not in oneOf");
    }
    assert_eq!(listed.len(), types.len());
}

/// The document itself is a schema of the version that it names.
#[test]
fn it_is_a_schema() {
    assert_eq!(schema()["$schema"], "https://json-schema.org/draft/2020-12/schema");
    assert!(jsonschema::meta::is_valid(schema()));
}

/// A member that the document does not name is found.
#[test]
#[should_panic(expected = "is not as infra/docs/events.schema.json says")]
fn a_new_member_is_found() {
    let mut event = super::document::examples().remove(0).event;
    event["contact"]["shoe_size"] = json!(42);
    hold(&event.to_string());
}
