//! Tomorrow's payloads: never a panic, and what has lost its shape is raw.

use std::sync::LazyLock;

use model::{Change, Field};
use proptest::prelude::*;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::{change, each};

static NAMES: LazyLock<Vec<String>> = LazyLock::new(|| {
    let mut names = Vec::new();
    each(|field, _| names.push(field.to_owned()));
    names
});

/// Those that no type is needed for: kept and passed on as they come.
const RAW: [&str; 9] = [
    "account_settings_update",
    "automatic_events",
    "business_status_update",
    "consumer_profile",
    "field_of_2027",
    "partner_solutions",
    "payment_configuration_update",
    "template_correct_category_detection",
    "tracking_events",
];

#[test]
fn every_example_is_understood() {
    each(|field, value| {
        change(field, value, |read| assert_eq!(matches!(read, Field::Raw), RAW.contains(&field), "{field}: {value}"));
    });
}

#[test]
fn more_members_and_quoted_numbers_change_nothing() {
    fn spoil(value: &mut Value) {
        match value {
            Value::Object(members) => {
                members.values_mut().for_each(spoil);
                members.insert("new_in_2027".into(), json!({"deep": [1, {"event": "x"}]}));
            }
            Value::Array(elements) => elements.iter_mut().for_each(spoil),
            Value::Number(number) => *value = json!(number.to_string()),
            _ => {}
        }
    }
    each(|field, value| {
        let mut value = value.clone();
        spoil(&mut value);
        change(field, &value, |read| assert_eq!(matches!(read, Field::Raw), RAW.contains(&field), "{field}: {value}"));
    });
}

#[test]
fn any_part_may_be_missing_or_odd() {
    fn paths(value: &Value, at: &str, found: &mut Vec<String>) {
        let members: Vec<(String, &Value)> = match value {
            Value::Object(members) => members.iter().map(|(name, member)| (format!("{at}/{name}"), member)).collect(),
            Value::Array(list) => list.iter().enumerate().map(|(i, member)| (format!("{at}/{i}"), member)).collect(),
            _ => return,
        };
        for (path, member) in members {
            paths(member, &path, found);
            found.push(path);
        }
    }
    each(|field, value| {
        let mut found = Vec::new();
        paths(value, "", &mut found);
        for path in found {
            for odd in
                [json!(null), json!([]), json!({}), json!(""), json!(-1.5e300), json!(false), json!("x".repeat(600))]
            {
                let mut value = value.clone();
                *value.pointer_mut(&path).unwrap() = odd;
                // Reads as something, whatever that is.
                change(field, &value, |_| {});
            }
        }
    });
}

#[test]
fn depth_beyond_reason_is_raw() {
    let deep = format!(
        r#"{{"field":"account_update","value":{{"event":"X","x":{}{}}}}}"#,
        "[".repeat(5_000),
        "]".repeat(5_000)
    );
    let raw: &RawValue = serde_json::from_str(&deep).unwrap();
    assert!(matches!(Field::read(&Change::parse(raw).unwrap()), Field::Raw));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_panics(json in crate::property::json(), at in any::<prop::sample::Index>()) {
        let text = format!(r#"{{"field":"{}","value":{json}}}"#, at.get(&NAMES));
        let raw: &RawValue = serde_json::from_str(&text).unwrap();
        if let Some(change) = Change::parse(raw) {
            Field::read(&change);
        }
    }
}
