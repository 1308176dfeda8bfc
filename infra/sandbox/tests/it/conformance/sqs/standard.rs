//! Standard queues: visibility, receipt handles, delays, long polls, dead letters.

use std::time::{Duration, Instant};

use aws_sdk_sqs::types::{MessageSystemAttributeName as Attribute, QueueAttributeName};

use super::{
    attribute, bodies, delete, queue, queue_attribute, receive, receive_eventually, receive_now, send,
    with_dead_letters,
};
use crate::clients::{World, code, fresh};

#[tokio::test]
async fn a_received_message_hides_until_its_time_is_over() {
    let world = World::to_judge().await;
    let sqs = world.sqs();
    let url = queue(&sqs, &fresh("visibility"), &[]).await;
    send(&sqs, &url, "once").await;
    let first = receive(&sqs, &url, 1).await;
    assert_eq!(attribute(&first[0], &Attribute::ApproximateReceiveCount), Some("1"));
    assert!(attribute(&first[0], &Attribute::SentTimestamp).is_some());
    assert!(receive_now(&sqs, &url).await.is_empty());
    let second = receive_eventually(&sqs, &url).await;
    assert_eq!(bodies(&second), ["once"]);
    assert_eq!(attribute(&second[0], &Attribute::ApproximateReceiveCount), Some("2"));
    assert_ne!(first[0].receipt_handle, second[0].receipt_handle);
    delete(&sqs, &url, &second[0]).await;
    if !world.is_foreign() {
        // Deleting twice is no error; on MiniStack it is.
        delete(&sqs, &url, &second[0]).await;
    }
    assert_eq!(queue_attribute(&sqs, &url, QueueAttributeName::ApproximateNumberOfMessagesNotVisible).await, "0");
}

#[tokio::test]
async fn visibility_can_be_given_up_and_extended() {
    let world = World::to_judge().await;
    let sqs = world.sqs();
    let url = queue(&sqs, &fresh("change"), &[]).await;
    send(&sqs, &url, "m").await;
    let first = receive(&sqs, &url, 60).await;
    let change = |handle: &str, seconds: i32| {
        sqs.change_message_visibility().queue_url(&url).receipt_handle(handle).visibility_timeout(seconds).send()
    };
    change(first[0].receipt_handle.as_deref().unwrap(), 0).await.unwrap();
    let second = receive(&sqs, &url, 1).await;
    assert_eq!(bodies(&second), ["m"]);
    let handle = second[0].receipt_handle.as_deref().unwrap();
    change(handle, 60).await.unwrap();
    assert!(receive(&sqs, &url, 1).await.is_empty());
    // MiniStack takes more than twelve hours.
    if !world.is_foreign() {
        assert_eq!(code(change(handle, 43_201).await), "InvalidParameterValue");
        assert_eq!(code(change(handle, 43_200).await), "InvalidParameterValue");
    }
}

#[tokio::test]
async fn an_older_handle_deletes_nothing() {
    let world = World::to_judge().await;
    let sqs = world.sqs();
    let url = queue(&sqs, &fresh("handles"), &[]).await;
    send(&sqs, &url, "m").await;
    let first = receive(&sqs, &url, 0).await;
    let second = receive(&sqs, &url, 60).await;
    assert_eq!(bodies(&second), ["m"]);
    let by_older = sqs.delete_message().queue_url(&url).receipt_handle(first[0].receipt_handle.clone().unwrap());
    // On AWS the request succeeds; MiniStack refuses it.
    assert_eq!(by_older.send().await.is_err(), world.is_foreign());
    let left = QueueAttributeName::ApproximateNumberOfMessagesNotVisible;
    assert_eq!(queue_attribute(&sqs, &url, left.clone()).await, "1");
    delete(&sqs, &url, &second[0]).await;
    assert_eq!(queue_attribute(&sqs, &url, left).await, "0");
}

#[tokio::test]
async fn a_handle_that_is_none_is_refused() {
    let world = World::to_judge().await;
    let sqs = world.sqs();
    let url = queue(&sqs, &fresh("no-handle"), &[]).await;
    let deleted = sqs.delete_message().queue_url(&url).receipt_handle("nonsense").send().await;
    assert!(deleted.unwrap_err().as_service_error().unwrap().is_receipt_handle_is_invalid());
}

#[tokio::test]
async fn a_delayed_message_comes_later() {
    let world = World::to_judge().await;
    let sqs = world.sqs();
    let url = queue(&sqs, &fresh("delay"), &[]).await;
    sqs.send_message().queue_url(&url).message_body("later").delay_seconds(1).send().await.unwrap();
    assert_eq!(queue_attribute(&sqs, &url, QueueAttributeName::ApproximateNumberOfMessagesDelayed).await, "1");
    assert!(receive_now(&sqs, &url).await.is_empty());
    assert_eq!(bodies(&receive_eventually(&sqs, &url).await), ["later"]);
}

#[tokio::test]
async fn a_long_poll_ends_when_a_message_comes() {
    let world = World::to_judge().await;
    let sqs = world.sqs();
    let url = queue(&sqs, &fresh("poll"), &[]).await;
    let started = Instant::now();
    let waiting = {
        let (sqs, url) = (sqs.clone(), url.clone());
        tokio::spawn(async move {
            sqs.receive_message().queue_url(&url).wait_time_seconds(20).send().await.unwrap().messages
        })
    };
    send(&sqs, &url, "hello").await;
    assert_eq!(bodies(&waiting.await.unwrap().unwrap()), ["hello"]);
    assert!(started.elapsed() < Duration::from_secs(10));
}

#[tokio::test]
async fn what_is_received_too_often_falls_into_the_dead_letter_queue() {
    let world = World::to_judge().await;
    let sqs = world.sqs();
    let (source, dead) = with_dead_letters(&sqs, false, 2).await;
    let id = send(&sqs, &source, "poison").await;
    for _ in 0..2 {
        assert_eq!(bodies(&receive(&sqs, &source, 0).await), ["poison"]);
    }
    assert!(receive_now(&sqs, &source).await.is_empty());
    let fallen = receive(&sqs, &dead, 60).await;
    assert_eq!(bodies(&fallen), ["poison"]);
    assert_eq!(fallen[0].message_id.as_deref(), Some(id.as_str()));
    let arn = queue_attribute(&sqs, &source, QueueAttributeName::QueueArn).await;
    assert_eq!(attribute(&fallen[0], &Attribute::DeadLetterQueueSourceArn), Some(arn.as_str()));
}

#[tokio::test]
async fn purging_empties_the_queue_once_a_minute() {
    let world = World::to_judge().await;
    let sqs = world.sqs();
    let url = queue(&sqs, &fresh("purge"), &[]).await;
    send(&sqs, &url, "a").await;
    sqs.purge_queue().queue_url(&url).send().await.unwrap();
    assert!(receive_now(&sqs, &url).await.is_empty());
    if !world.is_foreign() {
        // MiniStack purges as often as it is told to.
        let again = sqs.purge_queue().queue_url(&url).send().await;
        assert!(again.unwrap_err().as_service_error().unwrap().is_purge_queue_in_progress());
    }
}
