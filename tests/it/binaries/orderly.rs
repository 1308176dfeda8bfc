//! Many messages to many people, from several senders, while Meta and AWS have bad days: everybody gets theirs once, and
//! in the order they were queued (issue 4, items 5 and 6).

use std::collections::{BTreeMap, BTreeSet};

use sandbox::Service;
use sandbox::aws::faults::Fault;
use serde_json::{Value, json};

use super::checker::{self, Conversation, Outbound, ROUNDS};
use super::fleet::{Fleet, queue};
use super::passing::{Statuses, VISIBLE_AGAIN, hear, pauses_pass, run_its_course_of, shown};
use super::rig::Rig;

const SENDERS: usize = 3;
/// To each person.
const EACH: usize = 6;
/// Whatever strikes at random may strike one person's messages, each in its turn, and each takes a round until it is given up.
const MOST: usize = ROUNDS + EACH;

/// What Meta does to somebody's message: after how many that pass, how often, and what.
fn bad_days() -> Vec<(u32, u32, Value)> {
    vec![
        (1, 2, json!({"error": {"code": 130_429}})),
        (1, 1, json!({"error": {"code": 131_056}})),
        (2, 2, json!({"error": {"code": 131_000, "http": 500}})),
        (0, 1, json!({"error": {"code": 2, "http": 503}})),
        (1, 1, json!({"error": {"code": 131_026}})),
        (2, 2, json!({"reset_before": {}})),
        (1, 1, json!({"lost_reply": {}})),
        (0, 1, json!({"html": {"status": 502}})),
        (2, 1, json!({"truncated_json": {}})),
        (3, 1, json!({"no_id": {}})),
        (0, 9, json!({"delay": {"ms": 120}})),
        (1, 1, json!({"status_first": {}})),
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everybody_gets_theirs_once_and_in_order() {
    let rig = Rig::start().await;
    let api = rig.process("api").await;
    let people = queued(&rig).await;
    for ((phone, _), (skip, times, fault)) in people.iter().zip(bad_days()) {
        let rule = json!({"match": {"to": phone}, "skip": skip, "times": times, "fault": fault});
        rig.meta().fault(serde_json::from_value(rule).unwrap());
    }
    for fault in [
        Fault::throttle(Service::DynamoDb).operation("UpdateItem").after(20).times(7),
        Fault::unavailable().on(Service::DynamoDb).operation("GetItem").after(30).times(7),
        Fault::lose_reply().on(Service::DynamoDb).operation("UpdateItem").after(40).times(5),
        Fault::unavailable().on(Service::Sqs).operation("SendMessageBatch").times(2),
    ] {
        rig.aws().faults().add(fault);
    }
    let promised = people.values().flatten().cloned().collect();
    let fleet = Fleet::start(&rig, SENDERS).await;
    let run = run_its_course_of(&rig, &fleet, &api, promised, Statuses::Late, MOST).await;
    let struck = rig.meta().calls().iter().filter(|call| call.fault.is_some()).count();
    assert!(struck >= bad_days().len(), "the days were not bad enough: {struck}");
    assert_eq!(checker::outbound(&run), [], "{run:?}");
    for (phone, queued) in people {
        let conversation = conversation(&run, queued);
        assert_eq!(checker::order(&conversation), [], "to {phone}: {conversation:?}");
    }
    drop((fleet, api));
    rig.close().await;
}

/// The token is refused in the middle: what was not sent is parked, whoever it is for, and leaves in its order once there
/// is a token again, with senders that remember nothing.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_parked_leaves_in_order() {
    const BEFORE: u32 = 20;
    let rig = Rig::start().await;
    let api = rig.process("api").await;
    let people = queued(&rig).await;
    let promised: Vec<String> = people.values().flatten().cloned().collect();
    let refused = json!({"skip": BEFORE, "fault": {"error": {"code": 190, "subcode": 463}}});
    rig.meta().fault(serde_json::from_value(refused).unwrap());
    let fleet = Fleet::start(&rig, SENDERS).await;
    let mut rounds = 0;
    let before = loop {
        fleet.drain(&rig).await;
        let shown = shown(&rig, &api, &promised).await;
        if shown.iter().all(|send| send.state != "queued") || rounds > ROUNDS {
            break shown;
        }
        rounds += 1;
        rig.local.clock().advance(VISIBLE_AGAIN);
        pauses_pass(&rig).await;
    };
    let of = |state: &str| before.iter().filter(|send| send.state == state).count();
    assert_eq!((of("accepted"), of("parked")), (BEFORE as usize, promised.len() - BEFORE as usize), "{before:?}");
    drop(fleet);

    rig.meta().clear_faults();
    let fleet = Fleet::start(&rig, SENDERS).await;
    let run = run_its_course_of(&rig, &fleet, &api, promised, Statuses::Late, MOST).await;
    assert_eq!(checker::outbound(&run), [], "{run:?}");
    for (phone, queued) in people {
        let conversation = conversation(&run, queued);
        assert_eq!(conversation.accepted.len(), EACH, "to {phone}");
        assert_eq!(checker::order(&conversation), [], "to {phone}: {conversation:?}");
    }
    drop((fleet, api));
    rig.close().await;
}

/// One message to each, then the next to each. Who gets which.
async fn queued(rig: &Rig) -> BTreeMap<String, Vec<String>> {
    let phones = super::once::people(bad_days().len() + 2);
    for phone in &phones {
        hear(rig, phone).await;
    }
    let mut people: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for message in 0..EACH {
        for phone in &phones {
            let id = queue(rig, phone, &format!("{message} to {phone}")).await;
            people.entry(phone.clone()).or_default().push(id);
        }
    }
    people
}

pub(super) fn conversation(run: &Outbound, queued: Vec<String>) -> Conversation {
    let in_doubt = run.told.iter().filter(|(kind, _)| kind == "message.uncertain").map(|(_, id)| id.clone());
    Conversation {
        accepted: run.accepted.iter().filter(|id| queued.contains(id)).cloned().collect(),
        queued,
        passed_over: in_doubt.collect::<BTreeSet<_>>(),
    }
}
