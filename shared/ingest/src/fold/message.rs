//! A message from a person.

use model::event::{dedupe_message, event_id};
use model::window::{OpenedBy, OpenedKind};
use model::{Entry, EventType, InboundMessage, MessagesValue};
use queue::MediaJob;
use store::{Cause, NewMessage, Renamed};

use super::people::{Sighting, renamed_by, sender};
use super::{Fold, fits, word};

impl Fold {
    pub(super) fn message(&mut self, entry: &Entry<'_>, value: &MessagesValue<'_>, message: &InboundMessage<'_>) {
        let number = &value.phone_number_id;
        let at = message.timestamp.or(entry.time).unwrap_or(self.now);
        let person = sender(value, message);
        let profile = value.profile_of(message);
        let contact = if let Some(told) = renamed_by(value, message) {
            self.renamed(number, &Renamed { at, ..told })
        } else {
            let name = profile.and_then(|profile| profile.name.as_deref());
            self.sighted(number, Sighting { person: &person, name, at, opens: opened_by(message) })
        };
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
        self.word_of(entry, number, message, contact.as_ref(), at);
        let kind = EventType::MessageReceived;
        let id = event_id(kind, &dedupe_message(number, &message.id));
        self.publish(kind, id, at, Some(&entry.id), Some(number), contact, message.raw.to_owned(), None);
    }
}

/// What a message opens the service window by, where it does.
fn opened_by(message: &InboundMessage<'_>) -> Option<OpenedBy> {
    message.content.opens_window().then(|| OpenedBy {
        kind: OpenedKind::Message,
        id: message.id.as_str().to_owned(),
        what: word(&message.kind),
        // Meta leaves it out at times; that there was one is what counts.
        referral: message.referral.as_ref().map(|referral| word(referral.source_type.as_deref().unwrap_or("unknown"))),
    })
}
