//! The walk in: Meta's own examples, and the same thing delivered more than once.

mod examples;

use std::collections::{BTreeMap, BTreeSet};

use futures::future::join_all;
use serde_json::{Value, json};

use crate::system::{Event, Message, NUMBER, System, eventually, message_path, notification};

/// The number of all of Meta's examples, and the person in them.
const META_NUMBER: &str = "106540352242922";
const META_PERSON: &str = "wa:16505551234";

/// What the webhooks so far make of the person.
#[derive(Default)]
struct Expected {
    wamids: BTreeSet<String>,
    last_inbound_at: Option<i64>,
    /// Since an example says that they changed their number (K-05).
    new_number: Option<String>,
}

/// U-01: every example is stored token for token and published, each in a POST of its own. Several share one
/// wamid, which is one message to Meta and to us: the next of those goes to another system.
#[tokio::test]
async fn each_of_metas_examples_alone() {
    let Some(examples) = examples::examples() else { return };
    let mut systems: Vec<(System, Expected)> = Vec::new();
    for (name, example) in &examples {
        let wamids = wamids(example);
        let free = systems.iter().position(|(_, expected)| expected.wamids.is_disjoint(&wamids));
        if free.is_none() {
            let system = System::start().await;
            system.add_channel(META_NUMBER, "102290129340398").await;
            systems.push((system, Expected::default()));
        }
        let at = free.unwrap_or(systems.len() - 1);
        let (system, expected) = &mut systems[at];
        expected.wamids.extend(wamids);
        // Spaces and line breaks too are Meta's.
        let body = serde_json::to_string_pretty(example).unwrap();
        assert_eq!(system.webhook(body.clone()).await.status, 200, "{name}");
        holds(system, name, example, &body, expected).await;
    }
    assert_eq!(systems.len(), 4);
    for (system, _) in systems {
        system.done().await;
    }
}

/// the same in one POST. Here each message has a wamid of its own.
#[tokio::test]
async fn all_of_metas_examples_at_once() {
    let Some(mut examples) = examples::examples() else { return };
    let system = System::start().await;
    system.add_channel(META_NUMBER, "102290129340398").await;
    for (place, (_, example)) in examples.iter_mut().enumerate() {
        for message in messages_mut(example) {
            message["id"] = format!("{}/{place}", message["id"].as_str().unwrap()).into();
        }
    }
    let entries: Vec<&Value> = examples.iter().flat_map(|(_, example)| example["entry"].as_array().unwrap()).collect();
    let body = serde_json::to_string_pretty(&json!({"object": "whatsapp_business_account", "entry": entries})).unwrap();
    assert_eq!(system.webhook(body.clone()).await.status, 200);
    // What is asked of the person is what all of them together say.
    let mut expected = Expected::default();
    for (_, example) in &examples {
        expected.learn(example);
    }
    for (name, example) in &examples {
        holds(&system, name, example, &body, &mut expected).await;
    }
    assert_eq!(system.items_of("message").await.len(), 13);
    let told = system.events().await;
    assert_eq!(told.iter().filter(|event| event.kind != "consent.changed").count(), 16);
    system.done().await;
}

/// I2, A-03: one message, whatever the deliveries.
#[tokio::test]
async fn many_deliveries_are_one_message() {
    let system = System::start().await;
    let twice = Message::new("15550177101", "canary twice");
    let neighbour = Message::new("15550177102", "canary neighbour");
    let alone = notification(NUMBER, std::slice::from_ref(&twice));
    let among = notification(NUMBER, &[twice.clone(), neighbour.clone(), twice.clone()]);
    let posts = (0..24).map(|at| system.webhook(if at % 2 == 0 { alone.clone() } else { among.clone() }));
    for answer in join_all(posts).await {
        assert_eq!(answer.status, 200);
    }
    assert_eq!(system.items_of("message").await.len(), 2);
    assert_eq!(system.items_of("contact").await.len(), 2);
    let by_id: BTreeMap<String, Event> =
        system.events().await.into_iter().map(|event| (event.id.clone(), event)).collect();
    let told: BTreeSet<String> = by_id.values().map(|event| event.data()["id"].as_str().unwrap().to_owned()).collect();
    assert_eq!((by_id.len(), told), (2, BTreeSet::from([twice.wamid, neighbour.wamid])));
    system.done().await;
}

impl Expected {
    fn learn(&mut self, example: &Value) {
        for message in messages(example).filter(|message| !["reaction", "system"].contains(&kind(message))) {
            self.last_inbound_at = self.last_inbound_at.max(Some(seconds(message)));
        }
        let number = messages(example).find_map(|message| message["system"]["wa_id"].as_str());
        self.new_number = number.map(str::to_owned).or_else(|| self.new_number.take());
    }
}

