//! A person who changed their number or user id (K-05, contract §3.6). No IO.

use jiff::{SignedDuration, Timestamp};
use model::{ContactKey, PhoneNumberId, UserId, WaId};

use super::alias::Held;
use super::resolve::SEEN_TOGETHER;
use super::{AliasChange, Directory, Identity, Person, Resolved};

/// What Meta told of a person's identities.
pub struct Renamed {
    /// As they were.
    pub old: Person,
    /// As they are. What is absent has not changed.
    pub new: Person,
    /// Meta's time of it.
    pub at: Timestamp,
}

/// The first messages from a new number came before Meta's word that it is one.
const NUMBER_CHANGED: &str = "number_changed";
const USER_ID_CHANGED: &str = "user_id_changed";

impl Directory {
    /// The contact keeps its key and history and gets the new identities; the old phone is free for whoever has it
    /// next. A contact that the new identities already lead to is the same person, and is merged into it: unless it is
    /// older than the change, for then the number came from somebody else.
    pub fn renamed(&mut self, number: &PhoneNumberId, told: &Renamed) -> Option<Resolved> {
        let Renamed { old, new, at } = told;
        // Told twice, the old phone is already left at this very time.
        let before = at.checked_sub(SignedDuration::from_millis(1)).unwrap_or(*at);
        let left = old.wa_id.as_ref().filter(|id| new.wa_id.as_ref().is_some_and(|new| new != *id));
        let user = old.user_id.as_ref().map(|id| self.held(number, &Identity::user(id), before));
        let phone = old.wa_id.as_ref().map(|id| self.held_phone(number, id, before).0);
        let (key, known) = match (&user, &phone) {
            (Some(Held::Now(key) | Held::Once(key)), _) | (_, Some(Held::Now(key) | Held::Once(key))) => {
                (key.clone(), true)
            }
            _ => match self.already(number, new, *at) {
                Some(key) => (key, true),
                None => self
                    .stranger(number, old, phone.as_ref(), before)
                    .or_else(|| self.stranger(number, new, None, *at))?,
            },
        };
        let mut resolved = Resolved::new(key, known);
        let former = [old.user_id.as_ref(), old.parent_user_id.as_ref()].into_iter().flatten();
        // A user id is never given to anybody else: it leads here for good.
        let ids: Vec<Identity> = former.chain(&new.parent_user_id).map(Identity::user).collect();
        for id in ids {
            self.link(number, id, &mut resolved);
        }
        // Known by both as two contacts: Meta names the two as one person's.
        let mut holder = resolved.key.clone();
        if let (Some(Held::Now(by_phone)), Some(_)) = (&phone, &old.user_id)
            && self.is_same(number, by_phone, &holder, &[&old.user_id, &new.user_id])
        {
            self.merge(number, by_phone, &holder, SEEN_TOGETHER, &mut resolved.effects);
            holder = by_phone.clone();
        }
        if let Some(left) = left {
            let release = AliasChange::Release { key: holder, at: *at };
            self.alias(number, Identity::wa(left), release, &mut resolved.effects);
        }
        if let Some(id) = &new.user_id {
            self.new_user(number, id, *at, &mut resolved);
        }
        if let Some(id) = &new.wa_id {
            self.new_phone(number, id, new, *at, &mut resolved);
        }
        self.now_called(number, &resolved.key, new.user_id.as_ref(), *at);
        resolved.root = self.root(number, &resolved.key);
        Some(resolved)
    }

    /// The contact that the new identities lead to, where nothing is known of the old ones.
    fn already(&self, number: &PhoneNumberId, new: &Person, at: Timestamp) -> Option<ContactKey> {
        let user = new.user_id.as_ref().map(|id| self.held(number, &Identity::user(id), at));
        let phone = new.wa_id.as_ref().map(|id| self.held_phone(number, id, at).0);
        match (user, phone) {
            (Some(Held::Now(key)), _) => Some(key),
            (_, Some(Held::Now(key) | Held::Once(key))) if self.is_newer(number, &key, at) => Some(key),
            _ => None,
        }
    }

    fn new_user(&mut self, number: &PhoneNumberId, id: &UserId, at: Timestamp, resolved: &mut Resolved) {
        let identity = Identity::user(id);
        match self.held(number, &identity, at) {
            Held::Now(holder) if !self.is_apart(number, &holder, &resolved.key) => {
                let key = resolved.key.clone();
                self.merge(number, &holder, &key, USER_ID_CHANGED, &mut resolved.effects);
            }
            Held::Never => self.link(number, identity, resolved),
            _ => {}
        }
    }

    fn new_phone(&mut self, number: &PhoneNumberId, id: &WaId, new: &Person, at: Timestamp, resolved: &mut Resolved) {
        let phone = Identity::wa(id);
        let key = resolved.key.clone();
        let (held, exact) = self.held_phone(number, id, at);
        let other = |this: &Self, holder: &ContactKey| this.root(number, holder) != this.root(number, &key);
        match held {
            Held::Now(holder) | Held::Once(holder)
                if other(self, &holder)
                    && (self.is_newer(number, &holder, at) || self.has_user(number, &holder, new))
                    && !self.is_apart(number, &holder, &key) =>
            {
                self.merge(number, &holder, &key, NUMBER_CHANGED, &mut resolved.effects);
                self.alias(number, phone, AliasChange::Claim { to: key, at }, &mut resolved.effects);
            }
            Held::Now(holder) if exact && other(self, &holder) => {
                self.take(number, phone, holder, &key, at, &mut resolved.effects);
            }
            Held::Never | Held::Vacant(_) | Held::Now(_) => {
                self.alias(number, phone, AliasChange::Claim { to: key, at }, &mut resolved.effects);
            }
            Held::Once(_) => {}
        }
    }

    /// Whether somebody wrote as this contact, and never before a time.
    fn is_newer(&self, number: &PhoneNumberId, key: &ContactKey, at: Timestamp) -> bool {
        let known = self.known(number, key);
        known.exists && known.first_seen.is_some_and(|first| at <= first)
    }

    fn has_user(&self, number: &PhoneNumberId, key: &ContactKey, new: &Person) -> bool {
        new.user_id.is_some() && self.user_of(number, key) == new.user_id
    }
}
