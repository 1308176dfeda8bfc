//! A team sends a file: from an upload, from a URL, from the bucket. Meta gets it once, and what Meta does not take the person
//! gets as a link (M-01 to M-05).

mod limits;
mod link;
mod trouble;

use std::time::Duration;

use bytes::Bytes;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::system::{NUMBER, System, eventually};

const ANA: &str = "15550177601";
const TOKEN: &str = "local-access-token";

/// A system where Ana has just written.
async fn talking() -> System {
    let system = System::start().await;
    system.write_in(ANA, &json!({"text": "canary"})).await;
    system
}

/// Queues a send with a file; its id.
async fn send(system: &System, kind: &str, content: Value, media: Value) -> String {
    let message = json!({"to": ANA, "type": kind, kind: content, "waypost": {"media": media}});
    let queued = system.post(&format!("/v1/channels/{NUMBER}/messages"), &message).await;
    assert_eq!(queued.status, 202, "{}", queued.text);
    assert_eq!(queued.json()["state"], "waiting");
    queued.json()["id"].as_str().unwrap().to_owned()
}

/// Puts an object where a team keeps its own.
async fn keep(system: &System, name: &str, kind: &str, bytes: impl Into<Bytes>) -> String {
    let key = format!("library/{name}");
    let body = aws_sdk_s3::primitives::ByteStream::from(bytes.into());
    let put = system.aws.s3().put_object().bucket(&system.local.ready().bucket).key(&key).content_type(kind);
    put.body(body).send().await.unwrap();
    key
}

/// A file on a public host; its URL.
async fn publish(system: &System, name: &str, kind: &str, bytes: impl Into<Bytes>) -> String {
    let url = format!("{}/_sandbox/files/{name}", system.local.ready().meta);
    let put = http().put(&url).header("content-type", kind).body(bytes.into()).send().await.unwrap();
    assert_eq!(put.status(), 200);
    url
}

fn http() -> reqwest::Client {
    reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build().unwrap()
}

/// The message that Meta accepted last.
fn sent_last(system: &System) -> Value {
    serde_json::from_str(system.meta().sends().pop().unwrap().request.get()).unwrap()
}

/// What Meta has of the file in the send that it accepted last.
async fn at_meta(system: &System, kind: &str) -> Value {
    let sent = sent_last(system);
    let id = sent[kind]["id"].as_str().unwrap_or_else(|| panic!("no file in {sent}")).to_owned();
    let node = http().get(format!("{}/v24.0/{id}", system.local.ready().meta)).bearer_auth(TOKEN);
    serde_json::from_str(&node.send().await.unwrap().text().await.unwrap()).unwrap()
}

fn uploads(system: &System) -> usize {
    system.meta().calls().iter().filter(|call| call.path.ends_with("/media") && call.method == "POST").count()
}

