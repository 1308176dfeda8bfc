//! SQS over its JSON protocol. Queues live in memory.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use axum::body::Body;
use http::{HeaderValue, Response, StatusCode};
use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tokio::sync::watch;

use super::{faults::FailEntries, reply};
use crate::clock::Clock;

mod address;
mod attributes;
mod batch;
mod error;
mod groups;
mod handle;
mod message;
mod operations;
mod poll;
mod queue;
mod receive;
mod redrive;
mod send;
mod wire;

use address::Address;
use error::SqsError;
use queue::Queue;
use redrive::MoveTask;

/// The queues. Reached over HTTP; the handle looks at them without consuming.
#[derive(Debug)]
pub struct Sqs {
    clock: Clock,
    state: Mutex<State>,
    stopping: watch::Sender<bool>,
}

#[derive(Debug, Default)]
struct State {
    /// The endpoint queue URLs start with.
    base: String,
    queues: BTreeMap<String, Queue>,
    moves: Vec<MoveTask>,
}

/// Nothing has this URL.
#[derive(Debug, thiserror::Error)]
#[error("there is no queue {0}")]
pub struct NoSuchQueue(pub String);

/// A message as it lies in a queue.
#[derive(Clone, PartialEq, Eq)]
pub struct StoredMessage {
    pub message_id: String,
    pub body: String,
    pub group_id: Option<String>,
    pub deduplication_id: Option<String>,
    pub sequence_number: Option<String>,
    pub sent_at: Timestamp,
    pub receive_count: u32,
    pub in_flight: bool,
}

impl std::fmt::Debug for StoredMessage {
    /// Without the body: it is somebody's message.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StoredMessage")
            .field("message_id", &self.message_id)
            .field("group_id", &self.group_id)
            .field("receive_count", &self.receive_count)
            .field("in_flight", &self.in_flight)
            .finish_non_exhaustive()
    }
}

/// How many messages a queue holds, exactly.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    pub visible: usize,
    pub in_flight: usize,
    pub delayed: usize,
}

impl Counts {
    pub fn total(self) -> usize {
        self.visible + self.in_flight + self.delayed
    }
}

impl Sqs {
    pub(super) fn new(clock: Clock) -> Self {
        Self { clock, state: Mutex::default(), stopping: watch::Sender::new(false) }
    }

    pub(super) fn listens_on(&self, url: &str) {
        url.clone_into(&mut self.lock().base);
    }

    /// Lets long polls end at once.
    pub(super) fn stop(&self) {
        self.stopping.send_replace(true);
    }

    /// What the queue holds, oldest first, visible or not.
    pub fn messages(&self, queue_url: &str) -> Result<Vec<StoredMessage>, NoSuchQueue> {
        self.with_queue(queue_url, Queue::list)
    }

    pub fn counts(&self, queue_url: &str) -> Result<Counts, NoSuchQueue> {
        self.with_queue(queue_url, |queue| queue.counts())
    }

    /// Empties the queue, in flight or not, and forgets its deduplication ids.
    pub fn clear(&self, queue_url: &str) -> Result<(), NoSuchQueue> {
        self.with_queue(queue_url, Queue::clear)
    }

    /// The URLs of all queues.
    pub fn queue_urls(&self) -> Vec<String> {
        let state = self.lock();
        state.queues.keys().map(|name| state.url_of(name)).collect()
    }

    fn with_queue<T>(&self, queue_url: &str, look: impl FnOnce(&mut Queue) -> T) -> Result<T, NoSuchQueue> {
        let mut state = self.lock();
        let queue = Address::from_url(queue_url)
            .and_then(|address| state.queues.get_mut(&address.name))
            .ok_or_else(|| NoSuchQueue(queue_url.to_owned()))?;
        queue.settle(self.clock.now());
        Ok(look(queue))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) async fn answer(&self, operation: &str, body: Body, failing: Option<&FailEntries>) -> Response<Body> {
        let Some(bytes) = reply::whole(body).await else {
            return refused(&SqsError::unreadable("the body is too large or ended early"));
        };
        let answer = match operation {
            "CreateQueue" => self.run(&bytes, State::create_queue),
            "DeleteQueue" => self.run(&bytes, State::delete_queue),
            "GetQueueUrl" => self.run(&bytes, State::get_queue_url),
            "ListQueues" => self.run(&bytes, State::list_queues),
            "GetQueueAttributes" => self.run(&bytes, State::get_queue_attributes),
            "SetQueueAttributes" => self.run(&bytes, State::set_queue_attributes),
            "SendMessage" => self.run(&bytes, State::send_message),
            "SendMessageBatch" => self.run(&bytes, |state, request, now| state.send_batch(request, failing, now)),
            "ReceiveMessage" => self.receive(&bytes).await,
            "DeleteMessage" => self.run(&bytes, State::delete_message),
            "DeleteMessageBatch" => self.run(&bytes, |state, request, now| state.delete_batch(request, failing, now)),
            "ChangeMessageVisibility" => self.run(&bytes, State::change_visibility),
            "ChangeMessageVisibilityBatch" => {
                self.run(&bytes, |state, request, now| state.change_visibility_batch(request, failing, now))
            }
            "PurgeQueue" => self.run(&bytes, State::purge_queue),
            "StartMessageMoveTask" => self.run(&bytes, State::start_move),
            "ListMessageMoveTasks" => self.run(&bytes, State::list_moves),
            _ => return reply::unknown_operation(reply::JSON_1_0, operation),
        };
        match answer {
            Ok(answer) => reply::json(StatusCode::OK, reply::JSON_1_0, &answer),
            Err(error) => refused(&error),
        }
    }

    /// Reads the request and carries it out under the lock; nothing here takes long.
    fn run<R: DeserializeOwned>(
        &self,
        bytes: &[u8],
        carry_out: impl FnOnce(&mut State, R, Timestamp) -> Result<Value, SqsError>,
    ) -> Result<Value, SqsError> {
        let request = parse(bytes)?;
        let now = self.clock.now();
        carry_out(&mut self.lock(), request, now)
    }
}

fn parse<R: DeserializeOwned>(bytes: &[u8]) -> Result<R, SqsError> {
    serde_json::from_slice(bytes).map_err(|error| SqsError::unreadable(&error.to_string()))
}

fn refused(error: &SqsError) -> Response<Body> {
    let body = json!({ "__type": error.json_type(), "message": error.message });
    let mut response = reply::json(StatusCode::BAD_REQUEST, reply::JSON_1_0, &body);
    // Clients that grew up with the query protocol (boto3, the CLI) take the code from here.
    if let Ok(value) = HeaderValue::from_str(&format!("{};Sender", error.code)) {
        response.headers_mut().insert("x-amzn-query-error", value);
    }
    response
}

impl State {
    fn url_of(&self, name: &str) -> String {
        Address::named(name).url(&self.base)
    }

    /// The queue of this URL, brought up to `now`.
    fn queue(&mut self, url: &str, now: Timestamp) -> Result<&mut Queue, SqsError> {
        if url.is_empty() {
            return Err(SqsError::missing("QueueUrl"));
        }
        let queue = Address::from_url(url)
            .and_then(|address| self.queues.get_mut(&address.name))
            .ok_or_else(SqsError::no_queue)?;
        queue.settle(now);
        Ok(queue)
    }
}
