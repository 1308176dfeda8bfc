//! What Meta does not take goes out as a link that lives for some days, unless somebody says fail (M-05).

use std::time::Duration;

use serde_json::{Value, json};

use super::{GIF, JPEG, file, http, keep, publish, send, sent_last, talking, uploads};
use crate::system::{NUMBER, System};

/// The link in the text that Meta was given last.
fn link(system: &System) -> (String, String) {
    let sent = sent_last(system);
    let body = sent["text"]["body"].as_str().unwrap_or_else(|| panic!("{sent}")).to_owned();
    let (words, url) = body.rsplit_once('\n').unwrap();
    (words.to_owned(), url.to_owned())
}

#[tokio::test]
async fn a_type_that_meta_does_not_take_becomes_a_link() {
    let system = talking().await;
    let bytes = file(GIF, 30_000);
    let url = publish(&system, "Kätzchen.gif", "image/gif", bytes.clone()).await;
    let id = send(&system, "image", json!({"caption": "canary caption"}), json!({"url": url})).await;
    let message = system.message_in(&id, "accepted").await;
    let converted = &message["converted"];
    assert_eq!((&converted["reason"], &converted["from"]), (&json!("unsupported_media"), &json!("image")));
    assert_eq!(converted["detail"], "As image Meta takes image/jpeg, image/png (given: image/gif).");
    assert_eq!((&message["type"], uploads(&system)), (&json!("text"), 0));
    let (words, url) = link(&system);
    assert_eq!(words, "canary caption");
    assert!(url.starts_with(&format!("{}/f/", system.local.ready().api)), "{url}");

    // A person follows it: to the private bucket, by a URL of a few minutes.
    let answer = http().get(&url).send().await.unwrap();
    assert_eq!(answer.status(), 302);
    for (name, value) in [
        ("cache-control", "no-store"),
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "no-referrer"),
        ("x-robots-tag", "noindex, nofollow"),
    ] {
        assert_eq!(answer.headers()[name], value);
    }
    let location = answer.headers()["location"].to_str().unwrap().to_owned();
    let got = http().get(&location).send().await.unwrap();
    assert_eq!(got.headers()["content-disposition"], "attachment; filename*=UTF-8''K%C3%A4tzchen.gif");
    assert_eq!(got.bytes().await.unwrap(), bytes);
    system.local.clock().advance(Duration::from_mins(6));
    assert_eq!(http().get(&location).send().await.unwrap().status(), 403);

    // The table holds no token, but in the message that the person got.
    let token = url.rsplit('/').next().unwrap();
    assert_eq!(token.len(), 43);
    for item in system.items_of("link").await {
        assert!(!format!("{item:?}").contains(token));
    }
    let expires: jiff::Timestamp = converted["link_expires_at"].as_str().unwrap().parse().unwrap();
    let left = expires.duration_since(system.local.clock().now());
    system.local.clock().advance(Duration::try_from(left).unwrap().checked_sub(Duration::from_secs(30)).unwrap());
    assert_eq!(http().get(&url).send().await.unwrap().status(), 302);
    system.local.clock().advance(Duration::from_secs(31));
    let gone = http().get(&url).send().await.unwrap();
    assert_eq!((gone.status().as_u16(), gone.headers()["cache-control"].to_str().unwrap()), (410, "no-store"));
    assert_eq!(gone.headers()["content-type"], "text/html; charset=utf-8");
    assert!(gone.text().await.unwrap().contains("This link has expired"));
    system.done().await;
}

#[tokio::test]
async fn who_guesses_finds_a_plain_page() {
    let system = System::start().await;
    for token in ["x", &"A".repeat(43), &"A".repeat(2_000)] {
        let answer = http().get(format!("{}/f/{token}", system.local.ready().api)).send().await.unwrap();
        assert_eq!(answer.status(), 404, "{token}");
        assert_eq!(answer.headers()["referrer-policy"], "no-referrer");
        assert!(answer.text().await.unwrap().contains("There is no such file"));
    }
    for (method, path) in
        [(reqwest::Method::POST, "/f/x"), (reqwest::Method::GET, "/f/"), (reqwest::Method::GET, "/f/a/b")]
    {
        let answer = http().request(method, format!("{}{path}", system.local.ready().api)).send().await.unwrap();
        assert_eq!(answer.status(), 404, "{path}");
    }
    system.done().await;
}

#[tokio::test]
async fn a_sender_or_a_channel_can_choose_to_fail_instead() {
    let system = talking().await;
    let key = keep(&system, "big.jpg", "image/jpeg", file(JPEG, 5 * 1024 * 1024 + 1)).await;
    let failing = async |media: Value| {
        let id = send(&system, "image", json!({}), media).await;
        let failed = system.message_in(&id, "failed").await;
        let error = &failed["errors"][0];
        assert_eq!((&error["source"], &error["code"]), (&json!("waypost"), &json!("media_too_large")));
        assert_eq!(error["detail"], "As image Meta takes at most 5242880 bytes (given: 5242881).");
        assert!(error["remedy"].is_string());
        let event = crate::system::eventually("the event", async || {
            system.events_of("message.failed").await.into_iter().find(|event| event.data()["id"] == id.as_str())
        })
        .await;
        assert_eq!(event.data()["errors"][0]["code"], "media_too_large");
    };
    failing(json!({"key": key, "unsupported": "fail"})).await;
    let channel = system.get(&format!("/v1/channels/{NUMBER}")).await.json();
    assert_eq!(channel["unsupported_media"], "link");
    let change = json!({"version": channel["version"], "unsupported_media": "fail"});
    assert_eq!(system.patch(&format!("/v1/channels/{NUMBER}"), &change).await.json()["unsupported_media"], "fail");
    failing(json!({"key": key})).await;
    assert!(system.meta().sends().is_empty() && uploads(&system) == 0);
    // The sender's word counts for more than the channel's.
    let id = send(&system, "image", json!({}), json!({"key": key, "unsupported": "link"})).await;
    assert_eq!(system.message_in(&id, "accepted").await["converted"]["reason"], "media_too_large");
    let (words, _) = link(&system);
    assert_eq!(words, "image.jpg");
    system.done().await;
}

/// Meta itself does not take what looked good: the person gets it all the same.
#[tokio::test]
async fn what_meta_refuses_becomes_a_link() {
    let system = talking().await;
    let key = keep(&system, "a.jpg", "image/jpeg", file(JPEG, 900)).await;
    let fault = json!({"fault": {"error": {"code": 131_053}}, "match": {"path": "/media"}, "times": 1});
    system.tell_meta("faults", &fault).await;
    let id = send(&system, "image", json!({"caption": "canary"}), json!({"key": key})).await;
    let message = system.message_in(&id, "accepted").await;
    assert_eq!(message["converted"]["reason"], "refused_media");
    assert!(link(&system).1.contains("/f/"));
    let failing = json!({"fault": {"error": {"code": 131_053}}, "match": {"path": "/media"}, "times": 1});
    system.tell_meta("faults", &failing).await;
    let id = send(&system, "image", json!({}), json!({"key": key, "unsupported": "fail"})).await;
    let failed = system.message_in(&id, "failed").await;
    assert_eq!((&failed["errors"][0]["source"], &failed["errors"][0]["code"]), (&json!("meta"), &json!("131053")));
    system.done().await;
}
