//! Files: the media function dies over one, at every request to AWS and to Meta. In the end it is in the bucket once, whole,
//! recorded on its message and told under one id; and as long as it is not, its job is in the queue (I1, I2, I3, M-06).

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::{Moment, at_every, doomed};
use crate::binaries::canary::{self, PHONE};
use crate::binaries::checker::{self, Copied};
use crate::binaries::rig::Rig;
use crate::binaries::view::Batch;
use crate::lambda::Function;

/// Put whole.
const SMALL: usize = 70_000;
/// Put in parts, of 8 MiB.
const LARGE: usize = 9 * 1024 * 1024;
/// Beyond the queue's visibility timeout.
const VISIBLE_AGAIN: Duration = Duration::from_hours(1);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dying_copy_is_made_good() {
    for size in [SMALL, LARGE] {
        let rig = Rig::start().await;
        let (api, wamid) = (rig.process("api").await, written(&rig, size).await);
        let media = rig.process("media").await;
        let queue = &rig.local.ready().queues.media;
        assert_eq!(rig.deliver(&media, "media", queue).await, Some(Batch { received: 1, failed: 0 }));
        drop(media);
        assert_eq!(checker::copied(&seen(&rig, &api, &wamid, size).await), []);
        let requests = [rig.toward_aws("media").records().len(), rig.toward_meta("media").records().len()];
        drop(api);
        rig.close().await;
        at_every(&format!("a file of {size} bytes"), requests, |moment| killed_at(moment, size)).await;
    }
}

async fn killed_at(moment: Moment, size: usize) -> bool {
    let rig = Rig::start().await;
    let (api, wamid) = (rig.process("api").await, written(&rig, size).await);
    let queue = &rig.local.ready().queues.media;
    let (dying, trap) = doomed(&rig, "media", moment).await;
    let first = rig.deliver(&dying, "media", queue).await;
    drop(dying);
    let after = seen(&rig, &api, &wamid, size).await;
    // The job leaves the queue only when everything is done.
    let is_over = first == Some(Batch { received: 1, failed: 0 });
    assert!(!is_over || checker::copied(&after).is_empty(), "{moment:?}: let go too soon: {after:?}");
    assert_eq!(rig.queued(queue).len(), usize::from(!is_over), "{moment:?}");
    let media = rig.process("media").await;
    rig.local.clock().advance(VISIBLE_AGAIN);
    let again = rig.deliver(&media, "media", queue).await;
    assert_eq!(again, Some(Batch { received: usize::from(!is_over), failed: 0 }), "{moment:?}");
    let finally = seen(&rig, &api, &wamid, size).await;
    assert_eq!(checker::copied(&finally), [], "{moment:?}: {finally:?}");
    assert!(rig.queued(queue).is_empty() && rig.dead() == 0, "{moment:?}");
    drop((media, api));
    rig.close().await;
    trap.is_sprung()
}

/// No two parts of it are alike.
fn content(size: usize) -> Vec<u8> {
    (0..size).map(|at| (at.wrapping_mul(2_654_435_761) >> 13).to_le_bytes()[0]).collect()
}

/// Somebody sends a file of so many bytes; the wamid.
async fn written(rig: &Rig, size: usize) -> String {
    let webhook = rig.process("webhook").await;
    let image = json!({"mime_type": "image/png", "bytes": STANDARD.encode(content(size)), "caption": canary::TEXT});
    let written = rig.meta().write_in(PHONE, &json!({"type": "image", "image": image})).await.unwrap();
    rig.take_mail(&webhook).await;
    written.wamid
}

/// What the bucket, the API and the events queue show of it.
async fn seen(rig: &Rig, api: &Function, wamid: &str, size: usize) -> Copied {
    let bucket = &rig.local.ready().bucket;
    let listed = rig.s3().list_objects_v2().bucket(bucket).prefix("media/").send().await.unwrap();
    let mut objects = Vec::new();
    for object in listed.contents() {
        let key = object.key().unwrap();
        let whole = rig.s3().get_object().bucket(bucket).key(key).send().await.unwrap();
        let is_whole = whole.body.collect().await.unwrap().into_bytes() == content(size);
        objects.push((key.to_owned(), is_whole));
    }
    let message = rig.get(api, &format!("/v1/messages/{wamid}")).await.body;
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let told = rig.events().into_iter().filter(|event| event["type"] == "media.stored");
    Copied {
        objects,
        recorded: (message["media"]["state"] == "stored").then(|| text(&message["media"]["key"])),
        told: told.map(|event| (text(&event["id"]), text(&event["data"]["key"]))).collect(),
    }
}
