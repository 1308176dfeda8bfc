//! Copies, whole and broken.

use std::time::Duration;

use sandbox::Service;
use sandbox::aws::faults::Fault;
use serde_json::json;
use store::{MediaRecord, StoredFile};

use crate::world::{World, at, job, noise, record};

const MIB: usize = 1024 * 1024;

#[tokio::test]
async fn a_file_is_copied_recorded_and_told() {
    let world = World::new("hello").await;
    assert!(!world.run(1).await);
    let (bytes, mime_type) = world.object().await.unwrap();
    assert_eq!((bytes.as_ref(), mime_type.as_str()), (b"hello".as_slice(), "audio/ogg; codecs=opus"));

    let sha256 = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";
    let stored = StoredFile {
        bucket: "bucket".into(),
        key: "media/11/77".into(),
        mime_type,
        sniffed_type: None,
        type_mismatch: false,
        sha256: sha256.into(),
        bytes: 5,
        declared_bytes: None,
    };
    assert_eq!(world.record().await, Some(MediaRecord::Stored(stored)));
    let events = world.events().await;
    assert_eq!(events.len(), 1);
    let event = &events[0];
    assert_eq!((event["type"].as_str(), event["v"].as_u64()), (Some("media.stored"), Some(1)));
    assert_eq!(event["at"], json!(at(0)));
    assert_eq!((event["waba_id"].as_str(), event["phone_number_id"].as_str()), (Some("21"), Some("11")));
    assert_eq!(event["contact"]["phone"], "+15550100");
    assert_eq!(event["contact"]["name"], "Ana");
    let data = json!({"message_id": "wamid.A", "media_id": "77", "bucket": "bucket", "key": "media/11/77",
        "mime_type": "audio/ogg; codecs=opus", "sha256": sha256, "bytes": 5, "type_mismatch": false});
    assert_eq!(event["data"], data);
}

#[tokio::test]
async fn a_file_of_any_size_arrives_as_it_was() {
    for size in [0, 1, 8 * MIB, 8 * MIB + 1] {
        let bytes = noise(size);
        let world = World::new(bytes.clone()).await;
        assert!(!world.run(1).await, "{size}");
        assert!(world.object().await.unwrap().0 == bytes, "{size}");
        assert!(
            matches!(world.record().await, Some(MediaRecord::Stored(StoredFile { bytes, .. })) if bytes == size as u64)
        );
    }
}

#[tokio::test]
async fn a_job_that_comes_again_reads_nothing_and_tells_the_same() {
    let world = World::new("hello").await;
    assert!(!world.run(1).await);
    world.host.change(|file| file.node_fails = Some((400, 100)));
    assert!(!world.run(60 * 24 * 8).await);
    assert_eq!(world.host.change(|file| (file.lookups, file.downloads)), (1, 1));
    assert!(matches!(world.record().await, Some(MediaRecord::Stored(_))));
    assert_eq!(world.events().await.len(), 1, "the same event id within five minutes is one event");
}

/// A URL lives five minutes; the id seven days. Whether the URL runs out at once or between two attempts, the next one is
/// asked for by the id.
#[tokio::test]
async fn an_expired_url_is_asked_for_again() {
    let world = World::new("hello").await;
    world.host.change(|file| file.expired = 1);
    assert!(!world.run(1).await);
    assert_eq!(world.host.change(|file| (file.lookups, file.asked.clone())), (2, vec![1, 2]));
    assert!(world.object().await.is_some());

    let world = World::new("hello").await;
    world.host.change(|file| file.breaks_after = Some(2));
    assert!(world.run(1).await);
    world.host.change(|file| file.breaks_after = None);
    assert!(!world.run(10).await);
    assert_eq!(world.host.change(|file| (file.lookups, file.asked.clone())), (2, vec![1, 2]));
}

/// What can never be had is recorded with its reason, and leaves the queue: not at once, for the host may be at fault.
#[tokio::test]
async fn a_file_that_is_gone_is_recorded_as_gone() {
    let world = World::new("hello").await;
    world.host.change(|file| file.expired = 99);
    assert!(world.run(1).await);
    let Some(MediaRecord::Waiting { reason, .. }) = world.record().await else { panic!() };
    assert!(reason.contains("HTTP 404"), "{reason}");
    assert!(!world.run_surely(16).await);
    let Some(MediaRecord::Failed { code, reason, quarantine_key: None }) = world.record().await else { panic!() };
    assert_eq!(code, "gone");
    assert!(reason.contains("HTTP 404"), "{reason}");
    assert!(world.keys().await.is_empty() && world.events().await.is_empty());
}

