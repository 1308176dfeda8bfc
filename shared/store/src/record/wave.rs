//! Waves of batches: up to 25 statements in one request, no item twice in a wave (DynamoDB refuses such a batch whole).

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use aws_sdk_dynamodb::types::BatchStatementRequest;
use futures::StreamExt;
use futures::stream;
use model::ContactKey;

use super::statement::{answer, statement};
use super::write::{Answer, Step, Write};
use crate::Store;
use crate::contact::root_of;
use crate::error::Error;
use crate::keys::Key;

/// Statements in a BatchExecuteStatement (DynamoDB quota).
const BATCH: usize = 25;
/// Batches under way at once.
const CONCURRENT: usize = 16;
/// Waves before giving up, for each write that waits for another of the same item: three follow-ups of a write (send gone,
/// message taken, attribute taken) and some throttling.
const WAVES: usize = 10;

/// What came of some writes, beside that they are made.
#[derive(Default)]
pub(crate) struct Written {
    /// Items that would outgrow what DynamoDB takes.
    pub(crate) too_large: Vec<Key>,
    /// Of contacts that were found to be other than was thought: the one each was merged into, or itself.
    pub(crate) roots: BTreeMap<Key, ContactKey>,
}

impl Store {
    /// Applies every write to its end.
    pub(crate) async fn write_all(&self, writes: Vec<Write>) -> Result<(), Error> {
        if self.write_what_fits(writes).await?.too_large.is_empty() {
            Ok(())
        } else {
            Err(Error::Refused(String::from("an item would be too large")))
        }
    }

    /// The same; items that would outgrow what DynamoDB takes are given back.
    pub(crate) async fn write_what_fits(&self, writes: Vec<Write>) -> Result<Written, Error> {
        let mut written = Written::default();
        let mut waiting = inserted_once(writes);
        let mut throttled = 0_u32;
        for _ in 0..WAVES * most_of_one_item(&waiting) {
            if waiting.is_empty() {
                return Ok(written);
            }
            let (wave, later) = one_per_item(waiting);
            waiting = later;
            let mut answers =
                stream::iter(batches(wave)).map(|batch| self.write_batch(batch)).buffer_unordered(CONCURRENT);
            let mut pressed = false;
            while let Some(answered) = answers.next().await {
                for (write, answer) in answered? {
                    pressed |= matches!(answer, Answer::Again);
                    match &answer {
                        Answer::TooLarge if write.is_of_statuses() => written.too_large.push(write.key.clone()),
                        Answer::TooLarge => return Err(Error::Refused(String::from("an item would be too large"))),
                        Answer::Refused(old) => {
                            written.roots.extend(root_of(old).map(|root| (write.key.clone(), root)));
                        }
                        _ => {}
                    }
                    waiting.extend(write.after(answer));
                }
            }
            if pressed {
                throttled += 1;
                tokio::time::sleep(Duration::from_millis(20 << throttled.min(6))).await;
            }
        }
        if waiting.is_empty() {
            return Ok(written);
        }
        Err(Error::Unavailable(String::from("writes kept being refused")))
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

/// A POST may hold the same thing many times over. Where the first insert stands, the others need no wave of their own.
fn inserted_once(mut writes: Vec<Write>) -> VecDeque<Write> {
    let mut seen = BTreeSet::new();
    writes.retain(|write| !matches!(write.step, Step::Insert { taken: None, .. }) || seen.insert(write.key.clone()));
    writes.into()
}

/// How many writes the item has that has most. They go one after the other, so a POST that says much of one person needs
/// as many times the waves: with a fixed number it would be refused, the same again each time that Meta sends it.
fn most_of_one_item(writes: &VecDeque<Write>) -> usize {
    let mut counts: BTreeMap<&Key, usize> = BTreeMap::new();
    for write in writes {
        *counts.entry(&write.key).or_default() += 1;
    }
    counts.into_values().max().unwrap_or(1)
}

fn one_per_item(writes: VecDeque<Write>) -> (Vec<Write>, VecDeque<Write>) {
    let mut seen = BTreeSet::new();
    let (wave, later): (Vec<_>, Vec<_>) = writes.into_iter().partition(|write| seen.insert(write.key.clone()));
    (wave, later.into())
}

/// Statements that may join so many without making a request more.
pub(super) fn room_beside(writes: usize) -> usize {
    writes.next_multiple_of(BATCH) - writes
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
