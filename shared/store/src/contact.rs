//! Contacts of a number.

use futures::future::try_join_all;
use jiff::Timestamp;
use model::{Contact, ContactKey, PhoneNumberId, UserId, WaId};

use crate::Store;
use crate::error::Error;
use crate::item::Item;
use crate::keys::{self, CONTACT_SHARDS, Key};
use crate::page::{Page, cursor_of, sort_of};

impl Store {
    /// One contact by its key.
    pub async fn contact(&self, number: &PhoneNumberId, key: &ContactKey) -> Result<Option<Contact>, Error> {
        self.get(&Key::contact(number, key)).await?.map(|item| read_contact(&item)).transpose()
    }

    /// Contacts of a number by the hour they last wrote in, newest first.
    pub async fn contacts(
        &self,
        number: &PhoneNumberId,
        limit: usize,
        cursor: Option<&str>,
    ) -> Result<Page<Contact>, Error> {
        let before = cursor.map(sort_of).transpose()?;
        // One more than asked from each partition, so that the end of the list is known without another read.
        let partitions: Vec<String> = (0..CONTACT_SHARDS).map(|shard| keys::contacts_list(number, shard)).collect();
        let reads = partitions.iter().map(|partition| self.list(partition, before.as_deref(), limit + 1, true));
        let mut found: Vec<(String, Key)> = try_join_all(reads).await?.into_iter().flatten().collect();
        found.sort_by(|one, other| other.0.cmp(&one.0));
        let more = found.len() > limit;
        found.truncate(limit);
        let cursor = found.last().filter(|_| more).map(|(sort, _)| cursor_of(sort));
        let keys: Vec<Key> = found.iter().map(|(_, key)| key.clone()).collect();
        let mut items = self.get_all(&keys).await?;
        items.sort_by_key(|item| item.key().and_then(|key| keys.iter().position(|wanted| *wanted == key)));
        Ok(Page { items: items.iter().map(read_contact).collect::<Result<_, _>>()?, cursor })
    }
}

fn read_contact(item: &Item) -> Result<Contact, Error> {
    Ok(Contact {
        key: ContactKey::new(item.needed("contact_key", "contact")?),
        phone_number_id: PhoneNumberId::new(item.needed("phone_number_id", "contact")?),
        wa_id: item.string("wa_id").map(WaId::new),
        user_id: item.string("user_id").map(UserId::new),
        name: item.string("name"),
        first_seen_at: item.instant("first_seen_at").ok_or(Error::Corrupt("contact"))?,
        last_inbound_at: item.instant("last_inbound_at").filter(|at| *at > Timestamp::UNIX_EPOCH),
    })
}
