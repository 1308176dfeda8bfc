//! Ten minutes without a table, without Meta (R5), an hour without a sender: nothing is lost, and hardly more is asked than the
//! records come round.

use std::time::Duration;

use sandbox::Service;
use sandbox::aws::faults::Fault;
use serde_json::json;

use super::people;
use crate::binaries::checker::{self, ROUNDS};
use crate::binaries::fleet::{Fleet, queue};
use crate::binaries::passing::{Statuses, VISIBLE_AGAIN, hear, run_its_course_of};
use crate::binaries::rig::Rig;

const OUTAGE: Duration = Duration::from_mins(10);
const STEP: Duration = Duration::from_secs(15);

/// A record that could not be dealt with comes back when its visibility ends, and costs one question each time: the
/// SDK's own retries run dry, and nothing of ours adds to them.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_table_the_records_come_round_and_cost_one_question_each() {
    let (rig, ids) = ready(100).await;
    let fleet = Fleet::start(&rig, 1).await;
    rig.toward_aws("sender").reset();
    rig.aws().faults().add(Fault::unavailable().on(Service::DynamoDb));
    let came = sit_out(&rig, &fleet).await;
    let proxy = rig.toward_aws("sender").totals();
    let asked: u32 = proxy.calls.iter().filter(|(call, _)| call.service == Service::DynamoDb).map(|(_, n)| n).sum();
    rig.aws().faults().clear();
    assert!(came >= ids.len() * 3, "{came} receives in ten minutes");
    let most = u32::try_from(came * 13 / 10).unwrap();
    assert!(asked <= most, "{asked} questions for {came} records");
    assert!(rig.meta().calls().is_empty());
    all_sent(rig, fleet, ids).await;
}

/// Each message is tried again after longer and longer waits; not one is given up within ten minutes.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_meta_each_message_is_tried_a_few_times() {
    let (rig, ids) = ready(20).await;
    let fleet = Fleet::start(&rig, 2).await;
    let away = json!({"match": {"path": "/messages"}, "fault": {"error": {"code": 2, "http": 503}}});
    rig.meta().fault(serde_json::from_value(away).unwrap());
    let came = sit_out(&rig, &fleet).await;
    let calls = rig.meta().calls().len();
    // At once, and after half a minute, a minute, two, four.
    assert!((ids.len() * 2..=ids.len() * 5).contains(&calls), "{calls} calls for {} messages", ids.len());
    assert_eq!(came, calls, "a record comes round to be sent, and for nothing else");
    all_sent(rig, fleet, ids).await;
}

/// Reserved concurrency 0, or the emergency stop (fault matrix 18): Lambda takes no invocation, and the mapping puts back what
/// it received. After an hour everything is sent, once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_no_sender_may_run_the_queue_holds_what_there_is() {
    let (rig, ids) = ready(20).await;
    let outbound = rig.local.ready().queues.outbound.clone();
    for _ in 0..20 {
        while !rig.receive(&outbound, 10).await.is_empty() {}
        rig.local.clock().advance(VISIBLE_AGAIN);
    }
    assert_eq!((rig.queued(&outbound).len(), rig.dead()), (ids.len(), 0));
    assert!(rig.meta().calls().is_empty());
    let fleet = Fleet::start(&rig, 2).await;
    all_sent(rig, fleet, ids).await;
}

async fn ready(count: usize) -> (Rig, Vec<String>) {
    let rig = Rig::start().await;
    let mut ids = Vec::new();
    for phone in people(count) {
        hear(&rig, &phone).await;
        ids.push(queue(&rig, &phone, &phone).await);
    }
    (rig, ids)
}

/// How many records came round until it was over.
async fn sit_out(rig: &Rig, fleet: &Fleet) -> usize {
    let mut came = 0;
    let mut passed = Duration::ZERO;
    while passed < OUTAGE {
        came += fleet.drain(rig).await;
        rig.local.clock().advance(STEP);
        passed += STEP;
    }
    came
}

async fn all_sent(rig: Rig, fleet: Fleet, ids: Vec<String>) {
    rig.meta().clear_faults();
    let api = rig.process("api").await;
    let count = ids.len();
    let run = run_its_course_of(&rig, &fleet, &api, ids, Statuses::Late, ROUNDS).await;
    assert_eq!((checker::outbound(&run), run.accepted.len()), (vec![], count), "{run:?}");
    drop((fleet, api));
    rig.close().await;
}
