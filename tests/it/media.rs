//! A person sends a picture: its bytes end up in the team's own bucket (M-06).

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sandbox::Service;
use sandbox::aws::faults::Fault;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::system::{NUMBER, System, envelope, eventually, fresh_wamid, message_path};

const ANA: &str = "15550177501";

#[tokio::test]
async fn a_picture_is_kept() {
    let system = System::start().await;
    let picture: Vec<u8> = (0..100_000_u32).map(|at| u8::try_from(at * 31 % 251).unwrap()).collect();
    let image = json!({"mime_type": "image/jpeg", "caption": "canary", "bytes": STANDARD.encode(&picture)});
    let wamid = system.write_in(ANA, &json!({"type": "image", "image": image})).await;

    let event = eventually("the event", async || system.events_of("media.stored").await.pop()).await;
    let stored = event.data();
    assert_eq!((&stored["message_id"], &stored["bytes"]), (&json!(wamid), &json!(picture.len())));
    assert_eq!((&stored["mime_type"], &stored["bucket"]), (&json!("image/jpeg"), &json!(system.local.ready().bucket)));
    assert_eq!(stored["sha256"], hex::encode(Sha256::digest(&picture)));
    assert_eq!((event.phone_number_id.as_deref(), &event.contact["wa_id"]), (Some(NUMBER), &json!(ANA)));

    let key = stored["key"].as_str().unwrap();
    let object = system.aws.s3().get_object().bucket(&system.local.ready().bucket).key(key).send().await.unwrap();
    assert_eq!(object.content_type(), Some("image/jpeg"));
    // Opened in a browser it is downloaded, and runs nowhere.
    assert_eq!(object.content_disposition(), Some("attachment"));
    assert_eq!(object.body.collect().await.unwrap().to_vec(), picture);

    let message = system.message(&wamid).await;
    let media = &message["media"];
    assert_eq!(
        (&media["state"], &media["key"], &media["sha256"]),
        (&json!("stored"), &stored["key"], &stored["sha256"])
    );
    let raw = system.get(&format!("{}/raw", message_path(&wamid))).await.json();
    assert_eq!((&raw["image"]["id"], &raw["image"]["caption"]), (&stored["media_id"], &json!("canary")));
    system.done().await;
}

/// What Meta does not have any more is tried for its week, because a token without the account is told the same; then it is
/// a fact, with its reason.
#[tokio::test]
async fn what_is_lost_is_said() {
    let system = System::start().await;
    let gone = json!({"mime_type": "image/jpeg", "id": "1234567890", "sha256": "c2hh"});
    let wamid = system.write_in(ANA, &json!({"type": "image", "image": gone})).await;
    let media = async |state: &str| {
        eventually(state, async || {
            Some(system.message(&wamid).await["media"].clone()).filter(|media| media["state"] == state)
        })
        .await
    };
    let waiting = media("waiting").await;
    assert!(waiting["reason"].as_str().unwrap().contains("code 100"), "{waiting}");
    let link = format!("{}/media", message_path(&wamid));
    assert_eq!(system.get(&link).await.json()["code"], "media_pending");
    system.local.clock().advance(Duration::from_hours(7 * 24));
    let failed = media("failed").await;
    assert_eq!(failed["code"], "expired");
    assert!(failed["reason"].as_str().unwrap().contains("code 100"), "{failed}");
    let problem = system.get(&link).await;
    assert_eq!((problem.status, &problem.json()["reason"]), (410, &json!("expired")));
    assert!(system.events_of("media.stored").await.is_empty());
    system.done().await;
}

