//! Files, as the real function copies them: in a memory that does not depend on their size, and in words that an alarm
//! counts.

use std::collections::BTreeMap;

use axum::body::Body;
use axum::extract::{Path, State};
use axum::routing::{get, post};
use axum::{Json, Router};
use bytes::Bytes;
use futures::{StreamExt, stream};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::canary::PHONE;
use super::rig::{NUMBER, Rig, WABA};
use super::view::Batch;
use crate::system::eventually;

/// Bytes, and the SHA-256 of so many zeros. The last is as large as Meta lets people send.
const LARGE: (usize, &str) = (100_000_000, "a993f8c574e0fea8c1cdcbcd9408d9e2e107ee6e4d120edcfa11decd53fa0cae");
const SMALL: (usize, &str) = (1_000, "541b3e9daa09b20bf85fa273e5cbd3e80185aa4ec298e765db87742b70138a53");
const PIECE: usize = 64 * 1024;
const MIB: u64 = 1024 * 1024;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_largest_file_takes_hardly_more_memory_than_a_small_one() {
    let [small, large] = peaks([SMALL, LARGE]).await;
    // A part is 8 MiB, and so is what is on its way.
    assert!(large < small + 20 * MIB, "{small} {large}");
}

/// On its way out it is read as often as it takes, and never held.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_largest_file_to_send_takes_hardly_more_memory_than_a_small_one() {
    const LARGEST: usize = 100 * 1024 * 1024;
    let rig = Rig::start().await;
    let host = host().await;
    let api = rig.process("api").await;
    let mut peaks = [0; 3];
    for (size, peak) in [1_000, LARGEST, LARGEST + 1].into_iter().zip(&mut peaks) {
        let key = format!("library/{size}.pdf");
        let object = rig.s3().put_object().bucket(&rig.local.ready().bucket).key(&key).content_type("application/pdf");
        object.body(vec![0; size].into()).send().await.unwrap();
        let message = json!({"to": format!("+{PHONE}"), "type": "document", "document": {},
            "waypost": {"window": "meta", "media": {"key": key}}});
        let asked = rig.ask(&api, "POST", &format!("/v1/channels/{NUMBER}/messages"), None, &message).await.unwrap();
        let media = rig.process_with("media", |environment| at(environment, &host)).await;
        let batch = rig.deliver(&media, "media", &rig.local.ready().queues.media).await;
        assert_eq!(batch, Some(Batch { received: 1, failed: 0 }));
        let id = asked.body["id"].as_str().unwrap();
        let sent = rig.get(&api, &format!("/v1/messages/{id}")).await.body;
        if size > LARGEST {
            assert_eq!((&sent["type"], &sent["converted"]["reason"]), (&json!("text"), &json!("media_too_large")));
        } else {
            assert_eq!(sent["content"]["document"]["id"], size.to_string(), "{sent}");
        }
        *peak = media.peak_memory();
        media.stop().await;
    }
    api.stop().await;
    rig.close().await;
    let [small, large, too_large] = peaks;
    eprintln!("{small} bytes at the peak for a small file, {large} for 100 MiB, {too_large} for one byte more");
    assert!(large.max(too_large) < small + 20 * MIB, "{small} {large} {too_large}");
}

/// The most memory that a process of its own takes for each.
async fn peaks(files: [(usize, &str); 2]) -> [u64; 2] {
    let rig = Rig::start().await;
    let host = host().await;
    let mut peaks = [0; 2];
    for ((size, sha256), peak) in files.into_iter().zip(&mut peaks) {
        let message = a_message(&rig).await;
        queue(&rig, &message, &size.to_string(), Timestamp::now()).await;
        let media = rig.process_with("media", |environment| at(environment, &host)).await;
        let batch = rig.deliver(&media, "media", &rig.local.ready().queues.media).await;
        assert_eq!(batch, Some(Batch { received: 1, failed: 0 }));
        let stored = rig.events().into_iter().find(|event| event["data"]["message_id"] == message.as_str()).unwrap();
        assert_eq!((&stored["data"]["bytes"], &stored["data"]["sha256"]), (&json!(size), &json!(sha256)));
        *peak = media.peak_memory();
        media.stop().await;
    }
    rig.close().await;
    peaks
}

