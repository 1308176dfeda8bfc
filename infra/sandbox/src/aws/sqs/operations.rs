//! The operations that are done at once.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::{
    State,
    address::Address,
    attributes::Attributes,
    error::SqsError,
    queue::Queue,
    wire::{
        ChangeMessageVisibility, CreateQueue, DeleteMessage, GetQueueAttributes, GetQueueUrl, ListQueues, OnQueue,
        SendMessage, SetQueueAttributes,
    },
};

impl State {
    pub(super) fn create_queue(&mut self, request: CreateQueue, now: Timestamp) -> Result<Value, SqsError> {
        let CreateQueue { queue_name: name, attributes: given } = request;
        check_name(&name)?;
        let fifo = name.strip_suffix(".fifo").is_some();
        if fifo && given.get("FifoQueue").is_none_or(|value| value != "true") {
            return Err(SqsError::invalid(NAME_RULE));
        }
        let address = Address::named(&name);
        let attributes = Attributes::new(fifo).with(&given)?;
        self.check_redrive(&address, &attributes)?;
        if let Some(existing) = self.queues.get(&name) {
            let current = existing.attributes.as_map();
            if let Some((attribute, _)) = given.iter().find(|(name, value)| current.get(*name) != Some(value)) {
                return Err(SqsError::queue_exists(attribute));
            }
        } else {
            self.queues.insert(name.clone(), Queue::new(address, attributes, now));
        }
        Ok(json!({ "QueueUrl": self.url_of(&name) }))
    }

    pub(super) fn delete_queue(&mut self, request: OnQueue, now: Timestamp) -> Result<Value, SqsError> {
        let OnQueue { queue_url } = request;
        let queue = self.queue(&queue_url, now)?;
        queue.changed.notify_waiters();
        let name = queue.address.name.clone();
        self.queues.remove(&name);
        Ok(json!({}))
    }

    pub(super) fn get_queue_url(&mut self, request: GetQueueUrl, _: Timestamp) -> Result<Value, SqsError> {
        let GetQueueUrl { queue_name } = request;
        if !self.queues.contains_key(&queue_name) {
            return Err(SqsError::no_queue());
        }
        Ok(json!({ "QueueUrl": self.url_of(&queue_name) }))
    }

    #[expect(clippy::unnecessary_wraps, reason = "all operations have one form")]
    pub(super) fn list_queues(&mut self, request: ListQueues, _: Timestamp) -> Result<Value, SqsError> {
        let prefix = request.queue_name_prefix.unwrap_or_default();
        let urls: Vec<String> =
            self.queues.keys().filter(|name| name.starts_with(&prefix)).map(|name| self.url_of(name)).collect();
        Ok(if urls.is_empty() { json!({}) } else { json!({ "QueueUrls": urls }) })
    }

    pub(super) fn get_queue_attributes(
        &mut self,
        request: GetQueueAttributes,
        now: Timestamp,
    ) -> Result<Value, SqsError> {
        let GetQueueAttributes { queue_url, attribute_names: wanted } = request;
        let all = described(self.queue(&queue_url, now)?);
        if let Some(unknown) = wanted.iter().find(|name| *name != "All" && !is_known(name)) {
            return Err(SqsError::attribute_name(unknown));
        }
        let shown: BTreeMap<_, _> =
            all.into_iter().filter(|(name, _)| wanted.iter().any(|wanted| wanted == "All" || wanted == name)).collect();
        Ok(if shown.is_empty() { json!({}) } else { json!({ "Attributes": shown }) })
    }

    pub(super) fn set_queue_attributes(
        &mut self,
        request: SetQueueAttributes,
        now: Timestamp,
    ) -> Result<Value, SqsError> {
        let SetQueueAttributes { queue_url, attributes: given } = request;
        let queue = self.queue(&queue_url, now)?;
        let address = queue.address.clone();
        let attributes = queue.attributes.with(&given)?;
        self.check_redrive(&address, &attributes)?;
        let queue = self.queue(&queue_url, now)?;
        queue.attributes = attributes;
        queue.changed_at = now;
        queue.changed.notify_waiters();
        Ok(json!({}))
    }

    pub(super) fn send_message(&mut self, request: SendMessage, now: Timestamp) -> Result<Value, SqsError> {
        let queue = self.queue(&request.queue_url, now)?;
        queue.send(request.outgoing, now).map(|sent| Value::Object(sent.as_json()))
    }

