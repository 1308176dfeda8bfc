//! What the table knows of some numbers and identities, read once per POST and completed by what the POST itself says.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use jiff::Timestamp;
use model::consent::Words;
use model::{ContactKey, PhoneNumberId, UserId, WaId};

use super::alias::Held;
use super::resolve::Before;
use super::{Alias, AliasChange, Identity, Person};
use crate::keys::Key;

/// See [`crate::Store::directory`].
#[derive(Default)]
pub struct Directory {
    /// Each with the words by which its people stop marketing.
    registered: BTreeMap<PhoneNumberId, Arc<Words>>,
    aliases: HashMap<Key, Alias>,
    /// Only of the contacts a question was about.
    known: HashMap<Key, Known>,
    /// By the contact that was merged.
    roots: HashMap<Key, ContactKey>,
    /// Until when tombstones are to be looked for.
    erasures: BTreeMap<PhoneNumberId, Timestamp>,
}

/// What a contact's own item says, as far as it decides whom an identity belongs to.
#[derive(Clone, Default, PartialEq, Eq)]
pub(crate) struct Known {
    /// False where nothing is stored: somebody we wrote to, and who never answered.
    pub(crate) exists: bool,
    pub(crate) user_id: Option<UserId>,
    pub(crate) first_seen: Option<Timestamp>,
    /// The newest of what it wrote and of a change of its identity.
    pub(crate) last_seen: Option<Timestamp>,
    /// What an operator took it apart from.
    pub(crate) apart_from: BTreeSet<ContactKey>,
    pub(crate) root: Option<ContactKey>,
}

impl Directory {
    /// Whether the number is a channel of this stack (H-03).
    pub fn is_registered(&self, number: &PhoneNumberId) -> bool {
        self.registered.contains_key(number)
    }

    /// Notes that a number is a channel, with its opt-out and opt-in words.
    pub fn register(&mut self, number: &PhoneNumberId, words: Arc<Words>) {
        self.registered.insert(number.clone(), words);
    }

    /// Whether somebody was erased on the number so lately that what is from before may still come.
    pub fn had_erasures(&self, number: &PhoneNumberId, now: Timestamp) -> bool {
        self.erasures.get(number).is_some_and(|until| now < *until)
    }

    pub(crate) fn note_erasures(&mut self, number: &PhoneNumberId, until: Timestamp) {
        self.erasures.insert(number.clone(), until);
    }

    /// The opt-out and opt-in words of a channel.
    pub fn words(&self, number: &PhoneNumberId) -> Option<&Words> {
        self.registered.get(number).map(AsRef::as_ref)
    }

    pub(crate) fn note_alias(&mut self, number: &PhoneNumberId, identity: &Identity, alias: Alias) {
        if let (Some(holder), Some(root)) = (&alias.holder, &alias.root) {
            self.roots.insert(Key::contact(number, holder), root.clone());
        }
        self.aliases.insert(Key::alias(number, identity), alias);
    }

    /// Notes what a contact's item says, or that there is none.
    pub(crate) fn note_known(&mut self, contact: Key, known: Known) {
        if let Some(root) = &known.root {
            self.roots.insert(contact.clone(), root.clone());
        }
        self.known.insert(contact, known);
    }

    /// The contacts to read before these people can be told apart: where one identity is known and another is not, or
    /// they lead to different contacts. For people whose identities all lead to one contact there are none.
    pub fn questions(&self, number: &PhoneNumberId, people: &[&Person]) -> BTreeSet<ContactKey> {
        let (mut asked, mut groups) = (BTreeSet::new(), BTreeSet::new());
        let mut strangers = false;
        for identity in people.iter().flat_map(|person| person.sought()) {
            let Some(alias) = self.alias_of(number, &identity) else {
                // Another spelling that nobody uses says nothing.
                strangers |= people.iter().any(|person| person.identities().any(|own| own == identity));
                continue;
            };
            let holder = alias.holder.as_ref();
            strangers |= holder.is_none();
            let Some(holder) = holder.or_else(|| alias.last_holder()) else { continue };
            groups.insert(self.root(number, holder));
            asked.insert(holder.clone());
        }
        if groups.len() + usize::from(strangers) < 2 {
            return BTreeSet::new();
        }
        asked.extend(groups);
        asked
    }

    pub(super) fn held(&self, number: &PhoneNumberId, identity: &Identity, at: Timestamp) -> Held {
        self.alias_of(number, identity).map_or(Held::Never, |alias| alias.held_at(at))
    }

    /// The exact spelling wins; only where nobody ever had it, another spelling of the same phone counts.
    pub(super) fn held_phone(&self, number: &PhoneNumberId, id: &WaId, at: Timestamp) -> (Held, bool) {
        let phone = Identity::wa(id);
        let exact = self.held(number, &phone, at);
        if exact != Held::Never {
            return (exact, true);
        }
        let other = phone.other_spellings().map(|other| self.held(number, &other, at));
        let other = other.into_iter().find(|held| matches!(held, Held::Now(_) | Held::Once(_)));
        (other.unwrap_or(Held::Never), false)
    }

    pub(super) fn known(&self, number: &PhoneNumberId, contact: &ContactKey) -> Known {
        self.known.get(&Key::contact(number, contact)).cloned().unwrap_or_default()
    }

    /// The contact it was merged into, or itself.
    pub fn root(&self, number: &PhoneNumberId, contact: &ContactKey) -> ContactKey {
        let mut root = contact.clone();
        // Longer than any chain that is stored; an end, should there ever be a circle.
        for _ in 0..8 {
            match self.roots.get(&Key::contact(number, &root)) {
                Some(next) if *next != root => root = next.clone(),
                _ => break,
            }
        }
        root
    }

    pub(super) fn merged(&mut self, number: &PhoneNumberId, from: &ContactKey, into: &ContactKey) {
        self.roots.insert(Key::contact(number, from), into.clone());
    }

    /// Makes a change here, so that the next message of the same POST finds it; what it was before, where it is news.
    pub(super) fn make(&mut self, number: &PhoneNumberId, identity: &Identity, change: &AliasChange) -> Option<Before> {
        let key = Key::alias(number, identity);
        let before = self.aliases.get(&key).cloned();
        let mut after = before.clone().unwrap_or_default();
        if !after.make(change) {
            return None;
        }
        self.aliases.insert(key, after);
        Some(Before(before))
    }

    /// What a message says of its contact, so that the next message of the same POST is compared with it.
    pub fn wrote(&mut self, number: &PhoneNumberId, contact: &ContactKey, user: Option<&UserId>, at: Timestamp) {
        let known = self.known.entry(Key::contact(number, contact)).or_default();
        known.exists = true;
        if known.user_id.is_none() {
            known.user_id = user.cloned();
        }
        known.first_seen = Some(known.first_seen.map_or(at, |first| first.min(at)));
        known.last_seen = known.last_seen.max(Some(at));
    }

    /// Its new user id, since a change of it.
    pub(super) fn now_called(
        &mut self,
        number: &PhoneNumberId,
        contact: &ContactKey,
        user: Option<&UserId>,
        at: Timestamp,
    ) {
        let known = self.known.entry(Key::contact(number, contact)).or_default();
        known.exists = true;
        if let Some(user) = user {
            known.user_id = Some(user.clone());
        }
        known.first_seen = Some(known.first_seen.map_or(at, |first| first.min(at)));
        known.last_seen = known.last_seen.max(Some(at));
    }

    fn alias_of(&self, number: &PhoneNumberId, identity: &Identity) -> Option<&Alias> {
        self.aliases.get(&Key::alias(number, identity))
    }
}
