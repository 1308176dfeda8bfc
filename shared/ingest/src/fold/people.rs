//! Who a message is from or a status about, and what a POST says of a contact.

use std::collections::BTreeSet;

use jiff::Timestamp;
use model::inbound::{System, SystemKind};
use model::webhook::field::{Call, Calls, UserIdUpdate, UserPreference, UserPreferences};
use model::window::{OpenedBy, window_time};
use model::{
    Change, ContactKey, Content, Entry, EventContact, Field, InboundMessage, MessagesValue, PhoneNumberId,
    SenderProfile, StatusUpdate, UserId, Value,
};
use store::{Effect, Person, Renamed, RenamedContact, Resolved, SeenContact};

use super::{Fold, word};

/// People whose identities have something to do with each other: one, or one as they were and as they are.
pub(crate) type Together = Vec<Person>;

/// Everybody a change names, with the number they wrote to or were written to from.
pub(crate) fn everybody(change: &Change<'_>) -> Option<(PhoneNumberId, Vec<Together>)> {
    let number = change.phone_number_id()?;
    let mut people: Vec<Together> = Vec::new();
    if let Value::Messages(value) = &change.value {
        people.extend(value.messages.iter().map(|message| match renamed_by(value, message) {
            Some(told) => vec![told.old, told.new],
            None => vec![sender(value, message)],
        }));
        people.extend(value.statuses.iter().map(|status| vec![recipient(status)]));
        return Some((number, people));
    }
    match Field::read(change) {
        Field::UserPreferences(told) => {
            people.extend(told.preferences.iter().map(|preference| vec![preferring(&told, preference)]));
        }
        Field::Calls(told) => people.extend(told.calls.iter().map(|call| vec![caller(&told, call)])),
        Field::UserIds(updates) => people.extend(updates.iter().map(|update| {
            let told = renamed_in(update, Timestamp::UNIX_EPOCH);
            vec![told.old, told.new]
        })),
        _ => {}
    }
    Some((number, people))
}

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

/// The person who chose: what the preference says, completed by its profile.
pub(crate) fn preferring(told: &UserPreferences<'_>, preference: &UserPreference<'_>) -> Person {
    let profile = told.profile_of(preference);
    Person {
        wa_id: preference.wa_id.clone().or_else(|| profile.and_then(|profile| profile.wa_id.clone())),
        user_id: preference.user_id.clone().or_else(|| profile.and_then(|profile| profile.user_id.clone())),
        parent_user_id: preference
            .parent_user_id
            .clone()
            .or_else(|| profile.and_then(|profile| profile.parent_user_id.clone())),
    }
}

/// The person at the other end of a call.
pub(crate) fn caller(told: &Calls<'_>, call: &Call<'_>) -> Person {
    if !call.is_from_user() {
        return Person {
            wa_id: call.to.clone(),
            user_id: call.to_user_id.clone(),
            parent_user_id: call.to_parent_user_id.clone(),
        };
    }
    let profile = told.profile_of(call);
    Person {
        wa_id: call.from.clone().or_else(|| profile.and_then(|profile| profile.wa_id.clone())),
        user_id: call.from_user_id.clone().or_else(|| profile.and_then(|profile| profile.user_id.clone())),
        parent_user_id: call
            .from_parent_user_id
            .clone()
            .or_else(|| profile.and_then(|profile| profile.parent_user_id.clone())),
    }
}

