//! What happens once something went wrong: time passes, records come back, the tick comes round, statuses arrive.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::{SignedDuration, Timestamp};
use model::{ContactKey, PhoneNumberId, Send, SendId, SendOptions};
use serde_json::{Value, json};
use store::{CreatedSend, Inbound, NewSend, SeenContact};

use super::canary;
use super::checker::{Outbound, ROUNDS, Shown};
use super::fleet::Fleet;
use super::rig::{NUMBER, Rig};
use crate::lambda::Function;

/// Beyond every visibility timeout that matters here.
pub(super) const VISIBLE_AGAIN: Duration = Duration::from_secs(200);

/// What was sent back because something of that person's was just sent comes again, so many times between two ticks.
const COMEBACKS: usize = 12;
const COMEBACK: Duration = Duration::from_secs(8);
/// So long at most is waited for what comes back by the clock of the senders, and so often looked.
const OWN_PAUSES: Duration = Duration::from_secs(10);
const GLANCE: Duration = Duration::from_millis(100);

/// When Meta's statuses of what it accepted arrive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Statuses {
    /// Before anything is started again.
    Early,
    /// After everything was given up on, or was not.
    Late,
}

/// A person wrote a moment ago: their window is open, here and at Meta.
pub(super) async fn hear(rig: &Rig, phone: &str) {
    let now = Timestamp::now();
    let seen = SeenContact {
        phone_number_id: PhoneNumberId::new(NUMBER),
        key: ContactKey::new(format!("wa:{phone}")),
        known: false,
        root: None,
        wa_id: Some(phone.to_owned()),
        user_id: None,
        name: Some(canary::NAME.to_owned()),
        first_at: now,
        name_at: now,
        wa_at: now,
        user_at: now,
        opened_at: Some(now),
        opened_by: None,
        identities: [].into(),
        new_identities: Vec::new(),
    };
    rig.store.record(Inbound { contacts: vec![seen], ..Inbound::default() }, now).await.unwrap();
    rig.meta().open_window(NUMBER, phone);
}

pub(super) fn text(phone: &str) -> Value {
    json!({"to": format!("+{phone}"), "type": "text", "text": {"body": canary::TEXT}})
}

/// A send as the API stores it, some time ago.
pub(super) async fn stored(rig: &Rig, phone: &str) -> Send {
    hear(rig, phone).await;
    stored_as(rig, phone, phone).await
}

/// One of several to somebody who has been heard.
pub(super) async fn stored_as(rig: &Rig, phone: &str, key: &str) -> Send {
    stored_at(rig, phone, key, SendOptions::default(), Timestamp::now()).await
}

/// One that was asked for at that time.
pub(super) async fn stored_at(rig: &Rig, phone: &str, key: &str, options: SendOptions, at: Timestamp) -> Send {
    let number = PhoneNumberId::new(NUMBER);
    let message = serde_json::value::to_raw_value(&text(phone)).unwrap();
    let new = NewSend {
        id: SendId::from_idempotency(&number, key),
        phone_number_id: number,
        contact: ContactKey::new(format!("wa:{phone}")),
        kind: "text".to_owned(),
        body_hash: model::canonical_hash(&message),
        message,
        reference: None,
        options,
        template_schema: None,
        fell_back: None,
        skipped: None,
        waits: None,
    };
    let CreatedSend::New(send) = rig.store.create_send(new, at).await.unwrap() else { panic!("taken") };
    *send
}

/// Lets everything run its course: rounds of redelivery and tick, until every promised send is settled.
pub(super) async fn run_its_course(rig: &Rig, api: &Function, promised: Vec<String>, statuses: Statuses) -> Outbound {
    run_its_course_of(rig, &Fleet::start(rig, 1).await, api, promised, statuses, ROUNDS).await
}

/// The same with these senders, in so many rounds at most.
pub(super) async fn run_its_course_of(
    rig: &Rig,
    fleet: &Fleet,
    api: &Function,
    promised: Vec<String>,
    statuses: Statuses,
    most: usize,
) -> Outbound {
    let webhook = rig.process("webhook").await;
    if statuses == Statuses::Early {
        report(rig, &webhook).await;
    }
    let sender = fleet.one(0);
    let outbound = &rig.local.ready().queues.outbound;
    let mut rounds = 0;
    let before_statuses = loop {
        rounds += 1;
        rig.local.clock().advance(VISIBLE_AGAIN);
        // In the first round a lease may still be live: whoever comes then has to leave the send alone.
        if rounds > 1 {
            let_time_pass(rig).await;
        }
        fleet.drain(rig).await;
        // Later rounds have nothing to leave alone: what comes back then waits by the senders' own clock.
        let until = Instant::now() + if rounds > 1 { OWN_PAUSES } else { Duration::ZERO };
        for comeback in 0.. {
            if rig.queued(outbound).is_empty() || (comeback >= COMEBACKS && Instant::now() > until) {
                break;
            }
            if comeback >= COMEBACKS {
                tokio::time::sleep(GLANCE).await;
            }
            rig.local.clock().advance(COMEBACK);
            pauses_pass(rig).await;
            fleet.drain(rig).await;
        }
        let tick = sender.invoke(rig.schedule("sender"), rig.timeout("sender")).await;
        assert_eq!(tick.answer()["failed"], 0);
        let shown = shown(rig, api, &promised).await;
        let is_settled = |shown: &Shown| ["accepted", "failed"].contains(&shown.state.as_str());
        let is_over = shown.iter().all(is_settled) && rig.queued(outbound).is_empty() && waiting(rig).await.is_empty();
        if rounds > most || is_over {
            break shown;
        }
    };
    if statuses == Statuses::Late {
        report(rig, &webhook).await;
    }
    let finally = shown(rig, api, &promised).await;
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    Outbound {
        accepted: rig.meta().sends().into_iter().map(|sent| sent.opaque.unwrap()).collect(),
        promised,
        before_statuses,
        finally,
        queued: rig.queued(outbound).len(),
        dead: rig.dead(),
        told: rig.events().iter().map(|event| (text(&event["type"]), text(&event["data"]["id"]))).collect(),
        rounds,
        most,
    }
}

