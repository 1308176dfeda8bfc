//! A batch of SQS records, and which of them failed.
//!
//! FIFO: records of one group are handled in order, groups side by side. After a failure the rest of that group in the
//! batch fails untried, or order would be lost; other groups go on. Powertools for AWS Lambda does the same.

use std::future::Future;

use aws_lambda_events::sqs::{BatchItemFailure, SqsBatchResponse, SqsEvent, SqsMessage};
use futures::StreamExt;
use futures::stream::FuturesUnordered;

/// One record as a handler sees it.
#[derive(Clone)]
pub struct Record {
    /// SQS's id, which a failure is reported by.
    pub message_id: String,
    /// What its visibility is changed with.
    pub receipt_handle: String,
    /// Its FIFO group; empty on a standard queue.
    pub group: String,
    /// Its deduplication id; empty on a standard queue.
    pub deduplication_id: String,
    /// How often SQS has handed it out, from 1.
    pub receive_count: u32,
    /// When it was put on the queue, in milliseconds; 0 where SQS did not say.
    pub sent_at: i64,
    /// The envelope.
    pub body: String,
}

/// What became of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Handled {
    /// It is dealt with; SQS may forget it.
    Done,
    /// It comes back when its visibility timeout passes.
    Failed,
    /// It comes back after this many seconds, and with it the untried rest of its group.
    RetryAfter(u32),
}

/// The outcome of a batch: what to answer Lambda, and whose visibility to change before answering.
#[derive(Debug, Default)]
pub struct Outcome {
    /// Message ids of what is not done, in the order received.
    pub failed: Vec<String>,
    /// (receipt handle, seconds) of what comes back sooner or later than the visibility timeout.
    pub visibility: Vec<(String, u32)>,
}

impl Outcome {
    /// The answer that Lambda expects with `ReportBatchItemFailures`.
    pub fn response(&self) -> SqsBatchResponse {
        let mut response = SqsBatchResponse::default();
        response.batch_item_failures = self
            .failed
            .iter()
            .map(|id| {
                let mut failure = BatchItemFailure::default();
                failure.item_identifier.clone_from(id);
                failure
            })
            .collect();
        response
    }
}

impl Record {
    /// The records of an event. One without an id cannot be reported as failed (an empty identifier would fail the whole
    /// batch), so such an event, which SQS does not make, is refused whole.
    pub fn all_of(event: SqsEvent) -> Option<Vec<Self>> {
        event.records.into_iter().map(Self::of).collect()
    }

    fn of(message: SqsMessage) -> Option<Self> {
        let attribute = |name: &str| message.attributes.get(name).cloned().unwrap_or_default();
        Some(Self {
            group: attribute("MessageGroupId"),
            deduplication_id: attribute("MessageDeduplicationId"),
            receive_count: attribute("ApproximateReceiveCount").parse().unwrap_or(1),
            sent_at: attribute("SentTimestamp").parse().unwrap_or(0),
            message_id: message.message_id.filter(|id| !id.is_empty())?,
            receipt_handle: message.receipt_handle.unwrap_or_default(),
            body: message.body.unwrap_or_default(),
        })
    }
}

/// Handles a FIFO batch: groups side by side, each in order, the rest of a group failed untried after a failure.
pub async fn run_fifo<F, R>(records: Vec<Record>, handle: F) -> Outcome
where
    F: Fn(Record) -> R,
    R: Future<Output = Handled>,
{
    let order: Vec<String> = records.iter().map(|record| record.message_id.clone()).collect();
    let handle = &handle;
    let groups: FuturesUnordered<_> =
        by_group(records).into_iter().map(|group| async move { run_group(group, handle).await }).collect();
    in_order(&order, groups.collect::<Vec<_>>().await)
}

/// Handles a batch of a standard queue, all records side by side.
pub async fn run_standard<F, R>(records: Vec<Record>, handle: F) -> Outcome
where
    F: Fn(Record) -> R,
    R: Future<Output = Handled>,
{
    let order: Vec<String> = records.iter().map(|record| record.message_id.clone()).collect();
    let handle = &handle;
    let each: FuturesUnordered<_> =
        records.into_iter().map(|record| async move { run_group(vec![record], handle).await }).collect();
    in_order(&order, each.collect::<Vec<_>>().await)
}

async fn run_group<F, R>(group: Vec<Record>, handle: &F) -> Outcome
where
    F: Fn(Record) -> R,
    R: Future<Output = Handled>,
{
    let mut outcome = Outcome::default();
    let mut failed: Option<Handled> = None;
    for record in group {
        let Record { message_id, receipt_handle, .. } = record.clone();
        let handled = match failed {
            Some(earlier) => earlier,
            None => handle(record).await,
        };
        match handled {
            Handled::Done => continue,
            Handled::Failed => {}
            Handled::RetryAfter(seconds) => outcome.visibility.push((receipt_handle, seconds)),
        }
        failed = Some(handled);
        outcome.failed.push(message_id);
    }
    outcome
}

fn by_group(records: Vec<Record>) -> Vec<Vec<Record>> {
    let mut groups: Vec<Vec<Record>> = Vec::new();
    for record in records {
        match groups.iter_mut().find(|group| group.first().is_some_and(|first| first.group == record.group)) {
            Some(group) => group.push(record),
            None => groups.push(vec![record]),
        }
    }
    groups
}

fn in_order(order: &[String], outcomes: Vec<Outcome>) -> Outcome {
    let mut all = Outcome::default();
    for outcome in outcomes {
        all.failed.extend(outcome.failed);
        all.visibility.extend(outcome.visibility);
    }
    all.failed.sort_by_key(|id| order.iter().position(|received| received == id));
    all
}

#[cfg(test)]
mod tests;
