//! Meta refused marketing at once because the person has stopped it (131050): the person's consent says so from then on.

use model::consent::{STOPPED, Signal, Source, Wish};
use model::event::{VERSION, dedupe_send, event_id, field_and_value};
use model::{ContactKey, Event, EventData, EventType, Send, Timestamp};
use store::NewConsent;

use crate::{App, Error, events};

/// Before the send is settled: who dies in between is told again by a status, or by Meta's next refusal. Telling it twice
/// changes nothing.
pub(crate) async fn note(app: &App, send: &Send, error: &graph::Error, now: Timestamp) -> Result<(), Error> {
    let Some(refusal) = error.meta().filter(|refusal| refusal.code == STOPPED) else { return Ok(()) };
    if ContactKey::parse(send.contact.as_str()).is_none() {
        return Ok(());
    }
    let signal = Signal {
        source: Source::Refused,
        wish: Wish::Stop,
        at: now,
        message: Some(send.id.as_str().to_owned()),
        reason: None,
    };
    let data = field_and_value(signal.field(), &refusal.raw)?;
    let new = NewConsent { phone_number_id: send.phone_number_id.clone(), contact: send.contact.clone(), signal };
    app.store.record_consent(&new, now).await?;
    let kind = EventType::ConsentChanged;
    if !app.events.wants(kind, None) {
        return Ok(());
    }
    let event = Event {
        v: VERSION,
        id: event_id(kind, &dedupe_send(&send.id)),
        kind,
        at: now,
        waba_id: app.waba_of(&send.phone_number_id, now).await?,
        phone_number_id: Some(send.phone_number_id.clone()),
        contact: events::contact(app, send).await?,
        data: EventData::Inline(data),
    };
    Ok(app.queues.publish_events(&[event]).await?)
}