/// An outsider finds all of the example again.
async fn holds(system: &System, name: &str, example: &Value, body: &str, expected: &mut Expected) {
    expected.learn(example);
    let events = system.events().await;
    for message in messages(example) {
        is_shown(system, name, message, body).await;
        let wamid = message["id"].as_str().unwrap();
        let event = events.iter().find(|event| event.data()["id"] == wamid).unwrap();
        assert_eq!((event.v, event.kind.as_str()), (1, "message.received"), "{name}");
        assert_eq!(event.phone_number_id.as_deref(), Some(META_NUMBER));
        assert_eq!(event.waba_id.as_deref(), example["entry"][0]["id"].as_str());
        assert_eq!((event.data(), &event.contact["key"]), (message.clone(), &Value::from(META_PERSON)), "{name}");
        assert!(body.contains(event.data.get()), "{name}: not token for token");
        assert_eq!(event.at.parse::<jiff::Timestamp>().unwrap().as_second(), seconds(message));
        window_is(system, name, expected).await;
    }
    for change in changes(example).filter(|change| change["field"] != "messages") {
        let event = events.iter().find(|event| event.data() == *change).unwrap();
        assert_eq!((event.kind.as_str(), &event.contact), ("group.changed", &Value::Null), "{name}");
        assert!(body.contains(event.data.get()), "{name}: not token for token");
        let kept = system.get("/v1/quarantine?cause=change").await.json();
        assert!(kept["items"].as_array().unwrap().iter().any(|kept| kept["raw"] == *change), "{name}");
    }
}

async fn is_shown(system: &System, name: &str, message: &Value, body: &str) {
    let wamid = message["id"].as_str().unwrap();
    let shown = system.message(wamid).await;
    let known = [&shown["direction"], &shown["channel"], &shown["contact"], &shown["type"]];
    assert_eq!(known, ["inbound", META_NUMBER, META_PERSON, kind(message)].map(Value::from).each_ref(), "{name}");
    assert_eq!((&shown["content"], &shown["id"]), (message, &Value::from(wamid)), "{name}");
    assert!(!shown["display"]["text"].as_str().unwrap().is_empty(), "{name}");
    let raw = system.get(&format!("{}/raw", message_path(wamid))).await;
    assert!(body.contains(&raw.text) && raw.text.starts_with('{'), "{name}: not token for token");
    if kind(message) == "image" {
        // Meta knows no such file here, and says so: that is over, and not left in the queue.
        let media = eventually("the end of the copy", async || {
            Some(system.message(wamid).await["media"].clone()).filter(Value::is_object)
        });
        assert_eq!(media.await["state"], "failed");
    }
}

/// K-01, W-01: the window is that of the newest message that opens one, by Meta's clock.
async fn window_is(system: &System, name: &str, expected: &Expected) {
    let contact = system.contact(META_NUMBER, META_PERSON).await;
    assert_eq!(contact.status, 200, "{name}");
    let contact = contact.json();
    let number = expected.new_number.as_deref().unwrap_or("16505551234");
    assert_eq!((&contact["phone"], &contact["wa_id"]), (&json!(format!("+{number}")), &json!(number)), "{name}");
    let told = contact["last_inbound_at"].as_str().map(|at| at.parse::<jiff::Timestamp>().unwrap().as_second());
    assert_eq!(told, expected.last_inbound_at, "{name}");
    assert_eq!(contact["window"]["open"], false, "{name}: the examples are of last year");
}

fn changes(example: &Value) -> impl Iterator<Item = &Value> {
    example["entry"].as_array().unwrap().iter().flat_map(|entry| entry["changes"].as_array().unwrap())
}

fn messages(example: &Value) -> impl Iterator<Item = &Value> {
    changes(example).filter_map(|change| change["value"]["messages"].as_array()).flatten()
}

fn messages_mut(example: &mut Value) -> impl Iterator<Item = &mut Value> {
    let entries = example["entry"].as_array_mut().unwrap().iter_mut();
    let changes = entries.flat_map(|entry| entry["changes"].as_array_mut().unwrap());
    changes.filter_map(|change| change["value"].get_mut("messages")?.as_array_mut()).flatten()
}

fn wamids(example: &Value) -> BTreeSet<String> {
    messages(example).map(|message| message["id"].as_str().unwrap().to_owned()).collect()
}

fn kind(message: &Value) -> &str {
    message["type"].as_str().unwrap()
}

fn seconds(message: &Value) -> i64 {
    message["timestamp"].as_str().unwrap().parse().unwrap()
}
