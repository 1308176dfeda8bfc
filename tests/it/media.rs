//! A person sends a picture: its bytes end up in the team's own bucket (M-06).

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sandbox::Service;
use sandbox::aws::faults::Fault;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::system::{NUMBER, System, eventually, message_path};

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

/// Delivered again, it is told again and copied once; a file that Meta does not have any more is a fact, not a fault.
#[tokio::test]
async fn what_is_lost_is_said() {
    let system = System::start().await;
    let gone = json!({"mime_type": "image/jpeg", "id": "1234567890", "sha256": "c2hh"});
    let wamid = system.write_in(ANA, &json!({"type": "image", "image": gone})).await;
    let media = eventually("the end of the copy", async || {
        Some(system.message(&wamid).await["media"].clone()).filter(Value::is_object)
    })
    .await;
    assert_eq!(media["state"], "failed");
    assert!(!media["reason"].as_str().unwrap().is_empty());
    assert!(system.events_of("media.stored").await.is_empty());
    system.done().await;
}

/// The bucket is out for a while: the job stays in its queue, and the file comes later.
#[tokio::test]
async fn an_outage_of_the_bucket_delays() {
    let system = System::start().await;
    // As often as the client asks in one attempt.
    system.local.aws().faults().add(Fault::unavailable().on(Service::S3).operation("PutObject").times(3));
    let image = json!({"mime_type": "image/png", "bytes": STANDARD.encode(b"canary")});
    let wamid = system.write_in(ANA, &json!({"type": "image", "image": image})).await;
    eventually("the outage", async || (!system.local.aws().faults().pending()).then_some(())).await;
    assert!(system.message(&wamid).await.get("media").is_none());
    system.local.clock().advance(Duration::from_mins(31));
    let event = eventually("the event", async || system.events_of("media.stored").await.pop()).await;
    assert_eq!(event.data()["message_id"], wamid.as_str());
    assert_eq!(system.message(&wamid).await["media"]["state"], "stored");
    system.done().await;
}