/// The functions live in the machine's time, so an hour is not waited for: what is stored as a time to come is rewritten
/// to have been. Only leases of processes that are dead are among it.
async fn let_time_pass(rig: &Rig) {
    let dynamodb = rig.dynamodb();
    let table = &rig.local.ready().table;
    let past = (Timestamp::now() - SignedDuration::from_secs(1)).as_millisecond();
    for item in waiting(rig).await {
        let mut sets = Vec::new();
        let mut update = dynamodb.update_item().table_name(table);
        if item.contains_key("lease_until") {
            sets.push("lease_until = :lease");
            update = update.expression_attribute_values(":lease", AttributeValue::N(past.to_string()));
        }
        // What is parked stands in the order it was queued.
        let is_parked = item.get("due_pk").is_some_and(|pk| pk.as_s().unwrap().starts_with("PARKED#"));
        if let Some(due) = item.get("due_sk").filter(|_| !is_parked) {
            let id = due.as_s().unwrap().split_once('#').unwrap().1;
            sets.push("due_sk = :due");
            update = update.expression_attribute_values(":due", AttributeValue::S(format!("{past:015}#{id}")));
        }
        if sets.is_empty() {
            continue;
        }
        let update = update.key("pk", item["pk"].clone()).key("sk", item["sk"].clone());
        update.update_expression(format!("SET {}", sets.join(", "))).send().await.unwrap();
    }
    for item in blocked(rig).await {
        let mut update =
            dynamodb.update_item().table_name(table).key("pk", item["pk"].clone()).key("sk", item["sk"].clone());
        let number = item["due_sk"].as_s().unwrap().split_once('#').unwrap().1;
        let mut sets = String::from("SET due_sk = :due");
        if item.contains_key("retry_at") {
            sets.push_str(", retry_at = :past");
            update = update.expression_attribute_values(":past", AttributeValue::N(past.to_string()));
        }
        let update = update.expression_attribute_values(":due", AttributeValue::S(format!("{past:015}#{number}")));
        update.update_expression(sets).send().await.unwrap();
    }
    pauses_pass(rig).await;
}

/// The numbers for which something is parked.
async fn blocked(rig: &Rig) -> Vec<HashMap<String, AttributeValue>> {
    let scan = rig.dynamodb().scan().table_name(&rig.local.ready().table).consistent_read(true);
    let mut items = scan.send().await.unwrap().items.unwrap();
    items.retain(|item| item.get("due_pk").is_some_and(|pk| pk.as_s().unwrap() == "DUE#SENDING"));
    items
}

/// By now nobody is owed a pause: Meta's own clock has gone on too.
pub(super) async fn pauses_pass(rig: &Rig) {
    let (dynamodb, table) = (rig.dynamodb(), &rig.local.ready().table);
    let scan = dynamodb.scan().table_name(table).filter_expression("attribute_exists(pair_tat)").send().await.unwrap();
    for item in scan.items.unwrap() {
        let update =
            dynamodb.update_item().table_name(table).key("pk", item["pk"].clone()).key("sk", item["sk"].clone());
        update.update_expression("REMOVE pair_from, pair_tat").send().await.unwrap();
    }
}

/// The sends that somebody is at, or will look at.
async fn waiting(rig: &Rig) -> Vec<HashMap<String, AttributeValue>> {
    let scan = rig.dynamodb().scan().table_name(&rig.local.ready().table).consistent_read(true);
    let mut items = scan.send().await.unwrap().items.unwrap();
    items.retain(|item| item["pk"].as_s().unwrap().starts_with("S#"));
    items.retain(|item| item.contains_key("lease_until") || item.contains_key("due_sk"));
    items
}

/// Meta tells of everything it accepted.
async fn report(rig: &Rig, webhook: &Function) {
    for sent in rig.meta().sends() {
        for status in ["sent", "delivered"] {
            rig.meta().report(&sent.wamid, status, None).await.unwrap();
        }
    }
    rig.take_mail(webhook).await;
}

pub(super) async fn shown(rig: &Rig, api: &Function, promised: &[String]) -> Vec<Shown> {
    let mut all = Vec::new();
    for id in promised {
        let message = rig.get(api, &format!("/v1/messages/{id}")).await;
        if message.status == 404 {
            continue;
        }
        let errors = message.body["errors"].as_array().unwrap();
        all.push(Shown {
            id: id.clone(),
            state: message.body["state"].as_str().unwrap().to_owned(),
            codes: errors.iter().map(|error| error["code"].to_string()).collect(),
        });
    }
    all
}

/// As [`shown`], of every send there is, from the table itself.
pub(super) async fn in_table(rig: &Rig) -> Vec<Shown> {
    let scan = rig.dynamodb().scan().table_name(&rig.local.ready().table).consistent_read(true);
    let items = scan.into_paginator().items().send();
    let items: Vec<HashMap<String, AttributeValue>> = items.try_collect().await.unwrap();
    let text = |item: &HashMap<String, AttributeValue>, name: &str| {
        item.get(name).map_or_else(String::new, |value| value.as_s().unwrap().clone())
    };
    let sends = items.iter().filter(|item| text(item, "sk") == "SEND");
    sends
        .map(|item| {
            let error = text(item, "error");
            let codes = if error.is_empty() { Vec::new() } else { vec![error] };
            Shown { id: text(item, "send_id"), state: text(item, "state"), codes }
        })
        .collect()
}
