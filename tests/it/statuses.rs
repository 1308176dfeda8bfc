//! Statuses, whatever their order, their number and their moment (A-03, I4, fault matrix 2).

use std::collections::BTreeSet;
use std::time::Duration;

use futures::future::join_all;
use jiff::Timestamp;
use sandbox::meta::{AutoStatus, Rule};
use serde_json::{Value, json};

use crate::system::{NUMBER, System, envelope, eventually, fresh_wamid, text};

const ANA: &str = "15550177301";
/// In the order in which Meta's clock has them.
const TOLD: [&str; 4] = ["sent", "failed", "delivered", "read"];

/// Every order of four, each told twice: one outcome.
#[tokio::test]
async fn the_outcome_is_the_same_in_every_order() {
    let system = silent().await;
    let orders = orders();
    let mut sends = Vec::new();
    for _ in &orders {
        sends.push(accepted(&system).await);
    }
    let base = Timestamp::now();
    join_all(sends.iter().zip(&orders).map(|((_, wamid), order)| report(&system, wamid, order, base))).await;
    for (id, _) in &sends {
        let message = system.message(id).await;
        assert_eq!(statuses(&message), TOLD);
        assert_eq!((&message["state"], &message["errors"][0]["code"]), (&json!("accepted"), &json!("131026")));
        assert_eq!(message["pricing"]["pricing_model"], "PMP");
    }
    let events = system.events_of("message.status").await;
    let ids: BTreeSet<&str> = events.iter().map(|event| event.id.as_str()).collect();
    assert_eq!(ids.len(), orders.len() * TOLD.len());
    system.done().await;
}

/// `failed` is how it looks until something that says more comes (design §5).
#[tokio::test]
async fn delivered_after_failed_is_accepted() {
    let system = silent().await;
    let (id, wamid) = accepted(&system).await;
    report(&system, &wamid, &["failed"], Timestamp::now()).await;
    let failed = system.message(&id).await;
    assert_eq!((&failed["state"], &failed["errors"][0]["source"]), (&json!("failed"), &json!("meta")));
    assert!(!failed["errors"][0]["remedy"].as_str().unwrap().is_empty());
    report(&system, &wamid, &["delivered"], Timestamp::now()).await;
    assert_eq!(system.message(&id).await["state"], "accepted");
    system.done().await;
}

/// Statuses come while Meta's answer is still on its way: the send is found by its callback data.
#[tokio::test]
async fn statuses_overtake_the_answer() {
    let system = silent().await;
    system.write_in(ANA, &json!({"text": "canary"})).await;
    let at_once = AutoStatus { sent_ms: Some(0), delivered_ms: Some(0), read_ms: None };
    system.meta().settings(|settings| settings.auto_status = at_once);
    fault(&system, &json!({"match": {"path": "/messages"}, "fault": {"delay": {"ms": 3000}}, "times": 1}));
    let id = system.send(&json!({"to": ANA, "type": "text", "text": {"body": "canary"}})).await;
    let early = eventually("both statuses", async || {
        Some(system.message(&id).await).filter(|message| statuses(message).len() == 2)
    })
    .await;
    assert_eq!(statuses(&early), ["sent", "delivered"]);
    // Nothing has been settled yet: what is shown comes from the statuses alone.
    assert_eq!(state_in_table(&system, &id).await, "sending");
    eventually("the settling", async || (state_in_table(&system, &id).await == "accepted").then_some(())).await;
    let settled = system.message(&id).await;
    assert_eq!((&settled["state"], &settled["statuses"]), (&json!("accepted"), &early["statuses"]));
    let sends = system.meta().sends();
    assert_eq!((sends.len(), &settled["wamid"]), (1, &json!(sends[0].wamid)));
    system.done().await;
}