/// Signed with what Lambda gives the real function, for whoever has nothing but the link.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_link_that_the_api_signs_hands_the_file_out() {
    let rig = Rig::start().await;
    let (host, (size, sha256)) = (host().await, SMALL);
    let message = a_message(&rig).await;
    let api = rig.process("api").await;
    let path = format!("/v1/messages/{message}/media");
    assert_eq!(rig.get(&api, &path).await.body["code"], "no_media");
    queue(&rig, &message, &size.to_string(), Timestamp::now()).await;
    let media = rig.process_with("media", |environment| at(environment, &host)).await;
    let batch = rig.deliver(&media, "media", &rig.local.ready().queues.media).await;
    assert_eq!(batch, Some(Batch { received: 1, failed: 0 }));
    let link = rig.get(&api, &path).await;
    assert_eq!((link.status, &link.body["sha256"]), (200, &json!(sha256)), "{}", link.body);
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let file = http.get(link.body["url"].as_str().unwrap()).send().await.unwrap();
    assert_eq!(file.headers()["content-disposition"], "attachment");
    assert_eq!(file.bytes().await.unwrap(), vec![0; size]);
    media.stop().await;
    api.stop().await;
    rig.close().await;
}

/// The alarm reads the function's log: what it looks for is what is printed.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_waits_too_long_is_printed_as_the_alarm_reads_it() {
    let rig = Rig::start().await;
    let hours = i64::try_from(media::patience::OVERDUE_HOURS).unwrap();
    let media = rig.process("media").await;
    for (round, (waited, alarms)) in [(hours - 1, false), (hours, true)].into_iter().enumerate() {
        let message = a_message(&rig).await;
        let sent = Timestamp::now() - SignedDuration::from_hours(waited) - SignedDuration::from_mins(1);
        queue(&rig, &message, "404404404", sent).await;
        let batch = rig.deliver(&media, "media", &rig.local.ready().queues.media).await;
        assert_eq!(batch, Some(Batch { received: 1, failed: 1 }));
        let counted = |line: &str| {
            let line: Value = serde_json::from_str(line).ok()?;
            (line["metric"] == "MediaOverdue")
                .then(|| line["waiting_hours"].as_i64().is_some_and(|waiting| waiting >= hours))
        };
        // The line of the attempt comes after the one that the alarm counts.
        let attempts = |printed: &str| printed.matches("a file could not be copied yet").count();
        eventually("the line", async || (attempts(&rig.printed("media")) > round).then_some(())).await;
        assert_eq!(rig.printed("media").lines().filter_map(counted).any(|counted| counted), alarms);
    }
    media.stop().await;
    rig.close().await;
}

/// A message for a job to be about.
pub(super) async fn a_message(rig: &Rig) -> String {
    let webhook = rig.process("webhook").await;
    let written = rig.meta().write_in(PHONE, &json!({"text": "a file"})).await.unwrap();
    rig.take_mail(&webhook).await;
    written.wamid
}

pub(super) async fn queue(rig: &Rig, message: &str, media_id: &str, sent: Timestamp) {
    let job = json!({"v": 1, "waba_id": WABA, "phone_number_id": NUMBER, "message_id": message, "media_id": media_id,
        "at": sent});
    let request = rig.sqs().send_message().queue_url(&rig.local.ready().queues.media);
    request.message_body(job.to_string()).send().await.unwrap();
}

fn at(environment: &mut BTreeMap<String, String>, host: &str) {
    environment.insert("GRAPH_BASE_URL".to_owned(), host.to_owned());
}

/// A file host whose files are as many zeros as their ids say, made while they are sent.
async fn host() -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let app = Router::new().route("/v24.0/{id}", get(node)).route("/file/{id}", get(file));
    let app = app.route("/v24.0/{number}/media", post(taken)).with_state(url.clone());
    tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
    url
}

async fn node(State(url): State<String>, Path(id): Path<usize>) -> Json<Value> {
    let (_, sha256) = [SMALL, LARGE].into_iter().find(|(size, _)| *size == id).unwrap();
    Json(json!({"url": format!("{url}/file/{id}"), "mime_type": "video/mp4", "file_size": id, "sha256": sha256}))
}

/// The id of an uploaded file is how many bytes of it arrived, so that one sees that it was all of them.
async fn taken(body: Body) -> Json<Value> {
    let mut chunks = body.into_data_stream();
    let (mut total, mut head) = (0, Vec::new());
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.unwrap();
        total += chunk.len();
        head.extend_from_slice(&chunk[..chunk.len().min(1_000_usize.saturating_sub(head.len()))]);
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    let boundary = head.lines().next().unwrap().len();
    let before = head.find("Content-Type: application/pdf\r\n\r\n").unwrap() + 33;
    // A line break, the boundary, two dashes and a line break end it.
    Json(json!({"id": (total - before - boundary - 6).to_string()}))
}

async fn file(Path(id): Path<usize>) -> Body {
    let sizes = (0..id).step_by(PIECE).map(move |start| PIECE.min(id - start));
    Body::from_stream(stream::iter(sizes.map(|size| Ok::<_, std::io::Error>(Bytes::from(vec![0; size])))))
}
