//! Who is not Meta gets nothing, and costs next to nothing (A-02, design invariant 4, security 1).

use local::Options;
use sandbox::Service;
use serde_json::json;

use crate::system::{APP_SECRET, Message, NUMBER, System, notification, sign};

const ANA: &str = "15550177601";

#[tokio::test]
async fn a_forged_post_touches_nothing() {
    let system = System::start_with(Options { recorded: true, ..System::options() }).await;
    let before = system.items().await;
    let body = notification(NUMBER, &[Message::new(ANA, "canary")]);
    let right = sign(APP_SECRET, body.as_bytes());
    let (_, digits) = right.split_once('=').unwrap();
    let last = if right.ends_with('0') { "1" } else { "0" };
    let forged = [
        sign("another secret", body.as_bytes()),
        sign("", body.as_bytes()),
        format!("sha256={}", digits.to_uppercase()),
        format!("sha1={digits}"),
        format!("SHA256={digits}"),
        digits.to_owned(),
        format!("sha256={}", &digits[..62]),
        format!("{right}00"),
        format!("{}{last}", &right[..right.len() - 1]),
        format!("sha256={}", "0".repeat(64)),
        String::from("sha256="),
        String::new(),
        format!("{right}, {right}"),
    ];
    for signature in forged {
        let headers = [("content-type", "application/json"), ("x-hub-signature-256", signature.as_str())];
        let answer = system.unchecked_webhook(body.clone(), &headers).await;
        assert_eq!(answer.status, 401, "{signature}");
    }
    assert_eq!(system.unchecked_webhook(body.clone(), &[("x-hub-signature", &right)]).await.status, 401);
    assert_eq!(system.unchecked_webhook(body.clone(), &[]).await.status, 401);
    let twice = [("x-hub-signature-256", right.as_str()), ("x-hub-signature-256", right.as_str())];
    assert_eq!(system.unchecked_webhook(body.clone(), &twice).await.status, 401);
    // The right signature of other bytes, however alike they look to a JSON reader.
    let spaced = body.replacen(':', ": ", 1);
    assert_eq!(system.unchecked_webhook(spaced, &[("x-hub-signature-256", &right)]).await.status, 401);

    assert_eq!(system.items().await, before);
    assert!(system.events().await.is_empty());
    let totals = system.local.proxy("webhook").unwrap().totals();
    let reads: u32 =
        totals.calls.iter().filter(|(call, _)| call.service == Service::SecretsManager).map(|(_, n)| n).sum();
    assert_eq!((totals.requests, reads), (1, 1), "one read of the secret, for all of them: {:?}", totals.calls);
    system.done().await;
}

/// API Gateway hands over as base64 what does not call itself text: the bytes are the same, and so is the outcome (fault
/// matrix 15).
#[tokio::test]
async fn the_content_type_does_not_matter() {
    let system = System::start().await;
    for (place, kind) in
        ["application/octet-stream", "application/json; charset=utf-8", "text/plain", ""].iter().enumerate()
    {
        // Letters beyond ASCII, so that the bytes are not what a character count says.
        let message = Message::new(ANA, &format!("canary {place} – žluťoučký 🐎"));
        let body = notification(NUMBER, std::slice::from_ref(&message));
        let signature = sign(APP_SECRET, body.as_bytes());
        let mut headers = vec![("X-Hub-Signature-256", signature.as_str())];
        headers.extend((!kind.is_empty()).then_some(("content-type", *kind)));
        assert_eq!(system.unchecked_webhook(body, &headers).await.status, 200, "{kind}");
        assert_eq!(system.message(&message.wamid).await["content"]["text"]["body"], message.body);
    }
    system.done().await;
}

/// A well-signed body that is no webhook is kept and answered 200: refusing it would bring it back for a week. A binary
/// one too.
#[tokio::test]
async fn what_is_signed_and_no_webhook_is_kept() {
    let system = System::start().await;
    for body in [&b"canary, no json"[..], b"\xff\xfe\x00canary", b"[]", b"{\"entry\": 1}"] {
        assert_eq!(system.webhook(body).await.status, 200, "{body:?}");
    }
    let kept = system.get("/v1/quarantine").await.json();
    assert_eq!(kept["items"].as_array().unwrap().len(), 4, "{kept}");
    assert!(kept["items"].as_array().unwrap().iter().any(|one| one["raw"] == json!("canary, no json")));
    assert!(system.items_of("message").await.is_empty());
    system.done().await;
}
