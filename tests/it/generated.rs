//! Generated envelopes through the whole system: what goes in is what is stored and what is quarantined, nothing else, and
//! all of it is told (R2, A-04). Odd items cost their neighbours nothing.

use std::collections::BTreeSet;

use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};

use crate::system::{NUMBER, System, WABA, text};

const STRANGER: &str = "199999999999999";
const AT: i64 = 1_790_000_000;

/// Something in an envelope.
#[derive(Clone, Debug)]
enum Element {
    /// A text. Of one message there is one author.
    Message(u8),
    /// A message of a type of tomorrow.
    Hologram(u8),
    /// A status: of which message not ours, and which word.
    Status(u8, u8),
    /// In `messages`, and no message.
    OddMessage(u8),
    /// In `statuses`, and no status.
    OddStatus(u8),
    /// Beside them.
    Beside(u8),
}

#[derive(Clone, Debug)]
enum Change {
    /// To a number that is ours.
    Ours(Vec<Element>),
    /// To one that is not.
    Strange(Vec<Element>),
    /// Of a field of tomorrow.
    Tomorrow(u8),
    /// None at all.
    Odd(u8),
}

const WORDS: [&str; 5] = ["sent", "delivered", "read", "failed", "beamed"];

fn odd(which: u8) -> Value {
    [json!(17), json!(null), json!({}), json!([]), json!("odd"), json!({"type": "text", "n": which}), json!([which])]
        [usize::from(which) % 7]
        .clone()
}

fn wamid(which: u8) -> String {
    format!("wamid.HBgL/generated+{which}==")
}

impl Element {
    fn json(&self) -> Value {
        let said = |id: u8, from: u8, kind: &str, content: Value| {
            let from = format!("15550177{:03}", 400 + u16::from(from));
            json!({"id": wamid(id), "from": from, "timestamp": AT.to_string(), "type": kind, kind: content})
        };
        match self {
            Self::Message(id) => said(*id, *id % 5, "text", json!({"body": "canary"})),
            Self::Hologram(id) => said(100 + *id, *id % 5, "hologram", json!([*id])),
            Self::Status(id, word) => {
                let word = WORDS[usize::from(*word) % WORDS.len()];
                json!({"id": wamid(200 + id % 50), "status": word, "timestamp": AT.to_string(), "recipient_id": "15550177499"})
            }
            Self::OddMessage(which) => odd(*which),
            // An empty object is no status, and so on.
            Self::OddStatus(which) => json!({"status": "sent", "odd": which}),
            Self::Beside(which) => json!({"beside": which}),
        }
    }
}

/// What an outsider must find.
#[derive(Debug, Default, PartialEq)]
struct Ledger {
    messages: BTreeSet<String>,
    statuses: BTreeSet<String>,
    /// Kept raw: token for token.
    kept: BTreeSet<String>,
}

impl Change {
    fn json(&self) -> Value {
        let of = |number: &str, elements: &[Element]| {
            let mut value =
                json!({"metadata": {"phone_number_id": number}, "contacts": [], "messages": [], "statuses": []});
            for (place, element) in elements.iter().enumerate() {
                let list = match element {
                    Element::Message(_) | Element::Hologram(_) | Element::OddMessage(_) => "messages",
                    Element::Status(..) | Element::OddStatus(_) => "statuses",
                    Element::Beside(_) => {
                        value[format!("beside_{place}")] = element.json();
                        continue;
                    }
                };
                value[list].as_array_mut().unwrap().push(element.json());
            }
            json!({"field": "messages", "value": value})
        };
        match self {
            Self::Ours(elements) => of(NUMBER, elements),
            Self::Strange(elements) => of(STRANGER, elements),
            Self::Tomorrow(which) => json!({"field": "field_of_tomorrow", "value": {"n": which}}),
            Self::Odd(which) => {
                [json!(1), json!(null), json!([]), json!("odd"), json!([which])][usize::from(*which) % 5].clone()
            }
        }
    }

