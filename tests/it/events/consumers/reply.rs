//! The consumer that answers through the API (infra/docs/consumers/reply): its handler on the events of people who write,
//! its sends at the fake Meta.

use std::process::Stdio;

use sandbox::meta::SendRecord;
use serde_json::value::RawValue;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::process::Command;

use super::batch::take;
use super::consumer::{PYTHON, folder, python};
use crate::system::{NUMBER, System, eventually};

const ANA: &str = "15550177911";
const BEN: &str = "15550177912";

/// What it answers to a batch, and what it said.
async fn handle(api: &str, records: &[Value]) -> Option<(Vec<String>, String)> {
    let program = python().await?;
    let mut child = Command::new(program)
        .args(["-B", "-c", PYTHON])
        .current_dir(folder("reply"))
        .env("API_URL", api)
        .env("AWS_DEFAULT_REGION", "eu-west-1")
        .env("AWS_ACCESS_KEY_ID", "AKIDTEST")
        .env("AWS_SECRET_ACCESS_KEY", "test")
        .env("AWS_CONFIG_FILE", "/dev/null")
        .env("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
        .env_remove("AWS_PROFILE")
        .env_remove("AWS_SESSION_TOKEN")
        .env("no_proxy", "127.0.0.1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let event = json!({"Records": records}).to_string();
    child.stdin.take().unwrap().write_all(event.as_bytes()).await.unwrap();
    let output = child.wait_with_output().await.unwrap();
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{told}");
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
    let failures = answer["batchItemFailures"].as_array().unwrap().iter();
    Some((failures.map(|failure| failure["itemIdentifier"].as_str().unwrap().to_owned()).collect(), told))
}

/// What Meta was asked to send to somebody, in order.
fn sent_to(system: &System, person: &str) -> Vec<String> {
    let of = |sent: SendRecord| (sent.to.trim_start_matches('+') == person).then_some(sent.request);
    let text = |request: Box<RawValue>| {
        let request: Value = serde_json::from_str(request.get()).unwrap();
        request["text"]["body"].as_str().unwrap().to_owned()
    };
    system.meta().sends().into_iter().filter_map(of).map(text).collect()
}

#[tokio::test]
async fn who_writes_is_answered_once() {
    let system = System::start().await;
    let api = system.local.ready().api.clone();
    let mut records = Vec::new();
    for (person, said) in [(ANA, "canary hello"), (BEN, "canary hi"), (ANA, "canary again")] {
        system.write_in(person, &json!({"name": "Canary", "text": said})).await;
        records.extend(take(&system).await);
    }
    assert_eq!(records.len(), 3);
    let Some((failed, told)) = handle(&api, &records).await else {
        return system.done().await;
    };
    assert_eq!(failed, Vec::<String>::new(), "{told}");
    // All of it comes again, as after a crash, and once more by a replay.
    let mut again = records.clone();
    let mut replayed: Value = serde_json::from_str(again[0]["body"].as_str().unwrap()).unwrap();
    replayed["id"] = json!(format!("{}.rpl_canary", replayed["id"].as_str().unwrap()));
    again[0]["body"] = json!(replayed.to_string());
    assert_eq!(handle(&api, &again).await.unwrap().0, Vec::<String>::new());
    eventually("both answers to Ana", async || (sent_to(&system, ANA).len() >= 2).then_some(())).await;
    eventually("the answer to Ben", async || (!sent_to(&system, BEN).is_empty()).then_some(())).await;
    // Whatever was queued is delivered by now, or is not there: each has one message after these to wait for.
    for person in [ANA, BEN] {
        system.send(&json!({"to": format!("+{person}"), "type": "text", "text": {"body": "last"}})).await;
    }
    eventually("the last", async || {
        let (ana, ben) = (sent_to(&system, ANA), sent_to(&system, BEN));
        (ana.last()? == "last" && ben.last()? == "last").then_some(())
    })
    .await;
    let thanks = "Thank you, Canary. We answer within the hour.";
    assert_eq!(sent_to(&system, ANA), [thanks, thanks, "last"]);
    assert_eq!(sent_to(&system, BEN), [thanks, "last"]);
    assert!(!told.contains("canary") && !told.contains("Canary"), "{told}");
    system.done().await;
}

/// An API that is away: the person's events wait and come again, in order; what is refused for good is let go, and said.
#[tokio::test]
async fn what_is_not_taken_comes_again_or_is_said() {
    let system = System::start().await;
    let mut records = Vec::new();
    for (person, said) in [(ANA, "canary one"), (ANA, "canary two"), (BEN, "canary three")] {
        system.write_in(person, &json!({"text": said})).await;
        records.extend(take(&system).await);
    }
    let ids: Vec<&str> = records.iter().map(|record| record["messageId"].as_str().unwrap()).collect();
    let (away, _) = api("HTTP/1.1 503 Service Unavailable", r#"{"code": "unavailable"}"#).await;
    let Some((failed, told)) = handle(&away, &records).await else {
        return system.done().await;
    };
    assert_eq!(failed, ids);
    assert!(told.contains("503 unavailable") && !told.contains("canary"), "{told}");
    let (closed, _) = api("HTTP/1.1 422 Unprocessable Content", r#"{"code": "window_closed"}"#).await;
    let (failed, told) = handle(&closed, &records).await.unwrap();
    assert_eq!(failed, Vec::<String>::new());
    assert!(told.contains("422 window_closed"), "{told}");
    system.done().await;
}

/// IAM looks at each request: whose it is, for which service and region, and what it covers.
#[tokio::test]
async fn a_reply_is_signed_and_has_the_events_id_as_its_key() {
    let system = System::start().await;
    system.write_in(ANA, &json!({"text": "canary"})).await;
    let records = take(&system).await;
    let (url, mut asked) = api("HTTP/1.1 202 Accepted", "{}").await;
    let Some((failed, _)) = handle(&url, &records).await else {
        return system.done().await;
    };
    assert_eq!(failed, Vec::<String>::new());
    let request = asked.recv().await.unwrap();
    let event: Value = serde_json::from_str(records[0]["body"].as_str().unwrap()).unwrap();
    let first = format!("POST /v1/channels/{NUMBER}/messages HTTP/1.1");
    assert_eq!(request.lines().next().unwrap(), first);
    let header = |name: &str| {
        let found = request.lines().find_map(|line| {
            let (key, value) = line.split_once(": ")?;
            key.eq_ignore_ascii_case(name).then(|| value.to_owned())
        });
        found.unwrap_or_else(|| panic!("no {name}"))
    };
    assert_eq!(header("idempotency-key"), event["id"].as_str().unwrap());
    let authorization = header("authorization");
    assert!(authorization.starts_with("AWS4-HMAC-SHA256 Credential=AKIDTEST/"), "{authorization}");
    assert!(authorization.contains("/eu-west-1/execute-api/aws4_request"), "{authorization}");
    assert!(authorization.contains("host") && authorization.contains("idempotency-key"), "{authorization}");
    assert_eq!(header("x-amz-date").len(), 16);
    system.done().await;
}

/// An API that answers everything the same, and what it was asked.
async fn api(status: &'static str, body: &'static str) -> (String, tokio::sync::mpsc::UnboundedReceiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (told, asked) = tokio::sync::mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut request = Vec::new();
            let mut piece = [0; 4096];
            // Its body has come once it is as long as the head says.
            loop {
                let count = stream.read(&mut piece).await.unwrap_or_default();
                request.extend_from_slice(&piece[..count]);
                let text = String::from_utf8_lossy(&request).to_lowercase();
                let whole = text.split_once("\r\n\r\n").is_some_and(|(head, body)| {
                    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
                    body.len() >= length.unwrap_or(0_usize)
                });
                if count == 0 || whole {
                    break;
                }
            }
            drop(told.send(String::from_utf8_lossy(&request).into_owned()));
            let length = body.len();
            let answer = format!(
                "{status}\r\ncontent-type: application/problem+json\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
            );
            drop(stream.write_all(answer.as_bytes()).await);
            drop(stream.shutdown().await);
        }
    });
    (url, asked)
}
