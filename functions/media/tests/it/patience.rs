//! How long a job stays, and how it converges whatever it meets.

use std::time::Duration;

use media::patience;
use sandbox::Service;
use sandbox::aws::faults::Fault;
use serde_json::json;
use store::MediaRecord;

use crate::world::{LEFT, World, at, job};

/// Nobody renews the token for a week. The job comes back when its function says, stays in its queue all the time, and
/// ends with the file.
#[tokio::test]
async fn a_job_is_tried_for_as_long_as_meta_keeps_the_file() {
    let world = World::new("hello").await;
    world.host.change(|file| file.token = String::from("renewed too late"));
    world.put(&job()).await;
    let mut waited = Duration::ZERO;
    let mut attempt = 1;
    loop {
        let minutes = i64::try_from(waited.as_secs() / 60).unwrap();
        let taken = world.take(attempt).await.unwrap_or_else(|| panic!("attempt {attempt} after {waited:?}"));
        if world.handle(vec![taken], minutes, LEFT).await.is_empty() {
            break;
        }
        assert!(waited < patience::LIFE, "tried after {waited:?}");
        assert!(matches!(world.record().await, Some(MediaRecord::Waiting { attempts, .. }) if attempts == attempt));
        // Sooner than the queue's half hour at first, later than that in the end; never before its time.
        let (shortest, longest) = (patience::wait(attempt, 0.0), patience::wait(attempt, 1.0));
        let before = shortest.saturating_sub(Duration::from_secs(15));
        world.aws.clock().advance(before);
        assert!(world.take(attempt).await.is_none(), "attempt {attempt} came back too soon");
        world.aws.clock().advance(longest.saturating_sub(before));
        waited += longest;
        attempt += 1;
    }
    assert!(waited >= patience::LIFE);
    let Some(MediaRecord::Failed { code, reason, .. }) = world.record().await else { panic!() };
    assert_eq!(code, "expired");
    assert!(reason.contains("7 days") && reason.contains("token"), "{reason}");
    assert!(attempt > 100 && attempt <= patience::attempts(), "{attempt}");
    assert!(world.buried().await.is_empty());
}

/// Meta repeats a webhook for days, so a job may come late: it still gets its one chance.
#[tokio::test]
async fn a_job_that_comes_late_is_tried_once() {
    let world = World::new("hello").await;
    assert!(!world.run(8 * 24 * 60).await);
    assert!(matches!(world.record().await, Some(MediaRecord::Stored(_))));

    let world = World::new("hello").await;
    world.host.change(|file| file.node_fails = Some((400, 100)));
    assert!(!world.run(8 * 24 * 60).await);
    assert!(matches!(world.record().await, Some(MediaRecord::Failed { code, .. }) if code == "expired"));
    assert_eq!(world.host.change(|file| file.lookups), 1);
}

/// Between any two steps: the object without the record, the record without the event.
#[tokio::test]
async fn whatever_fails_in_between_the_next_attempt_ends_it() {
    for (service, operation, lookups) in
        [(Service::S3, "PutObject", 2), (Service::DynamoDb, "UpdateItem", 2), (Service::Sqs, "SendMessageBatch", 1)]
    {
        let world = World::new("hello").await;
        world.aws.faults().add(Fault::error(403, "AccessDenied").on(service).operation(operation).times(1));
        assert!(world.run(1).await, "{operation}");
        assert!(!world.run(2).await, "{operation}");
        assert_eq!(world.object().await.unwrap().0.as_ref(), b"hello");
        assert!(matches!(world.record().await, Some(MediaRecord::Stored(_))), "{operation}");
        assert_eq!(world.events().await.len(), 1, "{operation}");
        assert_eq!(world.host.change(|file| file.lookups), lookups, "{operation}");
    }
}

/// Jobs come twice. What is stored stays stored, whatever a late twin meets.
#[tokio::test]
async fn a_twin_undoes_nothing() {
    let world = World::new("hello").await;
    assert!(!world.run(1).await);
    let stored = world.record().await;
    let id = model::MessageId::new("wamid.A");
    for late in [
        MediaRecord::Waiting { reason: "x".into(), attempts: 2 },
        MediaRecord::Failed { code: "gone".into(), reason: "x".into(), quarantine_key: None },
    ] {
        assert_eq!(world.store.record_media(&id, &late, at(3)).await.unwrap(), store::Recorded::Settled);
        assert_eq!(world.record().await, stored);
    }

    let world = World::new("hello").await;
    world.host.change(|file| file.expired = 2);
    assert!(!world.run_surely(1).await);
    let failed = world.record().await;
    let waiting = MediaRecord::Waiting { reason: "x".into(), attempts: 2 };
    assert_eq!(world.store.record_media(&id, &waiting, at(3)).await.unwrap(), store::Recorded::Settled);
    assert_eq!(world.record().await, failed);
    // Moved back by hand, it may still be found.
    assert!(!world.run(4).await);
    assert!(matches!(world.record().await, Some(MediaRecord::Stored(_))));
    let gone = model::MessageId::new("wamid.none");
    assert_eq!(world.store.record_media(&gone, &waiting, at(3)).await.unwrap(), store::Recorded::NoMessage);
}

/// Meta asks for more patience than ours.
#[tokio::test]
async fn a_throttled_job_waits_as_long_as_meta_asks() {
    let world = World::new("hello").await;
    world.host.change(|file| file.node_fails = Some((400, 80_007)));
    world.put(&json!(job())).await;
    let taken = world.take(1).await.unwrap();
    assert_eq!(world.handle(vec![taken], 1, LEFT).await, ["m0"]);
    world.aws.clock().advance(Duration::from_mins(4));
    assert!(world.take(2).await.is_none());
    world.aws.clock().advance(Duration::from_mins(4));
    assert!(world.take(2).await.is_some());
}
