//! Each function walked through once, with events as AWS sends them.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::canary::{self, PHONE};
use super::events::{Request, scheduled};
use super::rig::{NUMBER, Rig, WABA};
use super::view::Batch;

#[tokio::test]
async fn meta_shakes_hands() {
    let rig = Rig::start().await;
    handshake(&rig).await;
    rig.close().await;
}

#[tokio::test]
async fn a_message_comes_in() {
    let rig = Rig::start().await;
    inbound(&rig).await;
    rig.close().await;
}

#[tokio::test]
async fn a_message_goes_out_and_is_delivered() {
    let rig = Rig::start().await;
    inbound(&rig).await;
    outbound(&rig).await;
    rig.close().await;
}

#[tokio::test]
async fn a_file_is_copied() {
    let rig = Rig::start().await;
    media(&rig).await;
    rig.close().await;
}

#[tokio::test]
async fn a_file_is_sent() {
    let rig = Rig::start().await;
    inbound(&rig).await;
    outbound_media(&rig).await;
    rig.close().await;
}

#[tokio::test]
async fn templates_are_synced_by_schedule_and_on_demand() {
    let rig = Rig::start().await;
    sync(&rig).await;
    rig.close().await;
}

pub(super) async fn handshake(rig: &Rig) {
    let webhook = rig.process("webhook").await;
    let query = |token: &str| format!("hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token={token}");
    for (token, status, body) in [(canary::VERIFY_TOKEN, 200, json!(1_158_201_444)), ("guessed", 403, Value::Null)] {
        let query = query(token);
        let request = Request { method: "GET", path: "/webhook", query: &query, headers: &[], body: "", base64: false };
        let answer = rig.http(&webhook, "webhook", &request).await.unwrap();
        assert_eq!(answer.status, status);
        assert!(status != 200 || answer.body == body, "{:?}", answer.body);
    }
    let forged = super::mailbox::Post { body: "{}".to_owned(), signature: format!("sha256={}", "0".repeat(64)) };
    assert_eq!(rig.post(&webhook, &forged, false).await, Some(401));
}

/// The same person twice: API Gateway hands over text as it is, and anything else in base64.
pub(super) async fn inbound(rig: &Rig) {
    let (webhook, api) = (rig.process("webhook").await, rig.process("api").await);
    for base64 in [false, true] {
        let said = json!({"text": canary::TEXT, "name": canary::NAME, "user_id": canary::USER_ID});
        let written = rig.meta().write_in(PHONE, &said).await.unwrap();
        for post in rig.mailbox.take() {
            assert_eq!(rig.post(&webhook, &post, base64).await, Some(200));
        }
        let message = rig.get(&api, &format!("/v1/messages/{}", written.wamid)).await;
        assert_eq!((message.status, &message.body["direction"]), (200, &json!("inbound")));
        assert_eq!(message.body["display"]["text"], canary::TEXT);
        let read = json!({"wamid": written.wamid, "typing": true});
        let path = format!("/v1/channels/{NUMBER}/read");
        assert_eq!(rig.ask(&api, "POST", &path, None, &read).await.unwrap().status, 200);
        let is_told = |event: &Value| event["type"] == "message.received" && event["data"]["id"] == written.wamid;
        assert_eq!(rig.events().into_iter().filter(is_told).count(), 1);
    }
    let contact = rig.get(&api, &format!("/v1/channels/{NUMBER}/contacts/wa:{PHONE}")).await;
    assert_eq!(contact.body["name"], canary::NAME);
    assert_eq!(contact.body["phone"], format!("+{PHONE}"));
    assert_eq!(contact.body["window"]["open"], true);
    let inbox = rig.get(&api, &format!("/v1/channels/{NUMBER}/inbox")).await;
    assert_eq!(inbox.body["items"].as_array().unwrap().len(), 1);
}

/// To the person who wrote in.
pub(super) async fn outbound(rig: &Rig) {
    let (webhook, api, sender) = (rig.process("webhook").await, rig.process("api").await, rig.process("sender").await);
    let path = format!("/v1/channels/{NUMBER}/messages");
    let body = json!({"to": format!("+{PHONE}"), "type": "text", "text": {"body": canary::TEXT}});
    let answer = rig.ask(&api, "POST", &path, None, &body).await.unwrap();
    assert_eq!(answer.status, 202, "{}", answer.body);
    let id = answer.body["id"].as_str().unwrap();
    let outbound = &rig.local.ready().queues.outbound;
    rig.send_all(&sender).await;
    let sends = rig.meta().sends();
    let sent = sends.iter().find(|sent| sent.opaque.as_deref() == Some(id)).unwrap();
    for status in ["sent", "delivered"] {
        rig.meta().report(&sent.wamid, status, None).await.unwrap();
    }
    assert_eq!(rig.take_mail(&webhook).await, 2);
    for id in [id, &sent.wamid] {
        let message = rig.get(&api, &format!("/v1/messages/{id}")).await.body;
        assert_eq!((&message["state"], &message["wamid"]), (&json!("accepted"), &json!(sent.wamid)));
        let statuses: Vec<&Value> =
            message["statuses"].as_array().unwrap().iter().map(|status| &status["status"]).collect();
        assert!(statuses.contains(&&json!("sent")) && statuses.contains(&&json!("delivered")), "{statuses:?}");
    }
    assert!(rig.queued(outbound).is_empty() && rig.dead() == 0);
}

