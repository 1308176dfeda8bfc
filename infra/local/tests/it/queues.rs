//! Event source mappings, as Lambda plays them.

use std::time::Duration;

use aws_sdk_sqs::types::SendMessageBatchRequestEntry;
use local::Options;
use serde_json::json;

use super::{eventually, quiet, sqs, started};

#[tokio::test]
async fn what_fails_too_often_is_moved_aside() {
    let local = started(quiet()).await;
    let queues = &local.ready().queues;
    sqs(&local).send_message().queue_url(&queues.sync).message_body("no job").send().await.unwrap();
    let counts = |url: &str| local.aws().sqs().counts(url).unwrap();
    eventually("the dead letter", || async {
        // Past the visibility timeout, again and again.
        local.clock().advance(Duration::from_secs(1_801));
        (counts(&queues.sync_dlq).total() == 1).then_some(())
    })
    .await;
    assert_eq!(counts(&queues.sync).total(), 0);
    let dead = local.aws().sqs().messages(&queues.sync_dlq).unwrap();
    assert_eq!(dead.first().unwrap().body, "no job");
    local.shutdown().await;
}

#[tokio::test]
async fn of_a_batch_only_what_failed_comes_back() {
    let local = started(quiet()).await;
    let queue = &local.ready().queues.media;
    let written = local.meta().unwrap().write_in("15550101", &json!({"text": "Hello"})).await.unwrap();
    let job = |message: &str| {
        json!({
            "v": 1, "waba_id": "200000000000001", "phone_number_id": "100000000000001", "message_id": message,
            "media_id": "1", "at": jiff::Timestamp::now(),
        })
        .to_string()
    };
    let entry =
        |id: &str, body: &str| SendMessageBatchRequestEntry::builder().id(id).message_body(body).build().unwrap();
    let waits = job(&written.wamid);
    let both = sqs(&local)
        .send_message_batch()
        .queue_url(queue)
        .entries(entry("a", &waits))
        .entries(entry("b", &job("wamid.gone")));
    both.send().await.unwrap();
    // A file that Meta does not know may be one that the token may not see: it is asked for again. Without its message
    // there is nothing to copy a file for, and the job is over.
    eventually("the job that can be done", || async {
        let left = local.aws().sqs().messages(queue).unwrap();
        (left.len() == 1 && left.iter().all(|message| message.body == waits && message.in_flight)).then_some(())
    })
    .await;
    local.shutdown().await;
}

#[tokio::test]
async fn an_idle_function_leaves_its_queue_alone() {
    let idle = ["template-sync"].into_iter().map(str::to_owned).collect();
    let local = started(Options { idle, ..quiet() }).await;
    let queue = &local.ready().queues.sync;
    sqs(&local).send_message().queue_url(queue).message_body("kept").send().await.unwrap();
    // The schedule's own call still works when a test makes it.
    local.sync().await.unwrap();
    let kept = local.aws().sqs().messages(queue).unwrap();
    assert_eq!(kept.iter().map(|message| message.receive_count).collect::<Vec<_>>(), [0]);
    local.shutdown().await;
}
