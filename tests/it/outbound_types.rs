//! Every type of message there is (contract §2): infra/docs/message-types.md held to what the system does, what the fake
//! Meta receives held to Meta's OpenAPI document, and Meta's own examples held to what we take.

mod corrections;
mod openapi;
mod page;

use std::collections::BTreeSet;
use std::time::Duration;

use model::{OutboundMessage, limits};
use serde_json::{Value, json};

use crate::system::{NUMBER, System};
use openapi::OpenApi;

/// Whom the examples are for.
const PERSON: &str = "15550101";

fn path() -> String {
    format!("/v1/channels/{NUMBER}/messages")
}

/// Each as written, and each as Meta wants it: the fake one reads the contract for itself.
#[tokio::test]
async fn every_example_of_the_page_is_sent() {
    let openapi = OpenApi::read();
    let system = System::start().await;
    system.local.sync().await.unwrap();
    system.write_in(PERSON, &json!({"text": "canary"})).await;
    let (mut kinds, mut judged) = (BTreeSet::new(), Vec::new());
    for example in page::examples() {
        // One person gets no more than a message every six seconds for long.
        system.local.clock().advance(Duration::from_mins(5));
        let id = system.send(&example).await;
        let shown = system.message_in(&id, "accepted").await;
        assert_eq!(shown["contact"].is_null(), example["recipient_type"] == "group", "{shown}");
        let sent = system.meta().sends().into_iter().find(|sent| sent.opaque.as_deref() == Some(&id)).unwrap();
        let received: Value = serde_json::from_str(sent.request.get()).unwrap();
        let kind = example["type"].as_str().unwrap();
        assert_eq!(received[kind], example[kind], "the content goes out as it came");
        kinds.insert(kind.to_owned());
        kinds.extend(example[kind]["type"].as_str().map(|below| format!("{kind} {below}")));
        judged.push(received);
    }
    assert_eq!(kinds, page::KINDS.into_iter().map(str::to_owned).collect());
    if let Some(openapi) = openapi {
        openapi.takes_with_corrections(&judged);
    }
    system.done().await;
}

/// The examples of Meta's document that are messages, with something in place of their placeholders.
#[test]
fn metas_own_examples_are_taken() {
    let Some(openapi) = OpenApi::read() else { return };
    let examples = openapi.examples();
    assert_eq!(examples.len(), 49);
    let refused = examples.iter().filter_map(|(name, example)| {
        let raw = serde_json::value::to_raw_value(example).unwrap();
        OutboundMessage::parse(&raw).err().map(|invalid| (name.as_str(), invalid.field))
    });
    let wrong = corrections::EXAMPLES.iter().map(|(name, field, _)| (*name, (*field).to_owned()));
    assert_eq!(refused.collect::<Vec<_>>(), wrong.collect::<Vec<_>>());
}

#[test]
fn the_page_has_every_limit() {
    let told = page::limits();
    let known: Vec<_> = limits::OUTBOUND
        .iter()
        .map(|limit| match limit.name {
            "CARD_INDEX" | "BUTTON_INDEX" => format!("{} to {}", limit.least, limit.most),
            _ => limit.words(),
        })
        .collect();
    assert_eq!(told, known, "in the order of shared/model/src/limits.rs");
}

/// Refused with the field, the limit, what was given and the way around it; nothing is queued.
#[tokio::test]
async fn what_breaks_a_limit_is_answered_with_it() {
    let system = System::start().await;
    system.write_in(PERSON, &json!({"text": "canary"})).await;
    let title = "é".repeat(21);
    let action = json!({"buttons": [{"type": "reply", "reply": {"id": "1", "title": title}}]});
    let interactive = json!({"type": "button", "body": {"text": "canary"}, "action": action});
    let refused = system.post(&path(), &json!({"to": PERSON, "type": "interactive", "interactive": interactive})).await;
    refused.is(422, "invalid_message");
    let problem = refused.json();
    assert_eq!(problem["field"], "interactive.action.buttons[0].reply.title");
    assert_eq!((&problem["rule"], &problem["given"]), (&json!("must have 1 to 20 characters"), &json!("21")));
    assert!(system.meta().sends().is_empty() && system.meta().refused().is_empty());
    system.done().await;
}
