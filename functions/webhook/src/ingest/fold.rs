//! From a parsed POST to what is stored and what is published. No IO.

use std::collections::BTreeMap;

use jiff::Timestamp;
use model::event::{dedupe_change, dedupe_message, dedupe_status, event_id, field_and_value};
use model::window::window_time;
use model::{
    Change, ContactKey, Entry, Event, EventContact, EventData, EventType, InboundMessage, MessagesValue, Notification,
    PhoneNumberId, SendId, SenderProfile, StatusUpdate, Value, WabaId,
};
use queue::MediaJob;
use serde_json::value::RawValue;
use store::{Cause, Directory, Inbound, Kept, NewMessage, NewStatus, Person, SeenContact};

use super::Counts;

/// Bytes of a part that goes into an item beside the message itself. An item holds 400 KiB, and a POST with one item too
/// many bytes would be refused for as long as Meta sends it; so what is larger is kept raw by itself.
const PART_MAX: usize = 32 * 1024;
/// Characters of a word or name that becomes an attribute. The raw JSON beside it has the whole.
const WORD_MAX: usize = 256;

pub(super) struct Fold {
    directory: Directory,
    now: Timestamp,
    inbound: Inbound,
    contacts: BTreeMap<(PhoneNumberId, ContactKey), SeenContact>,
    events: Vec<(Event, Option<String>)>,
    media: Vec<MediaJob>,
    counts: Counts,
}

/// What to do with a POST.
pub(super) struct Folded {
    pub(super) inbound: Inbound,
    /// With the status of a `message.status`, which the filter asks for.
    pub(super) events: Vec<(Event, Option<String>)>,
    pub(super) media: Vec<MediaJob>,
    pub(super) counts: Counts,
}

/// The person a message is from: what the message says, completed by its profile.
pub(super) fn sender(value: &MessagesValue<'_>, message: &InboundMessage<'_>) -> Person {
    let profile = value.profile_of(message);
    Person {
        wa_id: message.from.clone().or_else(|| profile.and_then(|profile| profile.wa_id.clone())),
        user_id: message.from_user_id.clone().or_else(|| profile.and_then(|profile| profile.user_id.clone())),
        parent_user_id: message
            .from_parent_user_id
            .clone()
            .or_else(|| profile.and_then(|profile| profile.parent_user_id.clone())),
    }
}

/// The person a status is about; for a group nobody, since its `recipient_id` is the group.
pub(super) fn recipient(status: &StatusUpdate<'_>) -> Person {
    if status.recipient_type.as_deref() == Some("group") {
        return Person::default();
    }
    Person {
        wa_id: status.recipient_id.clone(),
        user_id: status.recipient_user_id.clone(),
        parent_user_id: status.recipient_parent_user_id.clone(),
    }
}

impl Fold {
    pub(super) fn new(directory: Directory, now: Timestamp) -> Self {
        Self {
            directory,
            now,
            inbound: Inbound::default(),
            contacts: BTreeMap::new(),
            events: Vec::new(),
            media: Vec::new(),
            counts: Counts::default(),
        }
    }

    /// Every change of every entry, and whatever else the envelope holds.
    pub(super) fn all_of(mut self, notification: &Notification<'_>) -> Folded {
        for entry in &notification.entries {
            for change in &entry.changes {
                self.change(entry, change);
            }
            for raw in &entry.malformed {
                self.malformed(Some(entry), raw);
            }
        }
        for raw in &notification.malformed {
            self.malformed(None, raw);
        }
        self.finish()
    }

    fn change(&mut self, entry: &Entry<'_>, change: &Change<'_>) {
        match &change.value {
            Value::Messages(value) if self.directory.is_registered(&value.phone_number_id) => {
                for message in &value.messages {
                    self.message(entry, value, message);
                }
                for status in &value.statuses {
                    self.status(entry, value, status);
                }
                for unknown in &value.unknown {
                    let number = Some(&value.phone_number_id);
                    self.keep(Cause::Unknown, Some(entry), number, &unknown.kind, unknown.raw);
                    self.publish_part(EventType::Unknown, Some(entry), number, &unknown.kind, unknown.raw);
                }
            }
            _ => match change.phone_number_id() {
                Some(number) if !self.directory.is_registered(&number) => {
                    self.counts.quarantined += 1;
                    self.keep(Cause::Unregistered, Some(entry), Some(&number), &change.field, change.raw);
                    self.publish_change(EventType::Unknown, entry, Some(&number), change);
                }
                // A field of an account or a template names no number, and needs no channel.
                number => {
                    let kind = model::event::type_of_field(&change.field);
                    self.keep(Cause::Change, Some(entry), number.as_ref(), &change.field, change.raw);
                    self.publish_change(kind, entry, number.as_ref(), change);
                }
            },
        }
    }

    /// A part of the envelope that is no entry, or no change.
    fn malformed(&mut self, entry: Option<&Entry<'_>>, raw: &RawValue) {
        self.keep(Cause::Unknown, entry, None, "", raw);
        self.publish_part(EventType::Unknown, entry, None, "", raw);
    }

    fn finish(mut self) -> Folded {
        self.counts.messages = self.inbound.messages.len();
        self.counts.statuses = self.inbound.statuses.len();
        self.counts.kept = self.inbound.kept.len();
        self.inbound.contacts = self.contacts.into_values().collect();
        Folded { inbound: self.inbound, events: self.events, media: self.media, counts: self.counts }
    }

