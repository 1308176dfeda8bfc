//! The number's rate and the person's pace (L-01, L-02), at a Meta that enforces both. Counts and not times are asserted.

use std::collections::BTreeMap;
use std::time::Duration;

use futures::future::join_all;
use jiff::SignedDuration;
use model::limiter::{Change, Holder, WHOLE};
use sandbox::aws::faults::Fault;
use sandbox::meta::Enforce;
use sandbox::{Clock, Service};
use serde_json::json;
use store::Shared;

use crate::world::{ANA, BEN, Batch, NUMBER, World};

/// Messages each to somebody else, sent by so many senders within so many seconds of their own clock.
async fn crowd(world: &World, senders: usize, messages: usize, seconds: i64) {
    for nth in 0..messages {
        world.text(&format!("m{nth}"), &format!("1555013{nth:04}")).await;
    }
    let apps: Vec<_> = (0..senders).map(|_| world.another()).collect();
    let until = world.now() + SignedDuration::from_secs(seconds);
    join_all(apps.iter().map(|app| async move {
        while world.now() < until && world.meta.sends().len() < messages {
            if world.deliver_with(app, SignedDuration::from_secs(30)).await.received == 0 {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        }
    }))
    .await;
}

fn refused(world: &World, code: i64) -> usize {
    world.meta.calls().iter().filter(|call| call.code == Some(code)).count()
}

/// Four senders and ten seconds' worth of messages: Meta refuses none, all leave, and the shares cost next to nothing.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn four_senders_share_a_number_and_meta_refuses_none() {
    let world = World::start_at(Clock::real()).await;
    world.meta.settings(|settings| settings.enforce = Enforce { per_second: Some(20.0), ..Enforce::default() });
    world.limit(NUMBER, 20).await;
    crowd(&world, 4, 160, 60).await;
    assert_eq!((refused(&world, 130_429), refused(&world, 131_056)), (0, 0));
    assert_eq!(world.meta.sends().len(), 160);
    let shares = world.store.shares(&model::PhoneNumberId::new(NUMBER)).await.unwrap().1;
    let parts: u32 = shares.holders.values().map(|holder| holder.share).sum();
    assert!(parts <= WHOLE && shares.holders.len() <= 4, "{shares:?}");
    assert!(shares.cut.is_none());
}

/// However much is queued for one person, Meta refuses nothing; as many go at once as it allows, and somebody else's goes
/// at once too.
#[tokio::test]
async fn a_crowded_pair_waits_and_nobody_else() {
    for borrows in [false, true] {
        let world = World::start().await;
        world.meta.settings(|settings| settings.enforce.pair_borrows = borrows);
        for nth in 0..60 {
            world.text(&format!("ana{nth}"), ANA).await;
        }
        while world.deliver().await.failed == 0 {}
        assert_eq!((world.meta.sends().len(), refused(&world, 131_056)), (45, 0));
        let id = world.text("ben", BEN).await;
        assert_eq!(world.deliver().await, Batch { received: 1, failed: 0 });
        assert_eq!(world.state(&id).await.0, "accepted");
        // The rest comes back exactly when all is paid back.
        world.wait(45 * 6);
        assert_eq!(world.deliver().await.received, 0, "a second too early");
        world.wait(1);
        while world.deliver().await.received > 0 {}
        assert_eq!((world.meta.sends().len(), refused(&world, 131_056)), (61, 0));
        assert!(world.queued().is_empty() && world.dead().is_empty());
    }
}

/// 130429: what was refused is sent later, and half the rate is left for everybody.
#[tokio::test]
async fn a_refusal_slows_all_senders() {
    let world = World::start().await;
    let id = world.text("one", ANA).await;
    world.fault(json!({"fault": {"error": {"code": 130_429}}, "times": 1}));
    assert_eq!(world.deliver().await, Batch { received: 1, failed: 1 });
    assert_eq!(world.state(&id).await.0, "queued");
    world.wait(2);
    assert_eq!(world.deliver().await, Batch { received: 1, failed: 0 });
    assert_eq!(world.state(&id).await.0, "accepted");
    let (_, shares) = world.store.shares(&model::PhoneNumberId::new(NUMBER)).await.unwrap();
    assert!(shares.cut.is_some_and(|cut| cut.left == WHOLE / 2), "{shares:?}");
}

