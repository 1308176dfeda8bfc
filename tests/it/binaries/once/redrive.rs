//! A thousand records come back from the dead-letter queue (fault matrix 17): the runbook's `start-message-move-task`,
//! executed. What was settled meanwhile is not sent again, what has expired is not sent at all, what is left is sent once,
//! and each person gets theirs in the order they were queued.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_sqs::types::QueueAttributeName::{self, RedrivePolicy, VisibilityTimeout};
use jiff::{SignedDuration, Timestamp};
use model::{PhoneNumberId, SendOptions};
use serde_json::Value;
use store::{ChannelChange, OverridesChange, Setting, Updated};

use super::people;
use crate::binaries::checker::{self, Outbound, ROUNDS};
use crate::binaries::fleet::{Fleet, queue, queue_again};
use crate::binaries::passing::{VISIBLE_AGAIN, hear, in_table, pauses_pass, stored_at};
use crate::binaries::rig::{NUMBER, Rig};

const PEOPLE: usize = 250;
/// To each of them, one after the other.
const EACH: usize = 4;
/// Of these the first two were sent before the redrive.
const SETTLED: usize = 150;
/// Of those from here on one has expired by the time of the redrive.
const EXPIRED: usize = 200;
const STALE: usize = 2;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_dead_letters_come_back_and_none_is_sent_twice() {
    let rig = Rig::start().await;
    unhurried(&rig).await;
    let people = people(PEOPLE);
    let mut ids: BTreeMap<&String, Vec<String>> = BTreeMap::new();
    for phone in &people {
        hear(&rig, phone).await;
    }
    let (mut expired, hour_ago) = (BTreeSet::new(), Timestamp::now() - SignedDuration::from_hours(1));
    for message in 0..EACH {
        for phone in &people {
            let key = format!("{message} to {phone}");
            let id = if message == STALE && people[EXPIRED..].contains(phone) {
                let id = stored_at(&rig, phone, &key, expires(), hour_ago).await.id.into_string();
                queue_again(&rig, phone, &id, 0).await;
                expired.insert(id.clone());
                id
            } else {
                queue(&rig, phone, &key).await
            };
            ids.entry(phone).or_default().push(id);
        }
    }
    die(&rig).await;
    // Somebody who queues them again, as the tick does, is quicker than whoever empties the dead letters.
    let early = people[..SETTLED].iter().flat_map(|phone| ids[phone][..2].iter().map(move |id| (phone, id)));
    for (phone, id) in early.clone() {
        queue_again(&rig, phone, id, 1).await;
    }
    let fleet = Fleet::start(&rig, 3).await;
    fleet.drain(&rig).await;
    assert_eq!(rig.meta().sends().len(), early.count());

    let dead = attribute(&rig, &rig.local.ready().queues.outbound_dlq, QueueAttributeName::QueueArn).await;
    rig.sqs().start_message_move_task().source_arn(dead).send().await.unwrap();
    assert_eq!((rig.dead(), rig.queued(&rig.local.ready().queues.outbound).len()), (0, PEOPLE * EACH));
    let mut rounds = 0;
    while !rig.queued(&rig.local.ready().queues.outbound).is_empty() && rounds <= ROUNDS {
        fleet.drain(&rig).await;
        // What Meta put off, because they were so many at once.
        rig.local.clock().advance(VISIBLE_AGAIN);
        pauses_pass(&rig).await;
        rounds += 1;
    }
    drop(fleet);

    let finally = in_table(&rig).await;
    let run = Outbound {
        promised: ids.values().flatten().cloned().collect(),
        accepted: rig.meta().sends().into_iter().map(|sent| sent.opaque.unwrap()).collect(),
        before_statuses: finally.clone(),
        finally,
        queued: rig.queued(&rig.local.ready().queues.outbound).len(),
        dead: rig.dead(),
        told: told_failed(&rig),
        rounds,
        most: ROUNDS,
    };
    assert_eq!((checker::outbound(&run), run.accepted.len()), (vec![], PEOPLE * EACH - expired.len()));
    let failed = run.finally.iter().filter(|shown| shown.state == "failed").map(|shown| shown.id.clone());
    assert_eq!(failed.collect::<BTreeSet<_>>(), expired, "what has expired, and nothing else");
    let sent_to = by_person(&rig);
    for (phone, queued) in ids {
        let queued: Vec<String> = queued.into_iter().filter(|id| !expired.contains(id)).collect();
        assert_eq!(sent_to[phone], queued, "{phone} got them in another order");
    }
    rig.close().await;
}

/// The rate is not what this is about: the functions live in the machine's time, and would wait.
async fn unhurried(rig: &Rig) {
    rig.meta().settings(|settings| settings.enforce.per_second = Some(1_000.0));
    let overrides = OverridesChange { messages_per_second: Some(Setting::Own(1_000)), ..OverridesChange::default() };
    let change = ChannelChange { overrides, ..ChannelChange::default() };
    let changed = rig.store.update_channel(&PhoneNumberId::new(NUMBER), 1, change, Timestamp::now()).await;
    assert!(matches!(changed.unwrap(), Updated::Done(_)));
}

/// Ten minutes after it was asked for.
fn expires() -> SendOptions {
    SendOptions { expires_in: Some(600), ..SendOptions::default() }
}

fn told_failed(rig: &Rig) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let failed = rig.events().into_iter().filter(|event| event["type"] == "message.failed");
    failed.map(|event| (text(&event["type"]), text(&event["data"]["id"]))).collect()
}

/// What Meta accepted for each person, in its order.
fn by_person(rig: &Rig) -> BTreeMap<String, Vec<String>> {
    let mut sent: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for send in rig.meta().sends() {
        sent.entry(send.wa_id.unwrap()).or_default().push(send.opaque.unwrap());
    }
    sent
}

/// Everything in the queue is received more often than it allows, and so becomes dead letters.
async fn die(rig: &Rig) {
    let outbound = &rig.local.ready().queues.outbound;
    let before = attribute(rig, outbound, RedrivePolicy).await;
    let mut strict: Value = serde_json::from_str(&before).unwrap();
    strict["maxReceiveCount"] = 1.into();
    let timeout = attribute(rig, outbound, VisibilityTimeout).await;
    let set = async |policy: &str, timeout: &str| {
        let set = rig.sqs().set_queue_attributes().queue_url(outbound).attributes(RedrivePolicy, policy);
        set.attributes(VisibilityTimeout, timeout).send().await.unwrap();
    };
    set(&strict.to_string(), "0").await;
    while !rig.queued(outbound).is_empty() {
        rig.receive(outbound, 10).await;
    }
    set(&before, &timeout).await;
    assert_eq!(rig.dead(), PEOPLE * EACH);
}

async fn attribute(rig: &Rig, queue: &str, name: QueueAttributeName) -> String {
    let asked = rig.sqs().get_queue_attributes().queue_url(queue).attribute_names(name.clone()).send().await.unwrap();
    asked.attributes().unwrap()[&name].clone()
}
