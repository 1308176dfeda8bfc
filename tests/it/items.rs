//! Old and new items (fault matrix 22): what a version has stored, every later version reads as that one did. A fixture
//! holds one table, item by item, and what the API said of it.

mod walk;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use jiff::{SignedDuration, Timestamp};
use local::Options;
use sandbox::Clock;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::system::{Item, System, text};

/// Every kind of item there is (design §4).
const KINDS: [&str; 23] = [
    "alias",
    "channel",
    "channel_name",
    "consent",
    "consent_signal",
    "contact",
    "erasure",
    "erasures",
    "kept",
    "kept_partition",
    "link",
    "listing",
    "message",
    "pace",
    "profile",
    "rate",
    "salt",
    "send",
    "sending",
    "sync",
    "template",
    "tombstone",
    "uploaded",
];

#[derive(Serialize, Deserialize)]
struct Fixture {
    at: Timestamp,
    items: Vec<Item>,
    /// Path → answer.
    answers: BTreeMap<String, Value>,
}

#[tokio::test]
async fn stored_items_stay_readable() {
    for (name, fixture) in fixtures() {
        // Later they would be past their time.
        let clock = Clock::standing(fixture.at);
        let system = System::start_with(Options { clock, ..System::options() }).await;
        for item in &fixture.items {
            system.put_item(item).await;
        }
        for (path, recorded) in &fixture.answers {
            let answer = system.get(path).await;
            assert_eq!(answer.status, 200, "{name}: {path}: {}", answer.text);
            still_says(&format!("{name}: {path}"), recorded, &answer.json());
        }
        // And it is still written to: a person of then writes again, and is the same person.
        let contacts = system.items_of("contact").await.len();
        system.local.clock().advance(SignedDuration::from_hours(1).try_into().unwrap());
        system.write_in(walk::ANA, &json!({"text": "canary again"})).await;
        assert_eq!(system.items_of("contact").await.len(), contacts, "{name}");
        let body = json!({"to": walk::ANA, "type": "text", "text": {"body": "canary"}});
        system.message_in(&system.send(&body).await, "accepted").await;
        system.done().await;
    }
}

/// An item that is written in another shape than any fixture has needs a fixture of its own.
#[tokio::test]
async fn every_shape_written_today_has_a_fixture() {
    let known: BTreeSet<Shape> = fixtures().iter().flat_map(|(_, fixture)| &fixture.items).map(shape).collect();
    let today = walk::walk().await;
    let kinds: BTreeSet<&str> = today.items.iter().map(|item| text(item, "kind")).collect();
    assert_eq!(kinds, BTreeSet::from(KINDS));
    let new: BTreeSet<Shape> = today.items.iter().map(shape).filter(|shape| !known.contains(shape)).collect();
    if !new.is_empty() {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("items.today.json");
        fs::write(&path, today.lines()).unwrap();
        panic!(
            "items have a new shape: {new:#?}\n{} is to become the next tests/it/fixtures/items.v*.json",
            path.display()
        );
    }
}

impl Fixture {
    /// An item or an answer a line, so that one sees in a diff what is another.
    fn lines(&self) -> String {
        let items: Vec<_> = self.items.iter().map(|item| json!(item).to_string()).collect();
        let answers: Vec<_> = self.answers.iter().map(|(path, answer)| format!("{}: {answer}", json!(path))).collect();
        let (items, answers) = (items.join(",\n"), answers.join(",\n"));
        format!("{{\"at\": {},\n\"items\": [\n{items}\n],\n\"answers\": {{\n{answers}\n}}}}\n", json!(self.at))
    }
}

/// The kind, and each attribute with its type.
type Shape = (String, BTreeSet<String>);

fn shape(item: &Item) -> Shape {
    let typed = |(name, value): (&String, &Value)| {
        // Each process that shares a number's rate has an attribute of its own.
        let name = if name.starts_with("h_") { "h_" } else { name };
        let kind = value.as_object().and_then(|value| value.keys().next()).unwrap();
        format!("{name}: {kind}")
    };
    (text(item, "kind").to_owned(), item.iter().map(typed).collect())
}

fn fixtures() -> Vec<(String, Fixture)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("it/fixtures");
    let mut fixtures = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if name.starts_with("items.v") {
            fixtures.push((name, serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap()));
        }
    }
    assert!(!fixtures.is_empty());
    fixtures
}

/// Every item of every fixture.
pub(crate) fn stored() -> Vec<Item> {
    fixtures().into_iter().flat_map(|(_, fixture)| fixture.items).collect()
}

/// Everything said then is said now; saying more is welcome.
fn still_says(place: &str, recorded: &Value, now: &Value) {
    match (recorded, now) {
        (Value::Object(recorded), Value::Object(now)) => {
            for (name, value) in recorded {
                let now = now.get(name).unwrap_or_else(|| panic!("{place}: {name} is gone"));
                still_says(&format!("{place}.{name}"), value, now);
            }
        }
        (Value::Array(recorded), Value::Array(now)) => {
            assert_eq!(recorded.len(), now.len(), "{place}");
            for (at, (recorded, now)) in recorded.iter().zip(now).enumerate() {
                still_says(&format!("{place}[{at}]"), recorded, now);
            }
        }
        (recorded, now) => assert_eq!(recorded, now, "{place}"),
    }
}
