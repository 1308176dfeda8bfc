//! What is told of people who were erased: of what was before the erasure nothing is stored, told, or counted as unread, by
//! whichever way it comes (a redelivery of Meta's, a replay of what was kept). What they do afterwards makes them known anew.

use std::collections::BTreeSet;

use jiff::Timestamp;
use model::erasure::{self, Rest, people};
use model::{Change, MessageId, Notification, PhoneNumberId, SendId, StatusUpdate, Value};
use serde_json::value::RawValue;
use store::{Erased, Store};

use crate::fold::people::recipient;

/// Statuses of messages from before an erasure that come only afterwards.
#[derive(Default)]
pub(crate) struct Silent(BTreeSet<(PhoneNumberId, MessageId)>);

impl Silent {
    pub(crate) fn holds(&self, number: &PhoneNumberId, status: &StatusUpdate<'_>) -> bool {
        !self.0.is_empty() && self.0.contains(&(number.clone(), status.id.clone()))
    }
}

/// Who was erased of those that a notification names, on the numbers where somebody was.
pub(crate) async fn of(
    store: &Store,
    notification: &Notification<'_>,
    numbers: &BTreeSet<PhoneNumberId>,
    now: Timestamp,
) -> Result<Erased, store::Error> {
    let named = changes(notification).filter_map(|(_, change)| {
        let number = change.phone_number_id().filter(|number| numbers.contains(number))?;
        Some(people(change.raw).into_iter().map(move |id| (number.clone(), id)))
    });
    store.erased(&named.flatten().collect(), now).await
}

/// A status tells when something happened to a message, not when that was sent. It is told where it names a send of ours
/// that is there, and was not to who was erased.
pub(crate) async fn silent(
    store: &Store,
    notification: &Notification<'_>,
    erased: &Erased,
    now: Timestamp,
) -> Result<Silent, store::Error> {
    let mut doubtful: Vec<((PhoneNumberId, MessageId), Option<SendId>)> = Vec::new();
    for (_, change) in changes(notification).filter(|_| !erased.is_nobody()) {
        let Value::Messages(value) = &change.value else { continue };
        let number = &value.phone_number_id;
        for status in &value.statuses {
            let was =
                recipient(status).identities().any(|id| erased.at(number, id.as_str()).is_some_and(|at| at <= now));
            if was {
                let send = status.opaque.as_deref().and_then(SendId::parse);
                doubtful.push(((number.clone(), status.id.clone()), send));
            }
        }
    }
    let ids = doubtful.iter().filter_map(|(_, send)| send.clone()).collect();
    let living = store.living_sends(&ids).await?;
    let silent = doubtful.into_iter().filter(|(_, send)| send.as_ref().is_none_or(|send| !living.contains(send)));
    Ok(Silent(silent.map(|(status, _)| status).collect()))
}

/// The body as it would be had Meta said nothing of them; `None` where it is about nobody who was erased.
pub(crate) fn without(notification: &Notification<'_>, erased: &Erased) -> Option<Vec<u8>> {
    if erased.is_nobody() {
        return None;
    }
    let mut changed = false;
    let mut entries: Vec<String> = Vec::with_capacity(notification.entries.len());
    for entry in &notification.entries {
        let mut parts: Vec<String> = Vec::with_capacity(entry.changes.len());
        for change in &entry.changes {
            match rest(change, entry.time, erased) {
                Rest::Whole => parts.push(change.raw.get().to_owned()),
                Rest::Part(rest) => {
                    changed = true;
                    parts.push(rest.get().to_owned());
                }
                Rest::Nothing => changed = true,
            }
        }
        parts.extend(entry.malformed.iter().map(|raw| raw.get().to_owned()));
        let id = serde_json::to_string(entry.id.as_str()).ok()?;
        let time = entry.time.map(|at| format!(r#""time":{},"#, at.as_second())).unwrap_or_default();
        entries.push(format!(r#"{{"id":{id},{time}"changes":[{}]}}"#, parts.join(",")));
    }
    entries.extend(notification.malformed.iter().map(|raw: &&RawValue| raw.get().to_owned()));
    changed.then(|| format!(r#"{{"entry":[{}]}}"#, entries.join(",")).into_bytes())
}

fn rest(change: &Change<'_>, at: Option<Timestamp>, erased: &Erased) -> Rest {
    let Some(number) = change.phone_number_id() else { return Rest::Whole };
    erasure::without(change.raw, at, &|id| erased.at(&number, id))
}

fn changes<'n, 'b>(notification: &'n Notification<'b>) -> impl Iterator<Item = (Option<Timestamp>, &'n Change<'b>)> {
    notification.entries.iter().flat_map(|entry| entry.changes.iter().map(|change| (entry.time, change)))
}
