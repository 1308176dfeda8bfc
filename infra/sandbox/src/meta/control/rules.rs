//! Faults and settings.

use bytes::Bytes;
use serde_json::{Value, json};

use crate::meta::faults::Rule;
use crate::meta::settings::Settings;
use crate::meta::shared::Shared;

use super::{Outcome, Refused, json_body};

pub(super) fn list(shared: &Shared) -> Value {
    let state = shared.state();
    let rules = state.faults.all().iter().map(|(id, armed)| {
        let mut rule = json!(armed);
        rule["id"] = json!(id);
        rule
    });
    json!({"faults": rules.collect::<Vec<_>>()})
}

/// One rule, or a list of them.
pub(super) fn add(shared: &Shared, body: &Bytes) -> Outcome {
    let rules = match json_body(body)? {
        Value::Array(rules) => rules,
        rule => vec![rule],
    };
    let rules = rules.into_iter().map(serde_json::from_value::<Rule>).collect::<Result<Vec<_>, _>>();
    let rules = rules.map_err(|error| Refused::bad(format!("this is not a fault: {error}")))?;
    let mut state = shared.state();
    let ids: Vec<u64> = rules.into_iter().map(|rule| state.faults.add(rule)).collect();
    Ok(json!({ "ids": ids }))
}

/// All of them, or the one in `?id=`.
pub(super) fn remove(shared: &Shared, query: &str) -> Outcome {
    let id = url::form_urlencoded::parse(query.as_bytes()).find(|(key, _)| key == "id");
    let mut state = shared.state();
    let Some((_, id)) = id else {
        let removed = state.faults.all().len();
        state.faults.clear();
        return Ok(json!({ "removed": removed }));
    };
    let removed = id.parse().is_ok_and(|id| state.faults.remove(id));
    if removed { Ok(json!({"removed": 1})) } else { Err(Refused::not_found("there is no fault of this id")) }
}

/// Takes any part of the settings and leaves the rest.
pub(super) fn settings(shared: &Shared, part: &Value) -> Outcome {
    let mut state = shared.state();
    let mut whole = json!(state.settings);
    lay_over(&mut whole, part);
    let settings: Settings = serde_json::from_value(whole).map_err(|error| Refused::bad(error.to_string()))?;
    state.settings = settings;
    Ok(json!(state.settings))
}

fn lay_over(whole: &mut Value, part: &Value) {
    match (whole, part) {
        (Value::Object(whole), Value::Object(part)) => {
            for (key, value) in part {
                lay_over(whole.entry(key.as_str()).or_insert(Value::Null), value);
            }
        }
        (whole, part) => *whole = part.clone(),
    }
}
