//! Messages both ways. What they point to in the bucket goes first, so that who dies in between finds it again.

use futures::{StreamExt, TryStreamExt, stream};
use jiff::{SignedDuration, Timestamp};
use model::erasure::people_of_element;
use model::file::LinkToken;
use model::send::{MediaFrom, UPLOADS};
use model::{MessageId, Send, SendState};
use serde_json::value::RawValue;

use super::{Erasure, ErasureCounts, remembered};
use crate::Store;
use crate::blob::{BlobClass, bucket_error};
use crate::error::Error;
use crate::identity::Identity;
use crate::item::Item;
use crate::keys::{self, Key};
use crate::media::{MediaRecord, read as read_media};
use crate::message::read_statuses;
use crate::send::{ERASED_KIND, is_erased, read_send};

/// Messages of one step.
const MESSAGES: usize = 100;
/// Of them, at once.
const AT_ONCE: usize = 8;
/// Events above this refer to the bucket (`ingest`, the sender).
pub(super) const REFERRED: usize = 200 * 1024;
/// Before the token of a link to a file.
const LINK: &str = "/f/";

/// What one message leads to.
#[derive(Default)]
pub(super) struct Belongings {
    /// Objects in the bucket that are files.
    pub(super) files: Vec<String>,
    /// Objects in the bucket that are JSON.
    pub(super) raw: Vec<String>,
    /// Other items.
    pub(super) items: Vec<Key>,
    /// Who it names.
    pub(super) identities: Vec<Identity>,
}

impl Store {
    /// A step of them; where the next one begins, or nothing at the end.
    pub(super) async fn erase_messages(
        &self,
        erasure: &mut Erasure,
        place: &str,
        now: Timestamp,
    ) -> Result<Option<String>, Error> {
        let number = erasure.phone_number_id.clone();
        let partitions: Vec<String> = erasure
            .keys
            .iter()
            .flat_map(|key| [keys::contact_partition(&number, key), keys::stub_partition(&number, key)])
            .collect();
        let (at, before) = place.split_once('|').unwrap_or(("0", ""));
        let at: usize = at.parse().unwrap_or_default();
        let Some(partition) = partitions.get(at) else { return Ok(None) };
        let end = keys::message_sort(erasure.erased_at + SignedDuration::from_millis(1), "");
        let before = if before.is_empty() { end } else { before.to_owned() };
        let listed = self.list(partition, Some(&before), MESSAGES, true).await?;
        let keys: Vec<Key> = listed.iter().map(|(_, key)| key.clone()).collect();
        let items = if keys.is_empty() { Vec::new() } else { self.get_all(&keys).await? };
        let until = remembered(erasure.erased_at);
        let gone: Vec<(ErasureCounts, Vec<Identity>)> = stream::iter(items)
            .map(|item| self.erase_message(item, until, now))
            .buffer_unordered(AT_ONCE)
            .try_collect()
            .await?;
        for (counts, identities) in gone {
            erasure.counts.add(counts);
            erasure.learn(identities);
        }
        Ok(match listed.last().filter(|_| listed.len() == MESSAGES) {
            Some((sort, _)) => Some(format!("{at}|{sort}")),
            None if at + 1 < partitions.len() => Some(format!("{}|", at + 1)),
            None => None,
        })
    }

    async fn erase_message(
        &self,
        item: Item,
        until: Timestamp,
        now: Timestamp,
    ) -> Result<(ErasureCounts, Vec<Identity>), Error> {
        let is_send = item.str("sk") == Some(keys::SEND);
        if is_send && is_erased(&item) {
            return Ok((ErasureCounts::default(), Vec::new()));
        }
        let mut counts = count(&item);
        let mut belongings = belongings(&item);
        for key in std::mem::take(&mut belongings.items) {
            if let Some(link) = self.get(&key).await? {
                belongings.files.extend(link.string("file_key").filter(|key| key.starts_with(UPLOADS)));
                self.delete_item_of(&link).await?;
            }
        }
        for object in belongings.files.iter().chain(&belongings.raw) {
            self.delete_object(object).await?;
        }
        counts.files = belongings.files.len() as u64;
        if is_send {
            let husk = husk(&item, until, now)?;
            self.dynamo.put_item().table_name(&self.table).set_item(Some(husk.0)).send().await?;
        } else {
            self.delete_item_of(&item).await?;
        }
        Ok((counts, belongings.identities))
    }

