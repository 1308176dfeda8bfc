//! Media and resumable upload.

use std::time::Duration;

use reqwest::Method;
use reqwest::multipart::{Form, Part};
use sandbox::meta::local;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::harness::{NUMBER, PERSON, WABA, World, until};

async fn upload(world: &World, form: Form) -> (u16, Value) {
    let url = format!("{}/v24.0/{NUMBER}/media", world.meta.url());
    let answer = world.http.post(url).bearer_auth(&world.token).multipart(form).send().await.unwrap();
    (answer.status().as_u16(), serde_json::from_str(&answer.text().await.unwrap()).unwrap())
}

fn form(product: &'static str, declared: &'static str, mime: &str, bytes: &[u8]) -> Form {
    let file = Part::bytes(bytes.to_vec()).file_name("a.bin").mime_str(mime).unwrap();
    Form::new().text("messaging_product", product).text("type", declared).part("file", file)
}

async fn download(world: &World, url: &str, token: &str) -> (u16, Vec<u8>) {
    let answer = world.http.get(url).bearer_auth(token).send().await.unwrap();
    (answer.status().as_u16(), answer.bytes().await.unwrap().to_vec())
}

#[tokio::test]
async fn up_and_down_and_gone() {
    let world = World::quiet().await;
    let bytes = b"\x89PNG\r\n--not a boundary".to_vec();
    let (status, answer) = upload(&world, form("whatsapp", "image/png", "image/png", &bytes)).await;
    assert_eq!(status, 200, "{answer}");
    let id = answer["id"].as_str().unwrap().to_owned();
    let media = world.get(&id).await.json;
    assert_eq!((&media["mime_type"], &media["file_size"]), (&json!("image/png"), &json!(bytes.len())));
    let hash = data_encoding::HEXLOWER.encode(&Sha256::digest(&bytes));
    assert_eq!(media["sha256"], hash);
    let url = media["url"].as_str().unwrap();
    assert_eq!(download(&world, url, &world.token).await, (200, bytes));
    assert_eq!(download(&world, url, "nobody").await.0, 401);
    assert_eq!(world.http.get(url).send().await.unwrap().status(), 401);
    assert_eq!(download(&world, &url.replace("hash=", "hash=0"), &world.token).await.0, 404);
    world.meta.clock().advance(Duration::from_mins(5));
    assert_eq!(download(&world, url, &world.token).await.0, 404);
    let fresh = world.get(&format!("{id}?phone_number_id={NUMBER}")).await.json;
    assert_eq!(download(&world, fresh["url"].as_str().unwrap(), &world.token).await.0, 200);
    assert_eq!(world.get(&format!("{id}?phone_number_id=1")).await.code(), Some(100));
    assert_eq!(world.call(Method::DELETE, &id, None).await.json, json!({"success": true}));
    assert_eq!(world.get(&id).await.subcode(), Some(33));
}

#[tokio::test]
async fn bad_uploads() {
    let world = World::quiet().await;
    for (form, code) in [
        (form("sms", "image/png", "image/png", b"x"), 100),
        (form("whatsapp", "image/jpeg", "image/png", b"x"), 100),
        (form("whatsapp", "image/png", "image/png", b""), 131_053),
        (Form::new().text("messaging_product", "whatsapp"), 100),
        (Form::new().text("messaging_product", "whatsapp").part("file", Part::bytes(vec![1]).file_name("a")), 100),
    ] {
        let (status, answer) = upload(&world, form).await;
        assert_eq!((status, &answer["error"]["code"]), (400, &json!(code)), "{answer}");
    }
    assert_eq!(world.post(&format!("{NUMBER}/media"), json!({})).await.code(), Some(100));
}

