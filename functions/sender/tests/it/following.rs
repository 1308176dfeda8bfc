//! `after_delivered`: the next message goes once the one before has been delivered.

use serde_json::json;

use crate::world::{ANA, BEN, Batch, World, text};

const DONE: Batch = Batch { received: 1, failed: 0 };
const LATER: Batch = Batch { received: 1, failed: 1 };

#[tokio::test]
async fn it_waits_for_the_delivery_of_the_one_before() {
    let world = World::start().await;
    let first = world.text("first", ANA).await;
    let second = world.text_with("second", ANA, &json!({"after_delivered": true})).await;
    let third = world.text("third", ANA).await;
    assert_eq!(world.deliver().await, Batch { received: 3, failed: 2 });
    assert_eq!(world.texts(), ["first"]);
    let wamid = world.meta.sends().pop().unwrap().wamid;
    world.report(&first, &wamid, "sent").await;
    world.wait(5);
    assert_eq!(world.deliver().await.failed, 2);
    world.report(&first, &wamid, "delivered").await;
    world.wait(5);
    assert_eq!(world.deliver().await, Batch { received: 2, failed: 0 });
    // What was queued behind it waited too.
    assert_eq!(world.texts(), ["first", "second", "third"]);
    assert_eq!((world.state(&second).await.0, world.state(&third).await.0), ("accepted".into(), "accepted".into()));
}

#[tokio::test]
async fn a_long_wait_leaves_the_queue_and_lets_others_go() {
    let world = World::start().await;
    world.text("first", ANA).await;
    world.deliver().await;
    let second = world.text_with("second", ANA, &json!({"after_delivered": true})).await;
    world.wait(61);
    assert_eq!(world.deliver().await, DONE);
    let send = world.send(&second).await;
    assert_eq!((send.state.to_string(), send.waits_for), ("waiting".into(), Some(model::WaitsFor::Delivery)));
    world.text("third", ANA).await;
    assert_eq!(world.deliver().await, DONE);
    assert_eq!(world.texts(), ["first", "third"]);
    // A day is enough to wait.
    world.wait(24 * 3600);
    world.hear(ANA).await;
    assert_eq!(world.tick().await["queued"], 1);
    assert_eq!(world.deliver().await, DONE);
    assert_eq!(world.state(&second).await, ("failed".into(), Some("predecessor_not_delivered".into())));
}

#[tokio::test]
async fn what_it_follows_may_be_named() {
    let world = World::start().await;
    let first = world.text("first", ANA).await;
    world.text("between", ANA).await;
    assert_eq!(world.deliver().await, Batch { received: 2, failed: 0 });
    let wamid = world.meta.sends()[0].wamid.clone();
    world.report(&first, &wamid, "read").await;
    world.text_with("second", ANA, &json!({"after_delivered": first})).await;
    assert_eq!(world.deliver().await, DONE);
    assert_eq!(world.texts(), ["first", "between", "second"]);
}

#[tokio::test]
async fn what_it_follows_may_fail() {
    let world = World::start().await;
    world.hear(ANA).await;
    world.fault(json!({"fault": {"error": {"code": 131_026}}, "times": 1}));
    let first = world.store_send("first", &text(ANA, "first")).await;
    world.queue(&first).await;
    world.deliver().await;
    let second = world.text_with("second", ANA, &json!({"after_delivered": true})).await;
    assert_eq!(world.deliver().await, DONE);
    assert_eq!(world.state(&second).await, ("failed".into(), Some("predecessor_failed".into())));
    assert_eq!(world.told().len(), 2);
    // To somebody to whom nothing went before, it goes at once.
    world.text_with("alone", BEN, &json!({"after_delivered": true})).await;
    assert_eq!(world.deliver().await, DONE);
    assert_eq!(world.texts(), ["alone"]);
}

#[tokio::test]
async fn it_waits_while_the_delivery_is_open() {
    let world = World::start().await;
    world.text("first", ANA).await;
    world.deliver().await;
    world.text_with("second", ANA, &json!({"after_delivered": true})).await;
    for _ in 0..10 {
        assert_eq!(world.deliver().await, LATER);
        world.wait(5);
    }
    assert_eq!(world.texts(), ["first"]);
}
