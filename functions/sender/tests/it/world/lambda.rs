//! Batches and ticks, handed to the sender as Lambda does.

use aws_sdk_sqs::types::MessageSystemAttributeName;
use jiff::SignedDuration;
use sender::App;
use serde_json::{Value, json};

use super::World;

/// What one batch came to.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Batch {
    pub(crate) received: usize,
    pub(crate) failed: usize,
}

impl World {
    /// Hands a batch to the sender as Lambda does, and deletes what it has done.
    pub(crate) async fn deliver(&self) -> Batch {
        self.deliver_within(SignedDuration::from_secs(30)).await
    }

    pub(crate) async fn deliver_within(&self, time: SignedDuration) -> Batch {
        self.deliver_with(&self.app, time).await
    }

    /// The same, by another process.
    pub(crate) async fn deliver_with(&self, app: &App, time: SignedDuration) -> Batch {
        let sqs = self.clients.sqs();
        let received = sqs
            .receive_message()
            .queue_url(&self.outbound)
            .max_number_of_messages(10)
            .message_system_attribute_names(MessageSystemAttributeName::All)
            .send()
            .await
            .unwrap()
            .messages
            .unwrap_or_default();
        if received.is_empty() {
            return Batch { received: 0, failed: 0 };
        }
        let records: Vec<Value> = received.iter().map(record).collect();
        let answer = self.handle(app, json!({ "Records": records }), time).await;
        let failures = answer["batchItemFailures"].as_array().unwrap();
        let failed: Vec<&str> = failures.iter().map(|item| item["itemIdentifier"].as_str().unwrap()).collect();
        for message in &received {
            if !failed.contains(&message.message_id().unwrap()) {
                let handle = message.receipt_handle().unwrap();
                sqs.delete_message().queue_url(&self.outbound).receipt_handle(handle).send().await.unwrap();
            }
        }
        Batch { received: received.len(), failed: failed.len() }
    }

    pub(crate) async fn tick(&self) -> Value {
        self.handle(&self.app, json!({"waypost": "tick"}), SignedDuration::from_secs(30)).await
    }

    async fn handle(&self, app: &App, payload: Value, time: SignedDuration) -> Value {
        let clock = self.clock.clone();
        sender::handle(app, payload, self.now() + time, &move || clock.now()).await.unwrap()
    }
}

fn record(message: &aws_sdk_sqs::types::Message) -> Value {
    let attributes: serde_json::Map<String, Value> = message
        .attributes()
        .into_iter()
        .flatten()
        .map(|(name, value)| (name.as_str().to_owned(), Value::from(value.as_str())))
        .collect();
    json!({
        "messageId": message.message_id(),
        "receiptHandle": message.receipt_handle(),
        "body": message.body(),
        "attributes": attributes,
        "messageAttributes": {},
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:us-east-1:000000000000:outbound.fifo",
        "awsRegion": "us-east-1",
    })
}