pub(super) async fn media(rig: &Rig) {
    let (webhook, media) = (rig.process("webhook").await, rig.process("media").await);
    // S3 takes it whole, then in parts.
    for bytes in [b"\x89PNG canary".to_vec(), vec![7; 9 * 1024 * 1024]] {
        let image = json!({"mime_type": "image/png", "bytes": STANDARD.encode(&bytes), "caption": canary::TEXT});
        let written = rig.meta().write_in(PHONE, &json!({"type": "image", "image": image})).await.unwrap();
        rig.take_mail(&webhook).await;
        let queue = &rig.local.ready().queues.media;
        assert_eq!(rig.deliver(&media, "media", queue).await, Some(Batch { received: 1, failed: 0 }));
        let events = rig.events();
        let stored = events
            .iter()
            .find(|event| event["type"] == "media.stored" && event["data"]["message_id"] == written.wamid)
            .unwrap_or_else(|| panic!("no media.stored among {} events", events.len()));
        let data = &stored["data"];
        let object = rig.s3().get_object().bucket(data["bucket"].as_str().unwrap());
        let object = object.key(data["key"].as_str().unwrap()).send().await.unwrap();
        assert_eq!(object.content_type(), Some("image/png"));
        assert_eq!(object.body.collect().await.unwrap().into_bytes(), bytes);
    }
}

/// One that Meta takes, uploaded as a client does it, and one that goes out as a link, which somebody follows.
pub(super) async fn outbound_media(rig: &Rig) {
    let (api, media, sender) = (rig.process("api").await, rig.process("media").await, rig.process("sender").await);
    let queues = &rig.local.ready().queues;
    for (bytes, kind) in [(b"\x89PNG canary".as_slice(), "image"), (b"GIF89a canary".as_slice(), "text")] {
        let asked = json!({"filename": "canary.png", "bytes": bytes.len()});
        let upload = rig.ask(&api, "POST", &format!("/v1/channels/{NUMBER}/media"), None, &asked).await.unwrap();
        assert_eq!(upload.status, 201, "{}", upload.body);
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        let mut put = http.put(upload.body["url"].as_str().unwrap()).body(bytes.to_vec());
        for (name, value) in upload.body["headers"].as_object().unwrap() {
            put = put.header(name, value.as_str().unwrap());
        }
        assert_eq!(put.send().await.unwrap().status(), 200);
        let message = json!({"to": format!("+{PHONE}"), "type": "image", "image": {"caption": canary::TEXT},
            "waypost": {"media": {"key": upload.body["key"]}}});
        let queued = rig.ask(&api, "POST", &format!("/v1/channels/{NUMBER}/messages"), None, &message).await.unwrap();
        assert_eq!(queued.status, 202, "{}", queued.body);
        assert_eq!(rig.deliver(&media, "media", &queues.media).await, Some(Batch { received: 1, failed: 0 }));
        rig.send_all(&sender).await;
        let sent: Value = serde_json::from_str(rig.meta().sends().pop().unwrap().request.get()).unwrap();
        assert_eq!(sent["type"], kind);
        if let Some((_, token)) = sent["text"]["body"].as_str().and_then(|body| body.rsplit_once('/')) {
            assert_eq!(rig.get(&api, &format!("/f/{token}")).await.status, 302);
        }
    }
}

pub(super) async fn sync(rig: &Rig) {
    let (api, sync) = (rig.process("api").await, rig.process("template-sync").await);
    let templates = format!("/v1/wabas/{WABA}/templates");
    let timeout = rig.timeout("template-sync");
    for event in [rig.schedule("template-sync"), scheduled()] {
        assert_eq!(sync.invoke(event, timeout).await.answer()["failed"], 0);
    }
    let listed = rig.get(&api, &format!("{templates}?limit=100")).await.body;
    assert_eq!(listed["items"].as_array().unwrap().len(), 10);
    let channel = rig.get(&api, &format!("/v1/channels/{NUMBER}")).await.body;
    assert_eq!(channel["quality_rating"], "GREEN");

    let gone = "monthly_offer";
    rig.meta().waba(WABA, |waba| waba.templates.retain(|template| template.text("name") != gone));
    let asked = rig.ask(&api, "POST", &format!("{templates}/sync"), None, &Value::Null).await.unwrap();
    assert_eq!(asked.status, 202, "{}", asked.body);
    let queue = &rig.local.ready().queues.sync;
    assert_eq!(rig.deliver(&sync, "template-sync", queue).await, Some(Batch { received: 1, failed: 0 }));
    let run = rig.get(&api, &format!("{templates}/sync")).await.body;
    assert_eq!((&run["last_attempt"]["state"], &run["last_attempt"]["absent"]), (&json!("succeeded"), &json!(1)));
}
