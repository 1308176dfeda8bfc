//! Dead-letter queues: what falls in, and how it gets out again.

use jiff::Timestamp;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    State,
    address::Address,
    error::SqsError,
    message::{Message, Standing},
    queue::Queue,
    wire::{ListMessageMoveTasks, StartMessageMoveTask},
};

/// A redrive, which here is done as soon as it is asked for.
#[derive(Debug)]
pub(super) struct MoveTask {
    source: Address,
    destination: Option<Address>,
    moved: usize,
    /// Messages nobody knows a way back for: they were sent here, or their queue is gone.
    stranded: usize,
    started_at: Timestamp,
}

impl State {
    /// The receive count after which messages of this queue are dead, if its dead-letter queue exists.
    pub(super) fn redrive_of(&self, queue: &Queue) -> Option<(Address, u32)> {
        let redrive = queue.attributes.redrive.as_ref()?;
        self.queues.contains_key(&redrive.target.name).then(|| (redrive.target.clone(), redrive.max_receive_count))
    }

    /// Puts messages that were received too often into the dead-letter queue.
    pub(super) fn bury(&mut self, source: &Address, target: &Address, dead: Vec<Message>, now: Timestamp) {
        let Some(queue) = self.queues.get_mut(&target.name) else { return };
        for mut message in dead {
            message.standing = Standing::Visible;
            message.source_arn = Some(source.arn());
            // A standard queue keeps the time of the first send, a FIFO queue counts retention anew.
            if queue.attributes.fifo {
                message.sent_at = now;
                message.sequence_number = Some(queue.next_sequence_number());
            }
            queue.insert(message);
        }
    }

    pub(super) fn start_move(&mut self, request: StartMessageMoveTask, now: Timestamp) -> Result<Value, SqsError> {
        let StartMessageMoveTask { source_arn, destination_arn, max_number_of_messages_per_second } = request;
        if max_number_of_messages_per_second.is_some_and(|rate| !(1..=500).contains(&rate)) {
            return Err(SqsError::invalid("MaxNumberOfMessagesPerSecond must be between 1 and 500."));
        }
        let source = self.known(&source_arn)?;
        let destination = destination_arn.map(|arn| self.known(&arn)).transpose()?;
        let is_dead_letter_queue = self
            .queues
            .values()
            .any(|queue| queue.attributes.redrive.as_ref().is_some_and(|redrive| redrive.target == source));
        if !is_dead_letter_queue {
            return Err(SqsError::invalid("Source queue must be configured as a Dead Letter Queue."));
        }
        let (moved, stranded) = self.move_all(&source, destination.as_ref(), now);
        self.moves.push(MoveTask { source, destination, moved, stranded, started_at: now });
        // AWS gives a handle for cancelling; there is never anything left to cancel.
        Ok(json!({ "TaskHandle": Uuid::new_v4().to_string() }))
    }

    pub(super) fn list_moves(&mut self, request: ListMessageMoveTasks, _: Timestamp) -> Result<Value, SqsError> {
        let ListMessageMoveTasks { source_arn, max_results } = request;
        let source = self.known(&source_arn)?;
        let most = max_results.unwrap_or(1);
        let results: Vec<Value> =
            self.moves.iter().rev().filter(|task| task.source == source).take(most).map(MoveTask::as_json).collect();
        Ok(json!({ "Results": results }))
    }

    fn known(&self, arn: &str) -> Result<Address, SqsError> {
        Address::from_arn(arn)
            .filter(|address| self.queues.contains_key(&address.name))
            .ok_or_else(SqsError::no_resource)
    }

    /// Moves what can be received back to where it came from, or to `destination`; counts what went and what stayed.
    fn move_all(&mut self, source: &Address, destination: Option<&Address>, now: Timestamp) -> (usize, usize) {
        let Some(queue) = self.queues.get_mut(&source.name) else { return (0, 0) };
        queue.settle(now);
        let places: Vec<u64> = queue.visible.iter().copied().collect();
        let leaving: Vec<(u64, Address)> = places
            .into_iter()
            .filter_map(|place| {
                let from = queue.messages.get(&place)?.source_arn.as_deref().and_then(Address::from_arn);
                Some((place, destination.cloned().or(from)?))
            })
            .collect();
        let found = queue.visible.len();
        let mut moved = 0;
        for (place, target) in leaving {
            if !self.queues.contains_key(&target.name) {
                continue;
            }
            let Some(message) = self.queues.get_mut(&source.name).and_then(|queue| queue.remove(place)) else {
                continue;
            };
            if let Some(queue) = self.queues.get_mut(&target.name) {
                queue.insert(reborn(message, queue, now));
                moved += 1;
            }
        }
        (moved, found - moved)
    }
}

/// A redriven message is a new one: new id, new time, received by nobody yet.
fn reborn(message: Message, queue: &Queue, now: Timestamp) -> Message {
    Message {
        id: Uuid::new_v4().to_string(),
        sequence_number: queue.attributes.fifo.then(|| queue.next_sequence_number()),
        sent_at: now,
        standing: Standing::Visible,
        receive_count: 0,
        first_received_at: None,
        last_received_at: None,
        source_arn: None,
        ..message
    }
}

impl MoveTask {
    fn as_json(&self) -> Value {
        let mut shown = json!({
            "Status": if self.stranded == 0 { "COMPLETED" } else { "FAILED" },
            "SourceArn": self.source.arn(),
            "ApproximateNumberOfMessagesMoved": self.moved,
            "ApproximateNumberOfMessagesToMove": self.moved + self.stranded,
            "StartedTimestamp": self.started_at.as_millisecond(),
        });
        if self.stranded > 0 {
            shown["FailureReason"] = json!("CouldNotDetermineMessageSource");
        }
        if let Some(destination) = &self.destination {
            shown["DestinationArn"] = json!(destination.arn());
        }
        shown
    }
}
