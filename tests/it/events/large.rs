//! Data over 200 KiB are in the bucket: the very bytes that Meta sent, under the hash that the event tells.

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::document::examples;
use super::published::webhook_of;
use crate::system::System;

const INLINE_MAX: usize = 200 * 1024;

#[tokio::test]
async fn what_is_too_large_is_referred_to() {
    let system = System::start().await;
    let shown = examples().into_iter().find(|example| example.event.get("data_ref").is_some()).unwrap().event;
    for size in [INLINE_MAX, INLINE_MAX + 1] {
        let mut event = shown.clone();
        event["data"] = message_of(size);
        assert_eq!(system.webhook(webhook_of(&event)).await.status, 200);
    }
    let events = system.events_of("message.received").await;
    let [inline, referred] = events.as_slice() else { panic!("{} events", events.len()) };
    assert_eq!(inline.data.get().len(), INLINE_MAX);
    assert!(inline.data_ref.is_null());

    let told: Value = serde_json::from_str(&referred.body).unwrap();
    assert_eq!(document_keys(&told), document_keys(&shown));
    assert_eq!((&told["data"], &told["contact"]), (&Value::Null, &shown["contact"]));
    let at = &referred.data_ref;
    assert_eq!(at["bucket"], system.local.ready().bucket.as_str());
    let (bucket, key) = (at["bucket"].as_str().unwrap(), at["key"].as_str().unwrap());
    assert!(key.starts_with("raw/"), "consumers are told to allow raw/*: {key}");
    let object = system.aws.s3().get_object().bucket(bucket).key(key).send().await.unwrap();
    let bytes = object.body.collect().await.unwrap().to_vec();
    assert_eq!(at["bytes"], bytes.len());
    assert_eq!(at["sha256"], hex::encode(Sha256::digest(&bytes)));
    assert_eq!(bytes, message_of(INLINE_MAX + 1).to_string().into_bytes(), "token for token");
    system.done().await;
}

/// An element of `messages[]` of this many bytes.
fn message_of(size: usize) -> Value {
    let of = |body: &str| {
        let mut message = examples().remove(0).event["data"].clone();
        message["id"] = json!(format!("wamid.LARGE{size}"));
        message["text"]["body"] = json!(body);
        message
    };
    let around = of("").to_string().len();
    of(&"x".repeat(size - around))
}

fn document_keys(event: &Value) -> Vec<&String> {
    let data_ref = event["data_ref"].as_object().unwrap();
    event.as_object().unwrap().keys().chain(data_ref.keys()).collect()
}
