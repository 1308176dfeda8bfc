//! What keeps a file from Meta: for a moment, until somebody does something, or for good.

use std::time::Duration;

use sandbox::Service;
use sandbox::aws::faults::Fault;
use serde_json::{Value, json};

use super::{JPEG, PDF, at_meta, file, http, keep, publish, send, talking, uploads};
use crate::system::{NUMBER, System, eventually};

/// Once it waits for a reason, which is shown.
async fn waits(system: &System, id: &str, code: &str) -> Value {
    eventually("the reason", async || {
        let message = system.message(id).await;
        (message["state"] == "waiting" && message["errors"][0]["code"] == code).then_some(message)
    })
    .await
}

#[tokio::test]
async fn a_host_that_is_out_delays() {
    let system = talking().await;
    let url = format!("{}/_sandbox/files/later.pdf", system.local.ready().meta);
    let id = send(&system, "document", json!({}), json!({"url": url})).await;
    waits(&system, &id, "media_unreachable").await;
    publish(&system, "later.pdf", "application/pdf", file(PDF, 2_000)).await;
    // Longer than the first wait, shorter than the queue's own half hour.
    system.local.clock().advance(Duration::from_mins(2));
    let message = system.message_in(&id, "accepted").await;
    assert_eq!(message["errors"], json!([]));
    system.done().await;
}

/// What nobody serves is not asked for all day.
#[tokio::test]
async fn what_is_not_there_fails_after_a_quarter_of_an_hour() {
    let system = talking().await;
    let url = format!("{}/_sandbox/files/never", system.local.ready().meta);
    let ids = [
        send(&system, "document", json!({}), json!({"url": url})).await,
        send(&system, "document", json!({}), json!({"key": "outbound/1/never"})).await,
    ];
    for (id, code) in ids.iter().zip(["media_unreachable", "media_missing"]) {
        let failed = eventually("the failure", async || {
            // Each wait in turn.
            system.local.clock().advance(Duration::from_mins(13));
            Some(system.message(id).await).filter(|message| message["state"] == "failed")
        })
        .await;
        assert_eq!(failed["errors"][0]["code"], code);
    }
    system.done().await;
}

/// Nothing inside is reached by it, and that is said at once.
#[tokio::test]
async fn a_url_that_leads_inside_fails_at_once() {
    let system = talking().await;
    let stranger = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    for url in [
        format!("http://{}/x", stranger.local_addr().unwrap()),
        "https://127.0.0.1/x".to_owned(),
        "https://169.254.169.254/latest/meta-data".to_owned(),
        "https://localhost/x".to_owned(),
        system.local.ready().aws.clone(),
    ] {
        let id = send(&system, "document", json!({}), json!({"url": url})).await;
        let failed = system.message_in(&id, "failed").await;
        assert_eq!(failed["errors"][0]["code"], "media_unreachable", "{url}");
    }
    // The first to come to the stranger are we.
    let ours = tokio::net::TcpStream::connect(stranger.local_addr().unwrap()).await.unwrap();
    assert_eq!(stranger.accept().await.unwrap().1, ours.local_addr().unwrap());
    assert!(system.meta().sends().is_empty());
    system.done().await;
}

#[tokio::test]
async fn a_bad_token_parks_and_a_new_one_resumes() {
    let system = talking().await;
    system.tell_meta("tokens", &json!({"value": "local-access-token", "invalid": 463})).await;
    let key = keep(&system, "a.pdf", "application/pdf", file(PDF, 2_000)).await;
    let id = send(&system, "document", json!({}), json!({"key": key})).await;
    let parked = system.message_in(&id, "parked").await;
    assert_eq!(parked["errors"][0]["code"], "token");
    system.tell_meta("tokens", &json!({"value": "canary-access-token"})).await;
    let value = json!({"app_id": "300000000000001", "default": "canary-access-token"}).to_string();
    let secret = &system.local.ready().tokens_secret_id;
    system.aws.secretsmanager().put_secret_value().secret_id(secret).secret_string(value).send().await.unwrap();
    system.local.clock().advance(Duration::from_mins(6));
    system.local.tick().await.unwrap();
    assert_eq!(system.message_in(&id, "accepted").await["errors"], json!([]));
    assert_eq!(system.meta().sends().len(), 1);
    system.done().await;
}

