use model::{SendId, SendState, Timestamp};
use serde_json::json;
use store::{Due, Transition};

use crate::world::{World, at};

async fn queue(world: &World) -> SendId {
    let body = json!({"to": "+15550101", "type": "text", "text": {"body": "hi"}, "waypost": {"window": "meta"}});
    SendId::parse(world.send(&body).await.json()["id"].as_str().unwrap()).unwrap()
}

async fn moved(world: &World, id: &SendId, to: SendState, due: Due<'_>) {
    let mut change = Transition::new(&[SendState::Queued], to);
    change.due = due;
    world.store.transition(id, &change, world.clock.now()).await.unwrap();
}

#[tokio::test]
async fn what_is_queued_or_waiting_can_be_cancelled() {
    let world = World::new().await;
    let soon: Timestamp = at("2026-01-05T13:00:00Z");
    for state in [SendState::Queued, SendState::Waiting] {
        let id = queue(&world).await;
        if state == SendState::Waiting {
            moved(&world, &id, state, Due::At(soon)).await;
        }
        for _ in 0..2 {
            let cancelled = world.delete(&format!("/v1/messages/{id}")).await;
            assert_eq!(cancelled.status, 200, "{}", cancelled.text);
            assert_eq!(cancelled.json()["state"], "cancelled");
            assert_eq!(cancelled.json()["id"], id.as_str());
        }
    }
    // Nothing takes them up again.
    assert!(world.store.due(at("2027-01-01T00:00:00Z"), 10).await.unwrap().is_empty());
}

#[tokio::test]
async fn what_may_have_left_cannot() {
    let world = World::new().await;
    for state in [SendState::Sending, SendState::Accepted, SendState::Failed, SendState::Uncertain, SendState::Parked] {
        let id = queue(&world).await;
        moved(&world, &id, state, Due::Never).await;
        let refused = world.delete(&format!("/v1/messages/{id}")).await;
        refused.is(409, "not_cancellable");
        assert_eq!(refused.json()["state"], state.as_str());
    }
    let id = queue(&world).await;
    world.delete(&format!("/v1/messages/{id}/raw")).await.is(405, "method_not_allowed");
}
