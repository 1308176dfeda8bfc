//! What a person says of marketing: in WhatsApp's settings, by a word, or through Meta's refusal of a send.
//!
//! `consent.changed` is told of each, known before or not: nothing was read to tell which.

use jiff::Timestamp;
use model::consent::{CATEGORY, STOPPED, Signal, Source, Wish};
use model::event::{dedupe_message, dedupe_status, event_id, field_and_value};
use model::webhook::field::UserPreferences;
use model::{Entry, EventContact, EventType, InboundMessage, PhoneNumberId, StatusUpdate};
use serde_json::value::RawValue;
use store::NewConsent;

use super::Fold;
use super::people::preferring;

impl Fold {
    /// A message that is an opt-out or opt-in word and nothing else.
    pub(super) fn word_of(
        &mut self,
        entry: &Entry<'_>,
        number: &PhoneNumberId,
        message: &InboundMessage<'_>,
        contact: Option<&EventContact>,
        at: Timestamp,
    ) {
        let Some(contact) = contact else { return };
        let Some(wish) = self.directory.words(number).and_then(|words| words.said_in(message)) else { return };
        let id = dedupe_message(number, &message.id);
        let signal =
            Signal { source: Source::Words, wish, at, message: Some(message.id.as_str().to_owned()), reason: None };
        self.told(entry, number, contact.clone(), signal, &id, message.raw);
    }

    /// Meta refused marketing because the person has stopped it.
    pub(super) fn refused(
        &mut self,
        entry: &Entry<'_>,
        number: &PhoneNumberId,
        status: &StatusUpdate<'_>,
        contact: Option<&EventContact>,
        at: Timestamp,
    ) {
        let Some(contact) = contact else { return };
        if !status.meta_errors().iter().any(|error| error.code == STOPPED) {
            return;
        }
        let id = dedupe_status(number, status);
        let message = Some(status.id.as_str().to_owned());
        let signal = Signal { source: Source::Refused, wish: Wish::Stop, at, message, reason: None };
        self.told(entry, number, contact.clone(), signal, &id, status.raw);
    }

    /// `user_preferences` on a channel. The change itself is published whole; given back is whom it is about, where that
    /// is one person.
    pub(super) fn preferences(
        &mut self,
        entry: &Entry<'_>,
        number: &PhoneNumberId,
        told: &UserPreferences<'_>,
    ) -> Option<EventContact> {
        let mut people = Vec::new();
        for preference in &told.preferences {
            let (person, profile) = (preferring(told, preference), told.profile_of(preference));
            let at = preference.timestamp.or(entry.time).unwrap_or(self.now);
            // They become a contact: who then writes in for the first time is the same person, whatever id comes first.
            let Some(contact) = self.seen(number, &person, profile, at) else { continue };
            let wish = Wish::of_preference(&preference.value).filter(|_| preference.category == CATEGORY);
            if let Some(wish) = wish {
                let signal = Signal { source: Source::UserPreferences, wish, at, message: None, reason: None };
                self.remember(number, &contact, signal);
            }
            people.push(contact);
        }
        let one = people.len() == told.preferences.len()
            && people.windows(2).all(|two| matches!(two, [a, b] if a.key == b.key));
        people.pop().filter(|_| one)
    }

    fn told(
        &mut self,
        entry: &Entry<'_>,
        number: &PhoneNumberId,
        contact: EventContact,
        signal: Signal,
        dedupe: &str,
        raw: &RawValue,
    ) {
        let kind = EventType::ConsentChanged;
        let data = field_and_value(signal.field(), raw).unwrap_or_else(|_| raw.to_owned());
        let at = signal.at;
        self.remember(number, &contact, signal);
        self.publish(kind, event_id(kind, dedupe), at, Some(&entry.id), Some(number), Some(contact), data, None);
    }

    fn remember(&mut self, number: &PhoneNumberId, contact: &EventContact, signal: Signal) {
        let (phone_number_id, contact) = (number.clone(), contact.key.clone());
        self.inbound.consents.push(NewConsent { phone_number_id, contact, signal });
    }
}
