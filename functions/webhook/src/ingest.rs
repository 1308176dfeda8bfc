//! Makes a POST durable, then known: parse → fold per item → aliases read → batch writes → publish.
//!
//! Safe to run again with the same POST. Duplicates are published again on purpose: an earlier attempt may have died
//! between storing and publishing; consumers drop repeats by `event.id`.

mod events;
mod fold;

use std::collections::BTreeSet;

use jiff::Timestamp;
use model::{Notification, Value};
use store::{Cause, Identity, Kept, Person};

use crate::App;
use fold::Fold;

/// Why a POST is answered 503. Nothing in it is lost: Meta sends it again.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error(transparent)]
    Store(#[from] store::Error),
    #[error(transparent)]
    Queue(#[from] queue::Error),
}

/// What one POST carried.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) messages: usize,
    pub(crate) statuses: usize,
    pub(crate) kept: usize,
    pub(crate) quarantined: usize,
    pub(crate) events: usize,
}

/// Stores and publishes everything in a verified body.
pub(crate) async fn ingest(app: &App, body: &[u8], now: Timestamp) -> Result<Counts, Error> {
    let Ok(notification) = Notification::parse(body) else {
        return keep_unprocessable(app, body, now).await;
    };
    let (numbers, identities) = mentioned(&notification);
    let directory = app.store.directory(&numbers, &identities, now).await?;
    let folded = Fold::new(directory, now).all_of(&notification);
    let mut counts = folded.counts;
    app.store.record(folded.inbound, now).await?;
    let events = events::wanted(&app.events, folded.events);
    let events = events::within_a_queue(&app.store, events).await?;
    counts.events = events.len();
    futures::try_join!(publish_events(app, &events), publish_media(app, &folded.media))?;
    Ok(counts)
}

async fn publish_events(app: &App, events: &[model::Event]) -> Result<(), Error> {
    if events.is_empty() { Ok(()) } else { Ok(app.queues.publish_events(events).await?) }
}

async fn publish_media(app: &App, jobs: &[queue::MediaJob]) -> Result<(), Error> {
    Ok(app.queues.publish_media(jobs).await?)
}

/// A well-signed body that is no webhook at all: kept raw, answered 200, counted. Refusing it would make Meta send it
/// for a week.
async fn keep_unprocessable(app: &App, body: &[u8], now: Timestamp) -> Result<Counts, Error> {
    tracing::error!(bytes = body.len(), metric = "Unprocessable", "a well-signed body that is no webhook; kept raw");
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
    app.store.record(store::Inbound { kept: vec![kept], ..Default::default() }, now).await?;
    Ok(Counts { kept: 1, ..Counts::default() })
}

/// Every number and identity that the POST names, to be looked up in one read.
fn mentioned(
    notification: &Notification<'_>,
) -> (BTreeSet<model::PhoneNumberId>, BTreeSet<(model::PhoneNumberId, Identity)>) {
    let mut numbers = BTreeSet::new();
    let mut identities = BTreeSet::new();
    for change in notification.entries.iter().flat_map(|entry| &entry.changes) {
        numbers.extend(change.phone_number_id());
        let Value::Messages(value) = &change.value else { continue };
        let senders = value.messages.iter().map(|message| fold::sender(value, message));
        let recipients = value.statuses.iter().map(fold::recipient);
        let people: Vec<Person> = senders.chain(recipients).collect();
        identities.extend(
            people.iter().flat_map(Person::identities).map(|identity| (value.phone_number_id.clone(), identity)),
        );
    }
    (numbers, identities)
}

#[cfg(test)]
mod tests;