fn sha256(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

/// No two parts alike, with these first bytes.
fn file(head: &[u8], size: usize) -> Vec<u8> {
    let noise = (head.len()..size).map(|at| (at.wrapping_mul(2_654_435_761) >> 13).to_le_bytes()[0]);
    head.iter().copied().chain(noise).collect()
}

const PDF: &[u8] = b"%PDF-1.7\n";
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n";
const JPEG: &[u8] = b"\xff\xd8\xff\xe0\x00\x10JFIF";
const GIF: &[u8] = b"GIF89a";

#[tokio::test]
async fn an_uploaded_file_is_sent() {
    let system = talking().await;
    let bytes = file(PDF, 300_000);
    let asked = json!({"filename": "Rechnung März.pdf", "mime_type": "application/pdf", "bytes": bytes.len()});
    let upload = system.post(&format!("/v1/channels/{NUMBER}/media"), &asked).await;
    assert_eq!(upload.status, 201, "{}", upload.text);
    let upload = upload.json();
    let key = upload["key"].as_str().unwrap();
    assert!(key.starts_with(&format!("outbound/{NUMBER}/")) && key.rsplit('/').next().unwrap().len() == 32, "{key}");
    let mut put = http().put(upload["url"].as_str().unwrap()).body(bytes.clone());
    for (name, value) in upload["headers"].as_object().unwrap() {
        put = put.header(name, value.as_str().unwrap());
    }
    let put = put.send().await.unwrap();
    assert_eq!(put.status(), 200, "{}", put.text().await.unwrap());

    let content = json!({"caption": "canary", "filename": "Rechnung März.pdf"});
    let id = send(&system, "document", content, json!({"key": key})).await;
    let message = system.message_in(&id, "accepted").await;
    let file = at_meta(&system, "document").await;
    assert_eq!((&file["mime_type"], &file["file_size"]), (&json!("application/pdf"), &json!(bytes.len())));
    assert_eq!(file["sha256"], sha256(&bytes));
    // What is stored is what was sent: the id, frozen.
    assert_eq!(message["content"]["document"]["id"], file["id"]);
    assert_eq!(message["display"]["text"], "[Document] canary");
    assert!(message.get("converted").is_none() && message["errors"] == json!([]), "{message}");
    // The URL is good for an hour and no longer.
    system.local.clock().advance(Duration::from_mins(61));
    let late = http().put(upload["url"].as_str().unwrap()).body("late").send().await.unwrap();
    assert_eq!(late.status(), 403);
    system.done().await;
}

#[tokio::test]
async fn what_is_wrong_with_an_upload_is_said() {
    let system = System::start().await;
    let path = format!("/v1/channels/{NUMBER}/media");
    for (body, field) in [
        (json!({"bytes": 0}), "bytes"),
        (json!({"bytes": 5_368_709_121_u64}), "bytes"),
        (json!({"mime_type": "pdf"}), "mime_type"),
        (json!({"mime_type": "a/b\r\nx: y"}), "mime_type"),
        (json!({"filename": "x".repeat(241)}), "filename"),
        (json!({"filename": "../"}), "filename"),
    ] {
        let refused = system.post(&path, &body).await;
        assert_eq!((refused.status, &refused.json()["field"]), (422, &json!(field)), "{body}: {}", refused.text);
    }
    assert_eq!(system.post(&path, &json!({"name": "x"})).await.json()["code"], "invalid_request");
    assert_eq!(system.post("/v1/channels/9/media", &json!({})).await.json()["code"], "unknown_channel");
    let keys = [system.post(&path, &json!({})).await.json(), system.post(&path, &json!({})).await.json()];
    assert_ne!(keys[0]["key"], keys[1]["key"]);
    system.done().await;
}

#[tokio::test]
async fn a_file_is_fetched_from_a_url_and_sent_by_the_type_of_its_bytes() {
    let system = talking().await;
    let bytes = file(PNG, 40_000);
    let url = publish(&system, "cat.jpg", "image/jpeg", bytes.clone()).await;
    let id = send(&system, "image", json!({"caption": "canary"}), json!({"url": url})).await;
    system.message_in(&id, "accepted").await;
    let file = at_meta(&system, "image").await;
    assert_eq!((&file["mime_type"], &file["sha256"]), (&json!("image/png"), &json!(sha256(&bytes))));
    system.done().await;
}

/// A voice note goes out as Meta wants it called, whatever its sender called it.
#[tokio::test]
async fn a_voice_note_keeps_its_codec() {
    let system = talking().await;
    let mut bytes = file(b"OggS", 9_000);
    bytes[28..36].copy_from_slice(b"OpusHead");
    let key = keep(&system, "note.ogg", "audio/ogg", bytes).await;
    let id = send(&system, "audio", json!({"voice": true}), json!({"key": key})).await;
    system.message_in(&id, "accepted").await;
    assert_eq!(at_meta(&system, "audio").await["mime_type"], "audio/ogg; codecs=opus");
    system.done().await;
}

#[tokio::test]
async fn the_same_file_is_uploaded_once_in_its_month() {
    let system = talking().await;
    let bytes = file(JPEG, 20_000);
    let mut ids = Vec::new();
    for name in ["one.jpg", "two.jpg"] {
        let key = keep(&system, name, "image/jpeg", bytes.clone()).await;
        let id = send(&system, "image", json!({}), json!({"key": key})).await;
        ids.push(system.message_in(&id, "accepted").await["content"]["image"]["id"].clone());
    }
    assert_eq!((&ids[0], uploads(&system)), (&ids[1], 1));
    // As another kind it is another file to Meta.
    let document = send(&system, "document", json!({}), json!({"key": "library/one.jpg"})).await;
    system.message_in(&document, "accepted").await;
    assert_eq!(uploads(&system), 2);
    system.local.clock().advance(Duration::from_hours(29 * 24));
    system.write_in(ANA, &json!({"text": "canary"})).await;
    let late = send(&system, "image", json!({}), json!({"key": "library/one.jpg"})).await;
    let late = system.message_in(&late, "accepted").await["content"]["image"]["id"].clone();
    assert_ne!(late, ids[0]);
    assert_eq!(uploads(&system), 3);
    system.done().await;
}

/// From the team's own code, past the API; and a message of Meta's own `id` or `link` is none of our business.
#[tokio::test]
async fn an_envelope_names_a_file_too() {
    let system = talking().await;
    let key = keep(&system, "a.pdf", "application/pdf", file(PDF, 5_000)).await;
    let message = json!({"to": ANA, "type": "document", "document": {"filename": "a.pdf"}});
    let envelope = json!({"v": 1, "id": "order-1", "phone_number_id": NUMBER, "message": message,
        "options": {"media": {"key": key}}});
    let request = system.aws.sqs().send_message().queue_url(&system.local.ready().queues.outbound);
    let request = request.message_group_id("ana").message_deduplication_id("order-1");
    request.message_body(envelope.to_string()).send().await.unwrap();
    eventually("the send", async || system.meta().sends().pop()).await;
    assert_eq!(at_meta(&system, "document").await["mime_type"], "application/pdf");
    let own = json!({"to": ANA, "type": "image", "image": {"link": "https://shop.example/a.png"}});
    let id = system.send(&own).await;
    let shown = system.message_in(&id, "accepted").await;
    assert_eq!(shown["content"]["image"], json!({"link": "https://shop.example/a.png"}));
    assert_eq!(uploads(&system), 1);
    system.done().await;
}

#[tokio::test]
async fn a_file_that_cannot_be_named_is_refused_at_once() {
    let system = talking().await;
    let path = format!("/v1/channels/{NUMBER}/messages");
    for (kind, content, media, field) in [
        ("text", json!({"body": "canary"}), json!({"key": "library/a"}), "type"),
        ("image", json!({"id": "7"}), json!({"key": "library/a"}), "image.id"),
        ("image", json!({}), json!({"key": "media/1/a"}), "waypost.media.key"),
        ("image", json!({}), json!({"url": "ftp://shop.example/a"}), "waypost.media.url"),
        ("image", json!({}), json!({"key": "library/a", "unsupported": "drop"}), "waypost.media.unsupported"),
        ("image", json!({"caption": "x".repeat(1_025)}), json!({"key": "library/a"}), "image.caption"),
    ] {
        let message = json!({"to": ANA, "type": kind, kind: content, "waypost": {"media": media}});
        let refused = system.post(&path, &message).await;
        assert_eq!((refused.status, &refused.json()["field"]), (422, &json!(field)), "{message}: {}", refused.text);
    }
    system.done().await;
}
