//! What messages, calls, statuses and changes of identity write into a contact. Each may be repeated and come in any
//! order. The first guess costs one write unit; what the table refuses is worked out anew from the item as it is.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::Timestamp;
use model::window::{FreeEntry, OpenedBy};
use model::{ContactKey, PhoneNumberId, UserId, WaId};

use super::{
    CLOSED_AT, FIRST_SEEN, FREE_DAY, FREE_UNTIL, IDENTITY, IDENTITY_SINCE, LAST_INBOUND, OPENED_AS, OPENED_BY,
    OPENED_FROM, OPENED_WHAT, ROOT, named,
};
use crate::identity::Identity;
use crate::item::{self, Item};
use crate::keys::{self, Key};
use crate::record::{Again, Condition, Guard, Step, Write};

/// A person who wrote, or rang.
#[derive(Clone)]
pub struct SeenContact {
    /// The number they wrote to.
    pub phone_number_id: PhoneNumberId,
    /// Their contact key.
    pub key: ContactKey,
    /// The contact that theirs was merged into, as far as is known.
    pub root: Option<ContactKey>,
    /// Whether an alias already led to that key.
    pub known: bool,
    /// Where Meta gave it.
    pub wa_id: Option<String>,
    /// Where Meta gave it.
    pub user_id: Option<String>,
    /// Their profile name, as they wrote it.
    pub name: Option<String>,
    /// Their first message in this POST.
    pub first_at: Timestamp,
    /// When they were last called `name` in this POST.
    pub name_at: Timestamp,
    /// When they last had this phone.
    pub wa_at: Timestamp,
    /// When they last had this user id.
    pub user_at: Timestamp,
    /// Their newest message in this POST that opens the service window: min(Meta's time, now).
    pub opened_at: Option<Timestamp>,
    /// By what.
    pub opened_by: Option<OpenedBy>,
    /// All they are known by in this POST.
    pub identities: BTreeSet<Identity>,
    /// Those that had no alias yet.
    pub new_identities: Vec<Identity>,
}

/// A person whose number or user id changed.
#[derive(Clone)]
pub struct RenamedContact {
    /// The number they write to.
    pub phone_number_id: PhoneNumberId,
    /// Their contact key.
    pub key: ContactKey,
    /// Their phone since then, where it changed.
    pub wa_id: Option<WaId>,
    /// Their user id since then, where it changed.
    pub user_id: Option<UserId>,
    /// Meta's time of it.
    pub at: Timestamp,
    /// Everything that leads to them.
    pub identities: BTreeSet<Identity>,
}

/// Meta said that a person's service window is closed.
#[derive(Clone, Debug)]
pub struct ClosedWindow {
    /// The number that wrote to them.
    pub phone_number_id: PhoneNumberId,
    /// Their contact key.
    pub contact: ContactKey,
    /// When Meta said so, or before: what they wrote later has opened it again.
    pub at: Timestamp,
}

/// Changes worked out as attributes to set, and what has to hold for them.
struct Revision {
    set: Vec<(String, AttributeValue)>,
    remove: Vec<String>,
    only_if: Vec<Guard>,
}

/// The newest message that opens the window wins: its time, what opened it, and the name and place in the list move
/// together. The identities are those of the newest message, unless they changed since.
pub(crate) fn seen(contact: &SeenContact, now: Timestamp) -> Write {
    let key = Key::contact(&contact.phone_number_id, &contact.key);
    let insert = |taken| Write { key: key.clone(), step: Step::Insert { item: fresh(&key, contact, now), taken } };
    let again: Again = {
        let contact = contact.clone();
        Arc::new(move |old| revised(&contact, old))
    };
    let first_at = item::time(contact.first_at);
    let Some(opened_at) = contact.opened_at else {
        // Of somebody known it says at most that they were there before, or are known by one more name.
        let mut set = vec![(FIRST_SEEN.to_owned(), first_at.clone())];
        set.extend(identities(&contact.new_identities));
        let only_if = vec![Guard::Above(FIRST_SEEN.to_owned(), first_at)];
        return first_guess(contact.known, insert, |missing| Write {
            key: key.clone(),
            step: Step::Revise {
                set: set.clone(),
                remove: Vec::new(),
                only_if: only_if.clone(),
                missing,
                again: Arc::clone(&again),
            },
        });
    };
    let mut set = opened(contact, opened_at);
    // Of a time before their identities changed they say nothing; the guard holds where they are all from later.
    set.extend(called(contact, Timestamp::MIN));
    set.extend(identities(&contact.new_identities));
    let called_at = contact.wa_at.min(contact.user_at);
    let only_if = vec![
        Guard::Below(LAST_INBOUND.to_owned(), item::time(opened_at)),
        Guard::Below(IDENTITY_SINCE.to_owned(), item::time(called_at)),
        Guard::AtMost(FIRST_SEEN.to_owned(), first_at),
        match &contact.root {
            Some(root) => Guard::Is(ROOT.to_owned(), item::text(root.as_str())),
            None => Guard::Missing(ROOT.to_owned()),
        },
    ];
    first_guess(contact.known, insert, |missing| Write {
        key: key.clone(),
        step: Step::Revise {
            set: set.clone(),
            remove: Vec::new(),
            only_if: only_if.clone(),
            missing,
            again: Arc::clone(&again),
        },
    })
}

