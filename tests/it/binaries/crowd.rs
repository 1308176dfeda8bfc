//! The same POST many times at once, into several environments of one function (fault matrix 1).

use futures::future::join_all;

use super::checker::{self, Inbound};
use super::posted::{facts, notification, stragglers};
use super::rig::Rig;

const PROCESSES: usize = 5;
const DELIVERIES: usize = 50;

/// I2: all of them are answered 200, and together they have the effect of one.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fifty_deliveries_at_once_are_one() {
    let rig = Rig::start().await;
    let (post, first) = notification(&rig).await;
    let (late, all) = stragglers(&first);
    let mut webhooks = Vec::new();
    for _ in 0..PROCESSES {
        webhooks.push(rig.process("webhook").await);
    }
    // What is new for everybody is what they race for; then both POSTs in every order.
    let first_round = (0..DELIVERIES).map(|at| rig.post(&webhooks[at % PROCESSES], &post, at % 3 == 0));
    assert_eq!(join_all(first_round).await, [Some(200); DELIVERIES]);
    let second_round = (0..DELIVERIES).map(|at| {
        let post = if at % 2 == 0 { &post } else { &late };
        rig.post(&webhooks[at % PROCESSES], post, false)
    });
    assert_eq!(join_all(second_round).await, [Some(200); DELIVERIES]);
    let api = rig.process("api").await;
    let finally = facts(&rig, &api, &all).await;
    let run = Inbound { acknowledged: vec![finally.clone()], finally };
    assert_eq!(checker::inbound(&all, &run), []);
    // Not only one id for each thing: SQS itself keeps the second delivery back.
    assert!(run.finally.told.values().all(|ids| ids.len() == 1), "{:?}", run.finally.told.values());
    assert_eq!(rig.dead(), 0);
    drop((webhooks, api));
    rig.close().await;
}
