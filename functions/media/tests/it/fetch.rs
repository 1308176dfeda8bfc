//! Copies, whole and broken.

use std::time::Duration;

use bytes::Bytes;
use sandbox::Service;
use sandbox::aws::faults::Fault;
use serde_json::json;
use store::MediaRecord;

use crate::world::{World, at};

/// Not a multiple of anything, and no two parts alike.
fn noise(size: usize) -> Bytes {
    let mut state = 1_u32;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state.to_be_bytes()[0]
    };
    (0..size).map(|_| next()).collect()
}

const MIB: usize = 1024 * 1024;

#[tokio::test]
async fn a_file_is_copied_recorded_and_told() {
    let world = World::new("hello").await;
    assert!(!world.run(1).await);
    let (bytes, mime_type) = world.object().await.unwrap();
    assert_eq!((bytes.as_ref(), mime_type.as_str()), (b"hello".as_slice(), "audio/ogg; codecs=opus"));

    let sha256 = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";
    let stored = MediaRecord::Stored {
        bucket: "bucket".into(),
        key: "media/11/77".into(),
        mime_type,
        sha256: sha256.into(),
        bytes: 5,
    };
    assert_eq!(world.record().await, Some(stored));
    let events = world.events().await;
    assert_eq!(events.len(), 1);
    let event = &events[0];
    assert_eq!((event["type"].as_str(), event["v"].as_u64()), (Some("media.stored"), Some(1)));
    assert_eq!(event["at"], json!(at(0)));
    assert_eq!((event["waba_id"].as_str(), event["phone_number_id"].as_str()), (Some("21"), Some("11")));
    assert_eq!(event["contact"]["phone"], "+15550100");
    assert_eq!(event["contact"]["name"], "Ana");
    let data = json!({"message_id": "wamid.A", "media_id": "77", "bucket": "bucket", "key": "media/11/77",
        "mime_type": "audio/ogg; codecs=opus", "sha256": sha256, "bytes": 5});
    assert_eq!(event["data"], data);
}

#[tokio::test]
async fn a_file_of_any_size_arrives_as_it_was() {
    for size in [0, 1, 8 * MIB, 8 * MIB + 1] {
        let bytes = noise(size);
        let world = World::new(bytes.clone()).await;
        assert!(!world.run(1).await, "{size}");
        assert!(world.object().await.unwrap().0 == bytes, "{size}");
        assert!(matches!(world.record().await, Some(MediaRecord::Stored { bytes, .. }) if bytes == size as u64));
    }
}

#[tokio::test]
async fn a_job_that_comes_again_reads_nothing_and_tells_the_same() {
    let world = World::new("hello").await;
    assert!(!world.run(1).await);
    world.host.change(|file| file.node_fails = Some((400, 100)));
    assert!(!world.run(60 * 24 * 8).await);
    assert_eq!(world.host.change(|file| (file.lookups, file.downloads)), (1, 1));
    assert!(matches!(world.record().await, Some(MediaRecord::Stored { .. })));
    assert_eq!(world.events().await.len(), 1, "the same event id within five minutes is one event");
}

#[tokio::test]
async fn an_expired_url_is_asked_for_again() {
    let world = World::new("hello").await;
    world.host.change(|file| file.expired = 1);
    assert!(!world.run(1).await);
    assert_eq!(world.host.change(|file| (file.lookups, file.downloads)), (2, 2));
    assert!(world.object().await.is_some());
}

/// What can never be had is recorded with its reason, and leaves the queue.
#[tokio::test]
async fn a_file_that_is_gone_is_recorded_as_gone() {
    let world = World::new("hello").await;
    world.host.change(|file| file.expired = 99);
    assert!(!world.run(1).await);
    let Some(MediaRecord::Failed { reason }) = world.record().await else { panic!() };
    assert!(reason.contains("HTTP 404"), "{reason}");

    let world = World::new("hello").await;
    world.host.change(|file| file.node_fails = Some((400, 100)));
    assert!(!world.run(1).await);
    let Some(MediaRecord::Failed { reason }) = world.record().await else { panic!() };
    assert!(reason.contains("code 100"), "{reason}");
    assert!(world.object().await.is_none() && world.events().await.is_empty());
}

#[tokio::test]
async fn a_file_with_another_checksum_is_not_kept() {
    for size in [5, 9 * MIB] {
        let world = World::new(noise(size)).await;
        world.host.change(|file| file.sha256 = Some("00".repeat(32)));
        expect_abort(&world);
        assert!(!world.run(1).await);
        let Some(MediaRecord::Failed { reason }) = world.record().await else { panic!() };
        assert!(reason.contains("checksum"), "{reason}");
        assert!(world.object().await.is_none());
        assert_eq!(aborted(&world), size > 8 * MIB);
    }
}

#[tokio::test]
async fn what_fails_for_now_comes_back() {
    for failure in [(500, 131_000), (400, 80_007), (503, 2)] {
        let world = World::new("hello").await;
        world.host.change(|file| file.node_fails = Some(failure));
        assert!(world.run(1).await, "{failure:?}");
        assert_eq!(world.record().await, None);
        world.host.change(|file| file.node_fails = None);
        assert!(!world.run(2).await);
        assert!(world.object().await.is_some());
    }
}

#[tokio::test]
async fn a_download_that_breaks_off_leaves_nothing_behind() {
    for (size, breaks) in [(100, 50), (10 * MIB, 9 * MIB)] {
        let world = World::new(noise(size)).await;
        world.host.change(|file| file.breaks_after = Some(breaks));
        expect_abort(&world);
        assert!(world.run(1).await);
        assert!(world.object().await.is_none() && world.record().await.is_none());
        assert_eq!(aborted(&world), size > 8 * MIB);
        world.host.change(|file| file.breaks_after = None);
        assert!(!world.run(2).await);
        assert_eq!(world.object().await.unwrap().0.len(), size);
    }
}

#[tokio::test]
async fn an_upload_that_breaks_off_comes_back() {
    let world = World::new(noise(9 * MIB)).await;
    world.aws.faults().add(Fault::error(403, "AccessDenied").on(Service::S3).operation("UploadPart").after(1).times(1));
    expect_abort(&world);
    assert!(world.run(1).await);
    assert!(aborted(&world));
    assert!(!world.run(2).await);
    assert_eq!(world.object().await.unwrap().0.len(), 9 * MIB);
}

///
#[tokio::test]
async fn a_new_token_is_picked_up_after_a_refusal() {
    let world = World::new("hello").await;
    world.host.change(|file| file.token = String::from("better"));
    assert!(world.run(1).await, "the token in the secret is still the refused one");
    world.set_token("better").await;
    assert!(!world.run(2).await);
    assert!(world.object().await.is_some());
}

#[tokio::test]
async fn one_bad_job_costs_its_neighbours_nothing() {
    let world = World::new("hello").await;
    let job = |media: &str| json!({"v": 1, "waba_id": "21", "phone_number_id": "11", "message_id": "wamid.A", "media_id": media, "at": at(0)});
    let bodies = [json!({"v": 9}), job("77"), json!("x")];
    assert_eq!(world.batch(&bodies, 1).await, ["m0", "m2"]);
    assert!(world.object().await.is_some());
    let events = world.events().await;
    assert!(events[0]["contact"].is_null());
}

/// A fault that does nothing but be met: none is left once the call was made.
fn expect_abort(world: &World) {
    let met = Fault::delay(Duration::ZERO).on(Service::S3).operation("AbortMultipartUpload");
    world.aws.faults().add(met.times(1));
}

fn aborted(world: &World) -> bool {
    !world.aws.faults().pending()
}
