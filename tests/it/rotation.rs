//! Secrets change while everything runs (A-07, fault matrix 10 and 11).

use std::time::Duration;

use local::{Account, Options};
use serde_json::{Value, json};

use crate::system::{APP_SECRET, Answer, Message, NUMBER, System, eventually, logged, notification, sign};

const ANA: &str = "15550177111";
/// A number that only one test has, so that what is logged of it is that test's.
const OWN: &str = "100000000000777";
const NEXT: &str = "canary-next-secret";

/// Both app secrets are good during the overlap, and what is gone is gone within minutes.
#[tokio::test]
async fn the_app_secret_changes() {
    let system = System::start().await;
    assert_eq!(posted(&system, APP_SECRET).await.status, 200);
    put_webhook_secret(&system, &[NEXT, APP_SECRET], "local-verify-token").await;
    // A wrong signature makes nobody read a secret that was just read; Meta comes again.
    assert_eq!(posted(&system, NEXT).await.status, 401);
    system.local.clock().advance(Duration::from_secs(31));
    for secret in [NEXT, APP_SECRET, NEXT] {
        assert_eq!(posted(&system, secret).await.status, 200);
    }
    put_webhook_secret(&system, &[NEXT], "local-verify-token").await;
    system.local.clock().advance(Duration::from_secs(301));
    assert_eq!((posted(&system, NEXT).await.status, posted(&system, APP_SECRET).await.status), (200, 401));
    // Without any, nobody is Meta.
    put_webhook_secret(&system, &[], "local-verify-token").await;
    system.local.clock().advance(Duration::from_secs(301));
    for secret in [NEXT, APP_SECRET, ""] {
        assert_eq!(posted(&system, secret).await.status, 401);
    }
    assert_eq!(system.items_of("message").await.len(), 5);
    system.done().await;
}

#[tokio::test]
async fn the_verify_token_changes() {
    let system = System::start().await;
    let ask = async |token: &str| {
        let query = format!("hub.mode=subscribe&hub.challenge=7&hub.verify_token={token}");
        system.get(&format!("/webhook?{query}")).await.status
    };
    assert_eq!(ask("local-verify-token").await, 200);
    put_webhook_secret(&system, &[APP_SECRET], "canary-token").await;
    system.local.clock().advance(Duration::from_secs(31));
    assert_eq!((ask("canary-token").await, ask("local-verify-token").await), (200, 403));
    system.done().await;
}

/// A token that was replaced in time costs nothing but one more read of the secret.
#[tokio::test]
async fn the_access_token_was_replaced() {
    let system = System::start().await;
    system.write_in(ANA, &json!({"text": "canary"})).await;
    system.message_in(&system.send(&hello()).await, "accepted").await;
    system.local.clock().advance(Duration::from_secs(31));
    system.tell_meta("tokens", &json!({"value": "local-access-token", "invalid": 463})).await;
    replace_token(&system).await;
    system.message_in(&system.send(&hello()).await, "accepted").await;
    assert_eq!(system.meta().sends().len(), 2);
    system.done().await;
}

/// One that expired parks what is to be sent, and says so; once there is a new one it leaves by itself, once.
#[tokio::test]
async fn the_access_token_expired() {
    let account = Account { phone_number_id: OWN.to_owned(), ..Account::default() };
    let system = System::start_with(Options { account, ..System::options() }).await;
    let send = async || {
        let queued = system.post(&format!("/v1/channels/{OWN}/messages"), &hello()).await;
        queued.json()["id"].as_str().unwrap().to_owned()
    };
    system.write_in(ANA, &json!({"text": "canary"})).await;
    system.tell_meta("tokens", &json!({"value": "local-access-token", "invalid": 463})).await;
    let id = send().await;
    let parked = system.message_in(&id, "parked").await;
    let error = &parked["errors"][0];
    assert_eq!((&error["source"], &error["code"]), (&json!("waypost"), &json!("token")));
    assert!(error["remedy"].as_str().unwrap().contains("token"));
    let calls = || system.meta().calls().iter().filter(|call| call.path.ends_with("/messages")).count();
    let before = calls();
    // What comes after it does not go and ask Meta the same again.
    let second = send().await;
    system.message_in(&second, "parked").await;
    assert_eq!(calls(), before);

    // One line for the alarm, however many wait; and the channel says what to do.
    assert_eq!(stopped(), 1);
    let channel = async || system.get(&format!("/v1/channels/{OWN}")).await.json();
    let sending = channel().await["sending"].clone();
    assert_eq!((&sending["state"], &sending["cause"]), (&json!("parked"), &json!("token")));
    assert!(sending["remedy"].as_str().unwrap().contains("token"), "{sending}");
    // What people write comes in all the same.
    system.write_in(ANA, &json!({"text": "canary"})).await;

    replace_token(&system).await;
    // The first one is tried; the other follows once that has worked.
    for id in [&id, &second] {
        system.local.clock().advance(Duration::from_mins(1));
        system.local.tick().await.unwrap();
        assert_eq!(system.message_in(id, "accepted").await["errors"], json!([]));
        eventually("the number sends", async || (channel().await["sending"]["state"] == "ok").then_some(())).await;
    }
    assert_eq!(channel().await["sending"], json!({"state": "ok"}));
    assert_eq!(stopped(), 1);
    assert_eq!(system.meta().sends().len(), 2);
    system.done().await;
}

/// Lines that the alarm on parked sends counts, of this number.
fn stopped() -> usize {
    let lines = logged();
    let read = lines.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    read.filter(|line| line["fields"]["metric"] == "Parked" && line["fields"]["phone_number_id"] == OWN).count()
}

fn hello() -> Value {
    json!({"to": ANA, "type": "text", "text": {"body": "canary"}})
}

async fn posted(system: &System, secret: &str) -> Answer {
    let body = notification(NUMBER, &[Message::new(ANA, "canary")]);
    let signature = sign(secret, body.as_bytes());
    let headers = [("content-type", "application/json"), ("x-hub-signature-256", signature.as_str())];
    system.unchecked_webhook(body, &headers).await
}

async fn put_webhook_secret(system: &System, app_secrets: &[&str], verify_token: &str) {
    let value = json!({"app_secret": app_secrets, "verify_token": verify_token});
    put(system, &system.local.ready().webhook_secret_id, &value).await;
}

/// A new token, good at Meta, in place of the old one.
async fn replace_token(system: &System) {
    system.tell_meta("tokens", &json!({"value": "canary-access-token"})).await;
    let value = json!({"app_id": "300000000000001", "default": "canary-access-token"});
    put(system, &system.local.ready().tokens_secret_id, &value).await;
}

async fn put(system: &System, id: &str, value: &Value) {
    let secrets = system.aws.secretsmanager();
    secrets.put_secret_value().secret_id(id).secret_string(value.to_string()).send().await.unwrap();
}
