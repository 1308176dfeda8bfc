//! Makes what Meta sent durable, then known: parse → fold per item → aliases read → batch writes → publish.
//!
//! For the webhook, and for replay of what was kept raw. Safe to run again with the same body. Duplicates are published
//! again on purpose: an earlier attempt may have died between storing and publishing; consumers drop repeats by
//! `event.id`.
#![cfg_attr(test, allow(clippy::unwrap_used))]

mod events;
mod fold;

use std::collections::BTreeSet;

use jiff::Timestamp;
use model::{EventFilter, Notification, PhoneNumberId, Value};
use queue::Queues;
use store::{Cause, Identity, Kept, Person, Store};

use fold::{Fold, people, template};

/// Where it goes, and which events are wanted.
pub struct Ingest {
    /// The table and the bucket.
    pub store: Store,
    /// `events` and `media`.
    pub queues: Queues,
    /// `EVENT_TYPES`.
    pub events: EventFilter,
}

/// Why a POST is answered 503. Nothing in it is lost: Meta sends it again.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The table or the bucket.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// The queues.
    #[error(transparent)]
    Queue(#[from] queue::Error),
}

/// What one POST carried.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Messages from people.
    pub messages: usize,
    /// Statuses of messages sent.
    pub statuses: usize,
    /// What was kept raw, what was quarantined among it.
    pub kept: usize,
    /// Changes for a number that is no channel here.
    pub quarantined: usize,
    /// Events published.
    pub events: usize,
}

impl Ingest {
    /// Stores and publishes everything in a verified body. After `Ok` all of it is durable and told.
    pub async fn body(&self, body: &[u8], now: Timestamp) -> Result<Counts, Error> {
        match Notification::parse(body) {
            Ok(notification) => self.notification(&notification, now).await,
            Err(_) => self.keep_unprocessable(body, now).await,
        }
    }

    async fn notification(&self, notification: &Notification<'_>, now: Timestamp) -> Result<Counts, Error> {
        let (numbers, identities) = mentioned(notification);
        let templates = template::templates(notification).collect();
        let (directory, templates) = futures::try_join!(
            self.store.directory(&numbers, &identities, now),
            // No request where no template is named.
            self.store.known_templates(&templates),
        )?;
        let folded = Fold::new(directory, now).knowing(templates).all_of(notification);
        let mut counts = folded.counts;
        self.store.record(folded.inbound, now).await?;
        let events = events::wanted(&self.events, folded.events);
        let events = events::within_a_queue(&self.store, events).await?;
        counts.events = events.len();
        futures::try_join!(
            self.publish_events(&events),
            self.publish_media(&folded.media),
            self.publish_syncs(&folded.syncs)
        )?;
        Ok(counts)
    }

    async fn publish_events(&self, events: &[model::Event]) -> Result<(), Error> {
        if events.is_empty() { Ok(()) } else { Ok(self.queues.publish_events(events).await?) }
    }

    async fn publish_syncs(&self, jobs: &[queue::SyncJob]) -> Result<(), Error> {
        Ok(self.queues.publish_syncs(jobs).await?)
    }

    async fn publish_media(&self, jobs: &[queue::MediaJob]) -> Result<(), Error> {
        Ok(self.queues.publish_media(jobs).await?)
    }

    /// A well-signed body that is no webhook at all: kept raw, answered 200, counted. Refusing it would make Meta send
    /// it for a week.
    async fn keep_unprocessable(&self, body: &[u8], now: Timestamp) -> Result<Counts, Error> {
        tracing::error!(
            bytes = body.len(),
            metric = "Unprocessable",
            "a well-signed body that is no webhook; kept raw"
        );
        let text = String::from_utf8_lossy(body);
        let raw = serde_json::value::to_raw_value(&text)
            .map_err(|_| store::Error::Refused(String::from("a text that is no JSON string")))?;
        let kept = Kept {
            cause: Cause::Unprocessable.as_str().to_owned(),
            field: String::new(),
            waba_id: None,
            phone_number_id: None,
            at: now,
            raw,
        };
        self.store.record(store::Inbound { kept: vec![kept], ..Default::default() }, now).await?;
        Ok(Counts { kept: 1, ..Counts::default() })
    }
}

/// Every number and identity that a notification names, to be looked up in one read.
fn mentioned(notification: &Notification<'_>) -> (BTreeSet<PhoneNumberId>, BTreeSet<(PhoneNumberId, Identity)>) {
    let mut numbers = BTreeSet::new();
    let mut identities = BTreeSet::new();
    for change in notification.entries.iter().flat_map(|entry| &entry.changes) {
        numbers.extend(change.phone_number_id());
        let Value::Messages(value) = &change.value else { continue };
        let senders = value.messages.iter().map(|message| people::sender(value, message));
        let recipients = value.statuses.iter().map(people::recipient);
        let everybody: Vec<Person> = senders.chain(recipients).collect();
        identities.extend(
            everybody.iter().flat_map(Person::identities).map(|identity| (value.phone_number_id.clone(), identity)),
        );
    }
    (numbers, identities)
}

#[cfg(test)]
mod tests;