    fn message(&mut self, entry: &Entry<'_>, value: &MessagesValue<'_>, message: &InboundMessage<'_>) {
        let number = &value.phone_number_id;
        let at = message.timestamp.or(entry.time).unwrap_or(self.now);
        let person = sender(value, message);
        let profile = value.profile_of(message);
        let contact = self.seen(number, &person, profile, at, message.content.opens_window());
        let key = contact.as_ref().map(|contact| contact.key.clone());
        if let Some(media) = message.content.media() {
            self.media.push(MediaJob {
                v: 1,
                waba_id: entry.id.clone(),
                phone_number_id: number.clone(),
                message_id: message.id.clone(),
                contact: key.clone(),
                media_id: media.id.clone(),
                mime_type: media.mime_type.clone(),
                sha256: media.sha256.clone(),
                at,
            });
        }
        if let Some(huge) = profile.filter(|profile| !fits(profile.raw)) {
            self.keep(Cause::Unknown, Some(entry), Some(number), "contacts", huge.raw);
        }
        self.inbound.messages.push(NewMessage {
            id: message.id.clone(),
            phone_number_id: number.clone(),
            waba_id: entry.id.clone(),
            contact: key,
            at,
            kind: word(&message.kind),
            raw: message.raw.to_owned(),
            profile: profile.map(|profile| profile.raw.to_owned()).filter(|raw| fits(raw)),
        });
        let kind = EventType::MessageReceived;
        let id = event_id(kind, &dedupe_message(number, &message.id));
        self.publish(kind, id, at, Some(&entry.id), Some(number), contact, message.raw.to_owned(), None);
    }

    /// Folds a sender into what this POST says of the contact.
    fn seen(
        &mut self,
        number: &PhoneNumberId,
        person: &Person,
        profile: Option<&SenderProfile<'_>>,
        at: Timestamp,
        opens_window: bool,
    ) -> Option<EventContact> {
        let (key, known) = self.directory.key_of(number, person)?;
        let new_identities = self.directory.unknown_identities(number, person);
        self.directory.learn(number, person, &key);
        let opened_at = opens_window.then(|| window_time(at, self.now));
        let name = profile.and_then(|profile| profile.name.as_deref()).map(word);
        let wa_id = person.wa_id.as_ref().map(|id| id.as_str().to_owned());
        let user_id = person.user_id.as_ref().map(|id| id.as_str().to_owned());
        let seen = self.contacts.entry((number.clone(), key.clone())).or_insert_with(|| SeenContact {
            phone_number_id: number.clone(),
            key: key.clone(),
            known,
            wa_id: None,
            user_id: None,
            name: None,
            first_at: at,
            opened_at: None,
            new_identities: Vec::new(),
        });
        seen.first_at = seen.first_at.min(at);
        if seen.name.is_none() || opened_at >= seen.opened_at {
            seen.name = name.or_else(|| seen.name.take());
        }
        seen.opened_at = seen.opened_at.max(opened_at);
        seen.wa_id = wa_id.or_else(|| seen.wa_id.take());
        seen.user_id = user_id.or_else(|| seen.user_id.take());
        seen.new_identities.extend(new_identities);
        Some(event_contact(key, person, seen.name.clone()))
    }

    fn status(&mut self, entry: &Entry<'_>, value: &MessagesValue<'_>, status: &StatusUpdate<'_>) {
        let number = &value.phone_number_id;
        let at = status.timestamp.or(entry.time).unwrap_or(self.now);
        let person = recipient(status);
        let contact = self.directory.key_of(number, &person).map(|(key, _)| event_contact(key, &person, None));
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
        let kind = EventType::MessageStatus;
        let id = event_id(kind, &dedupe_status(number, status));
        let word = Some(status.status.as_str().to_owned());
        self.publish(kind, id, at, Some(&entry.id), Some(number), contact, status.raw.to_owned(), word);
    }

    /// Under a time that the same thing has when it comes again: it is then kept once.
    fn keep(
        &mut self,
        cause: Cause,
        entry: Option<&Entry<'_>>,
        number: Option<&PhoneNumberId>,
        field: &str,
        raw: &RawValue,
    ) {
        let told = entry.and_then(|entry| entry.time.or_else(|| newest(entry)));
        self.inbound.kept.push(Kept {
            cause: cause.as_str().to_owned(),
            field: word(field),
            waba_id: entry.map(|entry| entry.id.clone()),
            phone_number_id: number.cloned(),
            at: told.unwrap_or(self.now),
            raw: raw.to_owned(),
        });
    }

    /// A whole change: Meta's own `{field, value}`.
    fn publish_change(
        &mut self,
        kind: EventType,
        entry: &Entry<'_>,
        number: Option<&PhoneNumberId>,
        change: &Change<'_>,
    ) {
        let id = event_id(kind, &dedupe_change(&entry.id, entry.time, &change.field, change.raw));
        let at = entry.time.unwrap_or(self.now);
        self.publish(kind, id, at, Some(&entry.id), number, None, change.raw.to_owned(), None);
    }

    /// A part of something, told as `{field, value}`.
    fn publish_part(
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
    fn publish(
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

/// `messages` have no time of their own; what is in them has.
fn newest(entry: &Entry<'_>) -> Option<Timestamp> {
    let values = entry.changes.iter().filter_map(|change| match &change.value {
        Value::Messages(value) => Some(value),
        Value::Other => None,
    });
    values
        .flat_map(|value| {
            let messages = value.messages.iter().map(|message| message.timestamp);
            messages.chain(value.statuses.iter().map(|status| status.timestamp))
        })
        .flatten()
        .max()
}

fn fits(raw: &RawValue) -> bool {
    raw.get().len() <= PART_MAX
}

fn word(text: &str) -> String {
    text.chars().take(WORD_MAX).collect()
}

fn event_contact(key: ContactKey, person: &Person, name: Option<String>) -> EventContact {
    EventContact {
        phone: person.wa_id.as_ref().map(model::WaId::e164),
        wa_id: person.wa_id.clone(),
        user_id: person.user_id.clone(),
        key,
        name,
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