/// The same without callback data, as of a send from before: kept under its wamid, and joined once we know that.
#[tokio::test]
async fn statuses_that_name_only_the_wamid_are_joined() {
    let system = silent().await;
    system.write_in(ANA, &json!({"text": "canary"})).await;
    fault(&system, &json!({"match": {"path": "/messages"}, "fault": {"delay": {"ms": 2500}}, "times": 1}));
    let id = system.send(&json!({"to": ANA, "type": "text", "text": {"body": "canary"}})).await;
    let wamid = eventually("Meta's acceptance", async || system.meta().sends().pop()).await.wamid;
    let told = |word: &str| {
        let mut status = json!({"id": wamid, "status": word, "timestamp": "1790000001", "recipient_id": ANA});
        if word == "sent" {
            status["pricing"] = json!({"billable": true, "category": "utility"});
        }
        status_change(&status)
    };
    assert_eq!(system.webhook(envelope(Timestamp::now(), &[told("sent")])).await.status, 200);
    eventually("the settling", async || (state_in_table(&system, &id).await == "accepted").then_some(())).await;
    // And one after it.
    assert_eq!(system.webhook(envelope(Timestamp::now(), &[told("delivered")])).await.status, 200);
    for name in [&id, &wamid] {
        let shown = system.message(name).await;
        assert_eq!((statuses(&shown), &shown["id"]), (vec!["sent", "delivered"], &json!(id)));
    }
    // Wherever it is shown, with what Meta charges for it, told by the first of them.
    let number = format!("/v1/channels/{NUMBER}");
    let history = system.get(&format!("{number}/contacts/+{ANA}/messages")).await.json();
    let inbox = system.get(&format!("{number}/inbox")).await.json();
    for shown in [&history["items"][0], &inbox["items"][0]["last_message"]] {
        assert_eq!((statuses(shown), &shown["id"]), (vec!["sent", "delivered"], &json!(id)));
        assert_eq!(shown["pricing"], json!({"billable": true, "category": "utility"}));
    }
    system.done().await;
}

/// The answer is lost for ever: the send is in doubt, is not sent again, and a status settles it (I5, R3).
#[tokio::test]
async fn a_status_settles_what_is_in_doubt() {
    let system = silent().await;
    system.write_in(ANA, &json!({"text": "canary"})).await;
    fault(&system, &json!({"match": {"path": "/messages"}, "fault": "lost_reply", "times": 1}));
    let id = system.send(&json!({"to": ANA, "type": "text", "text": {"body": "canary"}})).await;
    let doubtful = system.message_in(&id, "uncertain").await;
    assert_eq!(doubtful["errors"][0]["source"], "waypost");
    // The state is written before the event is published.
    let told = system.one_event_of("message.uncertain").await;
    assert_eq!((&told.data()["id"], &told.data()["state"]), (&json!(id), &json!("uncertain")));

    let wamid = system.meta().sends()[0].wamid.clone();
    report(&system, &wamid, &["delivered"], Timestamp::now()).await;
    let settled = system.message(&id).await;
    assert_eq!((&settled["state"], &settled["wamid"]), (&json!("accepted"), &json!(wamid)));
    // Long after: the tick writes down what is so, and Meta is not called again.
    system.local.clock().advance(Duration::from_hours(1));
    system.local.tick().await.unwrap();
    assert_eq!(state_in_table(&system, &id).await, "accepted");
    assert_eq!(system.meta().sends().len(), 1);
    system.done().await;
}

/// Meta says everything four times: nothing is told twice, and nothing changes.
#[tokio::test]
async fn repeated_statuses_change_nothing() {
    let system = System::start().await;
    system.write_in(ANA, &json!({"text": "canary"})).await;
    fault(&system, &json!({"match": {"field": "messages"}, "fault": {"duplicate": {"copies": 3}}}));
    let id = system.send(&json!({"to": ANA, "type": "text", "text": {"body": "canary"}})).await;
    eventually("the last status", async || (statuses(&system.message(&id).await).len() == 3).then_some(())).await;
    let delivered = async || {
        let hooks = system.meta().webhooks();
        (hooks.iter().filter(|hook| hook.body.contains("\"statuses\"") && !hook.attempts.is_empty()).count() == 12)
            .then_some(())
    };
    eventually("all copies", delivered).await;
    assert_eq!(statuses(&system.message(&id).await), ["sent", "delivered", "read"]);
    assert_eq!(system.events_of("message.status").await.len(), 3);
    system.done().await;
}

