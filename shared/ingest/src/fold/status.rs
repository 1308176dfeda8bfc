//! What became of a message sent.

use std::collections::BTreeMap;

use model::event::{dedupe_status, event_id};
use model::window::{self, window_time};
use model::{Entry, EventType, MessagesValue, SendId, StatusUpdate};
use serde_json::value::RawValue;
use store::{Cause, ClosedWindow, NewStatus};

use super::people::recipient;
use super::{Fold, PART_MAX};

impl Fold {
    pub(super) fn status(&mut self, entry: &Entry<'_>, value: &MessagesValue<'_>, status: &StatusUpdate<'_>) {
        let number = &value.phone_number_id;
        let at = status.timestamp.or(entry.time).unwrap_or(self.now);
        let person = recipient(status);
        let contact = self.written_to(number, &person, at);
        if let (Some(contact), Some(free)) = (&contact, status.free_entry(at)) {
            self.inbound.free_entries.push((number.clone(), contact.key.clone(), free));
        }
        if let Some(contact) = &contact
            && status.meta_errors().iter().any(|error| error.code == window::CLOSED)
        {
            let (phone_number_id, contact) = (number.clone(), contact.key.clone());
            self.inbound.closed.push(ClosedWindow { phone_number_id, contact, at: window_time(at, self.now) });
        }
        let parts = [status.pricing.map(ToOwned::to_owned), status.errors.map(ToOwned::to_owned), extra(status)];
        let whole = parts.iter().flatten().map(|part| part.get().len()).sum::<usize>() <= PART_MAX;
        if !whole {
            self.keep(Cause::Unknown, Some(entry), Some(number), "statuses", status.raw);
        }
        let [pricing, errors, extra] = if whole { parts } else { [None, None, None] };
        self.inbound.statuses.push(NewStatus {
            id: status.id.clone(),
            phone_number_id: number.clone(),
            waba_id: entry.id.clone(),
            contact: contact.as_ref().map(|contact| contact.key.clone()),
            send_id: status.opaque.as_deref().and_then(SendId::parse),
            status: status.status.as_str().to_owned(),
            at,
            pricing,
            errors,
            extra,
        });
        self.refused(entry, number, status, contact.as_ref(), at);
        let kind = EventType::MessageStatus;
        let id = event_id(kind, &dedupe_status(number, status));
        let word = Some(status.status.as_str().to_owned());
        self.publish(kind, id, at, Some(&entry.id), Some(number), contact, status.raw.to_owned(), word);
    }
}

/// Every member of a status that has no place of its own in the item, so that nothing Meta said is lost: its ids, the
/// conversation of old payloads, and members of tomorrow.
fn extra(status: &StatusUpdate<'_>) -> Option<Box<RawValue>> {
    let mut members: BTreeMap<String, &RawValue> = serde_json::from_str(status.raw.get()).ok()?;
    for named in ["id", "status", "pricing", "errors"] {
        members.remove(named);
    }
    if status.timestamp.is_some() {
        members.remove("timestamp");
    }
    if status.opaque.as_deref().and_then(SendId::parse).is_some() {
        members.remove("biz_opaque_callback_data");
    }
    if members.is_empty() { None } else { serde_json::value::to_raw_value(&members).ok() }
}
