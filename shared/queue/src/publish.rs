//! Publishing: batches of ten, `Failed` entries seen, order per group kept.

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};

use aws_sdk_sqs::error::SdkError;
use aws_sdk_sqs::types::{ChangeMessageVisibilityBatchRequestEntry, SendMessageBatchRequestEntry};
use futures::future::try_join_all;
use model::{Event, SendId};

use crate::envelope::{MediaJob, OutboundEnvelope, SyncJob, UploadJob};
use crate::error::Error;
use crate::{Record, group, text};

/// Entries in a batch, and bytes in a request (SQS quotas).
const BATCH: usize = 10;
const REQUEST_BYTES: usize = 1_048_576;
/// How many batches are under way at once.
const LANES: usize = 8;
/// The longest visibility SQS allows, in seconds.
const LONGEST_VISIBILITY: u32 = 43_200;

/// The queues a function may write to. A URL that its environment does not have is `None`.
#[derive(Clone)]
pub struct Queues {
    client: aws_sdk_sqs::Client,
    /// `outbound.fifo`
    pub outbound: Option<String>,
    /// Where the sender puts what it cannot decode.
    pub outbound_dlq: Option<String>,
    /// `events.fifo`
    pub events: Option<String>,
    /// `media`
    pub media: Option<String>,
    /// Where the media function puts what it cannot decode.
    pub media_dlq: Option<String>,
    /// `sync`
    pub sync: Option<String>,
}

struct Entry {
    body: String,
    group: Option<String>,
    deduplication_id: Option<String>,
}

impl Queues {
    /// No queue yet: set the URLs the function has.
    pub fn new(client: aws_sdk_sqs::Client) -> Self {
        Self { client, outbound: None, outbound_dlq: None, events: None, media: None, media_dlq: None, sync: None }
    }

    /// Opens a connection to the queues, so that the first event need not: SQS refuses a batch without entries, which is
    /// all that a function may ask it for that only publishes.
    pub async fn warm_events(&self) -> Result<(), Error> {
        let url = configured(self.events.as_ref(), "events")?;
        let empty = self.client.send_message_batch().queue_url(url).set_entries(Some(Vec::new())).send().await;
        match empty {
            Err(SdkError::ServiceError(refused)) if refused.err().is_empty_batch_request() => Ok(()),
            answer => answer.map(drop).map_err(Error::from),
        }
    }

    /// Publishes events, those of one person in the order given. The deduplication id is the event's own, so SQS drops
    /// what is published again within five minutes; consumers drop the rest by `id`.
    pub async fn publish_events(&self, events: &[Event]) -> Result<(), Error> {
        let url = configured(self.events.as_ref(), "events")?;
        let entries = events
            .iter()
            .map(|event| {
                let group = match (&event.phone_number_id, &event.contact) {
                    (Some(number), Some(contact)) => group::person_group(number, &contact.key),
                    (number, _) => group::account_group(event.waba_id.as_ref(), number.as_ref()),
                };
                Ok(Entry { body: encode(event)?, group: Some(group), deduplication_id: Some(event.id.clone()) })
            })
            .collect::<Result<Vec<_>, Error>>()?;
        self.send_all(url, entries).await
    }

    /// Queues a stored or unstored send. `requeues` counts how often it was queued before: SQS would drop a repeated
    /// deduplication id for five minutes.
    pub async fn publish_send(&self, envelope: &OutboundEnvelope, group: &str, requeues: u32) -> Result<(), Error> {
        let url = configured(self.outbound.as_ref(), "outbound")?;
        let send_id: SendId = envelope.send_id();
        let entry = Entry {
            body: encode(envelope)?,
            group: Some(group.to_owned()),
            deduplication_id: Some(format!("{send_id}#{requeues}")),
        };
        self.send_all(url, vec![entry]).await
    }

    /// Queues files to copy.
    pub async fn publish_media(&self, jobs: &[MediaJob]) -> Result<(), Error> {
        if jobs.is_empty() {
            return Ok(());
        }
        let url = configured(self.media.as_ref(), "media")?;
        let entries = jobs.iter().map(standard).collect::<Result<Vec<_>, Error>>()?;
        self.send_all(url, entries).await
    }

