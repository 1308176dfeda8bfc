//! The `message.received` of a message that is stored, as it was published when it came.

use model::event::{DataRef, VERSION, dedupe_message, event_id};
use model::{ContactKey, Event, EventContact, EventData, EventType, PhoneNumberId, WaId};
use serde_json::value::RawValue;
use store::{Store, StoredInbound};

/// Data above this go to the bucket and are referred to.
const INLINE_MAX: usize = 200 * 1024;

/// `None` for a message that no person wrote.
pub(super) async fn again(store: &Store, message: StoredInbound, run: &str) -> Result<Option<Event>, store::Error> {
    let Some(raw) = message.raw else { return Ok(None) };
    let number = message.phone_number_id;
    let contact = match message.contact {
        Some(key) => Some(contact(store, &number, key).await?),
        None => None,
    };
    let kind = EventType::MessageReceived;
    Ok(Some(Event {
        v: VERSION,
        id: format!("{}.{run}", event_id(kind, &dedupe_message(&number, &message.id))),
        kind,
        at: message.at,
        waba_id: message.waba_id,
        phone_number_id: Some(number),
        contact,
        data: data(store, raw).await?,
    }))
}

/// The contact as it is known now, which may be better than then.
async fn contact(store: &Store, number: &PhoneNumberId, key: ContactKey) -> Result<EventContact, store::Error> {
    Ok(match store.contact(number, &key).await? {
        Some(contact) => EventContact::from(&contact),
        None => EventContact {
            wa_id: key.wa_id(),
            user_id: key.user_id(),
            phone: key.wa_id().as_ref().map(WaId::e164),
            name: None,
            key,
        },
    })
}

async fn data(store: &Store, raw: Box<RawValue>) -> Result<EventData, store::Error> {
    if raw.get().len() <= INLINE_MAX {
        return Ok(EventData::Inline(raw));
    }
    let blob = store.put_blob(raw.get()).await?;
    Ok(EventData::Referred(DataRef { bucket: blob.bucket, key: blob.key, bytes: blob.bytes, sha256: blob.sha256 }))
}
