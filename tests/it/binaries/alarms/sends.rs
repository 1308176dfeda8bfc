//! Sends that cannot go out, are in doubt, or are not as they have to be.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use model::{SendId, SendOptions};
use serde_json::json;

use super::watch::Watch;
use crate::binaries::canary::{self, PHONE};
use crate::binaries::view::Batch;
use crate::binaries::{passing, walks};
use crate::system::eventually;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn numbers_that_cannot_send() {
    for (path, function) in [("/messages", "sender"), ("/media", "media")] {
        let watch = Watch::start().await;
        walks::inbound(&watch.rig).await;
        let queues = watch.rig.local.ready().queues.clone();
        let (sender, media) = (watch.rig.process("sender").await, watch.rig.process("media").await);
        watch.fault(json!({"match": {"path": path, "method": "POST"}, "fault": {"error": {"code": 190}}}));
        let (bucket, key) = (watch.rig.local.ready().bucket.clone(), "library/canary.png");
        let body = aws_sdk_s3::primitives::ByteStream::from_static(b"\x89PNG canary");
        watch.rig.s3().put_object().bucket(bucket).key(key).body(body).send().await.unwrap();
        let picture = json!({"to": PHONE, "type": "image", "image": {}, "waypost": {"media": {"key": key}}});
        let text = json!({"to": PHONE, "type": "text", "text": {"body": canary::TEXT}});
        watch.raises(&[]).await;
        watch.send(if function == "media" { &picture } else { &text }).await;
        watch.rig.deliver(&media, "media", &queues.media).await.unwrap();
        watch.rig.deliver(&sender, "sender", &queues.outbound).await.unwrap();
        watch.raises(&["SendsParkedAlarm"]).await;
        assert!(watch.rig.printed(function).contains("\"metric\":\"Parked\""), "{function} parks by itself");
        sender.stop().await;
        media.stop().await;
        watch.close().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sends_in_doubt() {
    let watch = Watch::start().await;
    walks::sync(&watch.rig).await;
    let sender = watch.rig.process("sender").await;
    let outbound = watch.rig.local.ready().queues.outbound.clone();
    watch.fault(json!({"match": {"path": "/messages"}, "fault": "lost_reply", "times": 10}));
    for round in 0..10 {
        watch
            .send(&json!({"to": format!("+1555017793{round}"), "type": "template",
            "template": {"name": "hello_world", "language": {"code": "en_US"}}}))
            .await;
        watch.rig.deliver(&sender, "sender", &outbound).await.unwrap();
        eventually("the line", async || (watch.counted("Uncertain") == round + 1).then_some(())).await;
        watch.raises(if round < 9 { &[] } else { &["UncertainSendsAlarm"] }).await;
    }
    sender.stop().await;
    watch.close().await;
}

/// In doubt until it is given up, or sent again where that was asked for.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn doubts_that_end() {
    for (on_uncertain, metric, alarm) in
        [(None, "Unconfirmed", "UnconfirmedSendsAlarm"), (Some("resend"), "Resent", "ResentAlarm")]
    {
        let watch = Watch::start().await;
        walks::sync(&watch.rig).await;
        let sender = watch.rig.process_with("sender", |environment| {
            environment.insert("UNCERTAIN_AFTER_S".into(), "1".into());
        });
        let sender = sender.await;
        let outbound = watch.rig.local.ready().queues.outbound.clone();
        watch.fault(json!({"match": {"path": "/messages"}, "fault": {"html": {"accept": false}}}));
        let mut ended = 0;
        for (many, raised) in [(9, false), (1, true)] {
            for _ in 0..many {
                ended += 1;
                let mut message = json!({"to": format!("+155501779{ended:02}"), "type": "template",
                    "template": {"name": "hello_world", "language": {"code": "en_US"}}});
                if let Some(how) = on_uncertain {
                    message["waypost"] = json!({ "on_uncertain": how });
                }
                watch.send(&message).await;
                watch.rig.deliver(&sender, "sender", &outbound).await.unwrap();
            }
            eventually(&format!("{ended} {metric}"), async || {
                sender.invoke(watch.rig.schedule("sender"), watch.rig.timeout("sender")).await;
                // What was sent again is in doubt again, and taken with the last.
                (watch.counted(metric) >= ended).then_some(())
            })
            .await;
            assert_eq!(watch.raised().contains(alarm), raised, "{metric}: {ended}");
        }
        sender.stop().await;
        watch.close().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refusal_that_was_none() {
    let watch = Watch::start().await;
    walks::inbound(&watch.rig).await;
    let (webhook, sender) = (watch.rig.process("webhook").await, watch.rig.process("sender").await);
    let outbound = watch.rig.local.ready().queues.outbound.clone();
    watch.fault(json!({"match": {"path": "/messages"}, "fault": {"error": {"code": 131_000, "http": 500, "accept": true}}, "times": 1}));
    watch.send(&json!({"to": PHONE, "type": "text", "text": {"body": canary::TEXT}})).await;
    assert_eq!(watch.rig.deliver(&sender, "sender", &outbound).await, Some(Batch { received: 1, failed: 1 }));
    watch.raises(&[]).await;
    let sent = watch.rig.meta().sends().pop().unwrap();
    watch.rig.meta().report(&sent.wamid, "sent", None).await.unwrap();
    assert_eq!(watch.rig.take_mail(&webhook).await, 1);
    watch.rig.local.clock().advance(Duration::from_mins(1));
    assert_eq!(watch.rig.deliver(&sender, "sender", &outbound).await, Some(Batch { received: 1, failed: 0 }));
    watch.raises(&["ContradictedRefusalAlarm"]).await;
    webhook.stop().await;
    sender.stop().await;
    watch.close().await;
}

/// What only a fault of ours, or of whoever writes to the table, brings about.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sends_that_are_not_as_they_have_to_be() {
    let watch = Watch::start().await;
    let sender = watch.rig.process("sender").await;
    let tick = async || {
        sender.invoke(watch.rig.schedule("sender"), watch.rig.timeout("sender")).await;
    };
    let asked_at = Timestamp::now() - SignedDuration::from_mins(20);
    let send = passing::stored_at(&watch.rig, PHONE, "corrupt", SendOptions::default(), asked_at).await;
    watch.spoil(&send.id, "state", "imagined").await;
    watch.raises(&[]).await;
    tick().await;
    watch.raises(&["CorruptItemAlarm"]).await;
    sender.stop().await;
    watch.close().await;

    let watch = Watch::start().await;
    let sender = watch.rig.process("sender").await;
    let outbound = watch.rig.local.ready().queues.outbound.clone();
    walks::inbound(&watch.rig).await;
    watch.fault(json!({"match": {"path": "/messages"}, "fault": {"delay": {"ms": 3_000}}, "times": 1}));
    watch.send(&json!({"to": PHONE, "type": "text", "text": {"body": canary::TEXT}})).await;
    let before = watch.rig.meta().sends().len();
    watch.raises(&[]).await;
    let spoiled = async {
        eventually("the call", async || (watch.rig.meta().sends().len() > before).then_some(())).await;
        let id = watch.rig.meta().sends().pop().unwrap().opaque.unwrap();
        watch.spoil(&SendId::parse(&id).unwrap(), "state", "cancelled").await;
    };
    let (_, ()) = futures::future::join(watch.rig.deliver(&sender, "sender", &outbound), spoiled).await;
    watch.raises(&["MisplacedSendAlarm"]).await;
    sender.stop().await;
    watch.close().await;
}
