//! Where one identity leads, and until when it led elsewhere.

use std::sync::Arc;

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::Timestamp;
use model::{ContactKey, PhoneNumberId};

use super::Identity;
use super::resolve::AliasChange;
use crate::item::{self, Item};
use crate::keys::{self, Key};
use crate::record::{Again, Guard, Step, Write};

/// The holders of an identity. One that never moved has just a holder, as all had before moves were known.
#[derive(Clone, Default, PartialEq, Eq)]
pub(crate) struct Alias {
    /// Who has it now; nobody where its holder left it and no other came.
    pub(crate) holder: Option<ContactKey>,
    /// The contact that the holder was merged into, so that it need not be read to know.
    pub(crate) root: Option<ContactKey>,
    /// Since when, where the holder took it from somebody or came by a change of number.
    since: Option<Timestamp>,
    /// Who had it, until when; the first to leave first.
    former: Vec<(ContactKey, Timestamp)>,
    /// How often it was changed since it was linked.
    version: Option<i64>,
}

/// Who holds an identity at some time.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Held {
    /// The holder of today.
    Now(ContactKey),
    /// Somebody who left it later.
    Once(ContactKey),
    /// Nobody since then.
    Vacant(Timestamp),
    /// Nobody ever, as far as we know.
    Never,
}

impl Alias {
    pub(crate) fn held_at(&self, at: Timestamp) -> Held {
        if let Some((key, _)) = self.former.iter().find(|(_, until)| at < *until) {
            return Held::Once(key.clone());
        }
        match (&self.holder, self.former.last()) {
            (Some(key), _) => Held::Now(key.clone()),
            (None, Some((_, until))) => Held::Vacant(*until),
            (None, None) => Held::Never,
        }
    }

    /// Every contact that has it or had it.
    pub(crate) fn everybody(&self) -> impl Iterator<Item = &ContactKey> {
        self.holder.iter().chain(&self.root).chain(self.former.iter().map(|(key, _)| key))
    }

    /// Those who had it, without some.
    pub(crate) fn former_without(&self, keys: &[ContactKey]) -> Vec<(ContactKey, Timestamp)> {
        self.former.iter().filter(|(key, _)| !keys.contains(key)).cloned().collect()
    }

    pub(crate) fn version(&self) -> Option<i64> {
        self.version
    }

    /// Who had it last, where nobody has it now.
    pub(crate) fn last_holder(&self) -> Option<&ContactKey> {
        self.former.last().map(|(key, _)| key)
    }

    /// Makes the change; false where it is made already, or something newer has overtaken it.
    pub(crate) fn make(&mut self, change: &AliasChange) -> bool {
        match change {
            AliasChange::Link { to } => self.holder.is_none() && self.seat(to, None),
            AliasChange::Claim { to, at } => self.holder.is_none() && self.seat(to, Some(*at)),
            AliasChange::Move { from, to, at } => match &self.holder {
                Some(holder) if holder == from => {
                    self.leave(&from.clone(), *at);
                    self.seat(to, Some(*at))
                }
                Some(_) => false,
                None => self.seat(to, Some(*at)),
            },
            AliasChange::Release { key, at } => {
                let news = self.leave(key, *at);
                if news && self.holder.as_ref() == Some(key) && self.since.is_none_or(|since| since < *at) {
                    (self.holder, self.root, self.since) = (None, None, None);
                }
                news
            }
            AliasChange::Root { holder, root } => {
                let theirs = self.holder.as_ref() == Some(holder);
                if theirs && self.root != *root {
                    self.root.clone_from(root);
                    return true;
                }
                false
            }
        }
    }

    fn seat(&mut self, key: &ContactKey, since: Option<Timestamp>) -> bool {
        (self.holder, self.root, self.since) = (Some(key.clone()), None, since);
        true
    }

