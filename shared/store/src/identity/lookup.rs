//! Reading identities.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;
use model::contact::MergedBy;
use model::{ContactKey, PhoneNumberId, UserId, WaId};

use super::alias::Held;
use super::{Alias, Belief, Directory, Identity, Known, link_alias, read_alias};
use crate::Store;
use crate::channel::read_words;
use crate::contact::{APART, IDENTITY_SINCE, LAST_INBOUND, Merging, ROOT, values};
use crate::erasure::read_until;
use crate::error::Error;
use crate::item::Item;
use crate::keys::Key;

/// The send's own answer names the phone as WhatsApp has it.
const ACCEPTED_AS: &str = "accepted_as";

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
        let mut channels: BTreeMap<Key, &PhoneNumberId> = BTreeMap::new();
        let mut aliases: BTreeMap<Key, &(PhoneNumberId, Identity)> = BTreeMap::new();
        let mut erasures: BTreeMap<Key, &PhoneNumberId> = BTreeMap::new();
        for number in numbers {
            let key = Key::channel(number);
            match self.believed.recall(&key, now) {
                Some(Belief::Registered(words)) => directory.register(number, words),
                _ => _ = channels.insert(key, number),
            }
            let key = Key::erasures(number);
            match self.believed.recall(&key, now) {
                Some(Belief::Erasures(until)) => directory.note_erasures(number, until),
                _ => _ = erasures.insert(key, number),
            }
        }
        for whose in identities {
            let key = Key::alias(&whose.0, &whose.1);
            match self.believed.recall(&key, now) {
                Some(Belief::Leads(alias)) => directory.note_alias(&whose.0, &whose.1, alias),
                _ => _ = aliases.insert(key, whose),
            }
        }
        let wanted: Vec<Key> = channels.keys().chain(erasures.keys()).chain(aliases.keys()).cloned().collect();
        for item in self.get_all(&wanted).await? {
            let Some(key) = item.key() else { continue };
            if let Some(number) = channels.get(&key) {
                let words = read_words(&item);
                directory.register(number, Arc::clone(&words));
                self.believed.note(key, Belief::Registered(words), now);
            } else if let Some(number) = erasures.remove(&key) {
                let until = read_until(&item);
                directory.note_erasures(number, until);
                self.believed.note(key, Belief::Erasures(until), now);
            } else if let Some((number, identity)) = aliases.get(&key) {
                let alias = read_alias(&item);
                directory.note_alias(number, identity, alias.clone());
                self.believed.note(key, Belief::Leads(alias), now);
            }
        }
        // Nobody was erased on the others.
        for key in erasures.into_keys() {
            self.believed.note(key, Belief::Erasures(Timestamp::UNIX_EPOCH), now);
        }
        Ok(directory)
    }

    /// Reads the contacts that [`Directory::questions`] asks for, in one batch more. Usually there are none.
    pub async fn answer(
        &self,
        directory: &mut Directory,
        questions: &BTreeSet<(PhoneNumberId, ContactKey)>,
    ) -> Result<(), Error> {
        let asked: BTreeMap<Key, &PhoneNumberId> =
            questions.iter().map(|(number, contact)| (Key::contact(number, contact), number)).collect();
        let mut wanted: Vec<Key> = asked.keys().cloned().collect();
        let mut numbers: BTreeMap<Key, PhoneNumberId> =
            asked.into_iter().map(|(key, number)| (key, number.clone())).collect();
        // The second round is for roots that no alias named yet.
        for _ in 0..2 {
            let mut roots = Vec::new();
            for item in self.get_all(&wanted).await? {
                let Some((key, number)) = item.key().and_then(|key| Some((key.clone(), numbers.get(&key)?.clone())))
                else {
                    continue;
                };
                let known = known(&item);
                if let Some(root) = known.root.as_ref().map(|root| Key::contact(&number, root))
                    && numbers.insert(root.clone(), number).is_none()
                {
                    roots.push(root);
                }
                directory.note_known(key, known);
            }
            if roots.is_empty() {
                break;
            }
            wanted = roots;
        }
        Ok(())
    }

    /// The contact key an identity leads to on a number today, by any spelling. A phone that its holder left leads
    /// nowhere, or with `left` still to the one who had it last.
    pub async fn resolve(
        &self,
        number: &PhoneNumberId,
        identity: &Identity,
        left: bool,
        now: Timestamp,
    ) -> Result<Option<ContactKey>, Error> {
        let (exact, others) = self.aliases(number, identity).await?;
        Ok(match exact.as_ref().map(|alias| alias.held_at(now)) {
            Some(Held::Now(key) | Held::Once(key)) => Some(key),
            Some(Held::Vacant(_)) => exact.as_ref().filter(|_| left).and_then(Alias::last_holder).cloned(),
            Some(Held::Never) | None => others.into_iter().find_map(|alias| alias.holder),
        })
    }

    /// Whom a send is for that dials this. A spelling that nobody wrote from yet is noted where WhatsApp may have
    /// another, so that the answer finds the same contact.
    pub async fn dialled(
        &self,
        number: &PhoneNumberId,
        identity: &Identity,
        now: Timestamp,
    ) -> Result<ContactKey, Error> {
        let (exact, others) = self.aliases(number, identity).await?;
        Ok(match exact.as_ref().map(|alias| alias.held_at(now)) {
            Some(Held::Now(key) | Held::Once(key)) => key,
            Some(Held::Vacant(since)) => match identity.wa_id() {
                Some(phone) => ContactKey::of_recycled(&phone, since),
                None => identity.as_key(),
            },
            Some(Held::Never) | None => {
                if let Some(key) = others.into_iter().find_map(|alias| alias.holder) {
                    return Ok(key);
                }
                let key = identity.as_key();
                if identity.other_spellings().next().is_some() {
                    self.write_all(vec![link_alias(number, identity, &key, now)]).await?;
                }
                key
            }
        })
    }

    /// Meta took a send and named the recipient in its own spelling: what comes from that phone is theirs.
    pub async fn accepted_as(
        &self,
        number: &PhoneNumberId,
        contact: &ContactKey,
        phone: &WaId,
        now: Timestamp,
    ) -> Result<(), Error> {
        let identity = Identity::wa(phone);
        let key = Key::alias(number, &identity);
        if let Some(Belief::Leads(alias)) = self.believed.recall(&key, now)
            && alias.holder.as_ref() == Some(contact)
        {
            return Ok(());
        }
        let alias = self.get(&key).await?.map(|item| read_alias(&item)).unwrap_or_default();
        match alias.held_at(now) {
            Held::Now(holder) if holder == *contact || alias.root.as_ref() == Some(contact) => {
                self.believed.note(key, Belief::Leads(alias), now);
                Ok(())
            }
            Held::Now(holder) => self.accepted_as_another(number, contact, &holder, now).await,
            Held::Never => self.write_all(vec![link_alias(number, &identity, contact, now)]).await,
            Held::Once(_) | Held::Vacant(_) => Ok(()),
        }
    }

    /// Two contacts for one phone: one, where nothing says that they are two people.
    async fn accepted_as_another(
        &self,
        number: &PhoneNumberId,
        contact: &ContactKey,
        holder: &ContactKey,
        now: Timestamp,
    ) -> Result<(), Error> {
        let keys = [Key::contact(number, contact), Key::contact(number, holder)];
        let mut ours = Known::default();
        let mut theirs = Known::default();
        for item in self.get_all(&keys).await? {
            if item.key().as_ref() == Some(&keys[0]) { ours = known(&item) } else { theirs = known(&item) }
        }
        let apart = ours.apart_from.contains(holder) || theirs.apart_from.contains(contact);
        let two = matches!((&ours.user_id, &theirs.user_id), (Some(ours), Some(theirs)) if ours != theirs);
        if apart || two || !theirs.exists {
            return Ok(());
        }
        let reason = ACCEPTED_AS.to_owned();
        let merging = Merging { from: contact.clone(), into: holder.clone(), by: MergedBy::Meta, reason };
        self.merge(number, &merging, false, now).await.map(drop)
    }

    /// The alias of an identity, and those of its other spellings.
    async fn aliases(&self, number: &PhoneNumberId, identity: &Identity) -> Result<(Option<Alias>, Vec<Alias>), Error> {
        let exact = Key::alias(number, identity);
        let mut keys = vec![exact.clone()];
        keys.extend(identity.other_spellings().map(|other| Key::alias(number, &other)));
        let found = self.get_all(&keys).await?;
        let (own, others): (Vec<Item>, Vec<Item>) =
            found.into_iter().partition(|item| item.key().as_ref() == Some(&exact));
        Ok((own.first().map(read_alias), others.iter().map(read_alias).collect()))
    }
}

fn known(item: &Item) -> Known {
    let inbound = item.instant(LAST_INBOUND).filter(|at| *at > Timestamp::UNIX_EPOCH);
    let since = item.instant(IDENTITY_SINCE).filter(|at| *at > Timestamp::UNIX_EPOCH);
    Known {
        exists: true,
        user_id: item.string("user_id").map(UserId::new),
        first_seen: item.instant("first_seen_at"),
        last_seen: inbound.max(since),
        apart_from: values(item, APART).into_iter().map(ContactKey::new).collect(),
        root: item.string(ROOT).map(ContactKey::new),
    }
}
