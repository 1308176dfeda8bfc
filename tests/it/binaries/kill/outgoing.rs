//! Outbound: the sender dies over one send. Meta accepts it at most once, and it is never lost (I5, I9).

use super::{Moment, at_every, doomed};
use crate::binaries::canary::PHONE;
use crate::binaries::checker;
use crate::binaries::passing::{Statuses, hear, run_its_course, text};
use crate::binaries::rig::{NUMBER, Rig};
use crate::binaries::view::Batch;
use crate::lambda::Function;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dying_sender_sends_once() {
    let requests = undisturbed().await;
    at_every("outbound, statuses late", requests, |moment| killed_at(moment, Statuses::Late)).await;
    at_every("outbound, statuses early", requests, |moment| killed_at(moment, Statuses::Early)).await;
}

/// The requests that one delivery makes to AWS and to Meta, where nothing goes wrong.
async fn undisturbed() -> [usize; 2] {
    let rig = Rig::start().await;
    let api = rig.process("api").await;
    let id = queued(&rig, &api).await;
    let sender = rig.process("sender").await;
    let outbound = &rig.local.ready().queues.outbound;
    assert_eq!(rig.deliver(&sender, "sender", outbound).await, Some(Batch { received: 1, failed: 0 }));
    drop(sender);
    let requests = [rig.toward_aws("sender").records().len(), rig.toward_meta("sender").records().len()];
    assert_eq!(requests[1], 1, "one send is one call");
    let run = run_its_course(&rig, &api, vec![id], Statuses::Late).await;
    assert_eq!((checker::outbound(&run), run.rounds), (vec![], 1));
    drop(api);
    rig.close().await;
    requests
}

async fn killed_at(moment: Moment, statuses: Statuses) -> bool {
    let rig = Rig::start().await;
    let api = rig.process("api").await;
    let id = queued(&rig, &api).await;
    let (sender, trap) = doomed(&rig, "sender", moment).await;
    rig.deliver(&sender, "sender", &rig.local.ready().queues.outbound).await;
    drop(sender);
    let run = run_its_course(&rig, &api, vec![id], statuses).await;
    assert_eq!(checker::outbound(&run), [], "{moment:?}, statuses {statuses:?}: {run:?}");
    drop(api);
    rig.close().await;
    trap.is_sprung()
}

async fn queued(rig: &Rig, api: &Function) -> String {
    hear(rig, PHONE).await;
    let path = format!("/v1/channels/{NUMBER}/messages");
    let answer = rig.ask(api, "POST", &path, Some("order-1"), &text(PHONE)).await.unwrap();
    assert_eq!(answer.status, 202, "{}", answer.body);
    answer.body["id"].as_str().unwrap().to_owned()
}
