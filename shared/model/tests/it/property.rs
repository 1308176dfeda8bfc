//! Whatever Meta puts into a notification, all of it comes out.

use model::{Notification, Value};
use proptest::prelude::*;

/// JSON as text, so that it may hold what parsers normalise: repeated members, odd escapes, huge numbers.
pub(crate) fn json() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("null".to_owned()),
        any::<bool>().prop_map(|flag| flag.to_string()),
        any::<i64>().prop_map(|number| number.to_string()),
        Just("-1.5e999".to_owned()),
        any::<char>().prop_map(|one| serde_json::to_string(&one).unwrap()),
        Just(r#""\ud83d cut \/""#.to_owned()),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(|elements| format!("[{}]", elements.join(","))),
            members(inner).prop_map(|members| format!("{{{members}}}")),
        ]
    })
}

fn members(value: impl Strategy<Value = String>) -> impl Strategy<Value = String> {
    let name = prop_oneof![
        Just("id"),
        Just("type"),
        Just("status"),
        Just("from"),
        Just("timestamp"),
        Just("text"),
        Just("image"),
        Just("contacts"),
        Just("errors"),
        Just("context"),
        Just("body"),
    ];
    let member = (name, value).prop_map(|(name, value)| format!("\"{name}\":{value}"));
    prop::collection::vec(member, 0..6).prop_map(|members| members.join(","))
}

/// Something that may stand in `messages[]` or `statuses[]`: often nearly right.
fn element() -> impl Strategy<Value = String> {
    let kind = prop_oneof![Just("text"), Just("image"), Just("system"), Just("edit"), Just("payment"), Just("message")];
    let plausible = (kind, json(), json()).prop_map(|(kind, content, more)| {
        format!(r#"{{"id":"x","type":"{kind}","{kind}":{content},"status":"sent","timestamp":{more}}}"#)
    });
    prop_oneof![plausible, json(), members(json()).prop_map(|members| format!("{{{members}}}"))]
}

fn list(of: &[String]) -> String {
    format!("[{}]", of.join(","))
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_goes_in_comes_out(
        messages in prop::collection::vec(element(), 0..4),
        statuses in prop::collection::vec(element(), 0..4),
        other in prop::collection::vec(json(), 0..3),
    ) {
        let others: Vec<_> = other.iter().enumerate().map(|(i, value)| format!(r#","other{i}":{value}"#)).collect();
        let others = others.concat();
        let body = format!(
            r#"{{"entry":[{{"id":"1","changes":[{{"field":"messages","value":{{"metadata":{{"phone_number_id":"1"}},"messages":{},"statuses":{}{others}}}}}]}}]}}"#,
            list(&messages),
            list(&statuses),
        );
        let notification = Notification::parse(body.as_bytes()).unwrap();
        let Value::Messages(value) = &notification.entries[0].changes[0].value else { panic!("messages") };
        let told = other.iter().filter(|value| !matches!(value.as_str(), "null" | "[]")).count();
        prop_assert_eq!(
            value.messages.len() + value.statuses.len() + value.unknown.len(),
            messages.len() + statuses.len() + told
        );
        let raws = value.messages.iter().map(|message| message.raw.get())
            .chain(value.statuses.iter().map(|status| status.raw.get()))
            .chain(value.unknown.iter().map(|unknown| unknown.raw.get()));
        for raw in raws {
            prop_assert!(messages.iter().chain(&statuses).chain(&other).any(|given| given == raw));
        }
        for message in &value.messages {
            message.display("?");
        }
    }

    #[test]
    fn nothing_panics(body in prop::collection::vec(any::<u8>(), 0..200), json in json()) {
        let _ = Notification::parse(&body);
        let _ = Notification::parse(json.as_bytes());
        let wrapped = format!(r#"{{"entry":[{json},{{"changes":[{json},{{"field":"messages","value":{json}}}]}}]}}"#);
        let notification = Notification::parse(wrapped.as_bytes()).unwrap();
        prop_assert_eq!(notification.entries.len() + notification.malformed.len(), 2);
        let raw: &serde_json::value::RawValue = serde_json::from_str(&json).unwrap();
        let once = model::canonical::canonical(raw);
        let again: &serde_json::value::RawValue = serde_json::from_str(&once).unwrap();
        prop_assert_eq!(model::canonical::canonical(again), once);
    }
}