/// What a `system` message tells of its sender, where it is a change of number or user id (contract §3.6).
pub(crate) fn renamed_by(value: &MessagesValue<'_>, message: &InboundMessage<'_>) -> Option<Renamed> {
    let Content::System(system) = &message.content else { return None };
    let number = system.new_number();
    match &system.kind {
        SystemKind::NumberChanged | SystemKind::UserIdChanged => {}
        // Oldest of all: no type, and a member that says it.
        _ if number.is_some() => {}
        _ => return None,
    }
    let person = sender(value, message);
    let user = system.user_id.clone();
    // Meta does not say whether `from_user_id` is the old or the new one: the same as the new one it is not the old one.
    let old_user = system
        .previous_user_id
        .clone()
        .or_else(|| person.user_id.clone().filter(|id| Some(id) != user.as_ref()))
        .or_else(|| previous_in(system, user.as_ref()));
    let old = Person {
        wa_id: person.wa_id.or_else(|| system.customer.clone()),
        user_id: old_user,
        parent_user_id: system
            .previous_parent_user_id
            .clone()
            .or_else(|| person.parent_user_id.filter(|id| Some(id) != system.parent_user_id.as_ref())),
    };
    let new = Person { wa_id: number.cloned(), user_id: user, parent_user_id: system.parent_user_id.clone() };
    let says_something = !new.is_nobody() && (!old.is_nobody() || new.wa_id.is_some());
    says_something.then(|| Renamed { old, new, at: message.timestamp.unwrap_or(Timestamp::UNIX_EPOCH) })
}

/// Before 2026-08-11 the old id stood only in the text: "… changed from X to Y".
fn previous_in(system: &System, new: Option<&UserId>) -> Option<UserId> {
    let words = system.body.as_deref()?.split(|letter: char| letter.is_whitespace() || letter == ',');
    words
        .map(|word| word.trim_matches(|letter: char| !letter.is_ascii_alphanumeric()))
        .filter(|word| is_user_id(word))
        .map(UserId::from)
        .find(|id| Some(id) != new)
}

/// `US.…`, as Meta writes them.
fn is_user_id(word: &str) -> bool {
    let Some((country, id)) = word.split_once('.') else { return false };
    let id = id.strip_prefix("ENT.").unwrap_or(id);
    country.len() == 2
        && country.bytes().all(|letter| letter.is_ascii_uppercase())
        && (1..=128).contains(&id.len())
        && id.bytes().all(|letter| letter.is_ascii_alphanumeric())
}

/// The older shape of a changed user id. The phone stays theirs.
pub(crate) fn renamed_in(update: &UserIdUpdate<'_>, otherwise: Timestamp) -> Renamed {
    Renamed {
        old: Person {
            wa_id: update.wa_id.clone(),
            user_id: update.user_id.previous.clone(),
            parent_user_id: update.parent_user_id.previous.clone(),
        },
        new: Person {
            wa_id: None,
            user_id: update.user_id.current.clone(),
            parent_user_id: update.parent_user_id.current.clone(),
        },
        at: update.timestamp.unwrap_or(otherwise),
    }
}

/// What of a message or call makes a contact.
pub(super) struct Sighting<'a> {
    pub(super) person: &'a Person,
    pub(super) name: Option<&'a str>,
    /// Meta's time of it.
    pub(super) at: Timestamp,
    /// Where it opens the window.
    pub(super) opens: Option<OpenedBy>,
}

impl Fold {
    /// Folds somebody who did something that opens no window into what this POST says of the contact.
    pub(super) fn seen(
        &mut self,
        number: &PhoneNumberId,
        person: &Person,
        profile: Option<&SenderProfile<'_>>,
        at: Timestamp,
    ) -> Option<EventContact> {
        let name = profile.and_then(|profile| profile.name.as_deref());
        self.sighted(number, Sighting { person, name, at, opens: None })
    }

