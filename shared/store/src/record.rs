//! Recording one POST: everything it carries, folded to one statement per item, in batches of 25 conditional writes.
//!
//! A statement that finds the item already there, or newer, says so without failing its neighbours; what is left to do
//! then goes into the next wave. Every write may be repeated and reordered (design invariant 3).

mod statement;
mod wave;
mod write;

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use model::contact::MergedBy;
use model::window::FreeEntry;
use model::{ContactKey, MessageId, PhoneNumberId, SendId, WabaId};
use serde_json::value::RawValue;

use crate::Store;
use crate::blob::{Blob, BlobClass, RAW_INLINE_MAX};
use crate::consent::{NewConsent, consent_writes};
use crate::contact::{self, ClosedWindow, MergeOutcome, Merging, RenamedContact, SeenContact};
use crate::error::Error;
use crate::identity::{Effect, Identity, change_alias, link_alias};
use crate::kept::{Kept, kept_item};
use crate::keys::Key;
use crate::template::{ToldTemplate, told};
pub(crate) use statement::statement;
pub(crate) use write::{Again, Condition, Guard, Step, Write};

/// What one POST wants stored. One entry per message, per (message, status), per contact.
#[derive(Default)]
pub struct Inbound {
    /// Messages from people.
    pub messages: Vec<NewMessage>,
    /// Statuses of messages sent.
    pub statuses: Vec<NewStatus>,
    /// People who wrote, each once.
    pub contacts: Vec<SeenContact>,
    /// People whose identities changed.
    pub renamed: Vec<RenamedContact>,
    /// Identities learned otherwise, by the number and contact they lead to.
    pub linked: Vec<(PhoneNumberId, ContactKey, Vec<Identity>)>,
    /// What else follows for identities and contacts.
    pub effects: Vec<(PhoneNumberId, Effect)>,
    /// Conversations that cost nothing.
    pub free_entries: Vec<(PhoneNumberId, ContactKey, FreeEntry)>,
    /// Service windows that Meta says are closed.
    pub closed: Vec<ClosedWindow>,
    /// What is kept raw.
    pub kept: Vec<Kept>,
    /// What people said of marketing.
    pub consents: Vec<NewConsent>,
    /// What is told of templates.
    pub templates: Vec<ToldTemplate>,
}

/// A message from a person.
pub struct NewMessage {
    /// The wamid.
    pub id: MessageId,
    /// The number it came to.
    pub phone_number_id: PhoneNumberId,
    /// The account of that number.
    pub waba_id: WabaId,
    /// Who wrote; `None` where Meta named nobody.
    pub contact: Option<ContactKey>,
    /// Meta's time of it.
    pub at: Timestamp,
    /// Meta's `type`.
    pub kind: String,
    /// The element of `messages[]`, token for token.
    pub raw: Box<RawValue>,
    /// The element of `contacts[]` that came with it.
    pub profile: Option<Box<RawValue>>,
}

/// A status of a message sent.
pub struct NewStatus {
    /// The wamid it names.
    pub id: MessageId,
    /// The number that sent.
    pub phone_number_id: PhoneNumberId,
    /// The account of that number.
    pub waba_id: WabaId,
    /// Whom it was sent to, where Meta says.
    pub contact: Option<ContactKey>,
    /// Our send, where the callback data name one.
    pub send_id: Option<SendId>,
    /// Meta's word: `sent`, `delivered`, …
    pub status: String,
    /// Meta's time of it.
    pub at: Timestamp,
    /// Meta's `pricing`.
    pub pricing: Option<Box<RawValue>>,
    /// Meta's `errors`.
    pub errors: Option<Box<RawValue>>,
    /// Everything else in it that is not said elsewhere.
    pub extra: Option<Box<RawValue>>,
}

/// What became known while it was stored.
#[derive(Default)]
pub struct Stored {
    roots: BTreeMap<Key, ContactKey>,
}

impl Stored {
    /// The contact that this one turned out to be merged into, or itself, where its item was seen.
    pub fn root(&self, number: &PhoneNumberId, contact: &ContactKey) -> Option<&ContactKey> {
        self.roots.get(&Key::contact(number, contact))
    }
}

impl Store {
    /// Stores all of it, or fails: after `Ok` every item is durable. Repeating it changes nothing.
    pub async fn record(&self, mut inbound: Inbound, now: Timestamp) -> Result<Stored, Error> {
        let mut writes = Vec::new();
        self.tally.count(&inbound.messages, now);
        // Each is let go once it is a write: a POST of 3 MB would otherwise be held twice.
        for message in std::mem::take(&mut inbound.messages) {
            let blob = self.blob_of(BlobClass::Messages, &message.raw).await?;
            writes.push(Write::message(&message, blob.as_ref(), self.retention.messages, now));
        }
        for contact in &inbound.contacts {
            writes.push(contact::seen(contact, now));
            let (number, key) = (&contact.phone_number_id, &contact.key);
            writes.extend(contact.new_identities.iter().map(|identity| link_alias(number, identity, key, now)));
        }
        let merges = self.people_writes(&inbound, &mut writes, now);
        writes.extend(self.kept_writes(std::mem::take(&mut inbound.kept), now).await?);
        writes.extend(inbound.templates.iter().map(told));
        writes.extend(consent_writes(&inbound.consents, self.retention.consents, now));
        let statuses = self.statuses_of(inbound.statuses).await?;
        writes.extend(statuses.iter().filter_map(|told| told.write(self.retention.messages, now)));
        // Only with a batch that goes out anyway, and has room.
        writes.extend(self.tally.writes(wave::room_beside(writes.len())));
        let written = self.write_what_fits(writes).await?;
        if !written.too_large.is_empty() {
            self.keep_apart(&written.too_large, statuses, now).await?;
        }
        let mut roots = written.roots;
        for (number, merging) in merges {
            match self.merge(&number, &merging, false, now).await? {
                MergeOutcome::Merged(whole) | MergeOutcome::Already(whole) => {
                    for part in [merging.from, merging.into] {
                        roots.insert(Key::contact(&number, &part), whole.key.clone());
                    }
                }
                MergeOutcome::Unknown(_) => {}
                MergeOutcome::TooMany => {
                    tracing::warn!(phone_number_id = %number, "a contact has too many parts to take in another");
                }
            }
        }
        Ok(Stored { roots })
    }

