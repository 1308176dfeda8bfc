//! The fields beside `messages`: read where they have their shape, raw where they do not.

mod people;

use model::{Change, Field};
use serde_json::Value;
use serde_json::value::RawValue;

/// What `read` makes of a change to this field.
fn change(field: &str, value: &Value, read: impl Fn(Field<'_>)) {
    let json = serde_json::json!({"value": value, "field": field}).to_string();
    let raw: &RawValue = serde_json::from_str(&json).unwrap();
    read(Field::read(&Change::parse(raw).unwrap()));
}
