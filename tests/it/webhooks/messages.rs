//! Every type of message, by the model's examples of it.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::page::table;
use super::{change, examples, posted, system};
use crate::system::{NUMBER, System};

/// Types without a shape that anybody has told of.
const SHAPELESS: [&str; 3] = ["ephemeral", "media_placeholder", "type_of_2027"];

#[tokio::test]
async fn every_type_is_dealt_with_as_the_page_says() {
    let rows = table("Messages");
    let mut messages: BTreeMap<String, Value> = examples("inbound");
    for kind in SHAPELESS {
        messages.insert(kind.to_owned(), json!({"type": kind, kind: {"canary": [1]}}));
    }
    let system = system().await;
    let file = file(&system).await;
    let mut seen = BTreeSet::new();
    for (nth, (name, mut message)) in messages.into_iter().enumerate() {
        let kind = message["type"].as_str().unwrap().to_owned();
        let [_, opens] = rows[&kind].as_slice() else { panic!("{kind}: not three cells") };
        // Each from somebody of their own.
        let (person, wamid) = (format!("155501778{nth:02}"), format!("wamid.{name}"));
        let members = message.as_object_mut().unwrap();
        members.retain(|name, _| !name.starts_with("from"));
        members.insert("from".into(), json!(person));
        members.insert("id".into(), json!(wamid));
        bring(&mut message, &file);
        let members = message.as_object_mut().unwrap();
        members.insert("timestamp".into(), json!(system.local.clock().now().as_second().to_string()));

        let events = posted(&system, &[change(&json!({"messages": [message]}))]).await;
        let told: Vec<_> = events.iter().filter(|event| event.kind == "message.received").collect();
        let [told] = told.as_slice() else { panic!("{name}: {} events", told.len()) };
        assert_eq!(told.data(), message, "{name}");
        let shown = system.message(&wamid).await;
        assert_eq!((&shown["type"], &shown["content"]), (&json!(kind), &message), "{name}");
        let contact = system.contact(NUMBER, &format!("wa:{person}")).await;
        let open = contact.status == 200 && contact.json()["window"]["open"] == true;
        assert_eq!(open, opens == "yes", "{name}: {}", contact.text);
        seen.insert(kind);
    }
    assert_eq!(rows.into_keys().collect::<BTreeSet<_>>(), seen, "the page and the examples");
    system.done().await;
}

/// A file that Meta has: the `image` of a message.
async fn file(system: &System) -> Value {
    let image = json!({"mime_type": "image/png", "bytes": STANDARD.encode(b"canary, no picture")});
    let wamid = system.write_in("15550177799", &json!({"type": "image", "image": image})).await;
    system.message(&wamid).await["content"]["image"].clone()
}

/// The message brings that file instead of its own, which nobody has.
fn bring(message: &mut Value, file: &Value) {
    match message {
        Value::Object(members) => {
            if members.contains_key("mime_type") {
                for name in ["id", "sha256"] {
                    members.insert(name.to_owned(), file[name].clone());
                }
            }
            members.values_mut().for_each(|member| bring(member, file));
        }
        Value::Array(elements) => elements.iter_mut().for_each(|element| bring(element, file)),
        _ => {}
    }
}
