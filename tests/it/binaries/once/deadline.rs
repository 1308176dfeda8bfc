//! The invocation has no time left (fault matrix 4): nothing new is begun that could not be ended, what was not begun
//! comes back, and none is called twice.

use std::time::Duration;

use serde_json::json;

use super::people;
use crate::binaries::canary::PHONE;
use crate::binaries::checker;
use crate::binaries::fleet::queue;
use crate::binaries::passing::{Statuses, hear, run_its_course};
use crate::binaries::rig::Rig;
use crate::binaries::view::Batch;

/// A call may take 20 s and its settling 2 s, so this leaves room to begin for a second and a half.
const SHORT: Duration = Duration::from_millis(23_500);
/// Less than one call may take.
const TOO_SHORT: Duration = Duration::from_secs(20);
const SLOW_MS: u64 = 1_600;

/// Ten to one person, each of which takes Meta longer than there is time to begin another.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_could_not_be_ended_is_not_begun() {
    let rig = Rig::start().await;
    hear(&rig, PHONE).await;
    let mut ids = Vec::new();
    for message in 0..10 {
        ids.push(queue(&rig, PHONE, &format!("message {message}")).await);
    }
    let slow = json!({"match": {"path": "/messages"}, "fault": {"delay": {"ms": SLOW_MS}}});
    rig.meta().fault(serde_json::from_value(slow).unwrap());
    assert_eq!(in_time(&rig, SHORT).await, Batch { received: 10, failed: 9 });
    let sent: Vec<Option<String>> = rig.meta().sends().into_iter().map(|sent| sent.opaque).collect();
    assert_eq!(sent, [Some(ids[0].clone())], "the first, and nothing that was not ended");
    settled(rig, ids).await;
}

/// Ten to ten people, and not the time for a single call.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_time_for_a_call_nobody_is_called() {
    let rig = Rig::start().await;
    let mut ids = Vec::new();
    for phone in people(10) {
        hear(&rig, &phone).await;
        ids.push(queue(&rig, &phone, &phone).await);
    }
    assert_eq!(in_time(&rig, TOO_SHORT).await, Batch { received: 10, failed: 10 });
    assert!(rig.meta().calls().is_empty());
    settled(rig, ids).await;
}

/// One batch, in an invocation that Lambda ends after so long.
async fn in_time(rig: &Rig, left: Duration) -> Batch {
    let (sender, outbound) = (rig.process("sender").await, &rig.local.ready().queues.outbound);
    let records = rig.receive(outbound, 10).await;
    rig.hand_over(&sender, outbound, &records, left).await.expect("an answer")
}

/// Everything else is sent by the invocations that follow, in order.
async fn settled(rig: Rig, ids: Vec<String>) {
    rig.meta().clear_faults();
    let api = rig.process("api").await;
    let run = run_its_course(&rig, &api, ids.clone(), Statuses::Late).await;
    assert_eq!(checker::outbound(&run), [], "{run:?}");
    let mut accepted = run.accepted;
    let mut all = ids;
    if rig.meta().sends().iter().any(|sent| sent.to != rig.meta().sends()[0].to) {
        accepted.sort();
        all.sort();
    }
    assert_eq!(accepted, all);
    drop(api);
    rig.close().await;
}
