//! Who a person is: every identity (wa_id, business-scoped user id) is an Alias item that points to a contact key. The
//! key is the first identity seen and never changes (K-04, contract §3.11).

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};
use model::consent::Words;
use model::{ContactKey, PhoneNumberId, UserId, WaId};

use crate::Store;
use crate::channel::read_words;
use crate::error::Error;
use crate::item::Item;
use crate::keys::{self, Key};

/// How long a registered channel or a known alias is believed without asking the table again.
const BELIEVED_FOR: SignedDuration = SignedDuration::from_secs(60);
/// Aliases kept in memory; beyond that all are forgotten, which costs a read each.
const CACHE_MAX: usize = 20_000;

/// `wa:<wa_id>` or `user:<user_id>`. Holds a phone number: cannot print itself.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Identity(String);

impl Identity {
    /// A WhatsApp id.
    pub fn wa(id: &WaId) -> Self {
        Self(format!("wa:{}", id.as_str()))
    }

    /// A business-scoped user id, or its parent.
    pub fn user(id: &UserId) -> Self {
        Self(format!("user:{}", id.as_str()))
    }

    /// The key a contact gets whose first identity this is.
    pub fn as_key(&self) -> ContactKey {
        ContactKey::new(self.0.clone())
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

/// The identities that came with a message or status.
#[derive(Clone, Default)]
pub struct Person {
    /// Where Meta gave it.
    pub wa_id: Option<WaId>,
    /// Where Meta gave it (2026).
    pub user_id: Option<UserId>,
    /// Only in portfolios that are enrolled.
    pub parent_user_id: Option<UserId>,
}

impl Person {
    /// Business-scoped id first: when both point somewhere, it wins (contract §3.11).
    pub fn identities(&self) -> impl Iterator<Item = Identity> {
        let user = self.user_id.as_ref().map(Identity::user);
        let wa = self.wa_id.as_ref().map(Identity::wa);
        let parent = self.parent_user_id.as_ref().map(Identity::user);
        [user, wa, parent].into_iter().flatten()
    }

    /// True where nothing identifies the person.
    pub fn is_nobody(&self) -> bool {
        self.identities().next().is_none()
    }
}

/// What the table knows of some numbers and identities, read once per POST.
#[derive(Default)]
pub struct Directory {
    /// Each with the words by which its people stop marketing.
    registered: BTreeMap<PhoneNumberId, Arc<Words>>,
    aliases: HashMap<Key, ContactKey>,
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

    /// The opt-out and opt-in words of a channel.
    pub fn words(&self, number: &PhoneNumberId) -> Option<&Words> {
        self.registered.get(number).map(AsRef::as_ref)
    }

    /// The contact key of a person on a number and whether the table knew it; `None` for nobody.
    pub fn key_of(&self, number: &PhoneNumberId, person: &Person) -> Option<(ContactKey, bool)> {
        person
            .identities()
            .find_map(|identity| self.aliases.get(&Key::alias(number, &identity)))
            .map(|key| (key.clone(), true))
            .or_else(|| {
                ContactKey::from_identity(person.wa_id.as_ref(), person.user_id.as_ref()).map(|key| (key, false))
            })
    }

    /// The identities of a person that no alias is known for.
    pub fn unknown_identities(&self, number: &PhoneNumberId, person: &Person) -> Vec<Identity> {
        person.identities().filter(|identity| !self.aliases.contains_key(&Key::alias(number, identity))).collect()
    }

    /// Notes what is about to be stored, so that the next message of the same POST finds it.
    pub fn learn(&mut self, number: &PhoneNumberId, person: &Person, key: &ContactKey) {
        for identity in person.identities() {
            self.aliases.entry(Key::alias(number, &identity)).or_insert_with(|| key.clone());
        }
    }
}

/// What this process believes, between POSTs. Only what exists is believed: an unregistered number or an unknown
/// person is asked for again, so that a new channel works at once.
#[derive(Clone, Default)]
pub(crate) struct Believed(Arc<Mutex<HashMap<Key, (Belief, Timestamp)>>>);

#[derive(Clone)]
enum Belief {
    Registered(Arc<Words>),
    PointsTo(ContactKey),
}

impl Believed {
    fn recall(&self, key: &Key, now: Timestamp) -> Option<Belief> {
        let believed = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        believed.get(key).filter(|(_, at)| now.duration_since(*at) < BELIEVED_FOR).map(|(belief, _)| belief.clone())
    }

    fn note(&self, key: Key, belief: Belief, now: Timestamp) {
        let mut believed = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if believed.len() >= CACHE_MAX {
            believed.clear();
        }
        believed.insert(key, (belief, now));
    }
}

impl Store {
    /// Reads which numbers are channels and where identities point, in one batch (two above 100 keys, and so on); what
    /// was read in the last minute is not read again.
    pub async fn directory(
        &self,
        numbers: &BTreeSet<PhoneNumberId>,
        identities: &BTreeSet<(PhoneNumberId, Identity)>,
        now: Timestamp,
    ) -> Result<Directory, Error> {
        let mut directory = Directory::default();
        let mut channels: BTreeMap<Key, PhoneNumberId> = BTreeMap::new();
        let mut wanted: BTreeSet<Key> = BTreeSet::new();
        for number in numbers {
            let key = Key::channel(number);
            match self.believed.recall(&key, now) {
                Some(Belief::Registered(words)) => directory.register(number, words),
                _ => _ = wanted.insert(key.clone()),
            }
            channels.insert(key, number.clone());
        }
        for (number, identity) in identities {
            let key = Key::alias(number, identity);
            match self.believed.recall(&key, now) {
                Some(Belief::PointsTo(target)) => _ = directory.aliases.insert(key, target),
                _ => _ = wanted.insert(key),
            }
        }
        let wanted: Vec<Key> = wanted.into_iter().collect();
        for item in self.get_all(&wanted).await? {
            let Some(key) = item.key() else { continue };
            if let Some(number) = channels.get(&key) {
                let words = read_words(&item);
                directory.register(number, Arc::clone(&words));
                self.believed.note(key, Belief::Registered(words), now);
            } else if let Some(target) = item.string("contact_key").map(ContactKey::new) {
                directory.aliases.insert(key.clone(), target.clone());
                self.believed.note(key, Belief::PointsTo(target), now);
            }
        }
        Ok(directory)
    }

    /// The contact key an identity points to on a number.
    pub async fn resolve(&self, number: &PhoneNumberId, identity: &Identity) -> Result<Option<ContactKey>, Error> {
        let item = self.get(&Key::alias(number, identity)).await?;
        Ok(item.and_then(|item| item.string("contact_key")).map(ContactKey::new))
    }
}

/// The Alias item of an identity.
pub(crate) fn alias_item(number: &PhoneNumberId, identity: &Identity, target: &ContactKey, now: Timestamp) -> Item {
    Item::at(&Key::alias(number, identity))
        .text("kind", keys::ALIAS.to_lowercase())
        .text("contact_key", target.as_str())
        .time("created_at", now)
}
