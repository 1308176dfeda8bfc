//! Makes what Meta sent durable, then known: parse → fold per item → aliases read → batch writes → publish.
//!
//! For the webhook, and for replay of what was kept raw. Safe to run again with the same body. Duplicates are published
//! again on purpose: an earlier attempt may have died between storing and publishing; consumers drop repeats by
//! `event.id`.
#![cfg_attr(test, allow(clippy::unwrap_used))]

mod again;
mod erased;
mod events;
mod fold;
mod unreached;

use std::collections::BTreeSet;

use jiff::Timestamp;
use model::{Change, ContactKey, EventFilter, Notification, PhoneNumberId};
use queue::Queues;
use store::{Directory, Identity, Kept, Store};

pub use again::{Again, Outcome};
use erased::Silent;
pub use events::within_a_queue;
use fold::people::{self, Together};
use fold::{Fold, Folded, template};

/// Where it goes, and which events are wanted.
pub struct Ingest {
    /// The table and the bucket.
    pub store: Store,
    /// `events`, `media` and `sync`.
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
        // What was parsed is not kept beside what is made of it: the largest POST is 3 MB.
        let folded = match Notification::parse(body) {
            Ok(notification) => self.fold(&notification, now).await?,
            Err(_) => return self.keep_unprocessable(body, now).await,
        };
        self.take_in(folded, now).await
    }

    /// Reads what the table knows of whom it names, and says what to store and to tell.
    async fn fold(&self, notification: &Notification<'_>, now: Timestamp) -> Result<Folded, Error> {
        let mentioned = Mentioned::in_all(notification);
        let identities = mentioned.identities();
        let templates = template::templates(notification).collect();
        let (directory, templates) = futures::try_join!(
            self.store.directory(&mentioned.numbers, &identities, now),
            // No request where no template is named.
            self.store.known_templates(&templates),
        )?;
        // Only where somebody was erased lately: what is from before leaves no trace, whoever brings it.
        let lately: BTreeSet<_> =
            mentioned.numbers.iter().filter(|number| directory.had_erasures(number, now)).cloned().collect();
        if lately.is_empty() {
            return self.fold_known(notification, directory, templates, Silent::default(), now).await;
        }
        let erased = erased::of(&self.store, notification, &lately, now).await?;
        let silent = erased::silent(&self.store, notification, &erased, now).await?;
        match erased::without(notification, &erased) {
            None => self.fold_known(notification, directory, templates, silent, now).await,
            Some(body) => match Notification::parse(&body) {
                Ok(rest) => self.fold_known(&rest, directory, templates, silent, now).await,
                // It was made of parts that had been read: what is left is one that holds nothing.
                Err(_) => Ok(Folded::default()),
            },
        }
    }

    async fn fold_known(
        &self,
        notification: &Notification<'_>,
        mut directory: Directory,
        templates: BTreeSet<template::TemplateKey>,
        silent: Silent,
        now: Timestamp,
    ) -> Result<Folded, Error> {
        let mentioned = Mentioned::in_all(notification);
        // Only where identities that are known meet others: a link, a change of number, a number given to somebody else.
        let questions = mentioned.questions(&directory);
        if !questions.is_empty() {
            self.store.answer(&mut directory, &questions).await?;
        }
        Ok(Fold::new(directory, now).knowing(templates).leaving_out(silent).all_of(notification))
    }

    /// Stores it, then tells of it.
    async fn take_in(&self, folded: Folded, now: Timestamp) -> Result<Counts, Error> {
        let mut counts = folded.counts;
        let unreached = unreached::of(&folded.inbound);
        let stored = self.store.record(folded.inbound, now).await?;
        unreached::release(&self.store, unreached, now).await?;
        let mut events = events::wanted(&self.events, folded.events);
        for event in &mut events {
            if let (Some(number), Some(contact)) = (&event.phone_number_id, &mut event.contact) {
                let root = stored.root(number, &contact.key).cloned();
                contact.key = root.unwrap_or_else(|| folded.directory.root(number, &contact.key));
            }
        }
        let events = within_a_queue(&self.store, events).await?;
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
        let kept = Kept::body(body, now)?;
        self.store.record(store::Inbound { kept: vec![kept], ..Default::default() }, now).await?;
        Ok(Counts { kept: 1, ..Counts::default() })
    }
}

/// What a body would store and publish, were its numbers channels and everybody in it new. No IO: the benchmark counts its
/// instructions. `None` for a body that is no webhook.
#[doc(hidden)]
pub fn plan(body: &[u8], now: Timestamp) -> Option<(store::Inbound, Vec<model::Event>)> {
    let notification = Notification::parse(body).ok()?;
    let mentioned = Mentioned::in_all(&notification);
    let mut directory = Directory::default();
    mentioned.numbers.iter().for_each(|number| directory.register(number, model::consent::Words::of(None, None)));
    let folded = Fold::new(directory, now).all_of(&notification);
    Some((folded.inbound, folded.events.into_iter().map(|(event, _)| event).collect()))
}

/// Every number and person that a notification names, to be looked up in one read.
struct Mentioned {
    numbers: BTreeSet<PhoneNumberId>,
    people: Vec<(PhoneNumberId, Vec<Together>)>,
}

impl Mentioned {
    fn in_all(notification: &Notification<'_>) -> Self {
        let changes = || notification.entries.iter().flat_map(|entry| &entry.changes);
        let numbers = changes().filter_map(Change::phone_number_id).collect();
        Self { numbers, people: changes().filter_map(people::everybody).collect() }
    }

    fn identities(&self) -> BTreeSet<(PhoneNumberId, Identity)> {
        let each =
            self.people.iter().flat_map(|(number, people)| people.iter().flatten().map(move |one| (number, one)));
        each.flat_map(|(number, one)| one.sought().map(|identity| (number.clone(), identity))).collect()
    }

    /// The contacts to read before everybody can be told apart.
    fn questions(&self, directory: &Directory) -> BTreeSet<(PhoneNumberId, ContactKey)> {
        let mut asked = BTreeSet::new();
        for (number, people) in &self.people {
            for together in people {
                let keys = directory.questions(number, &together.iter().collect::<Vec<_>>());
                asked.extend(keys.into_iter().map(|key| (number.clone(), key)));
            }
        }
        asked
    }
}

#[cfg(test)]
mod tests;
