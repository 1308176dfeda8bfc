//! FIFO queues: order and lock of groups, deduplication, dead letters.

use aws_sdk_sqs::{
    Client,
    types::{MessageSystemAttributeName as Attribute, QueueAttributeName},
};

use super::{
    attribute, bodies, delete, fifo_queue, queue, receive, receive_eventually, receive_now, send_to_group,
    with_dead_letters,
};
use crate::clients::{World, code, fresh};

#[tokio::test]
async fn a_group_keeps_its_order_and_is_locked_while_in_flight() {
    let world = World::to_judge().await;
    let sqs = world.sqs();
    let url = fifo_queue(&sqs, "order", &[]).await;
    for body in ["a1", "a2", "a3"] {
        send_to_group(&sqs, &url, "a", body).await;
    }
    let one = sqs.receive_message().queue_url(&url).max_number_of_messages(1).send().await.unwrap();
    let first = one.messages.unwrap();
    assert_eq!(bodies(&first), ["a1"]);
    // a2 and a3 wait for a1; another group does not.
    assert!(receive_now(&sqs, &url).await.is_empty());
    send_to_group(&sqs, &url, "b", "b1").await;
    assert_eq!(bodies(&receive_now(&sqs, &url).await), ["b1"]);
    delete(&sqs, &url, &first[0]).await;
    let rest = receive(&sqs, &url, 60).await;
    assert_eq!(bodies(&rest), ["a2", "a3"]);
    assert_eq!(attribute(&rest[0], &Attribute::MessageGroupId), Some("a"));
    assert!(attribute(&rest[0], &Attribute::MessageDeduplicationId).is_some());
    assert!(attribute(&rest[0], &Attribute::SequenceNumber) < attribute(&rest[1], &Attribute::SequenceNumber));
    // Half a group deleted: the other half still locks it.
    delete(&sqs, &url, &rest[0]).await;
    send_to_group(&sqs, &url, "a", "a4").await;
    assert!(receive_now(&sqs, &url).await.is_empty());
    delete(&sqs, &url, &rest[1]).await;
    assert_eq!(bodies(&receive_now(&sqs, &url).await), ["a4"]);
}

#[tokio::test]
async fn a_message_given_up_comes_again_before_those_behind_it() {
    let world = World::to_judge().await;
    let sqs = world.sqs();
    let url = fifo_queue(&sqs, "again", &[]).await;
    send_to_group(&sqs, &url, "g", "1").await;
    send_to_group(&sqs, &url, "g", "2").await;
    let first = receive(&sqs, &url, 60).await;
    for message in &first {
        sqs.change_message_visibility()
            .queue_url(&url)
            .receipt_handle(message.receipt_handle.clone().unwrap())
            .visibility_timeout(0)
            .send()
            .await
            .unwrap();
    }
    assert_eq!(bodies(&receive(&sqs, &url, 60).await)[0], "1");
}

#[tokio::test]
async fn an_expired_handle_of_a_fifo_queue_is_refused() {
    let world = World::to_judge().await;
    let sqs = world.sqs();
    let url = fifo_queue(&sqs, "expired", &[]).await;
    send_to_group(&sqs, &url, "g", "1").await;
    let first = receive(&sqs, &url, 1).await;
    let second = receive_eventually(&sqs, &url).await;
    assert_eq!(bodies(&second), ["1"]);
    let old = first[0].receipt_handle.clone().unwrap();
    let deleted = sqs.delete_message().queue_url(&url).receipt_handle(&old).send().await;
    let changed =
        sqs.change_message_visibility().queue_url(&url).receipt_handle(&old).visibility_timeout(5).send().await;
    // MiniStack forgets older handles altogether.
    let expected = if world.is_foreign() { "ReceiptHandleIsInvalid" } else { "InvalidParameterValue" };
    assert_eq!(code(deleted), expected);
    assert_eq!(code(changed), expected);
    delete(&sqs, &url, &second[0]).await;
}

async fn send_with(sqs: &Client, url: &str, group: &str, id: Option<&str>, body: &str) -> (String, String) {
    let sent = sqs
        .send_message()
        .queue_url(url)
        .message_body(body)
        .message_group_id(group)
        .set_message_deduplication_id(id.map(str::to_owned))
        .send()
        .await
        .unwrap();
    (sent.message_id.unwrap(), sent.sequence_number.unwrap())
}