    pub(super) fn delete_message(&mut self, request: DeleteMessage, now: Timestamp) -> Result<Value, SqsError> {
        let DeleteMessage { queue_url, receipt_handle } = request;
        self.queue(&queue_url, now)?.delete(&receipt_handle).map(|()| json!({}))
    }

    pub(super) fn change_visibility(
        &mut self,
        request: ChangeMessageVisibility,
        now: Timestamp,
    ) -> Result<Value, SqsError> {
        let ChangeMessageVisibility { queue_url, visibility } = request;
        self.queue(&queue_url, now)?
            .change_visibility(&visibility.receipt_handle, visibility.visibility_timeout, now)
            .map(|()| json!({}))
    }

    pub(super) fn purge_queue(&mut self, request: OnQueue, now: Timestamp) -> Result<Value, SqsError> {
        let OnQueue { queue_url } = request;
        let queue = self.queue(&queue_url, now)?;
        if queue.purged_at.is_some_and(|purged_at| purged_at + SignedDuration::from_secs(60) > now) {
            return Err(SqsError::purge_in_progress(&queue.address.name));
        }
        // Deduplication ids outlive a purge on AWS, so only the messages go.
        let places: Vec<u64> = queue.messages.keys().copied().collect();
        for place in places {
            queue.remove(place);
        }
        queue.purged_at = Some(now);
        Ok(json!({}))
    }

    /// The dead-letter queue must exist, be of the same kind, and let itself be used.
    fn check_redrive(&self, source: &Address, attributes: &Attributes) -> Result<(), SqsError> {
        let Some(redrive) = &attributes.redrive else { return Ok(()) };
        let arn = redrive.target.arn();
        let invalid = |reason: &str| Err(SqsError::invalid_value(&arn, "RedrivePolicy", reason));
        match self.queues.get(&redrive.target.name) {
            None => invalid("Dead letter target does not exist."),
            Some(target) if target.attributes.fifo != attributes.fifo => {
                invalid("Dead-letter queue must be same type of queue as the source.")
            }
            Some(target) if !target.attributes.allows_redrive_from(source) => {
                invalid("The dead-letter queue does not allow this source queue.")
            }
            Some(_) => Ok(()),
        }
    }
}

const NAME_RULE: &str = "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length";

fn check_name(name: &str) -> Result<(), SqsError> {
    let stem = name.strip_suffix(".fifo").unwrap_or(name);
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    if !stem.is_empty() && name.len() <= 80 && stem.bytes().all(allowed) {
        return Ok(());
    }
    Err(SqsError::invalid(NAME_RULE))
}

fn described(queue: &Queue) -> BTreeMap<String, String> {
    let counts = queue.counts();
    let mut all = queue.attributes.as_map();
    all.extend(
        [
            ("QueueArn", queue.address.arn()),
            ("ApproximateNumberOfMessages", counts.visible.to_string()),
            ("ApproximateNumberOfMessagesNotVisible", counts.in_flight.to_string()),
            ("ApproximateNumberOfMessagesDelayed", counts.delayed.to_string()),
            ("CreatedTimestamp", queue.created_at.as_second().to_string()),
            ("LastModifiedTimestamp", queue.changed_at.as_second().to_string()),
        ]
        .map(|(name, value)| (name.to_owned(), value)),
    );
    all
}

fn is_known(name: &str) -> bool {
    const KNOWN: [&str; 21] = [
        "ApproximateNumberOfMessages",
        "ApproximateNumberOfMessagesDelayed",
        "ApproximateNumberOfMessagesNotVisible",
        "ContentBasedDeduplication",
        "CreatedTimestamp",
        "DeduplicationScope",
        "DelaySeconds",
        "FifoQueue",
        "FifoThroughputLimit",
        "KmsDataKeyReusePeriodSeconds",
        "KmsMasterKeyId",
        "LastModifiedTimestamp",
        "MaximumMessageSize",
        "MessageRetentionPeriod",
        "Policy",
        "QueueArn",
        "ReceiveMessageWaitTimeSeconds",
        "RedriveAllowPolicy",
        "RedrivePolicy",
        "SqsManagedSseEnabled",
        "VisibilityTimeout",
    ];
    KNOWN.contains(&name)
}