#[tokio::test]
async fn a_file_that_does_not_fit_fails_after_it_was_accepted() {
    let world = World::with(|config| config.settings.auto_status.sent_ms = Some(1)).await;
    world.meta.open_window(NUMBER, PERSON);
    let send = |kind: &'static str, id: Value| {
        world.send(json!({"messaging_product": "whatsapp", "to": "+15550123456", "type": kind, kind: {"id": id}}))
    };
    let (_, ogg) = upload(&world, form("whatsapp", "audio/ogg", "audio/ogg; codecs=opus", b"OggS")).await;
    assert_eq!(send("audio", ogg["id"].clone()).await.status, 200);
    let (_, gif) = upload(&world, form("whatsapp", "image/gif", "image/gif", b"GIF8")).await;
    assert_eq!(send("image", gif["id"].clone()).await.status, 200);
    let failed =
        until(|| world.callback.posts().into_iter().find(|post| post.status().as_deref() == Some("failed"))).await;
    assert_eq!(failed.value()["statuses"][0]["errors"][0]["code"], 131_053);
    assert_eq!(send("image", json!("123")).await.code(), Some(100));
}

#[tokio::test]
async fn what_people_send_can_be_fetched_for_seven_days() {
    let world = World::quiet().await;
    let image = json!({"type": "image", "image": {"bytes": "aGVsbG8=", "mime_type": "image/jpeg", "caption": "Look"}});
    let written = world.control(Method::POST, &format!("users/{PERSON}/messages"), image).await;
    assert_eq!(written.json["delivered"], true, "{}", written.text);
    let image = world.callback.posts()[0].value()["messages"][0]["image"].clone();
    assert_eq!((&image["caption"], &image["mime_type"]), (&json!("Look"), &json!("image/jpeg")));
    assert_eq!(image["sha256"], "LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=");
    assert!(image.get("bytes").is_none());
    assert_eq!(download(&world, image["url"].as_str().unwrap(), &world.token).await, (200, b"hello".to_vec()));
    let id = image["id"].as_str().unwrap();
    world.meta.clock().advance(Duration::from_secs(7 * 86_400 - 1));
    assert_eq!(world.get(id).await.status, 200);
    world.meta.clock().advance(Duration::from_secs(1));
    assert_eq!(world.get(id).await.code(), Some(100));
}

#[tokio::test]
async fn a_resumable_upload_in_two_parts_makes_a_handle() {
    let world = World::quiet().await;
    let start = format!("{}/uploads?file_name=a.jpg&file_length=6&file_type=image/jpeg", local::APP_ID);
    let id = world.call(Method::POST, &start, None).await.json["id"].as_str().unwrap().to_owned();
    assert!(id.starts_with("upload:") && id.contains("?sig="));
    let part = async |offset: &str, bytes: &'static [u8]| {
        let request = world.http.post(format!("{}/v24.0/{id}", world.meta.url()));
        let request = request.header("authorization", format!("OAuth {}", world.token)).header("file_offset", offset);
        let answer = request.body(bytes).send().await.unwrap();
        serde_json::from_str::<Value>(&answer.text().await.unwrap()).unwrap()
    };
    assert_eq!(part("0", b"abc").await["file_offset"], 3);
    assert_eq!(world.get(&id).await.json, json!({"id": id, "file_offset": 3}));
    assert_eq!(part("0", b"abc").await["error"]["code"], 100);
    let handle = part("3", b"def").await["h"].as_str().unwrap().to_owned();
    assert!(handle.starts_with("4:"));
    let template = |handle: &str| {
        json!({"name": "with_image", "language": "en_US", "category": "UTILITY", "components": [
        {"type": "HEADER", "format": "IMAGE", "example": {"header_handle": [handle]}}, {"type": "BODY", "text": "Look at this."}]})
    };
    let create = format!("{WABA}/message_templates");
    assert_eq!(world.post(&create, template("https://shop.example/a.jpg")).await.subcode(), Some(2_388_273));
    assert_eq!(world.post(&create, template(&handle)).await.json["status"], "PENDING");
    let picture = json!({"messaging_product": "whatsapp", "profile_picture_handle": handle});
    assert_eq!(world.post(&format!("{NUMBER}/whatsapp_business_profile"), picture).await.status, 200);
    let bad = format!("{}/uploads?file_length=6&file_type=image/gif", local::APP_ID);
    assert_eq!(world.call(Method::POST, &bad, None).await.code(), Some(100));
}
