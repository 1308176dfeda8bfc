//! Tokens that are missing, refused, replaced.

use sandbox::Service;
use sandbox::aws::faults::Fault;
use sandbox::meta::{Token, local};
use serde_json::json;

use crate::world::{ANA, BEN, Batch, World};

const NEW_TOKEN: &str = "new-access-token";

impl World {
    fn end_token(&self) {
        let mut token = Token::system_user(local::ACCESS_TOKEN, local::APP_ID);
        token.invalid = Some(463);
        self.meta.put_token(token);
    }

    async fn replace_token(&self) {
        self.meta.put_token(Token::system_user(NEW_TOKEN, local::APP_ID));
        self.put_secret(&json!({"app_id": local::APP_ID, "default": NEW_TOKEN})).await;
    }
}

#[tokio::test]
async fn a_token_replaced_meanwhile_is_found_by_itself() {
    let world = World::start().await;
    world.app.warm(world.now()).await;
    world.end_token();
    world.replace_token().await;
    world.wait(31);
    let id = world.text("one", ANA).await;
    assert_eq!(world.deliver().await, Batch { received: 1, failed: 0 });
    assert_eq!((world.state(&id).await.0.as_str(), world.calls(), world.meta.sends().len()), ("accepted", 2, 1));
}

#[tokio::test]
async fn a_refused_token_parks_and_is_not_tried_again_by_the_next() {
    let world = World::start().await;
    world.end_token();
    let first = world.text("first", ANA).await;
    assert_eq!(world.deliver().await, Batch { received: 1, failed: 0 });
    let second = world.text("second", BEN).await;
    world.deliver().await;
    for id in [&first, &second] {
        assert_eq!(world.state(id).await, ("parked".into(), Some("token".into())));
    }
    assert_eq!((world.calls(), world.queued().len(), world.events().len()), (1, 0, 0));
    // The permission may have been given to the same token: one is tried, and parks again.
    world.wait(300);
    assert_eq!(world.tick().await["queued"], 1);
    world.deliver().await;
    assert_eq!((world.state(&first).await.0.as_str(), world.calls()), ("parked", 2));
    // Another token is tried at the next look, and once it works the rest follows.
    world.replace_token().await;
    for id in [&first, &second] {
        world.wait(60);
        assert_eq!(world.tick().await["queued"], 1);
        assert_eq!(world.deliver().await, Batch { received: 1, failed: 0 });
        assert_eq!(world.state(id).await, ("accepted".into(), Some("token".into())));
        assert!(world.send(id).await.due_at.is_none());
    }
    assert_eq!((world.calls(), world.meta.sends().len()), (4, 2));
}

#[tokio::test]
async fn without_a_token_nobody_is_called_until_there_is_one() {
    let world = World::start().await;
    world.put_secret(&json!({"app_id": "", "default": ""})).await;
    let id = world.text("one", ANA).await;
    assert_eq!(world.deliver().await, Batch { received: 1, failed: 0 });
    assert_eq!(world.state(&id).await, ("parked".into(), Some("token".into())));
    world.wait(300);
    assert_eq!(world.tick().await, json!({"queued": 0, "settled": 0, "parked": 1, "failed": 0}));
    assert_eq!((world.state(&id).await.0.as_str(), world.calls()), ("parked", 0));
    world.replace_token().await;
    world.wait(60);
    assert_eq!(world.tick().await["queued"], 1);
    world.deliver().await;
    assert_eq!((world.state(&id).await.0.as_str(), world.calls()), ("accepted", 1));
}

#[tokio::test]
async fn many_parked_sends_follow_the_one_that_proves_it_works_in_their_order() {
    let world = World::start().await;
    world.put_secret(&json!({"app_id": "", "default": ""})).await;
    let mut queued = Vec::new();
    for number in 0..14 {
        // Two to each person.
        queued.push(world.text(&number.to_string(), &format!("1555012{:04}", number % 7)).await);
        world.wait(1);
    }
    while world.deliver().await.received > 0 {}
    world.replace_token().await;
    world.wait(60);
    assert_eq!(world.tick().await["queued"], 1);
    world.deliver().await;
    assert_eq!(world.meta.sends().len(), 1);
    world.wait(60);
    assert_eq!(world.tick().await["queued"], 13);
    while world.deliver().await.received > 0 {}
    let sent: Vec<_> = world.meta.sends().into_iter().filter_map(|sent| sent.opaque).collect();
    assert_eq!(sent.len(), 14);
    let place = |id: &model::SendId| sent.iter().position(|sent| sent == id.as_str()).unwrap();
    for person in 0..7 {
        assert!(place(&queued[person]) < place(&queued[person + 7]), "{person}");
    }
    assert_eq!(place(&queued[0]), 0);
}

#[tokio::test]
async fn a_secret_that_cannot_be_read_delays_and_parks_nothing() {
    let world = World::start().await;
    let id = world.text("one", ANA).await;
    world.aws.faults().add(Fault::unavailable().on(Service::SecretsManager));
    assert_eq!(world.deliver().await, Batch { received: 1, failed: 1 });
    assert_eq!((world.state(&id).await.0.as_str(), world.calls()), ("queued", 0));
    world.aws.faults().clear();
    world.wait(15);
    assert_eq!(world.deliver().await, Batch { received: 1, failed: 0 });
    assert_eq!(world.state(&id).await.0, "accepted");
}
