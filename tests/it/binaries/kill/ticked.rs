//! The tick dies while it looks after what waits: a send that never reached the queue, one that is in doubt for too
//! long, and one that was parked.

use jiff::{SignedDuration, Timestamp};
use model::{Send, SendState};
use store::{Due, Transition};

use super::{Moment, at_every, doomed};
use crate::binaries::canary::{OTHER_PHONES, PHONE};
use crate::binaries::checker;
use crate::binaries::passing::{Statuses, run_its_course, stored};
use crate::binaries::rig::Rig;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dying_tick_strands_nothing() {
    let rig = Rig::start().await;
    let promised = waiting(&rig).await;
    let sender = rig.process("sender").await;
    let ticked = sender.invoke(rig.schedule("sender"), rig.timeout("sender")).await.answer();
    assert_eq!((&ticked["queued"], &ticked["settled"]), (&2.into(), &1.into()));
    drop(sender);
    let requests = [rig.toward_aws("sender").records().len(), rig.toward_meta("sender").records().len()];
    let api = rig.process("api").await;
    let run = run_its_course(&rig, &api, promised, Statuses::Late).await;
    assert_eq!(checker::outbound(&run), [], "{run:?}");
    drop(api);
    rig.close().await;
    at_every("tick", requests, killed_at).await;
}

async fn killed_at(moment: Moment) -> bool {
    let rig = Rig::start().await;
    let promised = waiting(&rig).await;
    let (sender, trap) = doomed(&rig, "sender", moment).await;
    drop(sender.invoke(rig.schedule("sender"), rig.timeout("sender")).await);
    drop(sender);
    let api = rig.process("api").await;
    let run = run_its_course(&rig, &api, promised, Statuses::Late).await;
    assert_eq!(checker::outbound(&run), [], "{moment:?}: {run:?}");
    assert_eq!(run.accepted.len(), 2, "{moment:?}: {run:?}");
    drop(api);
    rig.close().await;
    trap.is_sprung()
}

/// Their ids. All are due.
async fn waiting(rig: &Rig) -> Vec<String> {
    let never_taken = stored(rig, PHONE).await;
    become_due(rig, &never_taken, SendState::Queued).await;
    let in_doubt = stored(rig, OTHER_PHONES[0]).await;
    let lease = Timestamp::now() - SignedDuration::from_mins(10);
    rig.store.claim(&in_doubt.id, lease, lease).await.unwrap();
    become_due(rig, &in_doubt, SendState::Uncertain).await;
    let parked = stored(rig, OTHER_PHONES[1]).await;
    become_due(rig, &parked, SendState::Parked).await;
    [never_taken, in_doubt, parked].map(|send| send.id.into_string()).into()
}

async fn become_due(rig: &Rig, send: &Send, state: SendState) {
    let due = Due::At(Timestamp::now() - SignedDuration::from_secs(1));
    let change = Transition { due, ..Transition::new(&[SendState::Queued, SendState::Sending], state) };
    rig.store.transition(&send.id, &change, Timestamp::now()).await.unwrap();
}
