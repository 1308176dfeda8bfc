//! Whose message or status it is, and what it teaches about identities. No IO.

use jiff::Timestamp;
use model::{ContactKey, PhoneNumberId, UserId, WaId};

use super::alias::Held;
use super::{Alias, Directory, Identity, Person};

/// Who a person is.
pub struct Resolved {
    /// The contact whose item and history it goes to.
    pub key: ContactKey,
    /// The contact to show: the one that `key` was merged into, or itself.
    pub root: ContactKey,
    /// Whether an alias already led to `key`.
    pub known: bool,
    /// Whether the phone is theirs still: it is not where the message is late, and somebody has it since.
    pub holds_phone: bool,
    /// Identities that lead to `key` from now on.
    pub linked: Vec<Identity>,
    /// What else follows.
    pub effects: Vec<Effect>,
}

/// What follows for items other than the contact's own.
#[derive(Clone)]
pub enum Effect {
    /// An identity changes hands.
    Alias {
        /// Whose alias.
        identity: Identity,
        /// What is known of it.
        before: Before,
        /// What becomes of it.
        change: AliasChange,
    },
    /// A phone is no longer this contact's.
    Left {
        /// Who lost it.
        key: ContactKey,
        /// The phone.
        wa_id: WaId,
    },
    /// Two contacts turn out to be one.
    Merge {
        /// Who is absorbed.
        from: ContactKey,
        /// By whom.
        into: ContactKey,
        /// Which of Meta's facts says so.
        reason: &'static str,
    },
}

/// An alias as it was read; opaque outside.
#[derive(Clone)]
pub struct Before(pub(crate) Option<Alias>);

/// A change of where an identity leads. Each may be repeated, and comes to the same in any order.
#[derive(Clone, PartialEq, Eq)]
pub enum AliasChange {
    /// Nobody had it.
    Link {
        /// Who has it.
        to: ContactKey,
    },
    /// The same by a change of number at this time.
    Claim {
        /// Who has it.
        to: ContactKey,
        /// Since when.
        at: Timestamp,
    },
    /// It passes from one person to another.
    Move {
        /// Who had it.
        from: ContactKey,
        /// Who has it.
        to: ContactKey,
        /// Since when.
        at: Timestamp,
    },
    /// Its holder left it.
    Release {
        /// Who had it.
        key: ContactKey,
        /// Until when.
        at: Timestamp,
    },
    /// Its holder was merged into another contact, or taken out of it again.
    Root {
        /// The holder.
        holder: ContactKey,
        /// The other.
        root: Option<ContactKey>,
    },
}

/// Two contacts are one because a message carried the phone of one and the user id of the other.
pub(super) const SEEN_TOGETHER: &str = "phone_and_user_id";

impl Resolved {
    pub(super) fn new(key: ContactKey, known: bool) -> Self {
        Self { root: key.clone(), key, known, holds_phone: true, linked: Vec::new(), effects: Vec::new() }
    }
}

impl Directory {
    /// Whose it is, at Meta's time of it; `None` where nobody is named. The business-scoped user id wins over the phone,
    /// which then moves to its contact (contract §3.11).
    pub fn resolve(&mut self, number: &PhoneNumberId, person: &Person, at: Timestamp) -> Option<Resolved> {
        let user = person.user_id.as_ref().map(|id| self.held(number, &Identity::user(id), at));
        let phone = person.wa_id.as_ref().map(|id| self.held_phone(number, id, at).0);
        let (key, known) = match (&user, &phone) {
            (Some(Held::Now(key) | Held::Once(key)), _) | (_, Some(Held::Once(key))) => (key.clone(), true),
            (_, Some(Held::Now(key))) if !self.is_another(number, key, person.user_id.as_ref()) => (key.clone(), true),
            _ => self.stranger(number, person, phone.as_ref(), at)?,
        };
        let mut resolved = Resolved::new(key, known);
        if let (Some(id), Some(Held::Never)) = (&person.user_id, &user) {
            self.link(number, Identity::user(id), &mut resolved);
        }
        if let (Some(id), Some(held)) = (&person.wa_id, phone) {
            self.phone_of(number, id, held, person, at, &mut resolved);
        }
        if let Some(id) = &person.parent_user_id {
            let parent = Identity::user(id);
            if self.held(number, &parent, at) == Held::Never {
                self.link(number, parent, &mut resolved);
            }
        }
        resolved.root = self.root(number, &resolved.key);
        resolved.holds_phone = person.wa_id.as_ref().is_some_and(|id| {
            let held = self.held(number, &Identity::wa(id), Timestamp::MAX);
            matches!(held, Held::Now(holder) if self.root(number, &holder) == resolved.root)
        });
        Some(resolved)
    }

    /// Whether the contact that has the phone is known by another user id: the number was given to somebody else, or
    /// the person's id was renewed and Meta has yet to tell.
    fn is_another(&self, number: &PhoneNumberId, key: &ContactKey, user: Option<&UserId>) -> bool {
        let theirs = self.user_of(number, key);
        matches!((user, theirs), (Some(user), Some(theirs)) if *user != theirs)
    }

