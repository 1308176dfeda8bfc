//! Waves of batches: up to 25 statements in one request, no item twice in a wave (DynamoDB refuses such a batch whole).

use std::collections::{BTreeSet, VecDeque};
use std::time::Duration;

use aws_sdk_dynamodb::types::BatchStatementRequest;
use futures::StreamExt;
use futures::stream;

use super::statement::{answer, statement};
use super::write::{Answer, Write};
use crate::Store;
use crate::error::Error;

/// Statements in a BatchExecuteStatement (DynamoDB quota).
const BATCH: usize = 25;
/// Batches under way at once.
const CONCURRENT: usize = 16;
/// Waves before giving up: three follow-ups of a write (send gone, message taken, attribute taken) and some throttling.
const WAVES: u32 = 10;

impl Store {
    /// Applies every write to its end.
    pub(crate) async fn write_all(&self, writes: Vec<Write>) -> Result<(), Error> {
        let mut waiting: VecDeque<Write> = writes.into();
        let mut throttled = 0_u32;
        for _ in 0..WAVES {
            if waiting.is_empty() {
                return Ok(());
            }
            let (wave, later) = one_per_item(waiting);
            waiting = later;
            let mut answers =
                stream::iter(batches(wave)).map(|batch| self.write_batch(batch)).buffer_unordered(CONCURRENT);
            let mut pressed = false;
            while let Some(answered) = answers.next().await {
                for (write, answer) in answered? {
                    pressed |= matches!(answer, Answer::Again);
                    waiting.extend(write.after(answer));
                }
            }
            if pressed {
                throttled += 1;
                tokio::time::sleep(Duration::from_millis(20 << throttled.min(6))).await;
            }
        }
        if waiting.is_empty() { Ok(()) } else { Err(Error::Unavailable(String::from("writes kept being refused"))) }
    }

    async fn write_batch(&self, batch: Vec<Write>) -> Result<Vec<(Write, Answer)>, Error> {
        let statements: Vec<BatchStatementRequest> = batch
            .iter()
            .map(|write| statement(&self.table, write))
            .collect::<Result<_, _>>()
            .map_err(|_| Error::Refused(String::from("a statement could not be built")))?;
        let answered = self.dynamo.batch_execute_statement().set_statements(Some(statements)).send().await?;
        let responses = answered.responses.unwrap_or_default();
        if responses.len() != batch.len() {
            return Err(Error::Unavailable(String::from("a batch was answered in part")));
        }
        batch
            .into_iter()
            .zip(responses)
            .map(|(write, response)| match response.error {
                None => Ok((write, Answer::Applied)),
                Some(error) => answer(error).map(|answer| (write, answer)),
            })
            .collect()
    }
}

fn one_per_item(writes: VecDeque<Write>) -> (Vec<Write>, VecDeque<Write>) {
    let mut seen = BTreeSet::new();
    let (wave, later): (Vec<_>, Vec<_>) = writes.into_iter().partition(|write| seen.insert(write.key.clone()));
    (wave, later.into())
}

fn batches(wave: Vec<Write>) -> Vec<Vec<Write>> {
    let mut batches: Vec<Vec<Write>> = Vec::with_capacity(wave.len().div_ceil(BATCH));
    for write in wave {
        match batches.last_mut() {
            Some(batch) if batch.len() < BATCH => batch.push(write),
            _ => batches.push(vec![write]),
        }
    }
    batches
}
