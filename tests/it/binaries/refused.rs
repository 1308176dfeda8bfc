//! What the real webhook answers to bad input and on AWS's bad days (issue 3; fault matrix 5, 14, 15; security 1, 5).

use std::time::Duration;

use futures::{StreamExt, stream};
use sandbox::Service;
use sandbox::aws::faults::Fault;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::canary::{self, APP_SECRET, PHONE, wamid};
use super::checker::{self, Inbound};
use super::events::Request;
use super::mailbox::Post;
use super::posted::{facts, notification};
use super::rig::{NUMBER, Rig, WABA};
use crate::lambda::{Function, Outcome};

/// Within 3 s, by the function's own budget. The machine that runs this does many other things meanwhile; without that
/// budget a call that hangs takes 5 s, three times over.
const PROMPT: Duration = Duration::from_millis(4_500);

/// Cases under way at once: most of them only wait.
const LANES: usize = 4;

/// S3: 401 for whatever is not Meta's, and not one call to AWS.
#[tokio::test]
async fn who_is_not_meta_costs_nothing() {
    let rig = Rig::start().await;
    let webhook = rig.process("webhook").await;
    let post = text_from(PHONE, 1);
    assert_eq!(rig.post(&webhook, &post, false).await, Some(200));
    rig.toward_aws("webhook").reset();
    let right = post.signature.clone();
    let (_, digits) = right.split_once('=').unwrap();
    let last = if right.ends_with('0') { "1" } else { "0" };
    let forged = [
        sandbox::meta::sign("another secret", post.body.as_bytes()),
        sandbox::meta::sign("", post.body.as_bytes()),
        sandbox::meta::sign(APP_SECRET, b"{}"),
        format!("sha256={}", digits.to_uppercase()),
        format!("sha1={digits}"),
        format!("SHA256={digits}"),
        digits.to_owned(),
        format!("sha256={}", &digits[..62]),
        format!("{right}00"),
        format!("{}{last}", &right[..right.len() - 1]),
        format!("{right},{right}"),
        format!("{right}, {right}"),
        format!("sha256={}", "é".repeat(32)),
        String::from("sha256="),
        String::new(),
    ];
    for signature in forged {
        for base64 in [false, true] {
            let forged = Post { signature: signature.clone(), ..post.clone() };
            assert_eq!(rig.post(&webhook, &forged, base64).await, Some(401), "{signature}");
        }
    }
    // Whatever it would have brought.
    for body in [String::new(), String::from("{"), "[".repeat(100_000), "x".repeat(3_000_000)] {
        let forged = Post { signature: right.clone(), body };
        assert_eq!(rig.post(&webhook, &forged, false).await, Some(401));
    }
    let mut unsigned = request(&post, &[("content-type", "application/json")], false).event();
    assert_eq!(status(&rig, &webhook, unsigned.clone()).await, 401);
    unsigned["headers"] = json!({});
    assert_eq!(status(&rig, &webhook, unsigned).await, 401);
    assert_eq!(rig.toward_aws("webhook").totals().requests, 0);
    drop(webhook);
    rig.close().await;
}

/// 413 before anything is done with it, and the largest that Meta sends is taken.
#[tokio::test]
async fn what_is_over_the_limit_is_told_so() {
    let rig = Rig::start().await;
    let webhook = rig.process("webhook").await;
    assert_eq!(rig.post(&webhook, &text_from(PHONE, 1), false).await, Some(200));
    let of = |bytes: usize| {
        let body = "x".repeat(bytes);
        Post { signature: sandbox::meta::sign(APP_SECRET, body.as_bytes()), body }
    };
    rig.toward_aws("webhook").reset();
    for base64 in [false, true] {
        assert_eq!(rig.post(&webhook, &of(3_200_001), base64).await, Some(413));
    }
    assert_eq!(rig.toward_aws("webhook").totals().requests, 0);
    assert_eq!(rig.post(&webhook, &of(3_200_000), true).await, Some(200));
    drop(webhook);
    rig.close().await;
}

/// Fault matrix 15: the bytes are what is signed, however the gateway wraps them and whatever they call themselves.
#[tokio::test]
async fn only_the_bytes_count() {
    let rig = Rig::start().await;
    let (webhook, api) = (rig.process("webhook").await, rig.process("api").await);
    let kinds = [
        Some("application/json"),
        Some("application/json; charset=utf-8"),
        Some("text/plain"),
        Some("application/octet-stream"),
        Some("multipart/form-data; boundary=x"),
        Some("application/x-www-form-urlencoded"),
        Some("nonsense"),
        Some(""),
        None,
    ];
    let names = ["x-hub-signature-256", "X-Hub-Signature-256", "X-HUB-SIGNATURE-256"];
    let mut number = 0;
    for base64 in [false, true] {
        for (kind, name) in kinds.iter().zip(names.iter().cycle()) {
            number += 1;
            let post = text_from(PHONE, number);
            let mut event = request(&post, &[], base64).event();
            event["headers"][*name] = post.signature.clone().into();
            if let Some(kind) = kind {
                event["headers"]["content-type"] = (*kind).into();
            }
            assert_eq!(status(&rig, &webhook, event).await, 200, "{kind:?}, {name}, base64: {base64}");
            let shown = rig.get(&api, &format!("/v1/messages/{}", wamid(PHONE, number))).await;
            assert_eq!((shown.status, &shown.body["content"]["text"]["body"]), (200, &json!(canary::TEXT)), "{kind:?}");
        }
    }
    drop((webhook, api));
    rig.close().await;
}