/// Of somebody known the item is changed, of others it is inserted. Either may turn out to be wrong, the second time too:
/// an alias may be there without a contact, and whoever else tells of the same person may insert it in between.
fn first_guess(
    known: bool,
    insert: impl Fn(Option<Box<Write>>) -> Write,
    update: impl Fn(Option<Box<Write>>) -> Write,
) -> Write {
    let inserted = insert(Some(Box::new(update(None))));
    if known { update(Some(Box::new(inserted))) } else { inserted }
}

/// What is left to write, now that the item is known.
fn revised(contact: &SeenContact, old: &Item) -> Option<Write> {
    let mut revision = Revision::of(old);
    if let Some(opened_at) = contact.opened_at {
        let id = contact.opened_by.as_ref().map(|by| by.id.as_str());
        // Two messages of the same second: the greater id, so that they come to the same in either order.
        if (opened_at.as_millisecond(), id) > (old.integer(LAST_INBOUND).unwrap_or(0), old.str(OPENED_BY)) {
            revision.set.extend(opened(contact, opened_at));
        }
    }
    let since = old.instant(IDENTITY_SINCE).unwrap_or(Timestamp::UNIX_EPOCH);
    let newest = !revision.set.is_empty();
    if old.instant(FIRST_SEEN).is_some_and(|first| contact.first_at < first) {
        revision.set.push((FIRST_SEEN.to_owned(), item::time(contact.first_at)));
    }
    let called = called(contact, since).into_iter().filter(|(name, _)| newest || !old.0.contains_key(name));
    revision.set.extend(called);
    revision.set.extend(new_only(identities(&contact.new_identities), old));
    if revision.set.is_empty() {
        return None;
    }
    if !old.0.contains_key(IDENTITY_SINCE) {
        revision.set.push((IDENTITY_SINCE.to_owned(), item::number(0)));
    }
    let contact = contact.clone();
    let key = Key::contact(&contact.phone_number_id, &contact.key);
    Some(revision.write(key, Arc::new(move |old| revised(&contact, old))))
}

/// Their identities changed at some time: only what was written later opens the window again (K-05).
pub(crate) fn renamed(contact: &RenamedContact, now: Timestamp) -> Write {
    let key = Key::contact(&contact.phone_number_id, &contact.key);
    let mut set = vec![(IDENTITY_SINCE.to_owned(), item::time(contact.at))];
    set.extend(contact.wa_id.as_ref().map(|id| (String::from("wa_id"), item::text(id.as_str()))));
    set.extend(contact.user_id.as_ref().map(|id| (String::from("user_id"), item::text(id.as_str()))));
    let ids: Vec<Identity> = contact.identities.iter().cloned().collect();
    let ids = identities(&ids);
    let filled = set.iter().chain(&ids).fold(
        Item::at(&key)
            .text("kind", keys::CONTACT.to_lowercase())
            .text("contact_key", contact.key.as_str())
            .text("phone_number_id", contact.phone_number_id.as_str())
            .time(FIRST_SEEN, contact.at)
            .number(LAST_INBOUND, 0)
            .time("created_at", now)
            .text("list_pk", keys::contact_list(&contact.phone_number_id, &contact.key))
            .text("list_sk", keys::contact_sort(contact.at, &contact.key)),
        |item, (name, value)| item.value(name, value.clone()),
    );
    let again: Again = {
        let (key, set, ids, at) = (key.clone(), set.clone(), ids.clone(), contact.at);
        Arc::new(move |old| renamed_again(&key, &set, &ids, at, old))
    };
    let set: Vec<_> = set.into_iter().chain(ids).collect();
    first_guess(
        true,
        |taken| Write { key: key.clone(), step: Step::Insert { item: filled.clone(), taken } },
        |missing| Write {
            key: key.clone(),
            step: Step::Revise {
                set: set.clone(),
                remove: Vec::new(),
                only_if: vec![Guard::Below(IDENTITY_SINCE.to_owned(), item::time(contact.at))],
                missing,
                again: Arc::clone(&again),
            },
        },
    )
}

