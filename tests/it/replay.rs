//! Events that a consumer lost are published again, under ids of their own.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::system::{Message, NUMBER, System, WABA, notification};

#[tokio::test]
async fn a_stored_message_is_told_again() {
    let system = System::start().await;
    let message = Message::new("15550177121", "canary");
    assert_eq!(system.webhook(notification(NUMBER, std::slice::from_ref(&message))).await.status, 200);
    let [first] = <[_; 1]>::try_from(system.events().await).ok().unwrap();
    let asked = json!({"ids": [message.wamid, "wamid.nobody"]});
    let mut dry = asked.clone();
    dry["dry_run"] = true.into();
    assert_eq!(system.post("/v1/replay", &dry).await.json()["items"][0]["published"], false);
    assert_eq!(system.events().await.len(), 1);

    let run = system.post("/v1/replay", &asked).await.json();
    assert_eq!((&run["items"][0]["published"], &run["items"][1]["reason"]), (&json!(true), &json!("not_found")));
    let again = system.events().await.pop().unwrap();
    assert_eq!(again.id, run["items"][0]["event_id"].as_str().unwrap());
    assert!(again.id.starts_with(&first.id) && again.id.ends_with(run["run_id"].as_str().unwrap()));
    assert_eq!((again.data.get(), &again.contact, &again.at), (first.data.get(), &first.contact, &first.at));
    system.done().await;
}

/// By time, over every channel and both directions of Meta's clock: what was written then, and nothing else.
#[tokio::test]
async fn a_time_is_told_again() {
    let system = System::start().await;
    let other = "100000000000003";
    system.add_channel(other, WABA).await;
    let begin = Timestamp::now().as_second() - 7_200;
    let mut within = BTreeSet::new();
    for (number, person) in [(NUMBER, "15550177122"), (NUMBER, "15550177123"), (other, "15550177122")] {
        for minute in 0..60 {
            let message = Message { at: begin + minute * 60, ..Message::new(person, "canary") };
            if (20..40).contains(&minute) {
                within.insert(message.wamid.clone());
            }
            assert_eq!(system.webhook(notification(number, &[message])).await.status, 200);
        }
    }
    let first = system.events().await;
    let contact = system.contact(NUMBER, "+15550177122").await.json();
    let span = |minute: i64| Timestamp::from_second(begin + minute * 60).unwrap().to_string();
    let asked = json!({"from": span(20), "to": span(40)});
    let mut dry = asked.clone();
    dry["dry_run"] = true.into();
    let would = whole(&system, dry).await;
    assert_eq!(system.events().await.len(), first.len());
    let run = whole(&system, asked).await;
    for items in [would, run] {
        let ids: BTreeSet<String> = items.iter().map(|item| item["id"].as_str().unwrap().to_owned()).collect();
        assert_eq!((ids, items.len()), (within.clone(), within.len()));
    }
    let again = system.events().await.split_off(first.len());
    assert_eq!(again.len(), within.len());
    for event in &again {
        let original = first.iter().find(|one| one.data.get() == event.data.get()).unwrap();
        assert!(event.id.starts_with(&format!("{}.rpl_", original.id)) && event.at == original.at);
    }
    // Nobody's window is other than it was.
    assert_eq!(system.contact(NUMBER, "+15550177122").await.json()["window"], contact["window"]);
    system.done().await;
}

/// Every page of a replay, as the command does it.
pub(crate) async fn whole(system: &System, mut asked: Value) -> Vec<Value> {
    let mut items = Vec::new();
    loop {
        let part = system.post("/v1/replay", &asked).await;
        assert_eq!(part.status, 200, "{}", part.text);
        let mut part = part.json();
        items.append(part["items"].as_array_mut().unwrap());
        match part["cursor"].take() {
            Value::String(cursor) => asked["cursor"] = cursor.into(),
            _ => return items,
        }
    }
}