/// Its job is lost: the tick notices.
#[tokio::test]
async fn a_lost_job_is_queued_again() {
    let system = talking().await;
    let key = keep(&system, "a.pdf", "application/pdf", file(PDF, 2_000)).await;
    system.local.aws().faults().add(Fault::unavailable().on(Service::S3).operation("GetObject").times(3));
    let id = send(&system, "document", json!({}), json!({"key": key})).await;
    waits(&system, &id, "media_unavailable").await;
    system.local.aws().sqs().clear(&system.local.ready().queues.media).unwrap();
    system.local.tick().await.unwrap();
    assert_eq!(system.message(&id).await["state"], "waiting");
    system.local.clock().advance(Duration::from_mins(17));
    system.local.tick().await.unwrap();
    system.message_in(&id, "accepted").await;
    assert_eq!(system.meta().sends().len(), 1);
    system.done().await;
}

/// Meta has lost the file under the id that was kept: it is brought there once more, by itself.
#[tokio::test]
async fn an_id_that_is_gone_is_replaced_once() {
    let system = talking().await;
    let key = keep(&system, "a.jpg", "image/jpeg", file(JPEG, 2_000)).await;
    let id = send(&system, "image", json!({}), json!({"key": key})).await;
    system.message_in(&id, "accepted").await;
    let old = at_meta(&system, "image").await["id"].as_str().unwrap().to_owned();
    let node = format!("{}/v24.0/{old}", system.local.ready().meta);
    assert_eq!(http().delete(node).bearer_auth("local-access-token").send().await.unwrap().status(), 200);
    let id = send(&system, "image", json!({}), json!({"key": key})).await;
    let message = system.message_in(&id, "accepted").await;
    assert_ne!(message["content"]["image"]["id"], old.as_str());
    assert_eq!((uploads(&system), system.meta().sends().len(), message["errors"].clone()), (2, 2, json!([])));
    // And not for ever: what Meta goes on refusing fails.
    let fault = json!({"fault": {"error": {"code": 131_053}}, "match": {"path": "/messages"}, "times": 2});
    system.tell_meta("faults", &fault).await;
    let id = send(&system, "image", json!({}), json!({"key": key})).await;
    let failed = system.message_in(&id, "failed").await;
    assert_eq!(failed["errors"][0]["code"], "131053");
    assert_eq!(uploads(&system), 3);
    system.done().await;
}

#[tokio::test]
async fn what_waits_for_its_file_can_be_cancelled() {
    let system = talking().await;
    let path = format!("{}/_sandbox/files/slow", system.local.ready().meta);
    let id = send(&system, "document", json!({}), json!({"url": path})).await;
    waits(&system, &id, "media_unreachable").await;
    assert_eq!(system.delete(&format!("/v1/messages/{id}")).await.status, 200);
    publish(&system, "slow", "application/pdf", file(PDF, 200)).await;
    system.local.clock().advance(Duration::from_mins(2));
    let queues = &system.local.ready().queues;
    eventually("the job's end", async || {
        (system.local.aws().sqs().counts(&queues.media).unwrap().total() == 0).then_some(())
    })
    .await;
    assert_eq!(system.message(&id).await["state"], "cancelled");
    assert!(system.meta().sends().is_empty() && uploads(&system) == 0);
    system.done().await;
}

/// The same key and body is the same send, and its file goes to Meta once.
#[tokio::test]
async fn an_idempotency_key_covers_the_file() {
    let system = talking().await;
    let key = keep(&system, "a.pdf", "application/pdf", file(PDF, 2_000)).await;
    let path = format!("/v1/channels/{NUMBER}/messages");
    let body =
        |key: &str| json!({"to": super::ANA, "type": "document", "document": {}, "waypost": {"media": {"key": key}}});
    // The queue is out: the send is stored, and the same request queues its file.
    system.local.aws().faults().add(Fault::unavailable().on(Service::Sqs).operation("SendMessageBatch").times(3));
    let first = system.post_with_key(&path, "k", &body(&key)).await;
    assert_eq!(first.status, 503, "{}", first.text);
    let again = system.post_with_key(&path, "k", &body(&key)).await;
    assert_eq!(again.status, 202, "{}", again.text);
    let id = again.json()["id"].as_str().unwrap().to_owned();
    system.message_in(&id, "accepted").await;
    assert_eq!(system.post_with_key(&path, "k", &body(&key)).await.json()["id"], id.as_str());
    assert_eq!(system.post_with_key(&path, "k", &body("library/b.pdf")).await.status, 409);
    assert_eq!((system.meta().sends().len(), uploads(&system)), (1, 1));
    system.done().await;
}