fn renamed_again(
    key: &Key,
    set: &[(String, AttributeValue)],
    ids: &[(String, AttributeValue)],
    at: Timestamp,
    old: &Item,
) -> Option<Write> {
    let mut revision = Revision::of(old);
    if old.instant(IDENTITY_SINCE).is_none_or(|since| since < at) {
        revision.set.extend(set.iter().cloned());
    }
    revision.set.extend(new_only(ids.to_vec(), old));
    let (key, set, ids) = (key.clone(), set.to_vec(), ids.to_vec());
    (!revision.set.is_empty())
        .then(|| revision.write(key.clone(), Arc::new(move |old| renamed_again(&key, &set, &ids, at, old))))
}

/// Identities that lead to a contact; nothing where it is not stored.
pub(crate) fn linked(number: &PhoneNumberId, contact: &ContactKey, ids: &[Identity]) -> Write {
    link(Key::contact(number, contact), identities(ids))
}

/// Each is written once and says the same ever after.
fn link(key: Key, ids: Vec<(String, AttributeValue)>) -> Write {
    let only_if = ids.iter().map(|(name, _)| Guard::Missing(name.clone())).collect();
    let again: Again = {
        let (key, ids) = (key.clone(), ids.clone());
        Arc::new(move |old| {
            let ids = new_only(ids.clone(), old);
            (!ids.is_empty()).then(|| link(key.clone(), ids))
        })
    };
    Write { key, step: Step::Revise { set: ids, remove: Vec::new(), only_if, missing: None, again } }
}

/// The newest word counts. Nothing where the contact is not stored: then no window is known to be open either.
pub(crate) fn closed(window: &ClosedWindow) -> Write {
    let at = item::time(window.at);
    Write {
        key: Key::contact(&window.phone_number_id, &window.contact),
        step: Step::Update {
            set: vec![(CLOSED_AT.to_owned(), at.clone())],
            only_if: Condition::MissingOrBelow(CLOSED_AT, at),
            missing: None,
        },
    }
}

/// Somebody else has this phone now.
pub(crate) fn left(number: &PhoneNumberId, contact: &ContactKey, phone: &WaId) -> Write {
    Write {
        key: Key::contact(number, contact),
        step: Step::Revise {
            set: Vec::new(),
            remove: vec![String::from("wa_id")],
            only_if: vec![Guard::Is(String::from("wa_id"), item::text(phone.as_str()))],
            missing: None,
            // It has another one.
            again: Arc::new(|_| None),
        },
    }
}

/// The latest end that Meta names; of answers the earliest in each day, which is enough to tell the first (W-07). One write
/// for each, however many statuses of a POST say so.
pub(crate) fn free_entries(told: &[(PhoneNumberId, ContactKey, FreeEntry)]) -> Vec<Write> {
    let mut bounds: BTreeMap<(Key, String), (Timestamp, bool)> = BTreeMap::new();
    for (number, contact, free) in told {
        let (name, at, latest) = match free {
            FreeEntry::Until(at) => (FREE_UNTIL.to_owned(), *at, true),
            FreeEntry::Answered(at) => (format!("{FREE_DAY}{}", at.strftime("%Y%m%d")), *at, false),
        };
        let (bound, _) = bounds.entry((Key::contact(number, contact), name)).or_insert((at, latest));
        *bound = if latest { at.max(*bound) } else { at.min(*bound) };
    }
    bounds.into_iter().map(|((key, name), (at, latest))| bounded(key, name, at, latest, None)).collect()
}

fn bounded(key: Key, name: String, at: Timestamp, latest: bool, known: Option<Timestamp>) -> Write {
    let guard = match known {
        None => Guard::Missing(name.clone()),
        Some(known) => Guard::Is(name.clone(), item::time(known)),
    };
    let again: Again = {
        let (key, name) = (key.clone(), name.clone());
        Arc::new(move |old| {
            let known = old.instant(&name);
            let news = known.is_none_or(|known| if latest { known < at } else { at < known });
            news.then(|| bounded(key.clone(), name.clone(), at, latest, known))
        })
    };
    Write {
        key,
        step: Step::Revise {
            set: vec![(name, item::time(at))],
            remove: Vec::new(),
            only_if: vec![guard],
            missing: None,
            again,
        },
    }
}

