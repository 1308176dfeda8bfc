//! A number's messages of some time, found without a scan: contact by contact, each from its list of messages.
//!
//! It costs one small index query for every contact of the number, however little they wrote. Contacts are walked from
//! the longest silent on: who writes meanwhile moves to where the walk has not been.

use futures::future::try_join_all;
use jiff::Timestamp;
use model::{ContactKey, PhoneNumberId};

use crate::Store;
use crate::error::Error;
use crate::history::StoredMessage;
use crate::item;
use crate::keys::{self, CONTACT_SHARDS, Key, LIST_INDEX};
use crate::message::StoredInbound;
use crate::page::{cursor_of, sort_of};

/// Contacts looked at for one page.
const CONTACTS: usize = 200;
/// Contacts asked at once.
const AT_ONCE: usize = 16;
/// Separates the parts of a cursor; no key holds it.
const THEN: char = '\u{1f}';

/// Messages from people, each contact's in the order they were written.
#[derive(Debug)]
pub struct RangePage {
    /// Those in the range.
    pub messages: Vec<StoredInbound>,
    /// Contacts looked through to the end.
    pub contacts: usize,
    /// Where the next page goes on; none at the end.
    pub cursor: Option<String>,
}

/// Where a contact stands in its number's list.
struct Place {
    sort: String,
    key: ContactKey,
}

impl Store {
    /// Messages that people wrote to a number from `from` until before `until`.
    pub async fn messages_between(
        &self,
        number: &PhoneNumberId,
        (from, until): (Timestamp, Timestamp),
        limit: usize,
        cursor: Option<&str>,
        now: Timestamp,
    ) -> Result<RangePage, Error> {
        let (after, mut inside) = match cursor.map(sort_of).transpose()? {
            None => (None, None),
            Some(text) => {
                let (contact, message) = text.split_once(THEN).ok_or(Error::Cursor)?;
                (Some(contact.to_owned()), Some(message.to_owned()).filter(|message| !message.is_empty()))
            }
        };
        let mut places = self.places(number, after.as_deref()).await?;
        if let (Some(sort), Some(_)) = (&after, &inside) {
            let (_, key) = sort.split_once('#').ok_or(Error::Cursor)?;
            places.insert(0, Place { sort: sort.clone(), key: ContactKey::new(key) });
        }
        let more = places.len() >= CONTACTS;
        let mut keys: Vec<Key> = Vec::new();
        let (mut contacts, mut next) = (0, None);
        'contacts: for chunk in places.chunks(AT_ONCE) {
            let begun = inside.take();
            let reads = chunk.iter().enumerate().map(|(nth, place)| {
                let begun = begun.as_deref().filter(|_| nth == 0);
                self.keys_between(number, &place.key, (from, until), begun, limit + 1)
            });
            for (place, found) in chunk.iter().zip(try_join_all(reads).await?) {
                let room = limit.saturating_sub(keys.len());
                keys.extend(found.iter().take(room).map(|(_, key)| key.clone()));
                if found.len() > room {
                    // Goes on inside this contact, or before it where nothing of it fits.
                    if let Some((last, _)) = room.checked_sub(1).and_then(|last| found.get(last)) {
                        next = Some(cursor_of(&format!("{}{THEN}{last}", place.sort)));
                    }
                    break 'contacts;
                }
                contacts += 1;
                next = Some(cursor_of(&format!("{}{THEN}", place.sort)));
            }
            let walked = places.last().is_some_and(|last| chunk.last().is_some_and(|place| place.sort == last.sort));
            if walked && !more {
                next = None;
            }
        }
        let stored = self.stored_messages(&keys, now).await?;
        let messages = stored.into_iter().filter_map(|message| match message {
            StoredMessage::Inbound(message) => Some(*message),
            StoredMessage::Send(_) => None,
        });
        Ok(RangePage { messages: messages.collect(), contacts, cursor: next })
    }

    /// The next contacts of a number, the longest silent first.
    async fn places(&self, number: &PhoneNumberId, after: Option<&str>) -> Result<Vec<Place>, Error> {
        let partitions: Vec<String> = (0..CONTACT_SHARDS).map(|shard| keys::contacts_list(number, shard)).collect();
        let reads = partitions.iter().map(|partition| self.list(partition, after, CONTACTS, false));
        let mut found: Vec<(String, Key)> = try_join_all(reads).await?.into_iter().flatten().collect();
        found.sort();
        found.truncate(CONTACTS);
        let key_of = |sort: &str| sort.split_once('#').map(|(_, key)| ContactKey::new(key));
        Ok(found.into_iter().filter_map(|(sort, _)| Some(Place { key: key_of(&sort)?, sort })).collect())
    }

    /// Keys of a contact's messages in a time, oldest first, beyond `begun`.
    async fn keys_between(
        &self,
        number: &PhoneNumberId,
        contact: &ContactKey,
        (from, until): (Timestamp, Timestamp),
        begun: Option<&str>,
        limit: usize,
    ) -> Result<Vec<(String, Key)>, Error> {
        let edge = |at: Timestamp| format!("{:015}", at.as_millisecond());
        let low = begun.map_or_else(|| edge(from), |begun| format!("{begun}{THEN}"));
        let high = edge(until);
        let mut found = Vec::new();
        if high <= low {
            return Ok(found);
        }
        let mut start = None;
        loop {
            let answer = self
                .dynamo
                .query()
                .table_name(&self.table)
                .index_name(LIST_INDEX)
                .key_condition_expression("list_pk = :partition AND list_sk BETWEEN :low AND :high")
                .expression_attribute_values(":partition", item::text(keys::contact_partition(number, contact)))
                .expression_attribute_values(":low", item::text(&low))
                .expression_attribute_values(":high", item::text(&high))
                .limit(i32::try_from(limit).unwrap_or(i32::MAX))
                .set_exclusive_start_key(start)
                .send()
                .await?;
            let items = answer.items.unwrap_or_default().into_iter().map(item::Item::from);
            // Sends stand in the same list.
            found.extend(
                items
                    .filter_map(|item| Some((item.string("list_sk")?, item.key()?)))
                    .filter(|(_, key)| key.sk == keys::MESSAGE),
            );
            start = answer.last_evaluated_key;
            if start.is_none() || found.len() >= limit {
                return Ok(found);
            }
        }
    }
}
