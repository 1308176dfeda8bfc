//! Who a message is from or a status about, and what a POST says of a contact.

use jiff::Timestamp;
use model::window::window_time;
use model::{ContactKey, EventContact, InboundMessage, MessagesValue, PhoneNumberId, SenderProfile, StatusUpdate};
use store::{Person, SeenContact};

use super::{Fold, word};

/// The person a message is from: what the message says, completed by its profile.
pub(crate) fn sender(value: &MessagesValue<'_>, message: &InboundMessage<'_>) -> Person {
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
pub(crate) fn recipient(status: &StatusUpdate<'_>) -> Person {
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
    /// Folds a sender into what this POST says of the contact.
    pub(super) fn seen(
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
}

pub(super) fn event_contact(key: ContactKey, person: &Person, name: Option<String>) -> EventContact {
    EventContact {
        phone: person.wa_id.as_ref().map(model::WaId::e164),
        wa_id: person.wa_id.clone(),
        user_id: person.user_id.clone(),
        key,
        name,
    }
}