    fn enter(&self, ledger: &mut Ledger) {
        let Self::Ours(elements) = self else {
            ledger.kept.insert(self.json().to_string());
            return;
        };
        for element in elements {
            let json = element.json();
            let id = json["id"].as_str().unwrap_or_default();
            match element {
                Element::Message(_) | Element::Hologram(_) => ledger.messages.insert(id.to_owned()),
                Element::Status(..) => ledger.statuses.insert(format!("{id} {}", json["status"].as_str().unwrap())),
                Element::OddMessage(_) | Element::OddStatus(_) | Element::Beside(_) => {
                    ledger.kept.insert(json.to_string())
                }
            };
        }
    }
}

fn element() -> impl Strategy<Value = Element> {
    prop_oneof![
        4 => (0_u8..30).prop_map(Element::Message),
        1 => (0_u8..10).prop_map(Element::Hologram),
        3 => (0_u8..10, any::<u8>()).prop_map(|(id, word)| Element::Status(id, word)),
        2 => any::<u8>().prop_map(Element::OddMessage),
        1 => any::<u8>().prop_map(Element::OddStatus),
        1 => any::<u8>().prop_map(Element::Beside),
    ]
}

fn change() -> impl Strategy<Value = Change> {
    let elements = || prop::collection::vec(element(), 0..8);
    prop_oneof![
        6 => elements().prop_map(Change::Ours),
        1 => elements().prop_map(Change::Strange),
        1 => any::<u8>().prop_map(Change::Tomorrow),
        1 => any::<u8>().prop_map(Change::Odd),
    ]
}

/// Envelopes of one system: entries of changes.
fn envelopes() -> impl Strategy<Value = Vec<Vec<Vec<Change>>>> {
    let entry = prop::collection::vec(change(), 0..4);
    prop::collection::vec(prop::collection::vec(entry, 0..3), 1..8)
}

/// A case is a system of its own with up to seven envelopes, one after the other.
#[test]
fn what_goes_in_is_what_is_stored_and_quarantined() {
    let cases = ProptestConfig::default().cases.div_ceil(150);
    let config = ProptestConfig { cases, failure_persistence: None, max_shrink_iters: 60, ..ProptestConfig::default() };
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let mut runner = TestRunner::new(config);
    runner
        .run(&envelopes(), |envelopes| {
            runtime.block_on(goes_in(&envelopes));
            Ok(())
        })
        .unwrap();
}

async fn goes_in(envelopes: &[Vec<Vec<Change>>]) {
    let system = System::start().await;
    let mut expected = Ledger::default();
    let mut told = BTreeSet::new();
    for entries in envelopes {
        let changes = || entries.iter().flatten();
        changes().for_each(|change| change.enter(&mut expected));
        let json = |changes: &Vec<Change>| changes.iter().map(Change::json).collect::<Vec<_>>();
        let entries: Vec<Value> =
            entries.iter().map(|changes| json!({"id": WABA, "time": AT, "changes": json(changes)})).collect();
        let body = json!({"object": "whatsapp_business_account", "entry": entries}).to_string();
        // Twice, as Meta now and then does.
        for _ in 0..2 {
            assert_eq!(system.webhook(body.clone()).await.status, 200);
        }
        told.extend(system.events().await.iter().map(|event| event.id.clone()));
    }
    assert_eq!(stored(&system).await, expected);
    // Everything is told, each thing under one id. What is kept may be alike and stand in two places.
    let least = expected.messages.len() + expected.statuses.len();
    assert!(told.len() >= least, "{} told, {least} to tell", told.len());
    system.done().await;
}

async fn stored(system: &System) -> Ledger {
    let mut ledger = Ledger::default();
    for item in system.items().await {
        match text(&item, "kind") {
            "message" => {
                let id = text(&item, "message_id");
                let statuses = item.keys().filter_map(|name| name.strip_prefix("st_"));
                ledger.statuses.extend(statuses.map(|word| format!("{id} {word}")));
                if item.contains_key("raw") {
                    assert!(ledger.messages.insert(id.to_owned()), "{id} is there twice");
                }
            }
            "kept" => _ = ledger.kept.insert(text(&item, "raw").to_owned()),
            _ => {}
        }
    }
    ledger
}