/// Of a batch for two numbers the one that may hardly send goes back to the queue, and the other one does not wait for it.
#[tokio::test]
async fn a_throttled_number_keeps_no_other_number_waiting() {
    let world = World::start().await;
    let other = "100000000000002";
    world.add_channel(other).await;
    world.limit(NUMBER, 1).await;
    for nth in 0..8 {
        world.text(&format!("slow{nth}"), &format!("1555013{nth:04}")).await;
    }
    let message = json!({"to": BEN, "type": "text", "text": {"body": "quick"}});
    let envelope = json!({"v": 1, "id": "quick", "phone_number_id": other, "message": message,
        "options": {"window": "meta"}});
    world.put(&envelope.to_string(), "quick", "quick").await;
    let batch = world.deliver().await;
    let calls = |number: &str| world.meta.calls().iter().filter(|call| call.path.contains(number)).count();
    assert_eq!((batch.received, calls(other)), (9, 1));
    // One could go at once, and at most one more within the second that is waited at most.
    assert!((1..=2).contains(&calls(NUMBER)) && batch.failed >= 6, "{batch:?}");
    // Each comes back at a time of its own.
    for _ in 0..60 {
        world.wait(1);
        world.deliver().await;
        if world.meta.sends().len() == 8 {
            break;
        }
    }
    assert_eq!((world.meta.sends().len(), refused(&world, 130_429)), (8, 0));
}

/// Whoever has no part of the rate yet is about to get one: what is sent back meanwhile comes again as soon as an even part
/// would send it, and not minutes later.
#[tokio::test]
async fn what_comes_before_there_is_a_share_is_not_put_off_for_long() {
    let world = World::start().await;
    let (number, other) = (model::PhoneNumberId::new(NUMBER), "100000000000002");
    world.add_channel(other).await;
    let until = world.now() + SignedDuration::from_secs(30);
    let all = Holder { share: WHOLE, wanted: WHOLE, until };
    let change = Change {
        name: "another process".to_owned(),
        before: None,
        after: all,
        lapsed: BTreeMap::new(),
        cut: None,
        silent: Vec::new(),
        places: 40,
    };
    assert!(matches!(world.store.share(&number, &change).await.unwrap(), Shared::Done));
    // Another number is sent for too, and so nothing waits here for long.
    let message = json!({"to": BEN, "type": "text", "text": {"body": "other"}});
    let envelope =
        json!({"v": 1, "id": "o", "phone_number_id": other, "message": message, "options": {"window": "meta"}});
    world.put(&envelope.to_string(), "o", "o").await;
    world.deliver().await;
    for nth in 0..10 {
        world.text(&format!("m{nth}"), &format!("1555013{nth:04}")).await;
    }
    // Whoever comes new to a number may send one at once.
    assert_eq!(world.deliver().await, Batch { received: 10, failed: 9 });
    world.wait(2);
    assert_eq!(world.deliver().await.received, 9);
}

/// Taking a share, and letting a send through: each is written once, and what was written with its answer lost is one's own.
#[tokio::test]
async fn what_was_taken_with_its_answer_lost_is_taken_once() {
    for nth in [0, 1] {
        let world = World::start().await;
        let id = world.text("one", ANA).await;
        world.aws.faults().add(Fault::lose_reply().on(Service::DynamoDb).operation("UpdateItem").after(nth).times(1));
        assert_eq!(world.deliver().await, Batch { received: 1, failed: 0 });
        assert_eq!(world.state(&id).await.0, "accepted");
        let number = model::PhoneNumberId::new(NUMBER);
        let pace = world.store.send_facts(&number, &"wa:15550123001".into(), world.now()).await.unwrap().pace;
        let pair = pace.pair.unwrap();
        assert_eq!(pair.paid_at, pair.from + SignedDuration::from_secs(6), "counted once");
        assert_eq!(world.store.shares(&number).await.unwrap().1.holders.len(), 1);
    }
}
