//! A send's own time: `send_at`, `expires_in`, and `on_uncertain: "resend"`.

use model::{PhoneNumberId, SendId};
use serde_json::json;

use crate::world::{ANA, Batch, NUMBER, World, text};

const DONE: Batch = Batch { received: 1, failed: 0 };

#[tokio::test]
async fn an_envelope_with_a_time_waits_for_it() {
    let world = World::start().await;
    world.hear(ANA).await;
    let at = world.now() + jiff::SignedDuration::from_mins(30);
    let envelope = json!({"v": 1, "id": "later", "phone_number_id": NUMBER, "message": text(ANA, "later"),
        "options": {"send_at": at}});
    world.put(&envelope.to_string(), "ana", "1").await;
    assert_eq!(world.deliver().await, DONE);
    let id = SendId::from_idempotency(&PhoneNumberId::new(NUMBER), "later");
    let send = world.send(&id).await;
    assert_eq!(
        (send.state.to_string(), send.waits_for, send.due_at),
        ("waiting".into(), Some(model::WaitsFor::SendAt), Some(at))
    );
    assert_eq!(world.tick().await["queued"], 0);
    world.wait(30 * 60);
    assert_eq!(world.tick().await["queued"], 1);
    assert_eq!(world.deliver().await, DONE);
    assert_eq!((world.state(&id).await.0.as_str(), world.calls()), ("accepted", 1));
}

#[tokio::test]
async fn what_has_expired_is_not_sent() {
    let world = World::start().await;
    let expired = world.text_with("expired", ANA, &json!({"expires_in": 60})).await;
    world.wait(60);
    assert_eq!(world.deliver().await, DONE);
    assert_eq!(world.state(&expired).await, ("failed".into(), Some("expired".into())));
    let in_time = world.text_with("in time", ANA, &json!({"expires_in": 60})).await;
    world.wait(59);
    assert_eq!(world.deliver().await, DONE);
    assert_eq!(world.state(&in_time).await.0, "accepted");
    assert_eq!(world.calls(), 1);
    assert_eq!(world.told(), [("message.failed".into(), expired.as_str().into(), "failed".into())]);
}

#[tokio::test]
async fn what_is_parked_expires_too() {
    let world = World::start().await;
    world.refuse_with(131_042);
    let id = world.text_with("parked", ANA, &json!({"expires_in": 200})).await;
    world.deliver().await;
    assert_eq!(world.state(&id).await.0, "parked");
    world.wait(300);
    assert_eq!(world.tick().await["settled"], 1);
    assert_eq!(world.state(&id).await, ("failed".into(), Some("expired".into())));
    assert_eq!((world.told().len(), world.queued().len(), world.calls()), (1, 0, 1));
}

#[tokio::test]
async fn doubt_is_sent_again_only_where_the_caller_asked_for_it() {
    let world = World::start().await;
    world.fault(json!({"fault": {"lost_reply": {}}, "times": 1}));
    let id = world.text_with("again", ANA, &json!({"on_uncertain": "resend"})).await;
    world.deliver().await;
    assert_eq!(world.state(&id).await.0, "uncertain");
    world.wait(599);
    assert_eq!(world.tick().await["queued"], 0);
    world.wait(1);
    assert_eq!(world.tick().await["queued"], 1);
    assert_eq!(world.deliver().await, DONE);
    assert_eq!((world.state(&id).await.0.as_str(), world.meta.sends().len()), ("accepted", 2));
    assert_eq!(world.send(&id).await.resends, 1);
}

#[tokio::test]
async fn a_status_in_time_keeps_it_from_being_sent_again() {
    let world = World::start().await;
    world.fault(json!({"fault": {"lost_reply": {}}, "times": 1}));
    let id = world.text_with("again", ANA, &json!({"on_uncertain": "resend"})).await;
    world.deliver().await;
    let wamid = world.meta.sends().pop().unwrap().wamid;
    world.report(&id, &wamid, "sent").await;
    world.wait(600);
    world.tick().await;
    assert_eq!((world.state(&id).await.0.as_str(), world.meta.sends().len()), ("accepted", 1));
    assert!(world.queued().is_empty());
}

/// What is in doubt each time is given up in the end.
#[tokio::test]
async fn doubt_without_end_ends() {
    let world = World::start().await;
    world.fault(json!({"fault": {"lost_reply": {}}}));
    let id = world.text_with("again", ANA, &json!({"on_uncertain": "resend"})).await;
    world.deliver().await;
    for _ in 0..3 {
        world.wait(600);
        assert_eq!(world.tick().await["queued"], 1);
        assert_eq!(world.deliver().await, DONE);
        assert_eq!(world.state(&id).await.0, "uncertain");
    }
    world.wait(600);
    world.tick().await;
    assert_eq!(world.state(&id).await, ("failed".into(), Some("unconfirmed".into())));
    assert_eq!(world.calls(), 4);
}
