//! SQS as AWS documents it.

use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

use aws_sdk_sqs::{
    Client,
    types::{Message, MessageSystemAttributeName, QueueAttributeName},
};

use crate::clients::{World, fresh};

mod batches;
mod content;
mod fifo;
mod moves;
mod standard;

/// Creates a queue and returns its URL.
pub(crate) async fn queue(sqs: &Client, name: &str, attributes: &[(QueueAttributeName, &str)]) -> String {
    let given: HashMap<_, _> = attributes.iter().map(|(name, value)| (name.clone(), (*value).to_owned())).collect();
    let created = sqs.create_queue().queue_name(name).set_attributes(Some(given)).send().await.unwrap();
    created.queue_url.unwrap()
}

pub(crate) async fn fifo_queue(sqs: &Client, name: &str, attributes: &[(QueueAttributeName, &str)]) -> String {
    let all = [&[(QueueAttributeName::FifoQueue, "true")], attributes].concat();
    queue(sqs, &format!("{}.fifo", fresh(name)), &all).await
}

pub(crate) async fn send(sqs: &Client, url: &str, body: &str) -> String {
    sqs.send_message().queue_url(url).message_body(body).send().await.unwrap().message_id.unwrap()
}

pub(crate) async fn send_to_group(sqs: &Client, url: &str, group: &str, body: &str) -> String {
    sqs.send_message()
        .queue_url(url)
        .message_body(body)
        .message_group_id(group)
        .message_deduplication_id(fresh("d"))
        .send()
        .await
        .unwrap()
        .message_id
        .unwrap()
}

/// Up to ten messages, waiting up to two seconds for the first.
pub(crate) async fn receive(sqs: &Client, url: &str, visibility: i32) -> Vec<Message> {
    sqs.receive_message()
        .queue_url(url)
        .max_number_of_messages(10)
        .visibility_timeout(visibility)
        .wait_time_seconds(2)
        .message_system_attribute_names(MessageSystemAttributeName::All)
        .message_attribute_names("All")
        .send()
        .await
        .unwrap()
        .messages
        .unwrap_or_default()
}

/// What is there right now.
pub(crate) async fn receive_now(sqs: &Client, url: &str) -> Vec<Message> {
    sqs.receive_message()
        .queue_url(url)
        .max_number_of_messages(10)
        .visibility_timeout(60)
        .wait_time_seconds(0)
        .send()
        .await
        .unwrap()
        .messages
        .unwrap_or_default()
}

/// Receives until the queue gave something, for at most ten seconds.
pub(crate) async fn receive_eventually(sqs: &Client, url: &str) -> Vec<Message> {
    let deadline = Instant::now() + Duration::from_secs(10);
    loop {
        let messages = receive(sqs, url, 60).await;
        if !messages.is_empty() || Instant::now() > deadline {
            return messages;
        }
    }
}

pub(crate) async fn delete(sqs: &Client, url: &str, message: &Message) {
    let handle = message.receipt_handle.clone().unwrap();
    sqs.delete_message().queue_url(url).receipt_handle(handle).send().await.unwrap();
}

pub(crate) fn bodies(messages: &[Message]) -> Vec<&str> {
    messages.iter().map(|message| message.body.as_deref().unwrap()).collect()
}

pub(crate) fn attribute<'m>(message: &'m Message, name: &MessageSystemAttributeName) -> Option<&'m str> {
    message.attributes.as_ref()?.get(name).map(String::as_str)
}

pub(crate) async fn queue_attribute(sqs: &Client, url: &str, name: QueueAttributeName) -> String {
    let all = sqs.get_queue_attributes().queue_url(url).attribute_names(name.clone()).send().await.unwrap();
    all.attributes.unwrap()[&name].clone()
}

/// A queue whose messages fall into another after `receives` receives.
pub(crate) async fn with_dead_letters(sqs: &Client, fifo: bool, receives: u32) -> (String, String) {
    let create = async |name: &str, attributes: &[(QueueAttributeName, &str)]| {
        if fifo { fifo_queue(sqs, name, attributes).await } else { queue(sqs, &fresh(name), attributes).await }
    };
    let dead = create("dead", &[]).await;
    let arn = queue_attribute(sqs, &dead, QueueAttributeName::QueueArn).await;
    let policy = format!(r#"{{"deadLetterTargetArn":"{arn}","maxReceiveCount":{receives}}}"#);
    let source = create("source", &[(QueueAttributeName::RedrivePolicy, &policy)]).await;
    (source, dead)
}

#[tokio::test]
async fn a_queue_is_found_by_its_name_and_listed() {
    let world = World::to_judge().await;
    let sqs = world.sqs();
    let name = fresh("listed");
    let url = queue(&sqs, &name, &[(QueueAttributeName::VisibilityTimeout, "45")]).await;
    let found = sqs.get_queue_url().queue_name(&name).send().await.unwrap();
    assert_eq!(found.queue_url.unwrap(), url);
    let listed = sqs.list_queues().queue_name_prefix(&name).send().await.unwrap();
    assert_eq!(listed.queue_urls.unwrap(), std::slice::from_ref(&url));
    assert_eq!(queue_attribute(&sqs, &url, QueueAttributeName::VisibilityTimeout).await, "45");
    sqs.set_queue_attributes()
        .queue_url(&url)
        .attributes(QueueAttributeName::VisibilityTimeout, "50")
        .send()
        .await
        .unwrap();
    assert_eq!(queue_attribute(&sqs, &url, QueueAttributeName::VisibilityTimeout).await, "50");
}

#[tokio::test]
async fn a_queue_that_does_not_exist_is_said_so() {
    let world = World::to_judge().await;
    let sqs = world.sqs();
    let error = sqs.get_queue_url().queue_name(fresh("nobody")).send().await.unwrap_err();
    assert!(error.as_service_error().unwrap().is_queue_does_not_exist());
    let url = format!("{}/000000000000/{}", world.config.endpoint_url().unwrap(), fresh("nobody"));
    let error = sqs.send_message().queue_url(&url).message_body("x").send().await.unwrap_err();
    assert!(error.as_service_error().unwrap().is_queue_does_not_exist());
    let error = sqs.receive_message().queue_url(&url).send().await.unwrap_err();
    assert!(error.as_service_error().unwrap().is_queue_does_not_exist());
}
