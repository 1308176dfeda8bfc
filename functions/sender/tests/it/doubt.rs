//! When nothing tells whether Meta accepted a message, it is never sent again on that ground (I5).

use model::Timestamp;
use sandbox::Service;
use sandbox::aws::faults::Fault;
use serde_json::{Value, json};
use store::Claim;

use crate::world::{ANA, Batch, World, text};

async fn ends_in_doubt(fault: Value) {
    let world = World::start().await;
    let id = world.text("one", ANA).await;
    world.fault(json!({"fault": fault, "times": 1}));
    assert_eq!(world.deliver().await, Batch { received: 1, failed: 0 }, "{fault}");
    assert_eq!(world.state(&id).await, ("uncertain".into(), Some("uncertain".into())), "{fault}");
    assert_eq!(world.told(), [("message.uncertain".into(), id.as_str().into(), "uncertain".into())]);
    // Nothing brings it back to Meta: not its record, not the tick.
    world.wait(301);
    world.queue(&id).await;
    assert_eq!(world.deliver().await, Batch { received: 1, failed: 0 });
    world.tick().await;
    assert_eq!(world.calls(), 1, "{fault}");
    world.wait(600);
    let ticked = world.tick().await;
    assert_eq!(ticked["settled"], 1);
    assert_eq!(world.state(&id).await, ("failed".into(), Some("unconfirmed".into())), "{fault}");
    assert!(world.told().contains(&("message.failed".into(), id.as_str().into(), "failed".into())));
    assert!(world.send(&id).await.due_at.is_none());
    world.queue(&id).await;
    world.deliver().await;
    world.tick().await;
    assert_eq!(world.calls(), 1, "{fault}");
    // And a status, however late, still turns it into what it was.
    world.report(&id, "wamid.late", "delivered").await;
    assert_eq!(world.send(&id).await.shown_state().as_str(), "accepted");
}

#[tokio::test]
async fn no_answer_in_time() {
    ends_in_doubt(json!({"timeout_after_accept": {"secs": 30}})).await;
}

#[tokio::test]
async fn a_reply_that_was_lost() {
    ends_in_doubt(json!({"lost_reply": {}})).await;
}

#[tokio::test]
async fn a_page_of_html() {
    ends_in_doubt(json!({"html": {"status": 502}})).await;
}

#[tokio::test]
async fn an_empty_answer() {
    ends_in_doubt(json!({"empty": {}})).await;
}

#[tokio::test]
async fn half_an_answer() {
    ends_in_doubt(json!({"truncated_json": {}})).await;
}

#[tokio::test]
async fn an_answer_without_an_id() {
    ends_in_doubt(json!({"no_id": {}})).await;
}

#[tokio::test]
async fn an_answer_of_other_types() {
    ends_in_doubt(json!({"wrong_type": {}})).await;
}

#[tokio::test]
async fn an_answer_that_drips() {
    ends_in_doubt(json!({"slow_drip": {"per_byte_ms": 100}})).await;
}

#[tokio::test]
async fn a_status_settles_it() {
    let world = World::start().await;
    let id = world.text("one", ANA).await;
    world.fault(json!({"fault": {"lost_reply": {}}, "times": 1}));
    world.deliver().await;
    let wamid = world.meta.sends().pop().unwrap().wamid;
    world.report(&id, &wamid, "sent").await;
    // At once to who reads it, and with the next tick in the table.
    assert_eq!(world.send(&id).await.shown_state().as_str(), "accepted");
    world.wait(600);
    world.tick().await;
    let send = world.send(&id).await;
    assert_eq!((send.state.as_str(), send.wamid.unwrap().as_str()), ("accepted", wamid.as_str()));
    assert_eq!(world.told().len(), 1);
}

#[tokio::test]
async fn whoever_died_with_the_claim_leaves_doubt_behind() {
    let mut world = World::start().await;
    let id = world.text("one", ANA).await;
    // As a process leaves it that is killed between its claim and Meta's answer.
    let now: Timestamp = world.now();
    let lease = now + jiff::SignedDuration::from_secs(60);
    assert!(matches!(world.store.claim(&id, lease, now).await.unwrap(), Claim::Taken(_)));
    world.restart();
    // While the lease lasts, somebody else may be at it.
    assert_eq!(world.deliver().await, Batch { received: 1, failed: 1 });
    assert_eq!(world.state(&id).await.0, "sending");
    world.wait(62);
    assert_eq!(world.deliver().await, Batch { received: 1, failed: 0 });
    assert_eq!(world.state(&id).await, ("uncertain".into(), Some("uncertain".into())));
    assert_eq!(world.told(), [("message.uncertain".into(), id.as_str().into(), "uncertain".into())]);
    assert_eq!((world.calls(), world.queued().len()), (0, 0));
}

/// The queue was purged, or the table is one of ten minutes ago: no record tells of what was being sent.
#[tokio::test]
async fn a_claim_whose_record_is_lost_is_found_by_the_tick() {
    let world = World::start().await;
    let lost = world.store_send("lost", &text(ANA, "lost")).await;
    let now = world.now();
    let lease = now + jiff::SignedDuration::from_secs(60);
    assert!(matches!(world.store.claim(&lost, lease, now).await.unwrap(), Claim::Taken(_)));
    let settled = world.text("settled", ANA).await;
    assert_eq!(world.deliver().await, Batch { received: 1, failed: 0 });
    assert!(world.send(&settled).await.due_at.is_none());
    world.wait(14 * 60);
    assert_eq!(world.tick().await["settled"], 0);
    assert_eq!(world.state(&lost).await.0, "sending");
    world.wait(60);
    assert_eq!(world.tick().await["settled"], 1);
    assert_eq!(world.state(&lost).await, ("uncertain".into(), Some("uncertain".into())));
    assert_eq!(world.told(), [("message.uncertain".into(), lost.as_str().into(), "uncertain".into())]);
    assert_eq!(world.calls(), 1);
}

#[tokio::test]
async fn accepted_but_not_written_down() {
    let world = World::start().await;
    let id = world.text("one", ANA).await;
    // Its share of the rate, letting it through and the claim pass; settling fails, however often the client tries.
    world.aws.faults().add(Fault::unavailable().on(Service::DynamoDb).operation("UpdateItem").after(3).times(3));
    assert_eq!(world.deliver().await, Batch { received: 1, failed: 1 });
    assert_eq!((world.state(&id).await.0.as_str(), world.calls()), ("sending", 1));
    let wamid = world.meta.sends().pop().unwrap().wamid;
    world.report(&id, &wamid, "delivered").await;
    world.wait(181);
    assert_eq!(world.deliver().await, Batch { received: 1, failed: 0 });
    assert_eq!((world.state(&id).await.0.as_str(), world.calls()), ("accepted", 1));
    assert!(world.events().is_empty());
}

#[tokio::test]
async fn doubt_is_told_even_where_telling_it_failed_first() {
    let world = World::start().await;
    let id = world.text("one", ANA).await;
    world.fault(json!({"fault": {"lost_reply": {}}, "times": 1}));
    let fault = Fault::fail_entries(&[], "InternalError").on(Service::Sqs).operation("SendMessageBatch");
    world.aws.faults().add(fault.times(1));
    assert_eq!(world.deliver().await, Batch { received: 1, failed: 1 });
    assert_eq!((world.state(&id).await.0.as_str(), world.events().len()), ("uncertain", 0));
    world.wait(181);
    assert_eq!(world.deliver().await, Batch { received: 1, failed: 0 });
    assert_eq!(world.told(), [("message.uncertain".into(), id.as_str().into(), "uncertain".into())]);
    assert_eq!(world.calls(), 1);
}
