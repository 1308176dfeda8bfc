//! Who a person is, and how much is kept of them.

use model::{ContactKey, PhoneNumberId};

use super::ErasureCounts;
use super::messages::{belongings, count};
use crate::Store;
use crate::contact::{IDENTITY, values};
use crate::error::Error;
use crate::identity::Identity;
use crate::item::Item;
use crate::keys::{self, Key};
use crate::send::is_erased;

/// Items of one read.
const PAGE: usize = 100;

/// Somebody who is to be erased, or exported.
#[derive(Clone)]
pub struct Person {
    /// The contact, then those merged into it.
    pub keys: Vec<ContactKey>,
    /// Everything that leads to them.
    pub identities: Vec<Identity>,
    /// Contacts that are stored: none where they never wrote.
    pub contacts: u64,
}

impl Store {
    /// The person of these contact keys, who was asked for by an identity.
    pub async fn person_of(
        &self,
        number: &PhoneNumberId,
        keys: &[ContactKey],
        asked: Option<&Identity>,
    ) -> Result<Person, Error> {
        let wanted: Vec<Key> = keys.iter().map(|key| Key::contact(number, key)).collect();
        let found = if wanted.is_empty() { Vec::new() } else { self.get_all(&wanted).await? };
        let mut identities: Vec<Identity> = Vec::new();
        // The key of a recycled phone names who had it before as well.
        let own = keys.iter().filter(|key| !key.as_str().contains('~')).map(|key| Identity::stored(key.as_str()));
        let known = found.iter().flat_map(|item| {
            let named = values(item, IDENTITY).into_iter().map(|id| Identity::stored(&id));
            let wa = item.str("wa_id").map(|id| Identity::stored(&format!("wa:{id}")));
            let user = item.str("user_id").map(|id| Identity::stored(&format!("user:{id}")));
            named.chain(wa).chain(user).collect::<Vec<_>>()
        });
        for identity in own.chain(asked.cloned()).chain(known) {
            if !identities.contains(&identity) {
                identities.push(identity);
            }
        }
        Ok(Person { keys: keys.to_vec(), identities, contacts: found.len() as u64 })
    }

    /// What is stored of a person, without what was kept raw.
    pub async fn survey(&self, number: &PhoneNumberId, person: &Person) -> Result<ErasureCounts, Error> {
        let mut counts = ErasureCounts {
            contacts: person.contacts,
            identities: person.identities.len() as u64,
            ..ErasureCounts::default()
        };
        for key in &person.keys {
            let said = self.partition(&keys::contact_partition(number, key), keys::CONSENT_SIGNAL).await?;
            counts.consents += said.len() as u64;
            for partition in [keys::contact_partition(number, key), keys::stub_partition(number, key)] {
                let mut before: Option<String> = None;
                loop {
                    let listed = self.list(&partition, before.as_deref(), PAGE, true).await?;
                    let keys: Vec<Key> = listed.iter().map(|(_, key)| key.clone()).collect();
                    let items = if keys.is_empty() { Vec::new() } else { self.get_all(&keys).await? };
                    for item in items.iter().filter(|item| !is_erased(item)) {
                        counts.add(counted(item));
                    }
                    match listed.last().filter(|_| listed.len() == PAGE) {
                        Some((sort, _)) => before = Some(sort.clone()),
                        None => break,
                    }
                }
            }
        }
        Ok(counts)
    }
}

fn counted(item: &Item) -> ErasureCounts {
    ErasureCounts { files: belongings(item).files.len() as u64, ..count(item) }
}