/// Signed and no webhook: 200, because Meta would send it for a week; kept, and counted where somebody looks.
#[tokio::test]
async fn what_cannot_be_parsed_is_kept_and_counted() {
    let rig = Rig::start().await;
    let (webhook, api) = (rig.process("webhook").await, rig.process("api").await);
    let deep = "[".repeat(10_000);
    let bodies =
        ["", "{}", "[]", "null", "{\"entry\":1}", "{\"entry\":[", "no json", "\u{0}\u{1}\u{fffe}", deep.as_str()];
    for (place, body) in bodies.iter().enumerate() {
        let body = format!("{body}{}", " ".repeat(place));
        let post = Post { signature: sandbox::meta::sign(APP_SECRET, body.as_bytes()), body };
        assert_eq!(rig.post(&webhook, &post, place % 2 == 0).await, Some(200), "{place}");
    }
    // Bytes that are no text reach the function in base64 only.
    let bytes = b"\xff\xfe{\"entry\":[]}\x80";
    let mut event = request(&Post { signature: String::new(), body: String::new() }, &[], true).event();
    event["headers"]["x-hub-signature-256"] = sandbox::meta::sign(APP_SECRET, bytes).into();
    event["body"] = in_base64(bytes).into();
    assert_eq!(status(&rig, &webhook, event).await, 200);
    let kept = rig.get(&api, "/v1/quarantine?cause=unprocessable&limit=100").await.body;
    let kept = kept["items"].as_array().unwrap();
    assert_eq!(kept.len(), bodies.len() + 1);
    assert!(kept.iter().any(|one| one["raw"] == "no json      "));
    let counted = rig.printed("webhook").lines().filter(|line| line.contains("\"metric\":\"Unprocessable\"")).count();
    assert_eq!(counted, bodies.len() + 1);
    drop((webhook, api));
    rig.close().await;
}

/// What is to be answered while a fault lasts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Expected {
    /// Meta is to come again.
    Unavailable,
    /// It is made good at once.
    Taken,
    /// Either, as long as it is prompt and no lie.
    Prompt,
}

/// Fault matrix 5. Each lasts until it is lifted, unless it says how often.
fn bad_days() -> Vec<(&'static str, Expected, Fault)> {
    use Expected::{Prompt, Taken, Unavailable};
    let writes = |fault: Fault| fault.on(Service::DynamoDb).operation("BatchExecuteStatement");
    let reads = |fault: Fault| fault.on(Service::DynamoDb).operation("BatchGetItem");
    let queue = |fault: Fault| fault.on(Service::Sqs).operation("SendMessageBatch");
    let entries = |code| writes(Fault::fail_entries(&[], code));
    let (long, slow) = (Duration::from_secs(20), Duration::from_secs(2));
    vec![
        ("the table answers 500", Unavailable, Fault::unavailable().on(Service::DynamoDb)),
        ("the table throttles", Unavailable, Fault::throttle(Service::DynamoDb)),
        ("the table throttles writes", Unavailable, writes(Fault::throttle(Service::DynamoDb))),
        ("the table throttles once", Taken, writes(Fault::throttle(Service::DynamoDb)).times(1)),
        ("a write fails once", Taken, writes(Fault::unavailable()).times(1)),
        ("every statement is in conflict", Unavailable, entries("TransactionConflict")),
        ("every statement is in conflict once", Taken, entries("TransactionConflict").times(1)),
        ("every statement is throttled", Unavailable, entries("ProvisionedThroughputExceeded")),
        ("a statement fails once", Taken, writes(Fault::fail_entries(&[1], "InternalServerError")).times(1)),
        // What only statuses may survive: their items can grow too large.
        ("every statement is refused once", Unavailable, entries("ValidationError").times(1)),
        ("reads hang", Unavailable, reads(Fault::delay(long))),
        ("writes hang", Unavailable, writes(Fault::delay(long))),
        ("the table is slow", Prompt, Fault::delay(slow).on(Service::DynamoDb)),
        ("writes are slow", Prompt, writes(Fault::delay(slow))),
        ("writes are carried out and nobody says so", Unavailable, writes(Fault::lose_reply())),
        ("a write is carried out and nobody says so", Taken, writes(Fault::lose_reply()).times(1)),
        ("the table hangs up", Unavailable, writes(Fault::hang_up())),
        ("the queue answers 500", Unavailable, queue(Fault::unavailable())),
        ("the queue throttles once", Taken, queue(Fault::throttle(Service::Sqs)).times(1)),
        ("the queue hangs", Unavailable, queue(Fault::delay(long))),
        ("the queue takes one event less", Unavailable, queue(Fault::fail_entries(&[0], "InternalError"))),
        ("the queue takes them and does not say so", Unavailable, queue(Fault::lose_reply())),
    ]
}

