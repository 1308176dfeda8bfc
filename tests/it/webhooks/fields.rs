//! Every field beside `messages`, by the model's examples of it.

use std::collections::{BTreeMap, BTreeSet};

use model::webhook::field::FIELDS;
use serde_json::{Value, json};

use super::page::table;
use super::{examples, posted, system};
use crate::system::{Item, System, eventually, text};

const STRANGER: &str = "199999999999999";

/// Under a heading's words: what changed in the table beside what is kept raw.
type Effects = BTreeSet<&'static str>;

#[tokio::test]
async fn every_field_is_dealt_with_as_the_page_says() {
    let rows = table("Fields");
    let named: BTreeSet<&str> = rows.keys().map(String::as_str).filter(|field| *field != "field_of_2027").collect();
    assert_eq!(named, BTreeSet::from(FIELDS), "the page and the fields we know");

    let system = system().await;
    let mut seen: BTreeMap<String, Effects> = BTreeMap::new();
    for (name, value) in examples("field") {
        let field = name.split('.').next().unwrap_or(&name).to_owned();
        let [_, event, changes, channel] = rows[&field].as_slice() else { panic!("{field}: not five cells") };
        // What the last one told is history.
        system.local.clock().advance(std::time::Duration::from_secs(5));
        system.local.sync().await.unwrap();

        let change = json!({"field": field, "value": value});
        let before = system.items().await;
        let events = posted(&system, std::slice::from_ref(&change)).await;
        let [told] = events.as_slice() else { panic!("{name}: {} events", events.len()) };
        assert_eq!((&told.kind, &told.data()), (&event.trim_matches('`').to_owned(), &change), "{name}");
        eventually("the syncs that were asked for", async || settled(&system).then_some(())).await;
        let after = system.items().await;
        kept(&name, "change", &change, &before, &after);
        let effects = effects(&before, &after);
        for effect in &effects {
            assert!(changes.contains(effect), "{name}: the page does not say that it changes {effect}: {changes}");
        }
        seen.entry(field.clone()).or_default().extend(effects);

        let number = value.pointer("/metadata/phone_number_id").or_else(|| value.pointer("/recipient/phone_number_id"));
        assert_eq!(number.is_some(), channel == "●", "{name}");
        if number.is_some() {
            quarantined(&system, &name, &change).await;
        }
    }
    for (field, row) in &rows {
        let seen = seen.get(field).unwrap_or_else(|| panic!("{field}: no example"));
        for effect in ["template status", "template quality", "template category", "sync", "contact", "consent"] {
            assert_eq!(row[2].contains(effect), seen.contains(effect), "{field}: {effect}");
        }
        assert_eq!(row[2] == "—", seen.is_empty(), "{field}");
    }
    system.done().await;
}

/// For a number that is no channel, the same change is put aside and told of as `unknown`.
async fn quarantined(system: &System, name: &str, change: &Value) {
    let mut change = change.clone();
    for place in ["/value/metadata/phone_number_id", "/value/recipient/phone_number_id"] {
        if let Some(number) = change.pointer_mut(place) {
            *number = json!(STRANGER);
        }
    }
    let before = system.items().await;
    let events = posted(system, std::slice::from_ref(&change)).await;
    let [told] = events.as_slice() else { panic!("{name}: {} events", events.len()) };
    assert_eq!((told.kind.as_str(), &told.contact, &told.data()), ("unknown", &Value::Null, &change), "{name}");
    let after = system.items().await;
    kept(name, "unregistered", &change, &before, &after);
    assert!(effects(&before, &after).is_empty(), "{name}");
}

/// One more item, with the whole change.
fn kept(name: &str, cause: &str, change: &Value, before: &[Item], after: &[Item]) {
    let new: Vec<&Item> = after.iter().filter(|item| text(item, "kind") == "kept" && !before.contains(item)).collect();
    let [item] = new.as_slice() else { panic!("{name}: {} kept", new.len()) };
    assert_eq!((text(item, "cause"), text(item, "field")), (cause, change["field"].as_str().unwrap()), "{name}");
    assert_eq!(&serde_json::from_str::<Value>(text(item, "raw")).unwrap(), change, "{name}");
}

fn effects(before: &[Item], after: &[Item]) -> Effects {
    let changed = after.iter().filter(|item| !before.contains(item));
    let place = |item: &Item| (text(item, "pk").to_owned(), text(item, "sk").to_owned());
    let mut effects = Effects::new();
    for item in changed {
        let old = before.iter().find(|old| place(old) == place(item));
        let differs = |name: &str| old.and_then(|old| old.get(name)) != item.get(name);
        match text(item, "kind") {
            "kept" | "kept_partition" => {}
            "template" => {
                for (attribute, effect) in [
                    ("told_status", "template status"),
                    ("told_quality", "template quality"),
                    ("told_category", "template category"),
                ] {
                    if differs(attribute) {
                        effects.insert(effect);
                    }
                }
            }
            "sync" => _ = effects.insert("sync"),
            "contact" | "alias" => _ = effects.insert("contact"),
            "consent" | "consent_signal" => _ = effects.insert("consent"),
            other => panic!("an item of the kind {other} changed"),
        }
    }
    effects
}

fn settled(system: &System) -> bool {
    system.local.aws().sqs().counts(&system.local.ready().queues.sync).unwrap().total() == 0
}
