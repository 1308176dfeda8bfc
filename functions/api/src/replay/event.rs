//! The `message.received` of a message that is stored, as it was published when it came.

use model::event::{VERSION, dedupe_message, event_id};
use model::{ContactKey, Event, EventContact, EventData, EventType, InboundMessage, MessageId, PhoneNumberId, WaId};
use queue::MediaJob;
use store::{MediaRecord, Store, StoredInbound};

use super::nobodys;

/// A message told again.
pub(super) struct Again {
    pub(super) message: MessageId,
    pub(super) event: Event,
    /// To copy its file, where that has not been done.
    pub(super) media: Option<MediaJob>,
}

/// `None` for a message that no person wrote.
pub(super) async fn again(store: &Store, message: StoredInbound, run: &str) -> Result<Option<Again>, store::Error> {
    let Some(raw) = message.raw else { return Ok(None) };
    let number = message.phone_number_id;
    let waba_id = message.waba_id.clone().unwrap_or_else(nobodys);
    let stored = matches!(message.media, Some(MediaRecord::Stored { .. }));
    let media = InboundMessage::parse(&raw).and_then(|parsed| {
        let file = parsed.content.media().filter(|_| !stored)?;
        Some(MediaJob {
            v: queue::envelope::VERSION,
            waba_id,
            phone_number_id: number.clone(),
            message_id: message.id.clone(),
            contact: message.contact.clone(),
            media_id: file.id.clone(),
            mime_type: file.mime_type.clone(),
            sha256: file.sha256.clone(),
            at: message.at,
        })
    });
    let contact = match message.contact {
        Some(key) => Some(contact(store, &number, key).await?),
        None => None,
    };
    let kind = EventType::MessageReceived;
    let event = Event {
        v: VERSION,
        id: format!("{}.{run}", event_id(kind, &dedupe_message(&number, &message.id))),
        kind,
        at: message.at,
        waba_id: message.waba_id,
        phone_number_id: Some(number),
        contact,
        data: EventData::Inline(raw),
    };
    Ok(Some(Again { message: message.id, event, media }))
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
