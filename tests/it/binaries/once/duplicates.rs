//! One record, two senders (fault matrix 6): whoever comes second sees a live claim, leaves the record alone and calls
//! nobody.

use aws_sdk_sqs::types::QueueAttributeName;
use futures::future::join;
use serde_json::json;

use super::people;
use crate::binaries::checker;
use crate::binaries::fleet::{Fleet, queue};
use crate::binaries::passing::{Statuses, hear, run_its_course};
use crate::binaries::rig::Rig;
use crate::binaries::view::Batch;
use crate::system::eventually;

/// How long Meta takes to answer, in milliseconds: longer than whoever comes second needs.
const SLOW_MS: u64 = 3_000;
const RECORDS: usize = 10;

/// SQS hands the same records to a second sender while the first is at them.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_comes_second_leaves_the_record_alone() {
    let (rig, ids) = ready().await;
    let fleet = Fleet::start(&rig, 2).await;
    let outbound = &rig.local.ready().queues.outbound;
    let (records, timeout) = (rig.receive(outbound, 10).await, rig.timeout("sender"));
    assert_eq!(records.len(), RECORDS);
    let second = async {
        // The first has claimed them all, and waits for Meta.
        eventually("the calls", async || (rig.meta().sends().len() == RECORDS).then_some(())).await;
        rig.hand_over(fleet.one(1), outbound, &records, timeout).await
    };
    let (first, second) = join(rig.hand_over(fleet.one(0), outbound, &records, timeout), second).await;
    assert_eq!(first, Some(Batch { received: RECORDS, failed: 0 }));
    assert_eq!(second, Some(Batch { received: RECORDS, failed: RECORDS }), "left for who has claimed them");
    sent_once(rig, fleet, ids).await;
}

/// The visibility timeout is shorter than a call takes, so the records come again and again while they are being sent.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn visibility_that_ends_while_sending_sends_once() {
    let (rig, ids) = ready().await;
    let outbound = &rig.local.ready().queues.outbound;
    let short = rig.sqs().set_queue_attributes().queue_url(outbound);
    short.attributes(QueueAttributeName::VisibilityTimeout, "1").send().await.unwrap();
    let fleet = Fleet::start(&rig, 2).await;
    let received = std::sync::atomic::AtomicUsize::new(0);
    // Until nothing more becomes visible within a second, whoever has it.
    eventually("the end of it", async || {
        let seen = fleet.drain(&rig).await;
        received.fetch_add(seen, std::sync::atomic::Ordering::SeqCst);
        (seen == 0 && rig.meta().sends().len() == RECORDS && rig.aws().sqs().counts(outbound).unwrap().visible == 0)
            .then_some(())
    })
    .await;
    let received = received.into_inner();
    assert!(received >= RECORDS * 2, "no record came twice: {received} receives");
    sent_once(rig, fleet, ids).await;
}

/// A record to each of ten people, and a Meta that takes its time.
async fn ready() -> (Rig, Vec<String>) {
    let rig = Rig::start().await;
    let mut ids = Vec::new();
    for phone in people(RECORDS) {
        hear(&rig, &phone).await;
        ids.push(queue(&rig, &phone, &phone).await);
    }
    let slow = json!({"match": {"path": "/messages"}, "fault": {"delay": {"ms": SLOW_MS}}});
    rig.meta().fault(serde_json::from_value(slow).unwrap());
    (rig, ids)
}

async fn sent_once(rig: Rig, fleet: Fleet, ids: Vec<String>) {
    drop(fleet);
    rig.meta().clear_faults();
    let api = rig.process("api").await;
    let run = run_its_course(&rig, &api, ids, Statuses::Late).await;
    assert_eq!(checker::outbound(&run), [], "{run:?}");
    // Nobody had a reason to doubt any of them.
    let doubted = run.told.iter().filter(|(kind, _)| kind == "message.uncertain").count();
    assert_eq!((run.accepted.len(), doubted), (RECORDS, 0));
    drop(api);
    rig.close().await;
}