    /// What becomes known of people beside what they wrote; the merges come after everything else, because both contacts
    /// have to be there.
    fn people_writes(
        &self,
        inbound: &Inbound,
        writes: &mut Vec<Write>,
        now: Timestamp,
    ) -> Vec<(PhoneNumberId, Merging)> {
        let mut merges = Vec::new();
        writes.extend(inbound.renamed.iter().map(|renamed| contact::renamed(renamed, now)));
        for (number, key, identities) in &inbound.linked {
            writes.extend(identities.iter().map(|identity| link_alias(number, identity, key, now)));
            writes.push(contact::linked(number, key, identities));
        }
        writes.extend(contact::free_entries(&inbound.free_entries));
        writes.extend(inbound.closed.iter().map(contact::closed));
        for (number, effect) in &inbound.effects {
            match effect {
                Effect::Alias { identity, before, change } => {
                    let key = Key::alias(number, identity);
                    self.believed.forget(&key);
                    writes.extend(change_alias(key, before.0.as_ref(), change.clone(), now));
                }
                Effect::Left { key, wa_id } => writes.push(contact::left(number, key, wa_id)),
                Effect::Merge { from, into, reason } => {
                    let (from, into, reason) = (from.clone(), into.clone(), (*reason).to_owned());
                    merges.push((number.clone(), Merging { from, into, by: MergedBy::Meta, reason }));
                }
            }
        }
        merges
    }

    /// Statuses for which an item has no room are kept raw by themselves, and the item has their times alone: refused
    /// whole, the POST would come again for a week and never be taken.
    async fn keep_apart(&self, items: &[Key], statuses: Vec<Statuses>, now: Timestamp) -> Result<(), Error> {
        let (mut apart, mut bare, mut theirs) = (Vec::new(), Vec::new(), BTreeSet::new());
        for mut told in statuses {
            let keys = [Some(Key::message(&told.id)), told.send_id.as_ref().map(Key::send)];
            if !keys.iter().flatten().any(|key| items.contains(key)) {
                continue;
            }
            theirs.extend(keys.into_iter().flatten());
            for status in &mut told.each {
                apart.push(status.to_keep());
                (status.pricing, status.errors, status.extra) = (None, None, None);
            }
            bare.extend(told.write(self.retention.messages, now));
        }
        // A message or a person among them is not to be lost for it.
        if items.iter().any(|key| !theirs.contains(key)) {
            return Err(Error::Refused(String::from("an item would be too large")));
        }
        tracing::error!(statuses = apart.len(), "kept apart: no item has room for them");
        let writes = self.kept_writes(apart, now).await?;
        self.write_all(writes).await?;
        // Not even room for a time: they are kept, and that is all.
        self.write_what_fits(bare).await.map(drop)
    }

    /// What is kept raw, each as an insert. Its partition is noted first, or an erasure would not find it.
    async fn kept_writes(&self, kept: Vec<Kept>, now: Timestamp) -> Result<Vec<Write>, Error> {
        let mut writes = Vec::with_capacity(kept.len());
        for kept in kept {
            let blob = self.blob_of(BlobClass::Kept, &kept.raw).await?;
            let (key, item) = kept_item(&kept, blob.as_ref(), self.retention.raw, now);
            writes.push(Write::insert(key, item));
        }
        let until = now.as_second() + i64::from(self.retention.raw) * 86_400;
        self.note_partitions(writes.iter().map(|write| write.key.pk.clone()).collect(), until).await?;
        Ok(writes)
    }

    async fn blob_of(&self, class: BlobClass, raw: &RawValue) -> Result<Option<Blob>, Error> {
        if raw.get().len() <= RAW_INLINE_MAX { Ok(None) } else { Ok(Some(self.put_blob(class, raw.get()).await?)) }
    }

    /// One write per send or message, whatever number of its statuses the POST carries.
    async fn statuses_of(&self, statuses: Vec<NewStatus>) -> Result<Vec<Statuses>, Error> {
        let mut folded: BTreeMap<(Option<SendId>, MessageId), Vec<NewStatus>> = BTreeMap::new();
        for status in statuses {
            folded.entry((status.send_id.clone(), status.id.clone())).or_default().push(status);
        }
        let lookups = folded.into_iter().map(|((send_id, id), statuses)| async move {
            let send_id = match send_id {
                Some(send_id) => Some(send_id),
                // Not ours, or sent before callback data: a send may still bear this wamid.
                None => self.send_with_wamid(&id).await?,
            };
            Ok::<_, Error>(Statuses { send_id, id, each: statuses })
        });
        futures::future::try_join_all(lookups).await
    }
}

/// What a POST tells of one message sent.
struct Statuses {
    send_id: Option<SendId>,
    id: MessageId,
    each: Vec<NewStatus>,
}

impl Statuses {
    fn write(&self, days: u32, now: Timestamp) -> Option<Write> {
        Write::statuses(self.send_id.as_ref(), &self.id, &self.each, days, now)
    }
}
