//! What the team is told of a send that has no wamid to be told about: `message.failed`, `message.uncertain`.

use model::event::{DataRef, EventContact, VERSION, dedupe_send, event_id};
use model::{ContactKey, Event, EventData, EventType, Send, Timestamp, WaId};
use serde_json::value::to_raw_value;
use store::BlobClass;

use crate::failure::EXPLAIN;
use crate::{App, Error};

/// Data above this go to the bucket and are referred to.
const INLINE_MAX: usize = 200 * 1024;

/// Tells of a failure, again where it was told before: consumers drop repeats by the event's id.
pub(crate) async fn failed(app: &App, send: &Send, now: Timestamp) -> Result<(), Error> {
    publish(app, EventType::MessageFailed, send, now).await
}

pub(crate) async fn uncertain(app: &App, send: &Send, now: Timestamp) -> Result<(), Error> {
    publish(app, EventType::MessageUncertain, send, now).await
}

async fn publish(app: &App, kind: EventType, send: &Send, now: Timestamp) -> Result<(), Error> {
    if !app.events.wants(kind, None) {
        return Ok(());
    }
    let data = to_raw_value(&send.message_object(EXPLAIN))?;
    let data = if data.get().len() > INLINE_MAX {
        let blob = app.store.put_blob(BlobClass::Messages, data.get()).await?;
        EventData::Referred(DataRef { bucket: blob.bucket, key: blob.key, bytes: blob.bytes, sha256: blob.sha256 })
    } else {
        EventData::Inline(data)
    };
    let event = Event {
        v: VERSION,
        id: event_id(kind, &dedupe_send(&send.id)),
        kind,
        at: send.updated_at,
        waba_id: app.waba_of(&send.phone_number_id, now).await?,
        phone_number_id: Some(send.phone_number_id.clone()),
        contact: contact(app, send).await?,
        data,
    };
    Ok(app.queues.publish_events(&[event]).await?)
}

/// As the table knows the person, else by the key alone; `None` for a message that named nobody.
pub(crate) async fn contact(app: &App, send: &Send) -> Result<Option<EventContact>, Error> {
    let Some(key) = ContactKey::parse(send.contact.as_str()) else { return Ok(None) };
    let known = app.store.contact(&send.phone_number_id, &key).await?;
    Ok(Some(known.as_ref().map_or_else(|| by_key(&key), EventContact::from)))
}

fn by_key(key: &ContactKey) -> EventContact {
    let wa_id = key.wa_id();
    let phone = wa_id.as_ref().map(WaId::e164);
    EventContact { key: key.clone(), wa_id, user_id: key.user_id(), phone, name: None }
}
