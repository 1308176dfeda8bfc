//! The 24-hour service window (W-01, W-02, W-03, I6).

use std::time::Duration;

use jiff::SignedDuration;
use sandbox::meta::Rule;
use serde_json::{Value, json};

use super::{ANA, hello, path};
use crate::system::{Message, NUMBER, System, notification};

#[tokio::test]
async fn nothing_leaves_through_a_closed_window() {
    let system = System::start().await;
    let refused = system.post(&path(), &hello("unasked")).await;
    refused.is(422, "window_closed");
    assert!(refused.json()["remedy"].as_str().unwrap().contains("window"));
    assert!(system.items_of("send").await.is_empty());
    assert_eq!(system.local.aws().sqs().counts(&system.local.ready().queues.outbound).unwrap().total(), 0);
    assert!(system.meta().calls().is_empty());

    // Meta may be asked to judge: here it refuses …
    let mut trusting = hello("unasked");
    trusting["waypost"] = json!({"window": "meta"});
    let id = system.send(&trusting).await;
    let failed = system.message_in(&id, "failed").await;
    let error = &failed["errors"][0];
    assert_eq!((&error["source"], &error["code"]), (&json!("meta"), &json!("131047")));
    assert!(!error["remedy"].as_str().unwrap().is_empty());
    // … and here it knows of a window that this install does not.
    system.meta().open_window(NUMBER, ANA);
    let id = system.send(&trusting).await;
    let message = system.message_in(&id, "accepted").await;
    assert_eq!(message["content"], hello("unasked"), "what is ours is not part of the message");
    let request: Value = serde_json::from_str(system.meta().sends()[0].request.get()).unwrap();
    assert!(request.get("waypost").is_none());
    system.done().await;
}

/// It ends 24 hours after the person wrote, less a minute for the way.
#[tokio::test]
async fn it_closes_after_a_day() {
    let system = System::start().await;
    system.write_in(ANA, &json!({"text": "canary"})).await;
    let window = async || system.contact(NUMBER, &format!("wa:{ANA}")).await.json()["window"].clone();
    let expires_at = window().await["expires_at"].clone();
    system.local.clock().advance(Duration::from_mins(24 * 60 - 3));
    assert_eq!((&window().await["open"], &window().await["expires_at"]), (&json!(true), &expires_at));
    let id = system.send(&hello("in time")).await;
    system.message_in(&id, "accepted").await;

    system.local.clock().advance(Duration::from_secs(150));
    assert_eq!((&window().await["open"], &window().await["reason"]), (&json!(false), &json!("closing")));
    let refused = system.post(&path(), &hello("too late")).await;
    refused.is(422, "window_closed");
    assert_eq!(refused.json()["expires_at"], expires_at);
    system.local.clock().advance(Duration::from_mins(1));
    assert_eq!(window().await["reason"], "expired");

    // The person writes again, and it is open again.
    system.write_in(ANA, &json!({"text": "canary", "at": system.local.clock().now()})).await;
    assert_eq!(window().await["open"], true);
    system.send(&hello("again")).await;
    system.done().await;
}

/// W-02: what was queued in time and would leave too late does not leave.
#[tokio::test]
async fn it_is_looked_at_again_at_the_last_moment() {
    let system = System::start().await;
    // It ends in 90 s, of which the last 60 do not count.
    let at = system.local.clock().now() - SignedDuration::from_secs(24 * 3_600 - 90);
    system.write_in(ANA, &json!({"text": "canary", "at": at})).await;
    let slow = json!({"match": {"path": "/messages"}, "fault": {"delay": {"ms": 2500}}, "times": 1});
    system.meta().fault(serde_json::from_value::<Rule>(slow).unwrap());
    let first = system.send(&hello("in time")).await;
    system.message_in(&first, "sending").await;
    let second = system.send(&hello("behind it")).await;
    system.local.clock().advance(Duration::from_secs(35));
    system.message_in(&first, "accepted").await;
    let failed = system.message_in(&second, "failed").await;
    let error = &failed["errors"][0];
    assert_eq!((&error["source"], &error["code"]), (&json!("waypost"), &json!("window_closed")));
    system.one_event_of("message.failed").await;
    assert_eq!(system.meta().calls().iter().filter(|call| call.path.ends_with("/messages")).count(), 1);
    system.done().await;
}

/// W-01: a late delivery of an old message neither opens nor shortens anything; one from the future opens no more than
/// one of now (fault matrix 12).
#[tokio::test]
async fn metas_time_counts_and_not_the_arrival() {
    let system = System::start().await;
    let now = system.local.clock().now().as_second();
    let expiry = async |person: &str| {
        let contact = system.contact(NUMBER, &format!("wa:{person}")).await.json();
        let expires_at = contact["window"]["expires_at"].as_str().unwrap().parse::<jiff::Timestamp>().unwrap();
        (contact["window"]["open"].as_bool().unwrap(), expires_at.as_second())
    };
    let write = async |person: &str, at: i64| {
        let message = Message { at, ..Message::new(person, "canary") };
        assert_eq!(system.webhook(notification(NUMBER, &[message])).await.status, 200);
    };
    write(ANA, now - 25 * 3_600).await;
    assert_eq!(expiry(ANA).await, (false, now - 3_600));
    write(ANA, now - 3_600).await;
    write(ANA, now - 2 * 3_600).await;
    assert_eq!(expiry(ANA).await, (true, now + 23 * 3_600));

    let ben = "15550177402";
    write(ben, now + 400 * 3_600).await;
    let (open, expires_at) = expiry(ben).await;
    assert!(open && (now + 24 * 3_600..now + 24 * 3_600 + 60).contains(&expires_at));
    system.done().await;
}