    /// Queues the file of a send, to be brought to Meta.
    pub async fn publish_upload(&self, job: &UploadJob) -> Result<(), Error> {
        let url = configured(self.media.as_ref(), "media")?;
        self.send_all(url, vec![standard(job)?]).await
    }

    /// Asks for syncs.
    pub async fn publish_syncs(&self, jobs: &[SyncJob]) -> Result<(), Error> {
        if jobs.is_empty() {
            return Ok(());
        }
        let url = configured(self.sync.as_ref(), "sync")?;
        let entries = jobs.iter().map(standard).collect::<Result<Vec<_>, Error>>()?;
        self.send_all(url, entries).await
    }

    /// Moves a record of `outbound.fifo` that cannot be decoded to its dead-letter queue, as it is.
    pub async fn bury(&self, record: &Record) -> Result<(), Error> {
        let url = configured(self.outbound_dlq.as_ref(), "outbound dead-letter")?;
        let entry = Entry {
            body: record.body.clone(),
            group: Some(record.group.clone()),
            deduplication_id: Some(record.message_id.clone()),
        };
        self.send_all(url, vec![entry]).await
    }

    /// Moves a record of `media` that cannot be decoded to its dead-letter queue, as it is.
    pub async fn bury_media(&self, record: &Record) -> Result<(), Error> {
        let url = configured(self.media_dlq.as_ref(), "media dead-letter")?;
        self.send_all(url, vec![Entry { body: record.body.clone(), group: None, deduplication_id: None }]).await
    }

    /// Sets when records of `outbound.fifo` come back: (receipt handle, seconds). A record whose receipt has run out
    /// meanwhile comes back by itself, so a refused entry is no failure; an unreachable queue is.
    pub async fn change_visibility(&self, changes: &[(String, u32)]) -> Result<(), Error> {
        self.hide(configured(self.outbound.as_ref(), "outbound")?, changes).await
    }

    /// As [`Queues::change_visibility`], of `sync`.
    pub async fn change_sync_visibility(&self, changes: &[(String, u32)]) -> Result<(), Error> {
        self.hide(configured(self.sync.as_ref(), "sync")?, changes).await
    }

    /// As [`Queues::change_visibility`], of `media`.
    pub async fn change_media_visibility(&self, changes: &[(String, u32)]) -> Result<(), Error> {
        self.hide(configured(self.media.as_ref(), "media")?, changes).await
    }

    async fn hide(&self, url: &str, changes: &[(String, u32)]) -> Result<(), Error> {
        for chunk in changes.chunks(BATCH) {
            let mut request = self.client.change_message_visibility_batch().queue_url(url);
            for (number, (receipt, seconds)) in chunk.iter().enumerate() {
                let seconds = i32::try_from((*seconds).min(LONGEST_VISIBILITY)).unwrap_or(0);
                let entry = ChangeMessageVisibilityBatchRequestEntry::builder()
                    .id(number.to_string())
                    .receipt_handle(receipt)
                    .visibility_timeout(seconds)
                    .build()
                    .map_err(|_| Error::Unavailable(String::from("a record without a receipt handle")))?;
                request = request.entries(entry);
            }
            request.send().await?;
        }
        Ok(())
    }

    async fn send_all(&self, url: &str, entries: Vec<Entry>) -> Result<(), Error> {
        try_join_all(lanes(entries).into_iter().map(|lane| self.send_in_order(url, lane))).await?;
        Ok(())
    }