/// 503 within 3 s where something could not be stored or told, never a 200 for it, and nothing is lost or doubled by it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn meta_is_told_promptly_to_come_again() {
    stream::iter(bad_days())
        .map(|(what, expected, fault)| on_a_bad_day(what, expected, fault))
        .buffer_unordered(LANES)
        .collect::<()>()
        .await;
}

async fn on_a_bad_day(what: &str, expected: Expected, fault: Fault) {
    let rig = Rig::start().await;
    let (post, carried) = notification(&rig).await;
    let (webhook, api) = (rig.process("webhook").await, rig.process("api").await);
    // Warm, so that what is measured is this POST and no start.
    assert_eq!(rig.post(&webhook, &Rig::signed(&json!({"entry": []})), false).await, Some(200));
    rig.aws().faults().add(fault);
    let asked = Instant::now();
    let answer = rig.post(&webhook, &post, false).await;
    let took = asked.elapsed();
    assert!(took < PROMPT, "{what}: answered after {took:?}");
    let is_as_expected = match expected {
        Expected::Unavailable => answer == Some(503),
        Expected::Taken => answer == Some(200),
        Expected::Prompt => matches!(answer, Some(200 | 503)),
    };
    assert!(is_as_expected, "{what}: {answer:?}, and not {expected:?}");
    rig.aws().faults().clear();
    let mut run = Inbound::default();
    if answer == Some(200) {
        run.acknowledged.push(facts(&rig, &api, &carried).await);
    }
    assert_eq!(rig.post(&webhook, &post, true).await, Some(200), "{what}, redelivered");
    run.acknowledged.push(facts(&rig, &api, &carried).await);
    run.finally = facts(&rig, &api, &carried).await;
    assert_eq!(checker::inbound(&carried, &run), [], "{what}");
    drop((webhook, api));
    rig.close().await;
}

/// The secret is away and was never read: nobody can say whether it is Meta, so Meta is asked to come again.
#[tokio::test]
async fn without_the_secret_nobody_is_refused_for_good() {
    for fault in [Fault::unavailable(), Fault::delay(Duration::from_secs(20))] {
        let rig = Rig::start().await;
        let named = format!("{fault:?}");
        rig.aws().faults().add(fault.on(Service::SecretsManager));
        let webhook = rig.process("webhook").await;
        let post = text_from(PHONE, 1);
        let asked = Instant::now();
        assert_eq!(rig.post(&webhook, &post, false).await, Some(503), "{named}");
        assert!(asked.elapsed() < PROMPT, "{named}");
        rig.aws().faults().clear();
        assert_eq!(rig.post(&webhook, &post, false).await, Some(200), "{named}");
        drop(webhook);
        rig.close().await;
    }
}

async fn status(rig: &Rig, webhook: &Function, event: Value) -> u64 {
    match webhook.invoke(event, rig.timeout("webhook")).await {
        Outcome::Answered(answer) => answer["statusCode"].as_u64().unwrap(),
        other => panic!("no answer: {other:?}"),
    }
}

fn request<'a>(post: &'a Post, headers: &'a [(&'a str, &'a str)], base64: bool) -> Request<'a> {
    Request { method: "POST", path: "/webhook", query: "", headers, body: &post.body, base64 }
}

/// A text of this person, their `number`th.
fn text_from(phone: &str, number: u32) -> Post {
    let message = json!({"from": phone, "id": wamid(phone, number), "type": "text", "text": {"body": canary::TEXT},
        "timestamp": jiff::Timestamp::now().as_second().to_string()});
    let value = json!({
        "messaging_product": "whatsapp",
        "metadata": {"display_phone_number": "15550100", "phone_number_id": NUMBER},
        "contacts": [{"profile": {"name": canary::NAME}, "wa_id": phone}],
        "messages": [message],
    });
    let changes = json!([{"field": "messages", "value": value}]);
    Rig::signed(&json!({"object": "whatsapp_business_account", "entry": [{"id": WABA, "changes": changes}]}))
}

fn in_base64(bytes: &[u8]) -> String {
    use base64::Engine;
    base64::engine::general_purpose::STANDARD.encode(bytes)
}
