//! What left the queue, or never got there.

use sandbox::Service;
use sandbox::aws::faults::Fault;
use serde_json::json;

use crate::world::{ANA, BEN, Batch, World, text};

#[tokio::test]
async fn what_was_stored_and_never_queued_is_sent_all_the_same() {
    let world = World::start().await;
    world.hear(ANA).await;
    let id = world.store_send("stranded", &text(ANA, "stranded")).await;
    assert_eq!(world.tick().await["queued"], 0);
    world.wait(15 * 60);
    assert_eq!(world.tick().await["queued"], 1);
    assert_eq!(world.tick().await["queued"], 0);
    let queued = world.queued();
    assert_eq!(queued[0].deduplication_id.as_deref(), Some(format!("{id}#1").as_str()));
    assert_eq!(world.deliver().await, Batch { received: 1, failed: 0 });
    assert_eq!(world.state(&id).await, ("accepted".into(), None));
    assert!(world.send(&id).await.due_at.is_none());
}

#[tokio::test]
async fn a_tick_that_dies_before_the_queue_has_it_is_made_up_for() {
    let world = World::start().await;
    world.hear(ANA).await;
    let id = world.store_send("stranded", &text(ANA, "stranded")).await;
    world.wait(15 * 60);
    world.aws.faults().add(Fault::unavailable().on(Service::Sqs).operation("SendMessageBatch").times(3));
    assert_eq!(world.tick().await["failed"], 1);
    assert!(world.queued().is_empty());
    world.wait(15 * 60);
    assert_eq!(world.tick().await["queued"], 1);
    // Each time it is patient for longer: half an hour now.
    let send = world.send(&id).await;
    assert_eq!(send.due_at.unwrap().duration_since(world.now()).as_mins(), 30);
    assert_eq!(world.queued()[0].deduplication_id.as_deref(), Some(format!("{id}#2").as_str()));
    world.deliver().await;
    assert_eq!((world.state(&id).await.0.as_str(), world.calls()), ("accepted", 1));
}

#[tokio::test]
async fn what_waits_is_queued_when_its_time_comes_and_in_order() {
    let world = World::start().await;
    let mut ids = Vec::new();
    for key in ["1", "2", "3"] {
        ids.push(world.text(key, ANA).await);
        world.wait(1);
    }
    // An hour, more than a record should wait.
    world.refuse_with(471);
    assert_eq!(world.deliver().await, Batch { received: 3, failed: 0 });
    for id in &ids {
        assert_eq!(world.state(id).await.0, "waiting");
    }
    world.meta.clear_faults();
    assert_eq!(world.tick().await["queued"], 0);
    world.wait(2 * 3600);
    assert_eq!(world.tick().await["queued"], 3);
    assert_eq!(world.deliver().await, Batch { received: 3, failed: 0 });
    let sent: Vec<_> = world.meta.sends().into_iter().map(|send| send.opaque.unwrap()).collect();
    assert_eq!(sent, ids.iter().map(|id| id.as_str().to_owned()).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_failure_the_tick_found_is_told_even_where_telling_it_failed_first() {
    let world = World::start().await;
    let id = world.text("one", ANA).await;
    world.fault(json!({"fault": {"lost_reply": {}}, "times": 1}));
    world.deliver().await;
    world.wait(600);
    world.aws.faults().add(Fault::unavailable().on(Service::Sqs).operation("SendMessageBatch").times(3));
    assert_eq!(world.tick().await["failed"], 1);
    assert_eq!((world.state(&id).await.0.as_str(), world.told().len()), ("failed", 1));
    world.wait(300);
    assert_eq!(world.tick().await["settled"], 1);
    assert_eq!(world.told()[1], ("message.failed".into(), id.as_str().into(), "failed".into()));
    assert!(world.send(&id).await.due_at.is_none());
}

#[tokio::test]
async fn one_that_cannot_be_looked_after_holds_up_nobody_else() {
    let world = World::start().await;
    for person in [ANA, BEN] {
        world.hear(person).await;
        world.store_send(person, &text(person, "x")).await;
    }
    world.wait(15 * 60);
    world
        .aws
        .faults()
        .add(Fault::error(400, "ValidationException").on(Service::DynamoDb).operation("UpdateItem").times(1));
    let ticked = world.tick().await;
    assert_eq!((&ticked["failed"], &ticked["queued"]), (&json!(1), &json!(1)));
    assert_eq!(world.tick().await["queued"], 1);
}

#[tokio::test]
async fn a_billing_block_is_looked_at_every_five_minutes() {
    let world = World::start().await;
    let id = world.text("one", ANA).await;
    world.refuse_with(131_042);
    world.deliver().await;
    world.wait(300);
    assert_eq!(world.tick().await["queued"], 1);
    assert_eq!(world.deliver().await, Batch { received: 1, failed: 0 });
    assert_eq!((world.state(&id).await.0.as_str(), world.calls()), ("parked", 2));
    world.meta.clear_faults();
    world.wait(300);
    world.tick().await;
    world.deliver().await;
    assert_eq!((world.state(&id).await.0.as_str(), world.calls()), ("accepted", 3));
}

#[tokio::test]
async fn a_scheduled_rule_is_a_tick_too() {
    let world = World::start().await;
    let event =
        json!({"version": "0", "id": "1", "detail-type": "Scheduled Event", "source": "aws.events", "detail": {}});
    let clock = world.clock.clone();
    let deadline = world.now() + jiff::SignedDuration::from_secs(30);
    let ticked = sender::handle(&world.app, event, deadline, &move || clock.now()).await.unwrap();
    assert_eq!(ticked, json!({"queued": 0, "settled": 0, "parked": 0, "failed": 0}));
}