    /// Folds a sender into what this POST says of the contact.
    pub(super) fn sighted(&mut self, number: &PhoneNumberId, sighting: Sighting<'_>) -> Option<EventContact> {
        let Sighting { person, name, at, opens } = sighting;
        let resolved = self.directory.resolve(number, person, at)?;
        let Resolved { key, known, holds_phone, linked, effects, .. } = resolved;
        self.follow(number, effects);
        self.directory.wrote(number, &key, person.user_id.as_ref(), at);
        let opened = opens.map(|by| (window_time(at, self.now), by));
        let root = Some(self.directory.root(number, &key)).filter(|root| *root != key);
        let seen = self.contacts.entry((number.clone(), key.clone())).or_insert_with(|| SeenContact {
            phone_number_id: number.clone(),
            key: key.clone(),
            root,
            known,
            wa_id: None,
            user_id: None,
            name: None,
            first_at: at,
            name_at: at,
            wa_at: at,
            user_at: at,
            opened_at: None,
            opened_by: None,
            identities: BTreeSet::new(),
            new_identities: Vec::new(),
        });
        // What an older message says counts only where a newer one said nothing.
        let newest = |told: Option<String>, known: &mut Option<String>, known_at: &mut Timestamp| {
            if told.is_some() && (known.is_none() || at >= *known_at) {
                (*known, *known_at) = (told, at);
            }
        };
        newest(name.map(word), &mut seen.name, &mut seen.name_at);
        let phone = person.wa_id.as_ref().filter(|_| holds_phone);
        newest(phone.map(|id| id.as_str().to_owned()), &mut seen.wa_id, &mut seen.wa_at);
        newest(person.user_id.as_ref().map(|id| id.as_str().to_owned()), &mut seen.user_id, &mut seen.user_at);
        seen.first_at = seen.first_at.min(at);
        if let Some((opened_at, by)) = opened {
            let id = seen.opened_by.as_ref().map(|by| by.id.as_str());
            if (Some(opened_at), Some(by.id.as_str())) > (seen.opened_at, id) {
                (seen.opened_at, seen.opened_by) = (Some(opened_at), Some(by));
            }
        }
        seen.identities.extend(person.identities());
        seen.new_identities.extend(linked);
        Some(event_contact(key, person, seen.name.as_deref()))
    }

    /// Whom a status is about. It teaches which phone and which user id are one, and makes no contact: to be written to
    /// is not to have written.
    pub(super) fn written_to(
        &mut self,
        number: &PhoneNumberId,
        person: &Person,
        at: Timestamp,
    ) -> Option<EventContact> {
        let alone = person.identities().nth(1).is_none();
        let resolved = self.directory.resolve(number, person, at)?;
        self.follow(number, resolved.effects);
        // The only identity of somebody new leads to its own key anyway.
        if !resolved.linked.is_empty() && (resolved.known || !alone) {
            self.inbound.linked.push((number.clone(), resolved.key.clone(), resolved.linked));
        }
        Some(event_contact(resolved.key, person, None))
    }

    /// A person changed their number or user id (K-05).
    pub(super) fn renamed(&mut self, number: &PhoneNumberId, told: &Renamed) -> Option<EventContact> {
        let resolved = self.directory.renamed(number, told)?;
        self.follow(number, resolved.effects);
        let now = Person {
            wa_id: told.new.wa_id.clone().or_else(|| told.old.wa_id.clone()),
            user_id: told.new.user_id.clone(),
            parent_user_id: told.new.parent_user_id.clone(),
        };
        let identities = told.old.identities().chain(told.new.identities()).collect();
        self.inbound.renamed.push(RenamedContact {
            phone_number_id: number.clone(),
            key: resolved.key.clone(),
            wa_id: told.new.wa_id.clone(),
            user_id: told.new.user_id.clone(),
            at: told.at,
            identities,
        });
        if !resolved.linked.is_empty() {
            self.inbound.linked.push((number.clone(), resolved.key.clone(), resolved.linked));
        }
        Some(event_contact(resolved.key, &now, None))
    }

    /// `user_id_update` on a channel; given back is whom it is about, where that is one person.
    pub(super) fn user_ids(
        &mut self,
        entry: &Entry<'_>,
        number: &PhoneNumberId,
        updates: &[UserIdUpdate<'_>],
    ) -> Option<EventContact> {
        let otherwise = entry.time.unwrap_or(self.now);
        let mut people: Vec<EventContact> =
            updates.iter().filter_map(|update| self.renamed(number, &renamed_in(update, otherwise))).collect();
        people.pop().filter(|_| people.is_empty())
    }

    fn follow(&mut self, number: &PhoneNumberId, effects: Vec<Effect>) {
        self.inbound.effects.extend(effects.into_iter().map(|effect| (number.clone(), effect)));
    }
}

pub(super) fn event_contact(key: ContactKey, person: &Person, name: Option<&str>) -> EventContact {
    EventContact {
        phone: person.wa_id.as_ref().map(model::WaId::e164),
        wa_id: person.wa_id.clone(),
        user_id: person.user_id.clone(),
        key,
        name: name.map(str::to_owned),
    }
}
