//! What Meta tells of people, as it would.

use serde_json::{Value, json};

use crate::world::second;

/// Someone, by what Meta gives of them: `+1…` and `US.…` in any number.
pub(crate) type Ids<'a> = &'a [&'a str];

fn phone(ids: Ids<'_>) -> Option<&str> {
    ids.iter().copied().find(|id| !id.contains('.'))
}

fn user(ids: Ids<'_>) -> Option<&str> {
    ids.iter().copied().find(|id| id.contains('.'))
}

fn set(object: &mut Value, name: &str, value: Option<&str>) {
    if let Some(value) = value {
        object[name] = value.into();
    }
}

fn messages(message: &Value, contacts: Option<Value>) -> Value {
    let mut value = json!({"messages": [message]});
    if let Some(contact) = contacts {
        value["contacts"] = json!([contact]);
    }
    json!({"field": "messages", "value": value})
}

/// A message of any type.
pub(crate) fn message(id: &str, from: Ids<'_>, at: i64, kind: &str, content: &Value) -> Value {
    let mut message = json!({"id": id, "timestamp": second(at).as_second().to_string(), "type": kind});
    message[kind] = content.clone();
    set(&mut message, "from", phone(from));
    set(&mut message, "from_user_id", user(from));
    let mut contact = json!({"profile": {"name": format!("Name at {at}")}});
    set(&mut contact, "wa_id", phone(from));
    set(&mut contact, "user_id", user(from));
    messages(&message, Some(contact))
}

pub(crate) fn text(id: &str, from: Ids<'_>, at: i64) -> Value {
    message(id, from, at, "text", &json!({"body": "canary"}))
}

/// `user_changed_number` as it is since 2026-08.
pub(crate) fn number_changed(id: &str, old: Ids<'_>, new: Ids<'_>, at: i64) -> Value {
    let mut system = json!({"type": "user_changed_number", "body": "changed"});
    set(&mut system, "wa_id", phone(new));
    set(&mut system, "user_id", user(new));
    set(&mut system, "previous_user_id", user(old));
    changed(id, phone(old), &system, at)
}

/// `system` of any shape.
pub(crate) fn changed(id: &str, from: Option<&str>, system: &Value, at: i64) -> Value {
    let mut message = json!({"id": id, "timestamp": second(at).as_second().to_string(), "type": "system"});
    message["system"] = system.clone();
    set(&mut message, "from", from);
    messages(&message, None)
}

pub(crate) fn status(id: &str, word: &str, to: Ids<'_>, at: i64) -> Value {
    let mut status = json!({"id": id, "status": word, "timestamp": second(at).as_second().to_string()});
    set(&mut status, "recipient_id", phone(to));
    set(&mut status, "recipient_user_id", user(to));
    json!({"field": "messages", "value": {"statuses": [status]}})
}

/// A person rings.
pub(crate) fn call(id: &str, event: &str, from: Ids<'_>, at: i64) -> Value {
    let mut call = json!({
        "id": id, "event": event, "direction": "USER_INITIATED", "timestamp": second(at).as_second().to_string(),
    });
    set(&mut call, "from", phone(from));
    set(&mut call, "from_user_id", user(from));
    json!({"field": "calls", "value": {"calls": [call]}})
}
