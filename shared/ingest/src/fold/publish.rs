//! What is told of it.

use jiff::Timestamp;
use model::event::{change_data, dedupe_change, event_id, field_and_value};
use model::{Change, Entry, Event, EventContact, EventData, EventType, PhoneNumberId, WabaId};
use serde_json::value::RawValue;

use super::Fold;

impl Fold {
    /// A whole change: Meta's own `{field, value}`.
    pub(super) fn publish_change(
        &mut self,
        kind: EventType,
        entry: &Entry<'_>,
        number: Option<&PhoneNumberId>,
        contact: Option<EventContact>,
        change: &Change<'_>,
    ) {
        let id = event_id(kind, &dedupe_change(&entry.id, entry.time, &change.field, change.raw));
        let at = entry.time.unwrap_or(self.now);
        let data = change_data(&change.field, change.raw).unwrap_or_else(|_| change.raw.to_owned());
        self.publish(kind, id, at, Some(&entry.id), number, contact, data, None);
    }

    /// A part of something, told as `{field, value}`.
    pub(super) fn publish_part(
        &mut self,
        kind: EventType,
        entry: Option<&Entry<'_>>,
        number: Option<&PhoneNumberId>,
        field: &str,
        raw: &RawValue,
    ) {
        let nobody = WabaId::new("");
        let waba = entry.map(|entry| &entry.id);
        let time = entry.and_then(|entry| entry.time);
        let id = event_id(kind, &dedupe_change(waba.unwrap_or(&nobody), time, field, raw));
        // A name and a part of valid JSON always make valid JSON; if not, the part alone says more than nothing.
        let data = field_and_value(field, raw).unwrap_or_else(|_| raw.to_owned());
        self.publish(kind, id, time.unwrap_or(self.now), waba, number, None, data, None);
    }

    #[expect(clippy::too_many_arguments, reason = "the fields of an event, each from another place")]
    pub(super) fn publish(
        &mut self,
        kind: EventType,
        id: String,
        at: Timestamp,
        waba_id: Option<&WabaId>,
        number: Option<&PhoneNumberId>,
        contact: Option<EventContact>,
        data: Box<RawValue>,
        status: Option<String>,
    ) {
        let event = Event {
            v: model::event::VERSION,
            id,
            kind,
            at,
            waba_id: waba_id.filter(|id| !id.as_str().is_empty()).cloned(),
            phone_number_id: number.cloned(),
            contact,
            data: EventData::Inline(data),
        };
        self.events.push((event, status));
    }
}
