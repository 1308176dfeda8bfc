//! A link to a file (M-06), and every reason why there is none.

use axum::http::StatusCode;
use model::MessageId;
use serde_json::{Value, json};
use store::{MediaRecord, StoredFile};

use crate::seed::WAMID;
use crate::world::{Answer, World, at};

const SENT: &str = "2026-01-05T11:00:00Z";

/// A picture with the oddest of wamids.
async fn picture(world: &World) -> MessageId {
    let image =
        json!({"from": "15550101", "id": WAMID, "type": "image", "image": {"id": "7", "mime_type": "image/jpeg"}});
    world.wrote("15550101", WAMID, at(SENT), &image.to_string()).await;
    MessageId::new(WAMID)
}

async fn ask(world: &World) -> Answer {
    world.get(&format!("/v1/messages/{WAMID}/media")).await
}

fn is_problem(answer: &Answer, status: u16, code: &str) -> Value {
    answer.is(status, code);
    answer.json()
}

#[tokio::test]
async fn a_link_downloads_the_file_and_expires() {
    let world = World::new().await;
    let id = picture(&world).await;
    let s3 = &world.s3;
    s3.create_bucket().bucket("media").send().await.unwrap();
    let key = "media/100000000000001/7";
    let put = s3.put_object().bucket("media").key(key).content_type("text/html").content_disposition("attachment");
    put.body(b"<script>".to_vec().into()).send().await.unwrap();
    let file = StoredFile {
        bucket: "media".to_owned(),
        key: key.to_owned(),
        mime_type: "image/jpeg".to_owned(),
        sniffed_type: Some("text/html".to_owned()),
        type_mismatch: true,
        sha256: "ab".repeat(32),
        bytes: 8,
        declared_bytes: None,
    };
    world.store.record_media(&id, &MediaRecord::Stored(file), world.clock.now()).await.unwrap();

    let answer = ask(&world).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    assert_eq!(answer.headers["cache-control"], "no-store");
    let link = answer.json();
    assert_eq!(link["expires_at"], "2026-01-05T12:15:00Z");
    assert_eq!((&link["mime_type"], &link["sniffed_type"]), (&json!("image/jpeg"), &json!("text/html")));
    assert_eq!((&link["type_mismatch"], &link["bytes"]), (&json!(true), &json!(8)));
    assert_eq!(link["sha256"], "ab".repeat(32));

    let url = link["url"].as_str().unwrap();
    assert!(url.contains("X-Amz-Expires=900") && url.contains("X-Amz-Date=20260105T120000Z"), "{url}");
    // Whoever has the link has nothing else: no header of a client of AWS's may be part of what is signed.
    assert!(url.contains("X-Amz-SignedHeaders=host&"), "{url}");
    world.aws.clock().advance(std::time::Duration::from_mins(14));
    let file = download(url).await;
    assert!(file.starts_with("HTTP/1.1 200") && file.ends_with("<script>"), "{file}");
    // Opened in a browser it is downloaded, and runs nowhere.
    assert!(file.to_lowercase().contains("content-disposition: attachment"), "{file}");
    world.aws.clock().advance(std::time::Duration::from_mins(2));
    assert!(download(url).await.starts_with("HTTP/1.1 403"), "the link has expired");
}

#[tokio::test]
async fn why_there_is_no_file_is_said() {
    let world = World::new().await;
    is_problem(&ask(&world).await, 404, "not_found");
    world.wrote_text("15550101", "wamid.text", at(SENT), "no file").await;
    is_problem(&world.get("/v1/messages/wamid.text/media").await, 404, "no_media");

    let id = picture(&world).await;
    is_problem(&ask(&world).await, 409, "media_pending");
    let waiting = MediaRecord::Waiting { reason: "the token is invalid".to_owned(), attempts: 2 };
    world.store.record_media(&id, &waiting, world.clock.now()).await.unwrap();
    let pending = is_problem(&ask(&world).await, 409, "media_pending");
    assert!(pending["detail"].as_str().unwrap().contains("the token is invalid"), "{pending}");

    let quarantine_key = Some("media/quarantine/100000000000001/7".to_owned());
    let failed =
        MediaRecord::Failed { code: "mismatch".to_owned(), reason: "another checksum".to_owned(), quarantine_key };
    world.store.record_media(&id, &failed, world.clock.now()).await.unwrap();
    let problem = is_problem(&ask(&world).await, 410, "media_failed");
    assert_eq!(problem["reason"], "mismatch");
    assert!(problem["detail"].as_str().unwrap().contains("another checksum"), "{problem}");
    assert!(problem.get("url").is_none());
}

/// A job that is lost is not pending for ever.
#[tokio::test]
async fn what_was_never_copied_is_lost_with_its_week() {
    let world = World::new().await;
    picture(&world).await;
    world.clock.advance(std::time::Duration::from_hours(7 * 24 - 2));
    is_problem(&ask(&world).await, 409, "media_pending");
    world.clock.advance(std::time::Duration::from_hours(1));
    assert_eq!(is_problem(&ask(&world).await, 410, "media_failed")["reason"], "expired");
}

/// Over 100 MB, Meta sends an error in place of a file.
#[tokio::test]
async fn a_file_that_meta_could_not_fetch_is_told_with_metas_reason() {
    let world = World::new().await;
    let error = json!({"code": 131_052, "title": "Media download error"});
    let message = json!({"from": "15550101", "id": WAMID, "type": "unsupported", "errors": [error]});
    world.wrote("15550101", WAMID, at(SENT), &message.to_string()).await;
    let problem = is_problem(&ask(&world).await, 410, "media_failed");
    assert_eq!(problem["reason"], "unsupported");
    let shown = world.get(&format!("/v1/messages/{WAMID}")).await.json();
    assert_eq!(shown["errors"][0]["code"], "131052");
}

/// As anybody would who has the link: without credentials.
async fn download(url: &str) -> String {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let (host, path) = url.strip_prefix("http://").unwrap().split_once('/').unwrap();
    let mut stream = tokio::net::TcpStream::connect(host).await.unwrap();
    let request = format!("GET /{path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    String::from_utf8(answer).unwrap()
}
