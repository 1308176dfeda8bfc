//! Batches: ten entries, one 200, each entry for itself.

use aws_sdk_sqs::types::{
    ChangeMessageVisibilityBatchRequestEntry, DeleteMessageBatchRequestEntry, SendMessageBatchRequestEntry,
};

use super::{bodies, queue, receive, receive_now, send};
use crate::clients::{World, fresh};

fn entry(id: &str, body: &str) -> SendMessageBatchRequestEntry {
    SendMessageBatchRequestEntry::builder().id(id).message_body(body).build().unwrap()
}

#[tokio::test]
async fn a_bad_entry_fails_alone_inside_a_200() {
    let world = World::to_judge().await;
    let sqs = world.sqs();
    let url = queue(&sqs, &fresh("batch"), &[]).await;
    let sent = sqs
        .send_message_batch()
        .queue_url(&url)
        .entries(entry("good", "fine"))
        .entries(entry("bad", "control \u{1} character"))
        .entries(entry("also-good", "fine too"))
        .send()
        .await
        .unwrap();
    let ids: Vec<_> = sent.successful.iter().map(|entry| entry.id.as_str()).collect();
    assert_eq!(ids, ["good", "also-good"]);
    assert_eq!(sent.failed.len(), 1);
    assert_eq!(sent.failed[0].id, "bad");
    assert!(sent.failed[0].sender_fault);
    assert_eq!(sent.failed[0].code, "InvalidMessageContents");
    assert_eq!(bodies(&receive(&sqs, &url, 60).await), ["fine", "fine too"]);
}

#[tokio::test]
async fn a_batch_out_of_bounds_is_refused_whole() {
    let world = World::to_judge().await;
    let sqs = world.sqs();
    let url = queue(&sqs, &fresh("bounds"), &[]).await;
    let batch = || sqs.send_message_batch().queue_url(&url);
    let eleven = (0..11).map(|number| entry(&number.to_string(), "x")).collect();
    let error = batch().set_entries(Some(eleven)).send().await.unwrap_err();
    assert!(error.as_service_error().unwrap().is_too_many_entries_in_batch_request());
    let error = batch().entries(entry("a", "1")).entries(entry("a", "2")).send().await.unwrap_err();
    assert!(error.as_service_error().unwrap().is_batch_entry_ids_not_distinct());
    let half = "x".repeat(600 * 1024);
    let error = batch().entries(entry("a", &half)).entries(entry("b", &half)).send().await.unwrap_err();
    assert!(error.as_service_error().unwrap().is_batch_request_too_long());
    let error = batch().set_entries(Some(vec![])).send().await.unwrap_err();
    assert!(error.as_service_error().unwrap().is_empty_batch_request());
    let error = batch().entries(entry("no spaces", "x")).send().await.unwrap_err();
    assert!(error.as_service_error().unwrap().is_invalid_batch_entry_id());
    assert!(receive_now(&sqs, &url).await.is_empty());
}

#[tokio::test]
async fn visibility_and_deletion_go_in_batches_too() {
    let world = World::to_judge().await;
    let sqs = world.sqs();
    let url = queue(&sqs, &fresh("delete-batch"), &[]).await;
    send(&sqs, &url, "a").await;
    send(&sqs, &url, "b").await;
    let messages = receive(&sqs, &url, 60).await;
    assert_eq!(messages.len(), 2);
    let handle = |index: usize| messages[index].receipt_handle.clone().unwrap();
    let change = |id: &str, handle: String| {
        ChangeMessageVisibilityBatchRequestEntry::builder()
            .id(id)
            .receipt_handle(handle)
            .visibility_timeout(0)
            .build()
            .unwrap()
    };
    let changed = sqs
        .change_message_visibility_batch()
        .queue_url(&url)
        .entries(change("a", handle(0)))
        .entries(change("b", "nonsense".to_owned()))
        .send()
        .await
        .unwrap();
    assert_eq!(changed.successful.len(), 1);
    assert_eq!(changed.failed[0].code, "ReceiptHandleIsInvalid");
    let again = receive(&sqs, &url, 60).await;
    assert_eq!(again.len(), 1);
    let delete = |id: &str, handle: String| {
        DeleteMessageBatchRequestEntry::builder().id(id).receipt_handle(handle).build().unwrap()
    };
    let deleted = sqs
        .delete_message_batch()
        .queue_url(&url)
        .entries(delete("a", again[0].receipt_handle.clone().unwrap()))
        .entries(delete("b", handle(1)))
        .send()
        .await
        .unwrap();
    assert_eq!(deleted.successful.len(), 2);
    assert!(receive_now(&sqs, &url).await.is_empty());
}