    /// Takes an object out of the bucket; one that is not there is gone.
    pub async fn delete_object(&self, key: &str) -> Result<(), Error> {
        let outcome = self.s3.delete_object().bucket(&self.bucket).key(key).send().await;
        outcome.map(drop).map_err(|error| Error::Bucket(bucket_error(&error)))
    }
}

/// What an item counts for.
pub(super) fn count(item: &Item) -> ErasureCounts {
    let mut counts = ErasureCounts::default();
    if item.str("sk") == Some(keys::SEND) {
        counts.sent = 1;
        let pending = [SendState::Queued, SendState::Waiting, SendState::Parked];
        counts.cancelled =
            u64::from(item.str("state").and_then(SendState::parse).is_some_and(|state| pending.contains(&state)));
    } else if item.str("type").is_some() {
        counts.received = 1;
    } else {
        // Of what something else sent only statuses are known.
        counts.sent = 1;
    }
    counts.raw = u64::from(item.str("raw_key").is_some());
    counts
}

/// Everything that an item leads to.
pub(super) fn belongings(item: &Item) -> Belongings {
    let mut found = Belongings::default();
    match read_media(item) {
        Some(MediaRecord::Stored(file)) => found.files.push(file.key),
        Some(MediaRecord::Failed { quarantine_key, .. }) => found.files.extend(quarantine_key),
        Some(MediaRecord::Waiting { .. }) | None => {}
    }
    found.raw.extend(item.string("raw_key"));
    let raw = item.json("raw");
    found.raw.extend(raw.as_deref().filter(|raw| raw.get().len() > REFERRED).map(referred));
    let extras: Vec<Box<RawValue>> = read_statuses(item).into_values().filter_map(|status| status.extra).collect();
    for element in raw.iter().chain(&extras).chain(item.json("profile").iter()) {
        found.identities.extend(people_of_element(element).iter().map(|id| Identity::stored(id)));
    }
    if item.str("sk") == Some(keys::SEND) {
        if let Some(wamid) = item.string("wamid") {
            found.items.push(Key::message(&MessageId::new(wamid)));
        }
        // Also of a send that cannot be read.
        let message = item.str("message").unwrap_or_default();
        found.items.extend(links(message).iter().map(|token| Key::link(&token.hash())));
        match read_send(item) {
            Ok(send) => found.files.extend(file_of(&send)),
            Err(error) => tracing::error!(
                send_id = item.str("send_id"),
                %error,
                "a send to whom is erased cannot be read: a file that was uploaded for it is left until its time"
            ),
        }
    }
    found
}

/// The upload that went out with a send, or the copy of what it named by URL. What a team keeps is the team's.
fn file_of(send: &Send) -> Option<String> {
    match &send.options.media.as_ref()?.from {
        MediaFrom::Key(key) => Some(key.clone()).filter(|key| key.starts_with(UPLOADS)),
        MediaFrom::Url(_) => Some(format!("{UPLOADS}{}/{}", send.phone_number_id, send.id)),
    }
}

/// Where an event's data lie that were too large for the queue.
pub(super) fn referred(raw: &RawValue) -> String {
    BlobClass::Messages.key(raw.get())
}

/// Links to files in a message.
fn links(message: &str) -> Vec<LinkToken> {
    let letter = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_');
    message
        .split(LINK)
        .skip(1)
        .filter_map(|rest| LinkToken::parse(rest.split(|other| !letter(other)).next().unwrap_or_default()))
        .collect()
}

/// What stays of a send: that there was one by this id. So a record of it that comes once more sends nothing, and a status
/// that comes late finds nobody.
fn husk(send: &Item, until: Timestamp, now: Timestamp) -> Result<Item, Error> {
    let key = send.key().ok_or(Error::Corrupt("send"))?;
    Ok(Item::at(&key)
        .text("kind", keys::SEND.to_lowercase())
        .text("send_id", send.needed("send_id", "send")?)
        .text("phone_number_id", send.needed("phone_number_id", "send")?)
        .text("contact_key", ERASED_KIND)
        .text("type", ERASED_KIND)
        .text("message", "{}")
        .text("state", SendState::Cancelled.as_str())
        .time("at", send.instant("at").unwrap_or(now))
        .time("updated_at", now)
        .number("ttl", until.as_second()))
}
