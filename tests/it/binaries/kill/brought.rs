//! Files to send: the media function dies over one, at every request to AWS and to Meta. In the end Meta accepted the message
//! once, with the file; and as long as it has not, somebody is to come back to it (I5, I9, M-05).

use std::time::Duration;

use serde_json::{Value, json};

use super::{Moment, at_every, doomed};
use crate::binaries::canary::{self, PHONE};
use crate::binaries::passing::hear;
use crate::binaries::rig::{NUMBER, Rig};
use crate::binaries::view::Batch;
use crate::lambda::Function;

/// Beyond the media queue's visibility timeout.
const VISIBLE_AGAIN: Duration = Duration::from_hours(1);

/// As Meta takes it, and as it does not.
const GOOD: &[u8] = b"\x89PNG\r\n\x1a\n canary";
const BAD: &[u8] = b"GIF89a canary";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dying_upload_is_made_good() {
    for (what, bytes, calls) in [("a file", GOOD, 1), ("a link", BAD, 0)] {
        let rig = Rig::start().await;
        let api = rig.process("api").await;
        let id = asked(&rig, &api, bytes).await;
        let media = rig.process("media").await;
        let queue = &rig.local.ready().queues.media;
        assert_eq!(rig.deliver(&media, "media", queue).await, Some(Batch { received: 1, failed: 0 }));
        drop(media);
        let requests = [rig.toward_aws("media").records().len(), rig.toward_meta("media").records().len()];
        assert_eq!(requests[1], calls, "{what}");
        is_sent_once(&rig, &api, &id, bytes).await;
        drop(api);
        rig.close().await;
        at_every(&format!("{what} to send"), requests, |moment| killed_at(moment, bytes)).await;
    }
}

async fn killed_at(moment: Moment, bytes: &'static [u8]) -> bool {
    let rig = Rig::start().await;
    let api = rig.process("api").await;
    let id = asked(&rig, &api, bytes).await;
    let queues = &rig.local.ready().queues;
    let (dying, trap) = doomed(&rig, "media", moment).await;
    let first = rig.deliver(&dying, "media", &queues.media).await;
    drop(dying);
    // The job leaves its queue only once the send is in the other.
    let is_over = first == Some(Batch { received: 1, failed: 0 });
    assert!(!is_over || !rig.queued(&queues.outbound).is_empty(), "{moment:?}: let go too soon");
    assert_eq!(rig.queued(&queues.media).len(), usize::from(!is_over), "{moment:?}");
    let media = rig.process("media").await;
    rig.local.clock().advance(VISIBLE_AGAIN);
    hear(&rig, PHONE).await;
    let again = rig.deliver(&media, "media", &queues.media).await;
    assert_eq!(again, Some(Batch { received: usize::from(!is_over), failed: 0 }), "{moment:?}");
    is_sent_once(&rig, &api, &id, bytes).await;
    drop((media, api));
    rig.close().await;
    trap.is_sprung()
}

/// A person is to get a picture; the send.
async fn asked(rig: &Rig, api: &Function, bytes: &'static [u8]) -> String {
    hear(rig, PHONE).await;
    let object = rig.s3().put_object().bucket(&rig.local.ready().bucket).key("library/a.png");
    let object = object.content_type("image/png").body(aws_sdk_s3::primitives::ByteStream::from_static(bytes));
    object.send().await.unwrap();
    let message = json!({"to": format!("+{PHONE}"), "type": "image", "image": {"caption": canary::TEXT},
        "waypost": {"media": {"key": "library/a.png"}}});
    let path = format!("/v1/channels/{NUMBER}/messages");
    let answer = rig.ask(api, "POST", &path, Some("picture-1"), &message).await.unwrap();
    assert_eq!((answer.status, &answer.body["state"]), (202, &json!("waiting")), "{}", answer.body);
    answer.body["id"].as_str().unwrap().to_owned()
}

async fn is_sent_once(rig: &Rig, api: &Function, id: &str, bytes: &[u8]) {
    let queues = &rig.local.ready().queues;
    let sender = rig.process("sender").await;
    while rig.deliver(&sender, "sender", &queues.outbound).await.unwrap().received > 0 {}
    let sends = rig.meta().sends();
    assert_eq!(sends.len(), 1);
    let sent: Value = serde_json::from_str(sends[0].request.get()).unwrap();
    let message = rig.get(api, &format!("/v1/messages/{id}")).await.body;
    assert_eq!(message["state"], "accepted", "{message}");
    if bytes == GOOD {
        assert_eq!((&sent["type"], &sent["image"]["id"]), (&json!("image"), &message["content"]["image"]["id"]));
        assert!(sent["image"]["id"].is_string(), "{sent}");
    } else {
        assert_eq!((&sent["type"], &message["converted"]["reason"]), (&json!("text"), &json!("unsupported_media")));
    }
    assert!(rig.queued(&queues.outbound).is_empty() && rig.queued(&queues.media).is_empty() && rig.dead() == 0);
}