    async fn send_in_order(&self, url: &str, lane: Vec<Entry>) -> Result<(), Error> {
        for batch in batches(lane)? {
            let mut request = self.client.send_message_batch().queue_url(url);
            for (number, entry) in batch.into_iter().enumerate() {
                let entry = SendMessageBatchRequestEntry::builder()
                    .id(number.to_string())
                    .message_body(entry.body)
                    .set_message_group_id(entry.group)
                    .set_message_deduplication_id(entry.deduplication_id)
                    .build()
                    .map_err(|_| Error::Unavailable(String::from("an entry without a body")))?;
                request = request.entries(entry);
            }
            let answer = request.send().await?;
            // SQS answers 200 and lists here what it did not take.
            if let Some(failed) = answer.failed().first() {
                return Err(Error::Unavailable(failed.code().to_owned()));
            }
        }
        Ok(())
    }
}

fn configured<'a>(url: Option<&'a String>, name: &'static str) -> Result<&'a str, Error> {
    url.map(String::as_str).ok_or(Error::NotConfigured(name))
}

fn encode<T: serde::Serialize>(envelope: &T) -> Result<String, Error> {
    serde_json::to_string(envelope).map(text::allowed).map_err(|error| Error::Unavailable(error.to_string()))
}

fn standard<T: serde::Serialize>(job: &T) -> Result<Entry, Error> {
    Ok(Entry { body: encode(job)?, group: None, deduplication_id: None })
}

/// Spreads entries over as many lanes as there are full batches (at most [`LANES`]); a group stays in one lane, and so in
/// order.
fn lanes(entries: Vec<Entry>) -> Vec<Vec<Entry>> {
    let count = entries.len().div_ceil(BATCH).clamp(1, LANES);
    let mut lanes: Vec<Vec<Entry>> = (0..count).map(|_| Vec::new()).collect();
    for (number, entry) in entries.into_iter().enumerate() {
        let lane = match &entry.group {
            Some(group) => {
                let mut hasher = DefaultHasher::new();
                group.hash(&mut hasher);
                usize::try_from(hasher.finish() % count as u64).unwrap_or(0)
            }
            None => number % count,
        };
        if let Some(lane) = lanes.get_mut(lane) {
            lane.push(entry);
        }
    }
    lanes.retain(|lane| !lane.is_empty());
    lanes
}

/// Cuts a lane into batches within both of SQS's limits.
fn batches(lane: Vec<Entry>) -> Result<Vec<Vec<Entry>>, Error> {
    let mut batches: Vec<Vec<Entry>> = Vec::new();
    let mut bytes = REQUEST_BYTES;
    for entry in lane {
        let size = entry.body.len();
        if size > REQUEST_BYTES {
            return Err(Error::TooLarge { bytes: size });
        }
        match batches.last_mut() {
            Some(batch) if batch.len() < BATCH && bytes + size <= REQUEST_BYTES => {
                bytes += size;
                batch.push(entry);
            }
            _ => {
                bytes = size;
                batches.push(vec![entry]);
            }
        }
    }
    Ok(batches)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(group: &str, size: usize) -> Entry {
        Entry { body: "x".repeat(size), group: Some(group.to_owned()), deduplication_id: None }
    }

    #[test]
    fn few_messages_are_one_request() {
        let entries = (0..10).map(|number| entry(&number.to_string(), 1)).collect();
        assert_eq!(lanes(entries).len(), 1);
    }

    #[test]
    fn a_group_stays_in_one_lane() {
        let entries = (0..500).map(|number| entry(&(number % 50).to_string(), 1)).collect();
        let lanes = lanes(entries);
        assert!(lanes.len() > 1);
        for group in 0..50 {
            let holding = lanes
                .iter()
                .filter(|lane| lane.iter().any(|entry| entry.group.as_deref() == Some(group.to_string().as_str())));
            assert_eq!(holding.count(), 1);
        }
    }

    #[test]
    fn a_batch_holds_ten_and_a_mebibyte() {
        let sizes = |lane| batches(lane).unwrap().iter().map(Vec::len).collect::<Vec<_>>();
        assert_eq!(sizes((0..23).map(|_| entry("g", 1)).collect()), [10, 10, 3]);
        assert_eq!(sizes((0..6).map(|_| entry("g", 400_000)).collect()), [2, 2, 2]);
        assert!(matches!(batches(vec![entry("g", REQUEST_BYTES + 1)]), Err(Error::TooLarge { .. })));
    }
}
