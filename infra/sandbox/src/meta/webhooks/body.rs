//! The body of a POST: the envelope, and Meta's way of escaping it (contract §3.2, §3.4).

use serde_json::{Map, Value, json};

use super::Update;

/// The notification that carries these changes.
pub(crate) fn envelope(updates: &[Update], merge: bool) -> Value {
    let mut entries: Vec<(String, Option<i64>, Vec<Value>)> = Vec::new();
    for update in updates {
        // `entry.time` is there for management fields and not for messages.
        let time = (update.field != "messages").then(|| update.at.as_second());
        let at = entries.iter().position(|(waba_id, t, _)| *waba_id == update.waba_id && t.is_some() == time.is_some());
        let at = at.unwrap_or_else(|| {
            entries.push((update.waba_id.clone(), time, Vec::new()));
            entries.len() - 1
        });
        let changes = &mut entries[at].2;
        let merged = merge && changes.iter_mut().any(|change| absorb(change, update));
        if !merged {
            changes.push(json!({"field": update.field, "value": update.value}));
        }
    }
    let entries: Vec<Value> = entries
        .into_iter()
        .map(|(id, time, changes)| {
            let mut entry = Map::from_iter([("id".to_owned(), id.into()), ("changes".to_owned(), changes.into())]);
            if let Some(time) = time {
                entry.insert("time".to_owned(), time.into());
            }
            entry.into()
        })
        .collect();
    json!({"object": "whatsapp_business_account", "entry": entries})
}

/// Puts the lists of `update` into a change of the same field and number.
fn absorb(change: &mut Value, update: &Update) -> bool {
    let same = change.get("field").and_then(Value::as_str) == Some(&update.field)
        && update.value.get("metadata").is_some()
        && change.pointer("/value/metadata") == update.value.get("metadata");
    let (true, Some(Value::Object(into)), Value::Object(from)) = (same, change.get_mut("value"), &update.value) else {
        return false;
    };
    for (key, value) in from {
        match (into.get_mut(key), value) {
            (Some(Value::Array(into)), Value::Array(from)) => {
                // The same sender is listed once.
                into.extend(
                    from.iter().filter(|item| key != "contacts" || !into.contains(item)).cloned().collect::<Vec<_>>(),
                );
            }
            (None, value) => {
                into.insert(key.clone(), value.clone());
            }
            _ => {}
        }
    }
    true
}

/// Meta's escaped form of a JSON text: everything beyond ASCII as `\uXXXX` in lower case, and `/` as `\/`.
/// The signature is over this.
pub(crate) fn escaped(json: &str) -> String {
    let mut escaped = String::with_capacity(json.len() + json.len() / 8);
    let mut chars = json.chars();
    while let Some(c) = chars.next() {
        match c {
            // What is escaped already stays as it is.
            '\\' => {
                escaped.push('\\');
                escaped.extend(chars.next());
            }
            '/' => escaped.push_str("\\/"),
            c if c.is_ascii() => escaped.push(c),
            c => escaped.extend(c.encode_utf16(&mut [0; 2]).iter().map(|unit| format!("\\u{unit:04x}"))),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_as_meta_does() {
        assert_eq!(escaped(r#"{"a":"é/😀\/\"\\"}"#), r#"{"a":"\u00e9\/\ud83d\ude00\/\"\\"}"#);
        let back: Value = serde_json::from_str(&escaped(r#""é/😀""#)).unwrap();
        assert_eq!(back, "é/😀");
    }

    #[test]
    fn merges_what_belongs_together() {
        let update = |id: &str| Update {
            waba_id: "1".to_owned(),
            phone_number_id: None,
            field: "messages".to_owned(),
            value: json!({"metadata": {"phone_number_id": "2"}, "contacts": [{"wa_id": "3"}], "messages": [{"id": id}]}),
            at: jiff::Timestamp::UNIX_EPOCH,
        };
        let body = envelope(&[update("a"), update("b")], true);
        assert_eq!(body["entry"][0]["changes"].as_array().unwrap().len(), 1);
        assert_eq!(body["entry"][0]["changes"][0]["value"]["messages"].as_array().unwrap().len(), 2);
        assert_eq!(body["entry"][0]["changes"][0]["value"]["contacts"].as_array().unwrap().len(), 1);
        let body = envelope(&[update("a"), update("b")], false);
        assert_eq!(body["entry"][0]["changes"].as_array().unwrap().len(), 2);
        assert!(body["entry"][0].get("time").is_none());
    }
}
