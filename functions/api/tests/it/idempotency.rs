use std::time::Duration;

use model::{SendId, SendState};
use sandbox::Service;
use sandbox::aws::faults::Fault;
use serde_json::json;
use store::Transition;

use crate::world::{NUMBER, World, at, number};

const BODY: &str = r#"{"to":"+15550101","type":"text","text":{"body":"hi"},"waypost":{"window":"meta"}}"#;
const SPELLED_OTHERWISE: &str =
    r#"{ "type": "text", "waypost": {"window":"meta"}, "to": "+15550101", "text": {"body": "\u0068i"} }"#;

#[tokio::test]
async fn the_same_key_and_body_get_the_first_answer_again() {
    let world = World::new().await;
    let first = world.send_keyed("order-7", BODY).await;
    assert_eq!(first.status, 202, "{}", first.text);
    assert_eq!(first.headers.get("idempotency-replayed"), None);
    let id = SendId::from_idempotency(&number(), "order-7");
    assert_eq!(first.json(), json!({"id": id, "state": "queued"}));

    world.aws.sqs().clear(&world.outbound).unwrap();
    let again = world.send_keyed("order-7", SPELLED_OTHERWISE).await;
    assert_eq!((again.status, again.json()), (first.status, first.json()));
    assert_eq!(again.headers["idempotency-replayed"], "true");
    // Still queued, so it is published again: the first request may have died before it was.
    assert_eq!(world.queued(&world.outbound).len(), 1);

    world.aws.sqs().clear(&world.outbound).unwrap();
    let sent = Transition::new(&[SendState::Queued], SendState::Accepted);
    world.store.transition(&id, &sent, world.clock.now()).await.unwrap();
    let late = world.send_keyed("order-7", BODY).await;
    assert_eq!((late.status, late.json()), (first.status, first.json()));
    assert!(world.queued(&world.outbound).is_empty());

    let other = world.send_keyed("order-7", &BODY.replace("hi", "ho")).await;
    other.is(409, "idempotency_conflict");
    assert_eq!(other.json()["id"], id.as_str());
    assert_eq!(world.send_keyed("order-8", &BODY.replace("hi", "ho")).await.status, 202);
}

#[tokio::test]
async fn a_window_that_closed_meanwhile_takes_no_answer_back() {
    let world = World::new().await;
    world.wrote_text("15550101", "wamid.A", at("2026-01-05T12:00:00Z"), "hi").await;
    let body = r#"{"to":"+15550101","type":"text","text":{"body":"hi"}}"#;
    let first = world.send_keyed("order-7", body).await;
    assert_eq!(first.status, 202, "{}", first.text);
    world.clock.advance(Duration::from_hours(48));
    assert_eq!(world.send_keyed("order-7", body).await.json(), first.json());
    world.send_keyed("order-7", &body.replace("hi", "ho")).await.is(409, "idempotency_conflict");
    world.send_keyed("order-8", body).await.is(422, "window_closed");
}

#[tokio::test]
async fn a_key_heals_what_was_stored_and_not_queued() {
    let world = World::new().await;
    world.aws.faults().add(Fault::fail_entries(&[], "InternalError").on(Service::Sqs).times(1));
    let failed = world.send_keyed("order-7", BODY).await;
    failed.is(503, "unavailable");
    assert_eq!(failed.headers["retry-after"], "1");
    let id = failed.json()["id"].as_str().unwrap().to_owned();
    assert!(world.queued(&world.outbound).is_empty());
    assert_eq!(world.get(&format!("/v1/messages/{id}")).await.json()["state"], "queued");

    let healed = world.send_keyed("order-7", BODY).await;
    assert_eq!((healed.status.as_u16(), &healed.json()["id"]), (202, &json!(id)));
    assert_eq!(world.queued(&world.outbound).len(), 1);
}

/// Who asks again without a key gets a new send, so the one that failed must not go out too.
#[tokio::test]
async fn without_a_key_what_was_not_queued_is_cancelled() {
    let world = World::new().await;
    world.aws.faults().add(Fault::fail_entries(&[], "InternalError").on(Service::Sqs).times(1));
    let body = serde_json::from_str(BODY).unwrap();
    world.send(&body).await.is(503, "unavailable");
    let history = world.get(&format!("/v1/channels/{NUMBER}/contacts/+15550101/messages")).await.json();
    assert_eq!(history["items"][0]["state"], "cancelled");
    assert!(world.store.due(at("2027-01-01T00:00:00Z"), 10).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_table_that_is_away_queues_nothing() {
    let world = World::new().await;
    world.aws.faults().add(Fault::unavailable().on(Service::DynamoDb));
    world.send_keyed("order-7", BODY).await.is(503, "unavailable");
    world.aws.faults().clear();
    assert!(world.queued(&world.outbound).is_empty());
    assert_eq!(world.send_keyed("order-7", BODY).await.status, 202);
}

#[tokio::test]
async fn a_key_is_given_once_and_fits() {
    let world = World::new().await;
    let path = format!("/v1/channels/{NUMBER}/messages");
    for headers in [
        vec![("Idempotency-Key", "")],
        vec![("Idempotency-Key", "a"), ("Idempotency-Key", "b")],
        vec![("Idempotency-Key", "é")],
    ] {
        world.ask(axum::http::Method::POST, &path, &headers, BODY).await.is(400, "invalid_idempotency_key");
    }
    world.send_keyed(&"k".repeat(257), BODY).await.is(400, "invalid_idempotency_key");
    assert_eq!(world.send_keyed(&"k".repeat(256), BODY).await.status, 202);
}