#[tokio::test]
async fn a_file_that_is_too_large_is_not_read() {
    for size in [json!(200 * MIB), json!((200 * MIB).to_string())] {
        let world = World::new("hello").await;
        world.host.change(|file| file.declared_bytes = Some(size));
        assert!(!world.run(1).await);
        assert!(matches!(world.record().await, Some(MediaRecord::Failed { code, .. }) if code == "too_large"));
        assert_eq!(world.host.change(|file| file.downloads), 0);
    }
}

/// Twice it came with another checksum: its bytes are kept aside and handed out by nobody.
#[tokio::test]
async fn a_file_with_another_checksum_is_quarantined() {
    for size in [5, 9 * MIB] {
        let bytes = noise(size);
        let world = World::new(bytes.clone()).await;
        world.host.change(|file| file.sha256 = Some("00".repeat(32)));
        expect_abort(&world);
        assert!(world.run(1).await);
        assert!(matches!(world.record().await, Some(MediaRecord::Waiting { .. })));
        assert!(world.keys().await.is_empty());
        assert!(!world.run_surely(16).await);
        let Some(MediaRecord::Failed { code, reason, quarantine_key }) = world.record().await else { panic!() };
        assert_eq!(code, "mismatch");
        assert!(reason.contains("checksum"), "{reason}");
        assert_eq!(quarantine_key.as_deref(), Some("media/quarantine/11/77"));
        assert_eq!(world.keys().await, ["media/quarantine/11/77"]);
        assert_eq!(aborted(&world), size > 8 * MIB);
        assert!(world.events().await.is_empty());
    }
}

#[tokio::test]
async fn a_byte_that_was_garbled_on_the_way_costs_one_more_download() {
    let world = World::new("hello").await;
    world.host.change(|file| file.garbled = 1);
    assert!(!world.run(1).await);
    assert_eq!(world.object().await.unwrap().0.as_ref(), b"hello");
    assert_eq!(world.host.change(|file| file.asked.clone()), [1, 2]);
    assert!(matches!(world.record().await, Some(MediaRecord::Stored(_))));
}

/// Meta writes the digest in hex or in base64, the size as a string or as a number.
#[tokio::test]
async fn checksum_and_size_are_read_in_either_spelling() {
    let base64 = data_encoding::BASE64.encode(&<sha2::Sha256 as sha2::Digest>::digest("hello"));
    for (digest, size) in [(None, json!(5)), (Some(base64.clone()), json!("5")), (Some(base64), json!("none"))] {
        let world = World::new("hello").await;
        world.host.change(|file| (file.sha256, file.declared_bytes) = (digest, Some(size)));
        assert!(!world.run(1).await);
        let Some(MediaRecord::Stored(file)) = world.record().await else { panic!() };
        assert_eq!((file.bytes, file.declared_bytes), (5, None));
    }
}

/// The checksum proves the bytes whatever size was told; without one the size has to fit.
#[tokio::test]
async fn another_size_is_recorded_and_without_a_checksum_refused() {
    let world = World::new("hello").await;
    world.host.change(|file| file.declared_bytes = Some(json!(6)));
    assert!(!world.run(1).await);
    let Some(MediaRecord::Stored(file)) = world.record().await else { panic!() };
    assert_eq!((file.bytes, file.declared_bytes), (5, Some(6)));

    let world = World::new("hello").await;
    world.host.change(|file| (file.no_sha256, file.declared_bytes) = (true, Some(json!(6))));
    assert!(world.run(1).await);
    assert!(!world.run_surely(16).await);
    let Some(MediaRecord::Failed { code, reason, .. }) = world.record().await else { panic!() };
    assert_eq!(code, "mismatch");
    assert!(reason.contains("size"), "{reason}");
}

/// A program that says it is a picture is kept, and told apart.
#[tokio::test]
async fn a_file_of_another_type_than_it_says_is_recorded_as_such() {
    let world = World::new("MZ\u{90}\0 a program").await;
    world.host.change(|file| file.mime_type = Some("image/jpeg".into()));
    assert!(!world.run(1).await);
    let Some(MediaRecord::Stored(file)) = world.record().await else { panic!() };
    assert_eq!(file.mime_type, "image/jpeg");
    assert_eq!(file.sniffed_type.as_deref(), Some("application/vnd.microsoft.portable-executable"));
    assert!(file.type_mismatch);
    let data = world.events().await.pop().unwrap()["data"].clone();
    assert_eq!((&data["sniffed_type"], &data["type_mismatch"]), (&json!(file.sniffed_type), &json!(true)));
    assert_eq!(world.object().await.unwrap().1, "image/jpeg");
}