/// A status without callback data for a send in doubt: its wamid is nobody's until one that names the send tells it. Then
/// both are its own.
#[tokio::test]
async fn what_is_in_doubt_learns_its_wamid() {
    let system = silent().await;
    system.write_in(ANA, &json!({"text": "canary"})).await;
    fault(&system, &json!({"match": {"path": "/messages"}, "fault": "lost_reply", "times": 1}));
    let id = system.send(&json!({"to": ANA, "type": "text", "text": {"body": "canary"}})).await;
    system.message_in(&id, "uncertain").await;
    let wamid = system.meta().sends()[0].wamid.clone();
    let nameless = json!({"id": wamid, "status": "sent", "timestamp": "1790000001", "recipient_id": ANA});
    assert_eq!(system.webhook(envelope(Timestamp::now(), &[status_change(&nameless)])).await.status, 200);
    assert_eq!(system.message(&id).await["state"], "uncertain");
    assert_eq!(statuses(&system.message(&wamid).await), ["sent"]);
    report(&system, &wamid, &["delivered"], Timestamp::now()).await;
    for name in [&id, &wamid] {
        let shown = system.message(name).await;
        assert_eq!((&shown["state"], &shown["id"]), (&json!("accepted"), &json!(id)));
        let told: BTreeSet<&str> = statuses(&shown).into_iter().collect();
        assert_eq!(told, BTreeSet::from(["sent", "delivered"]));
    }
    system.done().await;
}

/// A message that another system sent from the number: its statuses are kept, and it is nobody's send.
#[tokio::test]
async fn statuses_of_what_is_not_ours_are_kept() {
    let system = System::start().await;
    let wamid = fresh_wamid();
    let status =
        |word: &str, at: i64| json!({"id": wamid, "status": word, "timestamp": at.to_string(), "recipient_id": ANA});
    for status in [status("delivered", 1_790_000_002), status("sent", 1_790_000_001)] {
        assert_eq!(system.webhook(envelope(Timestamp::now(), &[status_change(&status)])).await.status, 200);
    }
    let shown = system.message(&wamid).await;
    assert_eq!((&shown["direction"], &shown["content"]), (&json!("outbound"), &Value::Null));
    assert_eq!(statuses(&shown), ["sent", "delivered"]);
    assert!(system.items_of("send").await.is_empty());
    system.done().await;
}

fn status_change(status: &Value) -> Value {
    let metadata = json!({"display_phone_number": "15550100", "phone_number_id": NUMBER});
    let value = json!({"messaging_product": "whatsapp", "metadata": metadata, "statuses": [status]});
    json!({"field": "messages", "value": value})
}

/// A system where statuses come only when a test says so.
async fn silent() -> System {
    let system = System::start().await;
    system.meta().settings(|settings| settings.auto_status = AutoStatus::none());
    system
}

/// A send that Meta has taken: its id and its wamid.
async fn accepted(system: &System) -> (String, String) {
    system.meta().open_window(NUMBER, ANA);
    let body = json!({"to": ANA, "type": "text", "text": {"body": "canary"}, "waypost": {"window": "meta"}});
    let id = system.send(&body).await;
    let message = system.message_in(&id, "accepted").await;
    (id, message["wamid"].as_str().unwrap().to_owned())
}

/// Tells these, each twice, at the times that their order in [`TOLD`] gives them.
async fn report(system: &System, wamid: &str, order: &[&str], base: Timestamp) {
    for status in order {
        let place = TOLD.iter().position(|told| told == status).unwrap();
        let at = base + jiff::SignedDuration::from_secs(i64::try_from(place).unwrap());
        let mut told = json!({"wamid": wamid, "status": status, "at": at});
        if *status == "failed" {
            told["code"] = 131_026.into();
        }
        for _ in 0..2 {
            system.tell_meta("statuses", &told).await;
        }
    }
}

fn orders() -> Vec<Vec<&'static str>> {
    let mut orders = vec![Vec::new()];
    for _ in TOLD {
        orders = orders
            .iter()
            .flat_map(|order: &Vec<&str>| {
                let next = TOLD.iter().filter(|status| !order.contains(status));
                next.map(|status| order.iter().copied().chain([*status]).collect()).collect::<Vec<_>>()
            })
            .collect();
    }
    assert_eq!(orders.len(), 24);
    orders
}

fn statuses(message: &Value) -> Vec<&str> {
    message["statuses"].as_array().unwrap().iter().map(|one| one["status"].as_str().unwrap()).collect()
}

async fn state_in_table(system: &System, id: &str) -> String {
    let sends = system.items_of("send").await;
    let send = sends.iter().find(|item| text(item, "send_id") == id).unwrap();
    text(send, "state").to_owned()
}

fn fault(system: &System, rule: &Value) {
    let rule: Rule = serde_json::from_value(rule.clone()).unwrap();
    system.meta().fault(rule);
}
