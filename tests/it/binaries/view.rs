//! What Lambda, Meta and a client do with the functions: calls by event, and what they see.

use std::time::Duration;

use aws_sdk_sqs::types::{Message, MessageSystemAttributeName};
use serde_json::Value;

use super::canary;
use super::events::{Request, batch};
use super::mailbox::Post;
use super::passing::pauses_pass;
use super::rig::Rig;
use crate::lambda::{Function, Outcome};
use crate::system::eventually;

/// An answer of a function behind the HTTP API.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u64,
    pub(super) body: Value,
}

/// What came of one batch.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Batch {
    pub(super) received: usize,
    pub(super) failed: usize,
}

/// Longer than a record is hidden that has to wait.
const COMES_BACK: Duration = Duration::from_secs(30);

impl Rig {
    /// Calls a function behind the HTTP API. `None` where it died over it.
    pub(super) async fn http(&self, process: &Function, function: &str, request: &Request<'_>) -> Option<Answer> {
        match process.invoke(request.event(), self.timeout(function)).await {
            Outcome::Answered(answer) => Some(Answer::of(&answer)),
            // API Gateway answers 500 for both.
            Outcome::Failed(_) | Outcome::Died => None,
        }
    }

    /// Posts what Meta posted. The status of the answer, if there was one.
    pub(super) async fn post(&self, webhook: &Function, post: &Post, base64: bool) -> Option<u64> {
        let headers = [("Content-Type", "application/json"), ("X-Hub-Signature-256", post.signature.as_str())];
        let request =
            Request { method: "POST", path: "/webhook", query: "", headers: &headers, body: &post.body, base64 };
        self.http(webhook, "webhook", &request).await.map(|answer| answer.status)
    }

    pub(super) async fn get(&self, api: &Function, path: &str) -> Answer {
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let request = Request { method: "GET", path, query, headers: &[], body: "", base64: false };
        self.http(api, "api", &request).await.unwrap()
    }

    /// Calls the API with a JSON body, as a client that may die waiting.
    pub(super) async fn ask(
        &self,
        api: &Function,
        method: &str,
        path: &str,
        key: Option<&str>,
        body: &Value,
    ) -> Option<Answer> {
        let mut headers = vec![("Content-Type", "application/json")];
        headers.extend(key.map(|key| ("Idempotency-Key", key)));
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let request = Request { method, path, query: "", headers: &headers, body: &body, base64: false };
        self.http(api, "api", &request).await
    }

    /// One batch, as an event source mapping polls, calls and deletes. `None` where the function died over it.
    pub(super) async fn deliver(&self, process: &Function, function: &str, queue_url: &str) -> Option<Batch> {
        let size = if function == "template-sync" { 1 } else { 10 };
        let received = self.receive(queue_url, size).await;
        self.hand_over(process, queue_url, &received, self.timeout(function)).await
    }

    /// Has a sender take batches until the queue is empty. What is due to a person a while after the one before, and what
    /// Meta refuses for the number's rate, comes back.
    pub(super) async fn send_all(&self, sender: &Function) {
        let outbound = &self.local.ready().queues.outbound;
        eventually("an empty outbound queue", async || {
            self.deliver(sender, "sender", outbound).await.expect("the sender died");
            let is_empty = self.aws().sqs().counts(outbound).unwrap().total() == 0;
            if !is_empty {
                self.local.clock().advance(COMES_BACK);
                pauses_pass(self).await;
            }
            is_empty.then_some(())
        })
        .await;
    }

    /// What is visible, up to `size`.
    pub(super) async fn receive(&self, queue_url: &str, size: i32) -> Vec<Message> {
        let request = self.sqs().receive_message().queue_url(queue_url).max_number_of_messages(size);
        let received = request.message_system_attribute_names(MessageSystemAttributeName::All).send().await.unwrap();
        received.messages.unwrap_or_default()
    }

    /// Hands over what was received, and deletes what did not fail. `None` where the function died over it.
    pub(super) async fn hand_over(
        &self,
        process: &Function,
        queue_url: &str,
        received: &[Message],
        timeout: Duration,
    ) -> Option<Batch> {
        if received.is_empty() {
            return Some(Batch { received: 0, failed: 0 });
        }
        let Outcome::Answered(answer) = process.invoke(batch(queue_url, received), timeout).await else {
            return None;
        };
        let failures = answer["batchItemFailures"].as_array().unwrap();
        let failed: Vec<&str> = failures.iter().map(|item| item["itemIdentifier"].as_str().unwrap()).collect();
        for message in received.iter().filter(|message| !failed.contains(&message.message_id().unwrap())) {
            let delete =
                self.sqs().delete_message().queue_url(queue_url).receipt_handle(message.receipt_handle().unwrap());
            // A receipt that has run out deletes nothing: the message comes again, as it does in AWS.
            drop(delete.send().await);
        }
        Some(Batch { received: received.len(), failed: failed.len() })
    }

    /// The bodies that lie in a queue, visible or not.
    pub(super) fn queued(&self, queue_url: &str) -> Vec<Value> {
        let messages = self.aws().sqs().messages(queue_url).unwrap();
        messages.iter().map(|message| serde_json::from_str(&message.body).unwrap()).collect()
    }

    /// What lies in the events queue, each held to the public contract.
    pub(super) fn events(&self) -> Vec<Value> {
        let events = self.queued(&self.local.ready().queues.events);
        for event in &events {
            crate::events::schema::hold(&event.to_string());
        }
        events
    }

    /// Everything in every dead-letter queue.
    pub(super) fn dead(&self) -> usize {
        let queues = &self.local.ready().queues;
        let dead = [&queues.outbound_dlq, &queues.events_dlq, &queues.media_dlq, &queues.sync_dlq];
        dead.iter().map(|url| self.aws().sqs().counts(url).unwrap().total()).sum()
    }

    /// Hands over what Meta posted meanwhile, and wants each of it taken.
    pub(super) async fn take_mail(&self, webhook: &Function) -> usize {
        let posts = self.mailbox.take();
        for post in &posts {
            assert_eq!(self.post(webhook, post, false).await, Some(200));
        }
        posts.len()
    }

    /// A body signed with the app's secret.
    pub(super) fn signed(body: &Value) -> Post {
        let body = body.to_string();
        Post { signature: sandbox::meta::sign(canary::APP_SECRET, body.as_bytes()), body }
    }
}

impl Answer {
    fn of(answer: &Value) -> Self {
        let body = answer["body"].as_str().unwrap_or_default();
        assert_ne!(answer["isBase64Encoded"], true, "no answer of ours is binary");
        Self {
            status: answer["statusCode"].as_u64().unwrap(),
            body: serde_json::from_str(body).unwrap_or_else(|_| body.into()),
        }
    }
}