/// A type that no header can carry hinders nothing.
#[tokio::test]
async fn an_odd_type_is_recorded_and_handed_out_as_bytes() {
    let world = World::new("hello").await;
    world.host.change(|file| file.mime_type = Some("näh\n/x".into()));
    assert!(!world.run(1).await);
    assert_eq!(world.object().await.unwrap().1, "application/octet-stream");
    assert!(matches!(world.record().await, Some(MediaRecord::Stored(file)) if file.mime_type == "näh\n/x"));
}

/// Also what Meta refuses by its id: a token without the account is told the same as a file that is no more.
#[tokio::test]
async fn what_fails_for_now_comes_back_and_says_why_it_waits() {
    for failure in [(500, 131_000), (400, 80_007), (503, 2), (400, 100), (401, 190), (403, 10)] {
        let world = World::new("hello").await;
        world.host.change(|file| file.node_fails = Some(failure));
        assert!(world.run(1).await, "{failure:?}");
        let Some(MediaRecord::Waiting { reason, attempts: 1 }) = world.record().await else { panic!("{failure:?}") };
        assert!(reason.contains(&format!("code {}", failure.1)), "{reason}");
        world.host.change(|file| file.node_fails = None);
        assert!(!world.run(2).await);
        assert!(matches!(world.record().await, Some(MediaRecord::Stored(_))));
    }
}

#[tokio::test]
async fn a_download_that_breaks_off_leaves_nothing_behind() {
    for (size, breaks) in [(100, 50), (10 * MIB, 9 * MIB)] {
        let world = World::new(noise(size)).await;
        world.host.change(|file| file.breaks_after = Some(breaks));
        expect_abort(&world);
        assert!(world.run(1).await);
        assert!(world.keys().await.is_empty());
        assert_eq!(aborted(&world), size > 8 * MIB);
        world.host.change(|file| file.breaks_after = None);
        assert!(!world.run(2).await);
        assert_eq!(world.object().await.unwrap().0.len(), size);
    }
}

/// Lambda would end the function in the middle of it, and its neighbours would suffer.
#[tokio::test]
async fn a_download_that_takes_too_long_is_taken_back_in_time() {
    for stalls in [5, 9 * MIB] {
        let world = World::new(noise(10 * MIB)).await;
        world.host.change(|file| file.stalls_after = Some(stalls));
        expect_abort(&world);
        let left = Duration::from_secs(20);
        assert_eq!(world.handle(vec![record(0, &job(), "r", 1)], 1, left).await, ["m0"]);
        assert!(matches!(world.record().await, Some(MediaRecord::Waiting { reason, .. }) if reason.contains("time")));
        assert!(world.keys().await.is_empty());
        assert_eq!(aborted(&world), stalls > 8 * MIB);
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

/// A-07
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
    let mut nobody = job();
    nobody["contact"].take();
    let bodies = [json!({"v": 9}), nobody, json!("x")];
    assert!(world.batch(&bodies, 1).await.is_empty());
    assert!(world.object().await.is_some());
    let events = world.events().await;
    assert!(events[0]["contact"].is_null());
    let mut buried = world.buried().await;
    buried.sort();
    assert_eq!(buried, ["\"x\"", r#"{"v":9}"#], "moved aside as they are");
}

/// Erased meanwhile, for example: nothing of the person comes back.
#[tokio::test]
async fn a_job_without_a_message_is_dropped() {
    let world = World::new("hello").await;
    let mut orphan = job();
    orphan["message_id"] = json!("wamid.erased");
    assert!(world.batch(&[orphan], 1).await.is_empty());
    assert!(world.keys().await.is_empty() && world.events().await.is_empty());
    assert_eq!(world.host.change(|file| file.lookups), 0);
}

/// A fault that does nothing but be met: none is left once the call was made.
fn expect_abort(world: &World) {
    let met = Fault::delay(Duration::ZERO).on(Service::S3).operation("AbortMultipartUpload");
    world.aws.faults().add(met.times(1));
}

fn aborted(world: &World) -> bool {
    !world.aws.faults().pending()
}
