//! Redriving a dead-letter queue.

use aws_sdk_sqs::types::{MessageSystemAttributeName as Attribute, QueueAttributeName};

use super::{attribute, bodies, queue_attribute, receive, receive_now, send_to_group, with_dead_letters};
use crate::clients::{World, code};

#[tokio::test]
async fn dead_letters_go_back_where_they_came_from() {
    let world = World::to_judge().await;
    if world.is_foreign() {
        return; // MiniStack has no StartMessageMoveTask.
    }
    let sqs = world.sqs();
    let (source, dead) = with_dead_letters(&sqs, true, 1).await;
    let id = send_to_group(&sqs, &source, "g", "poison").await;
    receive(&sqs, &source, 0).await;
    assert!(receive_now(&sqs, &source).await.is_empty());

    let source_arn = queue_attribute(&sqs, &source, QueueAttributeName::QueueArn).await;
    let refused = sqs.start_message_move_task().source_arn(&source_arn).send().await;
    assert_eq!(code(refused), "InvalidParameterValue");

    let dead_arn = queue_attribute(&sqs, &dead, QueueAttributeName::QueueArn).await;
    let started = sqs.start_message_move_task().source_arn(&dead_arn).send().await.unwrap();
    assert!(started.task_handle.is_some());
    let again = receive(&sqs, &source, 60).await;
    assert_eq!(bodies(&again), ["poison"]);
    // A redriven message is a new one.
    assert_ne!(again[0].message_id, Some(id));
    assert_eq!(attribute(&again[0], &Attribute::ApproximateReceiveCount), Some("1"));
    assert_eq!(attribute(&again[0], &Attribute::MessageGroupId), Some("g"));
    assert!(receive_now(&sqs, &dead).await.is_empty());
    let tasks = sqs.list_message_move_tasks().source_arn(&dead_arn).send().await.unwrap().results.unwrap();
    assert_eq!(tasks[0].status.as_deref(), Some("COMPLETED"));
    assert_eq!(tasks[0].approximate_number_of_messages_moved, 1);

    // What was sent to the dead-letter queue itself came from nowhere.
    send_to_group(&sqs, &dead, "g", "stranger").await;
    sqs.start_message_move_task().source_arn(&dead_arn).send().await.unwrap();
    let tasks = sqs.list_message_move_tasks().source_arn(&dead_arn).send().await.unwrap().results.unwrap();
    assert_eq!(tasks[0].status.as_deref(), Some("FAILED"));
    assert_eq!(tasks[0].failure_reason.as_deref(), Some("CouldNotDetermineMessageSource"));
    sqs.start_message_move_task().source_arn(&dead_arn).destination_arn(&source_arn).send().await.unwrap();
    assert!(receive_now(&sqs, &dead).await.is_empty());
}
