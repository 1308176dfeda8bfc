//! `media.stored`.

use model::event::{EventContact, VERSION, dedupe_media, event_id};
use model::{Event, EventData, EventType};
use queue::MediaJob;
use serde::Serialize;
use store::StoredFile;

use crate::App;
use crate::fetch::Error;

/// The same id each time, so that consumers drop what is published again.
pub(crate) async fn publish(app: &App, job: &MediaJob, file: &StoredFile) -> Result<(), Error> {
    if !app.events.wants(EventType::MediaStored, None) {
        return Ok(());
    }
    let contact = match &job.contact {
        Some(key) => app.store.contact(&job.phone_number_id, key).await?.as_ref().map(EventContact::from),
        None => None,
    };
    let data = Data {
        message_id: job.message_id.as_str(),
        media_id: job.media_id.as_str(),
        bucket: &file.bucket,
        key: &file.key,
        mime_type: &file.mime_type,
        sha256: &file.sha256,
        bytes: file.bytes,
        sniffed_type: file.sniffed_type.as_deref(),
        type_mismatch: file.type_mismatch,
    };
    let data = serde_json::value::to_raw_value(&data).map_err(|error| queue::Error::Unavailable(error.to_string()))?;
    let event = Event {
        v: VERSION,
        id: event_id(EventType::MediaStored, &dedupe_media(&job.message_id, &job.media_id)),
        kind: EventType::MediaStored,
        at: job.at,
        waba_id: Some(job.waba_id.clone()),
        phone_number_id: Some(job.phone_number_id.clone()),
        contact,
        data: EventData::Inline(data),
    };
    Ok(app.queues.publish_events(&[event]).await?)
}

/// `data`. The first seven are the public contract.
#[derive(Serialize)]
struct Data<'a> {
    message_id: &'a str,
    media_id: &'a str,
    bucket: &'a str,
    key: &'a str,
    mime_type: &'a str,
    sha256: &'a str,
    bytes: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    sniffed_type: Option<&'a str>,
    type_mismatch: bool,
}