#[tokio::test]
async fn the_same_deduplication_id_is_accepted_and_not_delivered_twice() {
    let world = World::to_judge().await;
    let sqs = world.sqs();
    let url = fifo_queue(&sqs, "explicit", &[]).await;
    let first = send_with(&sqs, &url, "a", Some("id"), "one").await;
    // The scope is the queue, whatever the group and the body.
    let second = send_with(&sqs, &url, "b", Some("id"), "two").await;
    assert_eq!(first.0, second.0);
    let got = receive(&sqs, &url, 60).await;
    assert_eq!(bodies(&got), ["one"]);
    delete(&sqs, &url, &got[0]).await;
    // Not even after the first was deleted.
    send_with(&sqs, &url, "a", Some("id"), "one").await;
    assert!(receive_now(&sqs, &url).await.is_empty());
}

#[tokio::test]
async fn content_based_deduplication_looks_at_the_body() {
    let world = World::to_judge().await;
    let sqs = world.sqs();
    let url = fifo_queue(&sqs, "content", &[(QueueAttributeName::ContentBasedDeduplication, "true")]).await;
    send_with(&sqs, &url, "a", None, "same").await;
    send_with(&sqs, &url, "b", None, "same").await;
    send_with(&sqs, &url, "c", None, "other").await;
    assert_eq!(bodies(&receive(&sqs, &url, 60).await), ["same", "other"]);
}

#[tokio::test]
async fn deduplication_can_count_per_group() {
    let world = World::to_judge().await;
    let sqs = world.sqs();
    let scope = [
        (QueueAttributeName::DeduplicationScope, "messageGroup"),
        (QueueAttributeName::FifoThroughputLimit, "perMessageGroupId"),
    ];
    let url = fifo_queue(&sqs, "scope", &scope).await;
    send_with(&sqs, &url, "a", Some("id"), "for a").await;
    send_with(&sqs, &url, "b", Some("id"), "for b").await;
    send_with(&sqs, &url, "a", Some("id"), "again").await;
    assert_eq!(bodies(&receive(&sqs, &url, 60).await), ["for a", "for b"]);
}

#[tokio::test]
async fn a_dead_message_frees_its_group() {
    let world = World::to_judge().await;
    let sqs = world.sqs();
    let (source, dead) = with_dead_letters(&sqs, true, 1).await;
    send_to_group(&sqs, &source, "g", "poison").await;
    send_to_group(&sqs, &source, "g", "good").await;
    let one = sqs.receive_message().queue_url(&source).visibility_timeout(0).send().await.unwrap();
    assert_eq!(bodies(&one.messages.unwrap()), ["poison"]);
    assert_eq!(bodies(&receive_eventually(&sqs, &source).await), ["good"]);
    let fallen = receive(&sqs, &dead, 60).await;
    assert_eq!(bodies(&fallen), ["poison"]);
    assert_eq!(attribute(&fallen[0], &Attribute::MessageGroupId), Some("g"));
}

#[tokio::test]
async fn what_a_fifo_queue_needs_is_asked_for() {
    let world = World::to_judge().await;
    let sqs = world.sqs();
    let url = fifo_queue(&sqs, "needs", &[]).await;
    let without_group = sqs.send_message().queue_url(&url).message_body("x").send().await;
    assert_eq!(code(without_group), "MissingParameter");
    let without_id = sqs.send_message().queue_url(&url).message_body("x").message_group_id("g").send().await;
    assert_eq!(code(without_id), "InvalidParameterValue");
    let send = sqs.send_message().queue_url(&url).message_body("x").message_group_id("g").delay_seconds(5);
    let delayed = send.message_deduplication_id("d").send().await;
    if !world.is_foreign() {
        // MiniStack delays it.
        assert_eq!(code(delayed), "InvalidParameterValue");
    }
    // A standard queue has no deduplication.
    let standard = queue(&sqs, &fresh("standard"), &[]).await;
    let send = sqs.send_message().queue_url(&standard).message_body("x").message_deduplication_id("d");
    if !world.is_foreign() {
        assert_eq!(code(send.send().await), "InvalidParameterValue");
    }
}

#[tokio::test]
async fn a_fifo_queue_and_its_dead_letter_queue_are_of_one_kind() {
    let world = World::to_judge().await;
    if world.is_foreign() {
        return; // MiniStack does not compare.
    }
    let sqs = world.sqs();
    let standard = queue(&sqs, &fresh("standard"), &[]).await;
    let arn = super::queue_attribute(&sqs, &standard, QueueAttributeName::QueueArn).await;
    let created = sqs
        .create_queue()
        .queue_name(format!("{}.fifo", fresh("f")))
        .attributes(QueueAttributeName::FifoQueue, "true")
        .attributes(
            QueueAttributeName::RedrivePolicy,
            format!(r#"{{"deadLetterTargetArn":"{arn}","maxReceiveCount":"3"}}"#),
        )
        .send()
        .await;
    assert_eq!(code(created), "InvalidParameterValue");
}