/// The bucket is out for a while: the job stays in its queue, and the file comes later, with a fresh URL.
#[tokio::test]
async fn an_outage_of_the_bucket_delays() {
    let system = System::start().await;
    // As often as the client asks in one attempt.
    system.local.aws().faults().add(Fault::unavailable().on(Service::S3).operation("PutObject").times(3));
    let image = json!({"mime_type": "image/png", "bytes": STANDARD.encode(b"canary")});
    let wamid = system.write_in(ANA, &json!({"type": "image", "image": image})).await;
    let waiting =
        eventually("the wait", async || Some(system.message(&wamid).await["media"].clone()).filter(Value::is_object))
            .await;
    assert_eq!((&waiting["state"], &waiting["attempts"]), (&json!("waiting"), &json!(1)));
    // Long enough for the first URL to have run out; shorter than the queue's own half hour.
    system.local.clock().advance(Duration::from_mins(6));
    let event = eventually("the event", async || system.events_of("media.stored").await.pop()).await;
    assert_eq!(event.data()["message_id"], wamid.as_str());
    assert_eq!(system.message(&wamid).await["media"]["state"], "stored");
    system.done().await;
}

/// The link that the API gives hands out the bytes, and no longer than it says.
#[tokio::test]
async fn a_link_hands_the_file_out() {
    let system = System::start().await;
    let page = b"<!DOCTYPE html><script>alert(1)</script>";
    let image = json!({"mime_type": "image/jpeg", "bytes": STANDARD.encode(page)});
    let wamid = system.write_in(ANA, &json!({"type": "image", "image": image})).await;
    let event = eventually("the event", async || system.events_of("media.stored").await.pop()).await;
    let link = system.get(&format!("{}/media", message_path(&wamid))).await;
    assert_eq!(link.status, 200, "{}", link.text);
    let link = link.json();
    assert_eq!((&link["bytes"], &link["sha256"]), (&event.data()["bytes"], &event.data()["sha256"]));
    // A page that says it is a picture is told apart, and runs nowhere.
    assert_eq!((&link["mime_type"], &link["sniffed_type"]), (&json!("image/jpeg"), &json!("text/html")));
    assert_eq!((&link["type_mismatch"], &event.data()["type_mismatch"]), (&json!(true), &json!(true)));
    let url = link["url"].as_str().unwrap();
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let answer = http.get(url).send().await.unwrap();
    assert_eq!(answer.headers()["content-disposition"], "attachment");
    assert_eq!(answer.bytes().await.unwrap().as_ref(), page);
    system.local.clock().advance(Duration::from_mins(16));
    assert_eq!(http.get(url).send().await.unwrap().status(), 403);
    system.done().await;
}

/// A webhook may carry a URL too. It is never followed: whoever could forge one would choose where we go, and with what
/// token.
#[tokio::test]
async fn a_url_in_a_webhook_is_never_followed() {
    let system = System::start().await;
    let image = json!({"mime_type": "image/png", "bytes": STANDARD.encode(b"canary")});
    let wamid = system.write_in(ANA, &json!({"type": "image", "image": image})).await;
    eventually("the event", async || system.events_of("media.stored").await.pop()).await;
    let mut image = system.get(&format!("{}/raw", message_path(&wamid))).await.json()["image"].clone();
    let stranger = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    image["url"] = json!(format!("http://{}/x", stranger.local_addr().unwrap()));
    let second = fresh_wamid();
    let message = json!({"from": ANA, "id": second, "timestamp": system.local.clock().now().as_second().to_string(),
        "type": "image", "image": image});
    let value = json!({"messaging_product": "whatsapp", "metadata": {"phone_number_id": NUMBER},
        "contacts": [{"wa_id": ANA}], "messages": [message]});
    let body = envelope(system.local.clock().now(), &[json!({"field": "messages", "value": value})]);
    assert_eq!(system.webhook(body).await.status, 200);
    let event = eventually("the event", async || {
        system.events_of("media.stored").await.into_iter().find(|event| event.data()["message_id"] == second.as_str())
    })
    .await;
    assert_eq!(event.data()["bytes"], 6);
    // The first to come to the stranger are we.
    let ours = tokio::net::TcpStream::connect(stranger.local_addr().unwrap()).await.unwrap();
    assert_eq!(stranger.accept().await.unwrap().1, ours.local_addr().unwrap());
    system.done().await;
}
