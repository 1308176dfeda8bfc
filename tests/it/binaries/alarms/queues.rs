//! What lies in queues too long, or where it should not be.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::watch::Watch;
use crate::binaries::custody::{a_message, queue};
use crate::binaries::view::Batch;
use crate::system::eventually;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_lies_in_queues() {
    let watch = Watch::start().await;
    let queues = watch.rig.local.ready().queues.clone();
    watch.put(&queues.outbound).await;
    let sender = watch.rig.process("sender").await;
    let batch = watch.rig.deliver(&sender, "sender", &queues.outbound).await;
    assert_eq!(batch, Some(Batch { received: 1, failed: 0 }));
    watch.raises(&["OutboundDeadLetterAlarm"]).await;
    watch.rig.aws().sqs().clear(&queues.outbound_dlq).unwrap();
    for (queue, alarm) in [
        (&queues.events_dlq, "EventsDeadLetterAlarm"),
        (&queues.media_dlq, "MediaDeadLetterAlarm"),
        (&queues.sync_dlq, "SyncDeadLetterAlarm"),
    ] {
        watch.raises(&[]).await;
        watch.put(queue).await;
        watch.raises(&[alarm]).await;
        watch.rig.aws().sqs().clear(queue).unwrap();
    }
    for (queue, minutes, alarm) in [
        (&queues.outbound, 30, "OutboundAgeAlarm"),
        (&queues.media, 120, "MediaUntakenAlarm"),
        (&queues.events, 720, "EventsAgeAlarm"),
    ] {
        watch.put(queue).await;
        watch.rig.local.clock().advance(Duration::from_mins(minutes - 1));
        watch.raises(&[]).await;
        watch.rig.local.clock().advance(Duration::from_mins(2));
        watch.raises(&[alarm]).await;
        watch.rig.aws().sqs().clear(queue).unwrap();
    }
    sender.stop().await;
    watch.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_that_are_not_copied() {
    let watch = Watch::start().await;
    let media = watch.rig.process("media").await;
    for (hours, alarm) in [(11, None), (12, Some("MediaOverdueAlarm"))] {
        let message = a_message(&watch.rig).await;
        let sent = Timestamp::now() - SignedDuration::from_hours(hours) - SignedDuration::from_mins(1);
        queue(&watch.rig, &message, "404404404", sent).await;
        let batch = watch.rig.deliver(&media, "media", &watch.rig.local.ready().queues.media).await;
        assert_eq!(batch, Some(Batch { received: 1, failed: 1 }));
        let tried = |printed: &str| printed.contains("a file could not be copied yet");
        eventually("the line", async || tried(&watch.rig.printed("media")).then_some(())).await;
        watch.raises(alarm.as_slice()).await;
    }
    media.stop().await;
    watch.close().await;
}