impl Revision {
    /// Nothing yet; it will hold while the item stays as it is where it matters.
    fn of(old: &Item) -> Self {
        let same = |name: &str| match old.0.get(name) {
            Some(value) => Guard::Is(name.to_owned(), value.clone()),
            None => Guard::Missing(name.to_owned()),
        };
        Self {
            set: Vec::new(),
            remove: Vec::new(),
            only_if: vec![same(LAST_INBOUND), same(OPENED_BY), same(IDENTITY_SINCE), same(FIRST_SEEN)],
        }
    }

    fn write(self, key: Key, again: Again) -> Write {
        // What is set twice is set as it was said last.
        let set: BTreeMap<String, AttributeValue> = self.set.into_iter().collect();
        let set = set.into_iter().collect();
        Write { key, step: Step::Revise { set, remove: self.remove, only_if: self.only_if, missing: None, again } }
    }
}

fn opened(contact: &SeenContact, opened_at: Timestamp) -> Vec<(String, AttributeValue)> {
    let mut set = vec![
        (LAST_INBOUND.to_owned(), item::time(opened_at)),
        (String::from("list_sk"), item::text(keys::contact_sort(opened_at, &contact.key))),
        // A part that was made by a merge stood in no list until it wrote.
        (String::from("list_pk"), item::text(keys::contact_list(&contact.phone_number_id, &contact.key))),
    ];
    set.extend(contact.name.as_ref().map(|name| (String::from("name"), item::text(name))));
    set.extend(by(contact));
    set
}

fn by(contact: &SeenContact) -> Vec<(String, AttributeValue)> {
    let Some(by) = &contact.opened_by else { return Vec::new() };
    let mut set = vec![
        (OPENED_BY.to_owned(), item::text(&by.id)),
        (OPENED_AS.to_owned(), item::text(by.kind.as_str())),
        (OPENED_WHAT.to_owned(), item::text(&by.what)),
    ];
    // Empty where there is none, so that it never stays from a message before.
    set.push((OPENED_FROM.to_owned(), item::text(by.referral.as_deref().unwrap_or_default())));
    set
}

/// What they are called, as far as they were after some time.
fn called(contact: &SeenContact, since: Timestamp) -> Vec<(String, AttributeValue)> {
    [("wa_id", &contact.wa_id, contact.wa_at), ("user_id", &contact.user_id, contact.user_at)]
        .into_iter()
        .filter(|(_, _, at)| *at > since)
        .filter_map(|(name, value, _)| Some((name.to_owned(), item::text(value.as_ref()?))))
        .collect()
}

fn identities(ids: &[Identity]) -> Vec<(String, AttributeValue)> {
    ids.iter().map(|id| (named(IDENTITY, id.as_str()), item::text(id.as_str()))).collect()
}

fn new_only(set: Vec<(String, AttributeValue)>, old: &Item) -> Vec<(String, AttributeValue)> {
    set.into_iter().filter(|(name, _)| !old.0.contains_key(name)).collect()
}

fn fresh(key: &Key, contact: &SeenContact, now: Timestamp) -> Item {
    let item = Item::at(key)
        .text("kind", keys::CONTACT.to_lowercase())
        .text("contact_key", contact.key.as_str())
        .text("phone_number_id", contact.phone_number_id.as_str())
        .text_if("wa_id", contact.wa_id.as_ref())
        .text_if("user_id", contact.user_id.as_ref())
        .text_if("name", contact.name.as_ref())
        .time(FIRST_SEEN, contact.first_at)
        // 0 where nothing has opened the window: a later message then compares as newer.
        .number(LAST_INBOUND, contact.opened_at.map_or(0, Timestamp::as_millisecond))
        .number(IDENTITY_SINCE, 0)
        .time("created_at", now)
        .text("list_pk", keys::contact_list(&contact.phone_number_id, &contact.key))
        .text("list_sk", keys::contact_sort(contact.opened_at.unwrap_or(contact.first_at), &contact.key));
    let ids: Vec<Identity> = contact.identities.iter().chain(&contact.new_identities).cloned().collect();
    let more = identities(&ids).into_iter().chain(by(contact));
    more.fold(item, |item, (name, value)| item.value(&name, value))
}
