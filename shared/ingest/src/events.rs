//! Which events a team wants, and those too large for a queue.

use futures::{StreamExt, TryStreamExt, stream};
use model::event::DataRef;
use model::{Event, EventData, EventFilter};
use store::{BlobClass, Store};

/// Data above this go to the bucket and are referred to.
const INLINE_MAX: usize = 200 * 1024;
/// Uploads under way at once.
const UPLOADS: usize = 4;

/// Leaves out what `EVENT_TYPES` does not ask for.
pub(super) fn wanted(filter: &EventFilter, events: Vec<(Event, Option<String>)>) -> Vec<Event> {
    events
        .into_iter()
        .filter(|(event, status)| filter.wants(event.kind, status.as_deref()))
        .map(|(event, _)| event)
        .collect()
}

/// Puts the data of large events into the bucket; order is kept.
pub async fn within_a_queue(store: &Store, events: Vec<Event>) -> Result<Vec<Event>, store::Error> {
    stream::iter(events).map(|event| refer(store, event)).buffered(UPLOADS).try_collect().await
}

async fn refer(store: &Store, event: Event) -> Result<Event, store::Error> {
    match &event.data {
        EventData::Inline(raw) if raw.get().len() > INLINE_MAX => {
            let blob = store.put_blob(BlobClass::Messages, raw.get()).await?;
            let data = DataRef { bucket: blob.bucket, key: blob.key, bytes: blob.bytes, sha256: blob.sha256 };
            Ok(Event { data: EventData::Referred(data), ..event })
        }
        _ => Ok(event),
    }
}
