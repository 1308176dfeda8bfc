//! Messages in both directions: one by its id, and a contact's in order.

use std::collections::BTreeMap;

use jiff::Timestamp;
use model::{ContactKey, MessageId, PhoneNumberId, Send, SendId};

use crate::Store;
use crate::error::Error;
use crate::item::Item;
use crate::keys::{self, Key};
use crate::message::{StoredInbound, read_statuses};
use crate::page::{Page, cursor_of, sort_of};
use crate::send::read_send;

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

    /// A contact's messages in both directions, newest first.
    pub async fn history(
        &self,
        number: &PhoneNumberId,
        contact: &ContactKey,
        limit: usize,
        cursor: Option<&str>,
        now: Timestamp,
    ) -> Result<Page<StoredMessage>, Error> {
        let before = cursor.map(sort_of).transpose()?;
        let partition = keys::contact_partition(number, contact);
        let mut found = self.list(&partition, before.as_deref(), limit + 1, true).await?;
        let more = found.len() > limit;
        found.truncate(limit);
        let cursor = found.last().filter(|_| more).map(|(sort, _)| cursor_of(sort));
        let keys: Vec<Key> = found.into_iter().map(|(_, key)| key).collect();
        let mut items: BTreeMap<Key, Item> = self
            .get_all(&keys)
            .await?
            .into_iter()
            .filter(|item| item.lives(now))
            .filter_map(|item| Some((item.key()?, item)))
            .collect();
        let mut messages = Vec::with_capacity(keys.len());
        for key in &keys {
            let Some(item) = items.remove(key) else { continue };
            messages.push(match key.sk.as_str() {
                keys::SEND => StoredMessage::Send(Box::new(read_send(&item)?)),
                _ => StoredMessage::Inbound(Box::new(self.read_message(item).await?)),
            });
        }
        Ok(Page { items: messages, cursor })
    }

    /// A send, joined with statuses that named its wamid while nothing here bore it yet.
    async fn send_with_stub(&self, id: &SendId, now: Timestamp) -> Result<Option<StoredMessage>, Error> {
        let Some(mut send) = self.send(id, now).await? else { return Ok(None) };
        if let Some(wamid) = &send.wamid
            && let Some(stub) = self.get(&Key::message(wamid)).await?
        {
            for (status, record) in read_statuses(&stub) {
                send.statuses.entry(status).or_insert(record);
            }
        }
        Ok(Some(StoredMessage::Send(Box::new(send))))
    }
}
