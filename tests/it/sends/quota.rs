//! L-03 to L-06, seen from outside: two numbers share a portfolio's messaging limit.

use std::collections::BTreeSet;
use std::time::Duration;

use sandbox::meta::Number;
use serde_json::{Value, json};

use crate::system::{NUMBER, System, WABA};

const OTHER: &str = "100000000000002";
const LIMIT: usize = 50;

fn person(number: usize) -> String {
    format!("1555017{number:04}")
}

async fn hello(system: &System, from: &str, to: &str) -> String {
    let message =
        json!({"to": to, "type": "template", "template": {"name": "hello_world", "language": {"code": "en_US"}}});
    let queued = system.post(&format!("/v1/channels/{from}/messages"), &message).await;
    assert_eq!(queued.status, 202, "{}", queued.text);
    queued.json()["id"].as_str().unwrap().to_owned()
}

fn reached(system: &System) -> BTreeSet<String> {
    system.meta().sends().iter().map(|send| send.to.clone()).collect()
}

#[tokio::test]
async fn two_numbers_share_a_day_of_fifty() {
    let system = System::start().await;
    system.meta().settings(|settings| settings.auto_status = sandbox::meta::AutoStatus::none());
    system.meta().waba(WABA, |waba| waba.numbers.push(Number::new(OTHER, "+1 555-0102", "Demo Shop")));
    system.add_channel(OTHER, WABA).await;
    system.local.sync().await.unwrap();
    for number in [NUMBER, OTHER] {
        let path = format!("/v1/channels/{number}");
        let change = json!({"version": 1, "recipients_per_day": LIMIT});
        let changed = system.patch(&path, &change).await.json();
        assert_eq!(changed["limits"]["shared_id"], "400000000000001", "{changed}");
    }
    let mut ids = Vec::new();
    for one in 0..LIMIT {
        ids.push(hello(&system, [NUMBER, OTHER][one % 2], &person(one)).await);
    }
    for id in &ids {
        system.message_in(id, "accepted").await;
    }
    // The 51st waits, from either number. The same person from the other number is none too many, nor is who wrote in.
    let over = hello(&system, OTHER, &person(LIMIT)).await;
    system.message_in(&over, "waiting").await;
    let known = hello(&system, OTHER, &person(0)).await;
    system.message_in(&known, "accepted").await;
    system.write_in(&person(98), &json!({"text": "canary"})).await;
    let reply = system.send(&json!({"to": person(98), "type": "text", "text": {"body": "canary"}})).await;
    system.message_in(&reply, "accepted").await;
    let asked = hello(&system, NUMBER, &person(98)).await;
    system.message_in(&asked, "accepted").await;
    assert_eq!(reached(&system).len(), LIMIT + 1);

    // One of the fifty was never reached: somebody else may be. Told twice, it is one.
    let failed = system.message(&ids[1]).await;
    let report: Value = json!({"wamid": failed["wamid"], "status": "failed", "code": 131_026});
    for _ in 0..2 {
        system.tell_meta("statuses", &report).await;
    }
    system.message_in(&ids[1], "failed").await;
    let instead = hello(&system, NUMBER, &person(60)).await;
    system.message_in(&instead, "accepted").await;
    let one_more = hello(&system, NUMBER, &person(61)).await;
    system.message_in(&one_more, "waiting").await;

    // The next day, and not before.
    system.local.clock().advance(Duration::from_mins(24 * 60 - 2));
    system.local.tick().await.unwrap();
    assert_eq!(system.message(&over).await["state"], "waiting");
    system.local.clock().advance(Duration::from_mins(32));
    system.local.tick().await.unwrap();
    system.message_in(&over, "accepted").await;
    system.message_in(&one_more, "accepted").await;
    system.done().await;
}
