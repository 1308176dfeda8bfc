//! An event source mapping, played: poll, call, delete what is done, leave the rest to the visibility timeout.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use aws_sdk_sqs::config::Builder;
use aws_sdk_sqs::config::timeout::TimeoutConfig;
use aws_sdk_sqs::types::{DeleteMessageBatchRequestEntry, Message, MessageSystemAttributeName};
use runtime::logs::aws_error;
use serde_json::Value;
use tokio::sync::watch;

use crate::function::Function;

mod event;

/// The longest that SQS holds a poll open.
const LONG_POLL_S: i32 = 20;
/// Lambda runs up to the mapping's maximum concurrency; a laptop needs fewer at once.
const POLLERS_MAX: u32 = 4;
/// Before polling again a queue that cannot be read.
const AFTER_AN_ERROR: Duration = Duration::from_secs(1);

/// A queue whose messages go to a function.
#[derive(Clone)]
pub(crate) struct Player {
    pub(crate) sqs: aws_sdk_sqs::Client,
    pub(crate) queue_url: String,
    pub(crate) mapping: crate::stack::Mapping,
    pub(crate) function: Arc<Function>,
}

/// What is to come back of a batch.
#[derive(Debug, PartialEq, Eq)]
enum Failed {
    All,
    Only(BTreeSet<String>),
}

impl Player {
    /// How many poll side by side.
    pub(crate) fn pollers(&self) -> u32 {
        self.mapping.maximum_concurrency.clamp(1, POLLERS_MAX)
    }

    /// Polls until told to stop. A batch that is being handled then is handled to its end.
    pub(crate) async fn poll(self, mut stop: watch::Receiver<bool>) {
        while !*stop.borrow_and_update() {
            let received = tokio::select! {
                _ = stop.changed() => break,
                received = self.receive() => received,
            };
            match received {
                Ok(messages) if messages.is_empty() => {}
                Ok(messages) => self.hand_over(&messages).await,
                Err(reason) => {
                    tracing::warn!(function = self.function.name, reason, "its queue cannot be read");
                    tokio::select! {
                        _ = stop.changed() => break,
                        () = tokio::time::sleep(AFTER_AN_ERROR) => {}
                    }
                }
            }
        }
    }

    async fn receive(&self) -> Result<Vec<Message>, String> {
        // The clients of functions give up long before a long poll ends.
        let patient = TimeoutConfig::builder().operation_attempt_timeout(Duration::from_secs(30)).build();
        let received = self
            .sqs
            .receive_message()
            .queue_url(&self.queue_url)
            .max_number_of_messages(i32::try_from(self.mapping.batch_size).unwrap_or(10))
            .wait_time_seconds(LONG_POLL_S)
            .message_system_attribute_names(MessageSystemAttributeName::All)
            .message_attribute_names("All")
            .customize()
            .config_override(Builder::new().timeout_config(patient))
            .send()
            .await;
        received.map(|received| received.messages.unwrap_or_default()).map_err(|error| aws_error(&error))
    }

    async fn hand_over(&self, messages: &[Message]) {
        let failed = match self.function.invoke(event::batch(&self.mapping.queue_arn, messages)).await {
            Ok(answer) if self.mapping.partial_failures => failed(&answer, messages),
            Ok(_) => Failed::Only(BTreeSet::new()),
            Err(failure) => {
                tracing::error!(function = self.function.name, %failure, "a batch failed whole");
                Failed::All
            }
        };
        let Failed::Only(failed) = failed else { return };
        let done = messages
            .iter()
            .filter(|message| !message.message_id().is_some_and(|id| failed.contains(id)))
            .filter_map(Message::receipt_handle)
            .enumerate()
            .filter_map(|(at, receipt)| {
                DeleteMessageBatchRequestEntry::builder().id(at.to_string()).receipt_handle(receipt).build().ok()
            })
            .collect::<Vec<_>>();
        if done.is_empty() {
            return;
        }
        let deleted = self.sqs.delete_message_batch().queue_url(&self.queue_url).set_entries(Some(done)).send().await;
        let undeleted = match deleted {
            Ok(deleted) => deleted.failed().len(),
            Err(_) => messages.len(),
        };
        if undeleted > 0 {
            tracing::warn!(function = self.function.name, undeleted, "handled messages will come again");
        }
    }
}

/// Reads an answer as Lambda does: nothing named is success; an odd name (empty, or of no message of the batch) fails
/// the whole batch.
fn failed(answer: &Value, messages: &[Message]) -> Failed {
    let named = match answer.get("batchItemFailures") {
        None | Some(Value::Null) => return Failed::Only(BTreeSet::new()),
        Some(Value::Array(named)) => named,
        Some(_) => return Failed::All,
    };
    let known: BTreeSet<&str> = messages.iter().filter_map(Message::message_id).collect();
    let id = |failure: &Value| {
        let id = failure.get("itemIdentifier")?.as_str()?;
        known.contains(id).then(|| id.to_owned())
    };
    named.iter().map(id).collect::<Option<BTreeSet<_>>>().map_or(Failed::All, Failed::Only)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_answer_is_read_as_lambda_reads_it() {
        let messages = [Message::builder().message_id("a").build(), Message::builder().message_id("b").build()];
        let failed = |answer: Value| failed(&answer, &messages);
        assert_eq!(failed(json!({"batchItemFailures": []})), Failed::Only(BTreeSet::new()));
        assert_eq!(failed(Value::Null), Failed::Only(BTreeSet::new()));
        assert_eq!(
            failed(json!({"batchItemFailures": [{"itemIdentifier": "b"}]})),
            Failed::Only(BTreeSet::from([String::from("b")]))
        );
        for odd in ["", "c"] {
            assert_eq!(failed(json!({"batchItemFailures": [{"itemIdentifier": odd}]})), Failed::All);
        }
        assert_eq!(failed(json!({"batchItemFailures": [{"messageId": "a"}]})), Failed::All);
    }
}
