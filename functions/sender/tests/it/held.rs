//! Order where something went wrong: what is in doubt or parked holds back later sends to the same person, for a while, and
//! nobody else's.

use serde_json::json;

use crate::world::{ANA, BEN, Batch, World};

const DONE: Batch = Batch { received: 1, failed: 0 };
const HELD: Batch = Batch { received: 1, failed: 1 };

/// The first message to Ana is in doubt; the second is queued after it.
async fn in_doubt() -> (World, model::SendId, model::SendId) {
    let world = World::start().await;
    world.fault(json!({"fault": {"timeout_after_accept": {"secs": 5}}, "match": {"to": ANA}, "times": 1}));
    let first = world.text("first", ANA).await;
    assert_eq!(world.deliver().await, DONE);
    assert_eq!(world.state(&first).await.0, "uncertain");
    world.wait(1);
    let second = world.text("second", ANA).await;
    (world, first, second)
}

#[tokio::test]
async fn doubt_holds_back_the_same_person_for_a_minute_and_nobody_else() {
    let (world, _, second) = in_doubt().await;
    let other = world.text("other", BEN).await;
    assert_eq!(world.deliver().await, Batch { received: 2, failed: 1 });
    assert_eq!((world.state(&second).await.0, world.state(&other).await.0), ("queued".into(), "accepted".into()));
    for _ in 0..11 {
        world.wait(5);
        assert_eq!(world.deliver().await, HELD);
    }
    // 60 s after the outcome was written down.
    world.wait(5);
    assert_eq!(world.deliver().await, DONE);
    assert_eq!(world.state(&second).await.0, "accepted");
}

#[tokio::test]
async fn a_status_lets_the_next_one_go_at_once() {
    let (world, first, second) = in_doubt().await;
    assert_eq!(world.deliver().await, HELD);
    let wamid = world.meta.sends().pop().unwrap().wamid;
    world.report(&first, &wamid, "sent").await;
    // As the pair's pace has it.
    world.wait(7);
    assert_eq!(world.deliver().await, DONE);
    assert_eq!(world.state(&second).await.0, "accepted");
    assert_eq!(world.texts(), ["first", "second"]);
}

#[tokio::test]
async fn what_was_queued_before_goes_on() {
    let (world, first, second) = in_doubt().await;
    // An older one comes back from a long wait while the younger one is in doubt.
    let held = store::Held { by: second.clone(), until: world.now() + jiff::SignedDuration::from_secs(60) };
    let send = world.send(&first).await;
    world.store.hold(&send.phone_number_id, &send.contact, &held, world.now()).await.unwrap();
    let third = world.text("third", ANA).await;
    world.deliver().await;
    // `second` holds nobody back: it is queued, and in no doubt.
    assert_eq!((world.state(&second).await.0, world.state(&third).await.0), ("accepted".into(), "accepted".into()));
}

/// Parked by itself: its number sends, so others to the same person wait for a while. Where the number cannot send they are
/// parked behind it (`blocks.rs`).
#[tokio::test]
async fn what_is_parked_holds_back_too_and_goes_first_when_it_can() {
    let world = World::start().await;
    world.refuse_with(134_011);
    let first = world.text("first", ANA).await;
    assert_eq!(world.deliver().await, DONE);
    assert_eq!(world.state(&first).await.0, "parked");
    world.meta.clear_faults();
    world.wait(1);
    let second = world.text("second", ANA).await;
    assert_eq!(world.deliver().await, HELD);
    world.wait(60);
    assert_eq!(world.deliver().await, DONE);
    assert_eq!(world.state(&second).await.0, "accepted");
    world.wait(300);
    world.tick().await;
    assert_eq!(world.deliver().await, DONE);
    assert_eq!(world.texts(), ["second", "first"]);
}

/// Who dies after writing down the doubt and before the hold: the record comes back and makes up for it.
#[tokio::test]
async fn a_hold_that_was_not_written_is_made_up_for() {
    use sandbox::Service;
    use sandbox::aws::faults::Fault;

    let world = World::start().await;
    world.fault(json!({"fault": {"lost_reply": {}}, "times": 1}));
    let first = world.text("first", ANA).await;
    // Its share of the rate, let through, claimed, in doubt; then the table is away.
    world.aws.faults().add(Fault::unavailable().on(Service::DynamoDb).operation("UpdateItem").after(4).times(3));
    assert_eq!(world.deliver().await, HELD);
    assert_eq!(world.state(&first).await.0, "uncertain");
    world.wait(20);
    let second = world.text("second", ANA).await;
    world.wait(165);
    // Too late to hold anybody back, and it says so once.
    assert_eq!(world.deliver().await, Batch { received: 2, failed: 0 });
    assert_eq!(world.state(&second).await.0, "accepted");
    assert_eq!(world.told().len(), 1);
}
