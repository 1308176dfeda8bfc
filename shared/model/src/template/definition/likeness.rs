//! What of a component counts when a definition is compared with a listing: Meta writes words in upper case, adds defaults,
//! lists files by URLs that expire, and shows the one-time code's own text (contract §1.5).

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::{member, members};

/// By type, so that the order of components does not count.
pub(super) fn of(components: &[Value], code: bool) -> BTreeMap<String, Value> {
    let one = |component: &Value| (kind(component).to_ascii_lowercase(), plain(component, code));
    components.iter().map(one).collect()
}

/// A component without the handles or URLs of its samples, those of its cards too.
pub(super) fn without_handles(mut component: Value) -> Value {
    if let Some(component) = component.as_object_mut() {
        drop_handles(component);
        for card in component.get_mut("cards").and_then(Value::as_array_mut).into_iter().flatten() {
            for part in card.get_mut("components").and_then(Value::as_array_mut).into_iter().flatten() {
                if let Some(part) = part.as_object_mut() {
                    drop_handles(part);
                }
            }
        }
    }
    component
}

fn drop_handles(component: &mut Map<String, Value>) {
    component.remove("sample");
    let left = component.get_mut("example").and_then(Value::as_object_mut).map(|example| {
        example.remove("header_handle");
        example.retain(|_, value| !value.is_null());
        example.len()
    });
    if left == Some(0) {
        component.remove("example");
    }
}

fn plain(component: &Value, code: bool) -> Value {
    let kind = kind(component);
    if code && matches!(kind.as_str(), "BODY" | "FOOTER") {
        return of_code(component);
    }
    let mut plain = without_handles(component.clone());
    let Some(fields) = plain.as_object_mut() else { return plain };
    fields.retain(|_, value| !value.is_null());
    fields.insert("type".into(), kind.clone().into());
    if kind == "HEADER" {
        let format = Some(member(component, "format")).filter(|format| !format.is_empty()).unwrap_or("TEXT");
        fields.insert("format".into(), format.to_ascii_uppercase().into());
    }
    if kind == "BUTTONS" {
        fields.insert("buttons".into(), members(component, "buttons").iter().map(|one| button(one, code)).collect());
    }
    if kind == "CAROUSEL" {
        let cards = members(component, "cards").iter().map(|card| {
            let parts = of(members(card, "components"), code);
            Value::Object(parts.into_iter().collect())
        });
        fields.insert("cards".into(), cards.collect());
    }
    plain
}

/// Meta's own words stand around a one-time code, and only they are listed beside what was asked for.
fn of_code(component: &Value) -> Value {
    let mut kept = Map::new();
    for (name, default) in
        [("add_security_recommendation", Value::Bool(false)), ("code_expiration_minutes", Value::Null)]
    {
        if let Some(value) = component.get(name).filter(|value| **value != default) {
            kept.insert(name.to_owned(), value.clone());
        }
    }
    Value::Object(kept)
}

fn button(button: &Value, code: bool) -> Value {
    let mut plain = button.clone();
    let Some(fields) = plain.as_object_mut() else { return plain };
    fields.retain(|_, value| !value.is_null());
    for word in ["type", "otp_type", "flow_action"] {
        if let Some(Value::String(text)) = fields.get_mut(word) {
            *text = text.to_ascii_uppercase();
        }
    }
    // Listed as a URL that names its type.
    if code && let Some(kind) = otp_type(button) {
        return Value::String(format!("OTP {kind}"));
    }
    if let Some(Value::String(example)) = fields.get("example") {
        let example = Value::Array(vec![Value::String(example.clone())]);
        fields.insert("example".into(), example);
    }
    plain
}

fn otp_type(button: &Value) -> Option<String> {
    let given = member(button, "otp_type");
    if !given.is_empty() {
        return Some(given.to_ascii_uppercase());
    }
    let (_, after) = member(button, "url").split_once("otp_type=")?;
    Some(after.split('&').next().unwrap_or_default().to_ascii_uppercase())
}

fn kind(component: &Value) -> String {
    member(component, "type").to_ascii_uppercase()
}
