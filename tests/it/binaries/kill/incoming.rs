//! Inbound: what Meta posts is stored once and told under one id, wherever the webhook dies (I1, I2, I3).

use super::{Moment, at_every, doomed};
use crate::binaries::checker::{self, Inbound};
use crate::binaries::posted::{facts, notification};
use crate::binaries::rig::Rig;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_that_meta_posts_is_lost_or_doubled() {
    let rig = Rig::start().await;
    let (post, carried) = notification(&rig).await;
    let webhook = rig.process("webhook").await;
    assert_eq!(rig.post(&webhook, &post, false).await, Some(200));
    webhook.stop().await;
    let api = rig.process("api").await;
    let facts = facts(&rig, &api, &carried).await;
    let run = Inbound { acknowledged: vec![facts.clone()], finally: facts };
    assert_eq!(checker::inbound(&carried, &run), []);
    let requests = rig.toward_aws("webhook").records().len();
    drop(api);
    rig.close().await;
    at_every("inbound", [requests, 0], killed_at).await;
}

/// Whether the process died where it was to die.
async fn killed_at(moment: Moment) -> bool {
    let rig = Rig::start().await;
    let (post, carried) = notification(&rig).await;
    let api = rig.process("api").await;
    let mut run = Inbound::default();
    let (webhook, trap) = doomed(&rig, "webhook", moment).await;
    if rig.post(&webhook, &post, false).await == Some(200) {
        run.acknowledged.push(facts(&rig, &api, &carried).await);
    }
    drop(webhook);
    // Meta repeats what was not answered 200; and now and then what was.
    let webhook = rig.process("webhook").await;
    for base64 in [true, false] {
        if rig.post(&webhook, &post, base64).await == Some(200) {
            run.acknowledged.push(facts(&rig, &api, &carried).await);
        }
    }
    run.finally = facts(&rig, &api, &carried).await;
    assert_eq!(checker::inbound(&carried, &run), [], "{moment:?}");
    assert_eq!(rig.dead(), 0);
    drop((webhook, api));
    rig.close().await;
    trap.is_sprung()
}
