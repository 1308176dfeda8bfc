//! `ReceiveMessage`, which may wait.

use std::{sync::Arc, time::Duration};

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use tokio::{sync::Notify, time::Instant};

use super::{
    Sqs, State,
    error::SqsError,
    parse,
    receive::{Wanted, check_visibility},
    wire::ReceiveMessage,
};

/// A request that was checked.
struct Poll {
    queue_url: String,
    most: usize,
    visibility: Option<SignedDuration>,
    wait: Option<i64>,
    wanted: Wanted,
}

/// What one look into the queue gave.
enum Look {
    Received(Vec<Value>),
    /// Nothing yet; what to wait for.
    Empty {
        changed: Arc<Notify>,
        due: Option<Timestamp>,
        wait: Duration,
    },
}

impl Sqs {
    pub(super) async fn receive(&self, bytes: &[u8]) -> Result<Value, SqsError> {
        let poll = Poll::check(parse(bytes)?)?;
        let started = Instant::now();
        let mut clock_moves = self.clock.moves();
        let mut stopping = self.stopping.subscribe();
        loop {
            let look = self.lock().look(&poll, self.clock.now())?;
            let (changed, due, wait) = match look {
                Look::Received(messages) => return Ok(json!({ "Messages": messages })),
                Look::Empty { changed, due, wait } => (changed, due, wait),
            };
            // Waiting is real time even when the clock stands still: it is the client's patience.
            let deadline = started + wait;
            if Instant::now() >= deadline || *stopping.borrow() {
                return Ok(json!({}));
            }
            let mut notified = std::pin::pin!(changed.notified());
            notified.as_mut().enable();
            // Something may have come between the look and the enabling.
            if let Look::Received(messages) = self.lock().look(&poll, self.clock.now())? {
                return Ok(json!({ "Messages": messages }));
            }
            let due = due.and_then(|due| self.clock.real_wait(due)).map(|wait| Instant::now() + wait);
            tokio::select! {
                () = notified => {}
                _ = clock_moves.changed() => {}
                _ = stopping.changed() => {}
                () = tokio::time::sleep_until(due.map_or(deadline, |due| due.min(deadline))) => {}
            }
        }
    }
}

impl State {
    fn look(&mut self, poll: &Poll, now: Timestamp) -> Result<Look, SqsError> {
        let queue = self.queue(&poll.queue_url, now)?;
        let address = queue.address.clone();
        let visibility = poll.visibility.unwrap_or(queue.attributes.visibility);
        let wait = Duration::from_secs(poll.wait.unwrap_or(queue.attributes.wait).unsigned_abs());
        let redrive = self.queues.get(&address.name).and_then(|queue| self.redrive_of(queue));
        let most_receives = redrive.as_ref().map(|(_, count)| *count);
        let queue = self.queue(&poll.queue_url, now)?;
        let (messages, dead) = queue.receive(poll.most, visibility, &poll.wanted, most_receives, now);
        let look = if messages.is_empty() {
            Look::Empty { changed: Arc::clone(&queue.changed), due: queue.next_due(), wait }
        } else {
            Look::Received(messages)
        };
        if let Some((target, _)) = redrive {
            self.bury(&address, &target, dead, now);
        }
        Ok(look)
    }
}

impl Poll {
    fn check(request: ReceiveMessage) -> Result<Self, SqsError> {
        let ReceiveMessage { max_number_of_messages, visibility_timeout, wait_time_seconds, .. } = request;
        if request.receive_request_attempt_id.is_some() {
            return Err(SqsError::unsupported("The sandbox does not play ReceiveRequestAttemptId."));
        }
        let most = max_number_of_messages.unwrap_or(1);
        let most = usize::try_from(most).ok().filter(|most| (1..=10).contains(most)).ok_or_else(|| {
            SqsError::invalid_value(most, "MaxNumberOfMessages", "Must be between 1 and 10, if provided.")
        })?;
        if let Some(wait) = wait_time_seconds.filter(|wait| !(0..=20).contains(wait)) {
            let reason = "Must be >= 0 and <= 20, if provided.";
            return Err(SqsError::invalid_value(wait, "WaitTimeSeconds", reason));
        }
        let system = [request.attribute_names, request.message_system_attribute_names].concat();
        Ok(Self {
            queue_url: request.queue_url,
            most,
            visibility: visibility_timeout.map(check_visibility).transpose()?,
            wait: wait_time_seconds,
            wanted: Wanted { system, custom: request.message_attribute_names },
        })
    }
}