    pub(super) fn user_of(&self, number: &PhoneNumberId, key: &ContactKey) -> Option<UserId> {
        self.known(number, key).user_id.or_else(|| self.known(number, &self.root(number, key)).user_id)
    }

    /// The key of somebody new. A phone that was left by its holder does not name that holder any more.
    pub(super) fn stranger(
        &self,
        number: &PhoneNumberId,
        person: &Person,
        phone: Option<&Held>,
        at: Timestamp,
    ) -> Option<(ContactKey, bool)> {
        let parent = person.parent_user_id.as_ref().map(|id| self.held(number, &Identity::user(id), at));
        if let (Some(Held::Now(key)), None | Some(Held::Never)) = (parent, phone) {
            return Some((key, true));
        }
        let key = match (phone, &person.wa_id) {
            (Some(Held::Vacant(_) | Held::Now(_)), _) if person.user_id.is_some() => {
                ContactKey::from_identity(None, person.user_id.as_ref())
            }
            (Some(Held::Vacant(since)), Some(id)) => Some(ContactKey::of_recycled(id, *since)),
            _ => ContactKey::from_identity(person.wa_id.as_ref(), person.user_id.as_ref())
                .or_else(|| person.parent_user_id.as_ref().map(|id| Identity::user(id).as_key())),
        };
        key.map(|key| (key, false))
    }

    fn phone_of(
        &mut self,
        number: &PhoneNumberId,
        id: &WaId,
        held: Held,
        person: &Person,
        at: Timestamp,
        resolved: &mut Resolved,
    ) {
        let phone = Identity::wa(id);
        let key = resolved.key.clone();
        if self.held(number, &phone, at) == Held::Never {
            // Also where another spelling of it led here; unless its holder has left that since.
            if !matches!(held, Held::Once(_)) {
                self.link(number, phone, resolved);
            }
            return;
        }
        match held {
            Held::Vacant(since) => {
                self.alias(number, phone, AliasChange::Claim { to: key, at: since }, &mut resolved.effects);
            }
            Held::Now(holder) if self.root(number, &holder) != self.root(number, &key) => {
                if self.is_same(number, &holder, &key, &[&person.user_id]) {
                    self.merge(number, &holder, &key, SEEN_TOGETHER, &mut resolved.effects);
                } else if self.known(number, &holder).last_seen.is_none_or(|seen| seen < at) {
                    self.take(number, phone, holder, &key, at, &mut resolved.effects);
                }
            }
            Held::Now(_) | Held::Once(_) | Held::Never => {}
        }
    }

    /// Whether the holder of a phone may be the person who comes with it under one of these user ids.
    pub(super) fn is_same(
        &self,
        number: &PhoneNumberId,
        holder: &ContactKey,
        key: &ContactKey,
        users: &[&Option<UserId>],
    ) -> bool {
        let user = self.user_of(number, holder);
        (user.is_none() || users.contains(&&user)) && !self.is_apart(number, holder, key)
    }

    /// Whether an operator took these two apart: then nothing puts them together but an operator.
    pub(super) fn is_apart(&self, number: &PhoneNumberId, one: &ContactKey, other: &ContactKey) -> bool {
        let says = |one: &ContactKey, other: &ContactKey| {
            let apart = self.known(number, one).apart_from;
            apart.contains(other) || apart.contains(&self.root(number, other))
        };
        says(one, other) || says(other, one)
    }

    pub(super) fn link(&mut self, number: &PhoneNumberId, identity: Identity, resolved: &mut Resolved) {
        if self.make(number, &identity, &AliasChange::Link { to: resolved.key.clone() }).is_some() {
            resolved.linked.push(identity);
        }
    }

    pub(super) fn alias(
        &mut self,
        number: &PhoneNumberId,
        identity: Identity,
        change: AliasChange,
        effects: &mut Vec<Effect>,
    ) {
        if let Some(before) = self.make(number, &identity, &change) {
            effects.push(Effect::Alias { identity, before, change });
        }
    }

    /// A phone passes from its holder to another contact.
    pub(super) fn take(
        &mut self,
        number: &PhoneNumberId,
        phone: Identity,
        from: ContactKey,
        to: &ContactKey,
        at: Timestamp,
        effects: &mut Vec<Effect>,
    ) {
        if let Some(wa_id) = phone.wa_id() {
            effects.push(Effect::Left { key: from.clone(), wa_id });
        }
        self.alias(number, phone, AliasChange::Move { from, to: to.clone(), at }, effects);
    }

    pub(super) fn merge(
        &mut self,
        number: &PhoneNumberId,
        from: &ContactKey,
        into: &ContactKey,
        reason: &'static str,
        effects: &mut Vec<Effect>,
    ) {
        let (from, into) = (self.root(number, from), self.root(number, into));
        if from != into {
            self.merged(number, &from, &into);
            effects.push(Effect::Merge { from, into, reason });
        }
    }
}
