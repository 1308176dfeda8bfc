//! The fields beside `messages`: read where they have their shape, raw where they do not.

mod accounts;
mod odd;
mod people;
mod phones;
mod templates;

use model::{Change, Field};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::fixtures;

/// What `read` makes of a change to this field.
fn change(field: &str, value: &Value, read: impl Fn(Field<'_>)) {
    let json = serde_json::json!({"value": value, "field": field}).to_string();
    let raw: &RawValue = serde_json::from_str(&json).unwrap();
    read(Field::read(&Change::parse(raw).unwrap()));
}

/// Every fixture: its field, and the value.
fn each(mut check: impl FnMut(&str, &Value)) {
    for (name, json) in fixtures::fields() {
        let field = name.split('.').next().unwrap_or(&name);
        check(field, &serde_json::from_str(&json).unwrap());
    }
}

/// What `read` makes of the fixture of this name.
fn example(name: &str, read: impl Fn(Field<'_>)) {
    let (_, json) = fixtures::fields().into_iter().find(|(known, _)| known == name).unwrap();
    change(name.split('.').next().unwrap_or(name), &serde_json::from_str(&json).unwrap(), read);
}