    fn leave(&mut self, key: &ContactKey, until: Timestamp) -> bool {
        let place = self.former.partition_point(|(_, known)| *known < until);
        if self.former[place..].iter().take_while(|(_, known)| *known == until).any(|(known, _)| known == key) {
            return false;
        }
        self.former.insert(place, (key.clone(), until));
        true
    }
}

/// The Alias item of an identity that nothing is known of.
pub(crate) fn link_alias(number: &PhoneNumberId, identity: &Identity, to: &ContactKey, now: Timestamp) -> Write {
    let key = Key::alias(number, identity);
    let item = Item::at(&key)
        .text("kind", keys::ALIAS.to_lowercase())
        .text("contact_key", to.as_str())
        .time("created_at", now);
    // Who was quicker has linked it; where they mean somebody else, the next message with both identities tells.
    Write::insert(key, item)
}

/// The write that makes a change to an alias known as `before`; `None` where it is made.
pub(crate) fn change_alias(key: Key, before: Option<&Alias>, change: AliasChange, now: Timestamp) -> Option<Write> {
    let mut after = before.cloned().unwrap_or_default();
    if !after.make(&change) {
        return None;
    }
    let again: Again = {
        let key = key.clone();
        Arc::new(move |old| change_alias(key.clone(), Some(&read_alias(old)), change.clone(), now))
    };
    let version = before.and_then(|alias| alias.version).unwrap_or(0) + 1;
    let mut set = vec![("version".to_owned(), item::number(version))];
    let mut remove = Vec::new();
    let facts = [
        ("contact_key", after.holder.as_ref().map(|key| item::text(key.as_str()))),
        ("root", after.root.as_ref().map(|key| item::text(key.as_str()))),
        ("since", after.since.map(item::time)),
        ("former", Some(former_value(&after.former)).filter(|_| !after.former.is_empty())),
    ];
    for (name, value) in facts {
        match value {
            Some(value) => set.push((name.to_owned(), value)),
            None if before.is_some() => remove.push(name.to_owned()),
            None => {}
        }
    }
    let Some(before) = before else {
        let fresh = Item::at(&key).text("kind", keys::ALIAS.to_lowercase()).time("created_at", now);
        let item = set.into_iter().fold(fresh, |item, (name, value)| item.value(&name, value));
        // A condition that no item meets: what is refused comes back as it is.
        let look = Write {
            key: key.clone(),
            step: Step::Revise {
                set: vec![("kind".to_owned(), item::text(keys::ALIAS.to_lowercase()))],
                remove: Vec::new(),
                only_if: vec![Guard::Missing("kind".to_owned())],
                missing: None,
                again,
            },
        };
        return Some(Write { key, step: Step::Insert { item, taken: Some(Box::new(look)) } });
    };
    // One that was linked and never changed has no version.
    let only_if = vec![match before.version {
        Some(version) => Guard::Is("version".to_owned(), item::number(version)),
        None => Guard::Missing("version".to_owned()),
    }];
    Some(Write { key, step: Step::Revise { set, remove, only_if, missing: None, again } })
}

pub(crate) fn read_alias(item: &Item) -> Alias {
    let former = item.0.get("former").and_then(|list| list.as_l().ok()).map(Vec::as_slice).unwrap_or_default();
    let mut alias = Alias {
        holder: item.string("contact_key").map(ContactKey::new),
        root: item.string("root").map(ContactKey::new),
        since: item.instant("since"),
        former: former
            .iter()
            .filter_map(|entry| {
                let entry = Item(entry.as_m().ok()?.clone());
                Some((ContactKey::new(entry.string("key")?), entry.instant("until")?))
            })
            .collect(),
        version: item.integer("version"),
    };
    alias.former.sort_by_key(|(_, until)| *until);
    alias
}

pub(crate) fn former_value(holders: &[(ContactKey, Timestamp)]) -> AttributeValue {
    let entry = |(key, until): &(ContactKey, Timestamp)| {
        Item::default().text("key", key.as_str()).time("until", *until).into_map()
    };
    AttributeValue::L(holders.iter().map(entry).collect())
}
