//! Messages in both directions: one by its id, and a contact's in order.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use futures::future::try_join_all;
use jiff::Timestamp;
use model::{ContactKey, MessageId, PhoneNumberId, Send, SendId};

use crate::Store;
use crate::error::Error;
use crate::item::Item;
use crate::keys::{self, Key};
use crate::message::{StoredInbound, read_statuses};
use crate::page::{Page, cursor_of, sort_of};
use crate::send::{ERASED_KIND, read_send};

/// A message as it is stored, of either direction.
#[derive(Clone, Debug)]
pub enum StoredMessage {
    /// From a person; or sent by something else than this stack, where only statuses are known.
    Inbound(Box<StoredInbound>),
    /// Ours.
    Send(Box<Send>),
}

impl Store {
    /// One message by send id or wamid, with every status that has come, however it was addressed.
    pub async fn message(&self, id: &str, now: Timestamp) -> Result<Option<StoredMessage>, Error> {
        if let Some(send_id) = SendId::parse(id) {
            return self.send_with_stub(&send_id, now).await;
        }
        let wamid = MessageId::new(id);
        let (item, send_id) =
            futures::future::try_join(self.get(&Key::message(&wamid)), self.send_with_wamid(&wamid)).await?;
        if let Some(send_id) = send_id {
            return self.send_with_stub(&send_id, now).await;
        }
        match item.filter(|item| item.lives(now)) {
            Some(item) => Ok(Some(StoredMessage::Inbound(Box::new(self.read_message(item).await?)))),
            None => Ok(None),
        }
    }

    /// A contact's messages in both directions, newest first: of all its keys, where some were merged into it.
    pub async fn history(
        &self,
        number: &PhoneNumberId,
        contacts: &[ContactKey],
        limit: usize,
        cursor: Option<&str>,
        now: Timestamp,
    ) -> Result<Page<StoredMessage>, Error> {
        let before = cursor.map(sort_of).transpose()?;
        let partitions: Vec<String> = contacts.iter().map(|key| keys::contact_partition(number, key)).collect();
        let lists = partitions.iter().map(|partition| self.list(partition, before.as_deref(), limit + 1, true));
        let mut found: Vec<(String, Key)> = try_join_all(lists).await?.into_iter().flatten().collect();
        found.sort_by(|one, other| other.0.cmp(&one.0));
        let more = found.len() > limit;
        found.truncate(limit);
        let cursor = found.last().filter(|_| more).map(|(sort, _)| cursor_of(sort));
        let keys: Vec<Key> = found.into_iter().map(|(_, key)| key).collect();
        Ok(Page { items: self.stored_messages(&keys, now).await?, cursor })
    }

    /// Messages and sends by their keys, in that order, the sends with every status; what expired is left out.
    pub(crate) async fn stored_messages(&self, keys: &[Key], now: Timestamp) -> Result<Vec<StoredMessage>, Error> {
        if keys.is_empty() {
            return Ok(Vec::new());
        }
        let mut items = by_key(self.get_all(keys).await?, now);
        let wamids = keys.iter().filter(|key| key.sk == keys::SEND).filter_map(|key| items.get(key)?.string("wamid"));
        let stubs: BTreeSet<Key> = wamids.map(|wamid| Key::message(&MessageId::new(wamid))).collect();
        let stubs: Vec<Key> = stubs.into_iter().collect();
        let stubs = if stubs.is_empty() { BTreeMap::new() } else { by_key(self.get_all(&stubs).await?, now) };
        let mut messages = Vec::with_capacity(keys.len());
        for key in keys {
            let Some(item) = items.remove(key) else { continue };
            if key.sk != keys::SEND {
                messages.push(StoredMessage::Inbound(Box::new(self.read_message(item).await?)));
                continue;
            }
            let mut send = read_send(&item)?;
            if let Some(stub) = send.wamid.as_ref().and_then(|wamid| stubs.get(&Key::message(wamid))) {
                join(&mut send, stub);
            }
            messages.push(StoredMessage::Send(Box::new(send)));
        }
        Ok(messages)
    }

    /// A send, joined with statuses that named its wamid while nothing here bore it yet.
    async fn send_with_stub(&self, id: &SendId, now: Timestamp) -> Result<Option<StoredMessage>, Error> {
        let Some(mut send) = self.send(id, now).await?.filter(|send| send.kind != ERASED_KIND) else { return Ok(None) };
        if let Some(wamid) = &send.wamid
            && let Some(stub) = self.get(&Key::message(wamid)).await?
        {
            join(&mut send, &stub);
        }
        Ok(Some(StoredMessage::Send(Box::new(send))))
    }
}

fn by_key(items: Vec<Item>, now: Timestamp) -> BTreeMap<Key, Item> {
    items.into_iter().filter(|item| item.lives(now)).filter_map(|item| Some((item.key()?, item))).collect()
}

/// Statuses that named the wamid while no send was known to bear it. Of one that came both ways, the earlier counts.
fn join(send: &mut Send, stub: &Item) {
    for (status, record) in read_statuses(stub) {
        match send.statuses.entry(status) {
            Entry::Vacant(place) => _ = place.insert(record),
            Entry::Occupied(mut known) if record.at < known.get().at => _ = known.insert(record),
            Entry::Occupied(_) => {}
        }
    }
}
