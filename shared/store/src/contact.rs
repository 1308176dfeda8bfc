//! Contacts of a number. One that was merged into another keeps its item and goes on being written to; whoever reads
//! either of them sees both as one. So nothing is moved by a merge, and nothing can be lost by taking it back.

mod group;
mod merge;
mod seen;

use futures::future::try_join_all;
use jiff::Timestamp;
use model::contact::{Merged, MergedBy};
use model::window::{OpenedBy, OpenedKind, free_until};
use model::{Contact, ContactKey, PhoneNumberId, UserId, WaId};

use crate::Store;
use crate::error::Error;
use crate::item::Item;
use crate::keys::{self, CONTACT_SHARDS, Key};
use crate::page::{Page, cursor_of, sort_of};

pub use merge::{MergeOutcome, Merging, UnmergeOutcome};
pub use seen::{ClosedWindow, RenamedContact, SeenContact};
pub(crate) use seen::{closed, free_entries, left, linked, renamed, seen};

pub(crate) const FIRST_SEEN: &str = "first_seen_at";
pub(crate) const LAST_INBOUND: &str = "last_inbound_at";
const OPENED_BY: &str = "opened_by";
const OPENED_AS: &str = "opened_as";
const OPENED_WHAT: &str = "opened_what";
const OPENED_FROM: &str = "opened_from";
/// 0 where the identities never changed, so that any message compares as newer.
/// When Meta last said that the service window is closed.
const CLOSED_AT: &str = "closed_at";
pub(crate) const IDENTITY_SINCE: &str = "identity_since";
/// The contact at the end of the chain of merges; absent on one that was not merged.
pub(crate) const ROOT: &str = "root";
/// The contact it was merged into.
const MERGED_INTO: &str = "merged_into";
const MERGED_AT: &str = "merged_at";
const MERGED_BY: &str = "merged_by";
const MERGE_REASON: &str = "merge_reason";
/// What an operator took it out of.
pub(crate) const APART: &str = "apart_";
/// On the root: each contact under it.
const ABSORBED: &str = "absorbed_";
/// Each identity that leads here.
pub(crate) const IDENTITY: &str = "id_";
const FREE_UNTIL: &str = "free_until";
const FREE_DAY: &str = "free_";

impl Store {
    /// One contact by its key, with what was merged into it; for a key that was merged, the contact it was merged into.
    pub async fn contact(&self, number: &PhoneNumberId, key: &ContactKey) -> Result<Option<Contact>, Error> {
        match self.get(&Key::contact(number, key)).await? {
            Some(item) => self.whole(number, item).await.map(Some),
            None => Ok(None),
        }
    }

    /// Contacts of a number by the hour they last wrote in, newest first. Those merged into one stand where the newest
    /// of them stands, so a page may hold fewer than were asked for.
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
        let contacts = items.into_iter().map(|item| self.listed(number, item));
        Ok(Page { items: try_join_all(contacts).await?.into_iter().flatten().collect(), cursor })
    }
}

/// An attribute of its own for each of several values, so that each can be written without reading the others. Values
/// hold letters that no attribute name may have, so its name is their hash (FNV-1a, 64 bits).
pub(crate) fn named(prefix: &str, value: &str) -> String {
    let hash = value
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    format!("{prefix}{hash:016x}")
}

/// Every value of attributes named by [`named`].
pub(crate) fn values(item: &Item, prefix: &str) -> Vec<String> {
    let mut values: Vec<String> =
        item.0.keys().filter(|name| name.starts_with(prefix)).filter_map(|name| item.string(name)).collect();
    values.sort();
    values
}

/// What the item itself says.
fn read_contact(item: &Item) -> Result<Contact, Error> {
    Ok(Contact {
        key: ContactKey::new(item.needed("contact_key", "contact")?),
        phone_number_id: PhoneNumberId::new(item.needed("phone_number_id", "contact")?),
        wa_id: item.string("wa_id").map(WaId::new),
        user_id: item.string("user_id").map(UserId::new),
        name: item.string("name"),
        first_seen_at: item.instant("first_seen_at").ok_or(Error::Corrupt("contact"))?,
        last_inbound_at: item.instant(LAST_INBOUND).filter(|at| *at > Timestamp::UNIX_EPOCH),
        opened_by: read_opened_by(item),
        identity_since: item.instant(IDENTITY_SINCE).filter(|at| *at > Timestamp::UNIX_EPOCH),
        closed_at: item.instant(CLOSED_AT),
        free_entry_point_until: read_free_until(item),
        identities: values(item, IDENTITY),
        merged: Vec::new(),
    })
}

/// The contact that a contact's item says it was merged into, or itself; `None` of any other item.
pub(crate) fn root_of(item: &Item) -> Option<ContactKey> {
    let contact = item.str("sk") == Some(keys::CONTACT);
    item.string(ROOT).or_else(|| item.string("contact_key")).filter(|_| contact).map(ContactKey::new)
}

/// How it was merged, where it is.
fn read_merged(item: &Item) -> Option<Merged> {
    Some(Merged {
        key: ContactKey::new(item.string("contact_key")?),
        into: ContactKey::new(item.string(MERGED_INTO)?),
        at: item.instant(MERGED_AT)?,
        by: if item.str(MERGED_BY) == Some(MergedBy::Meta.as_str()) { MergedBy::Meta } else { MergedBy::Operator },
        reason: item.string(MERGE_REASON).unwrap_or_default(),
        last_inbound_at: item.instant(LAST_INBOUND).filter(|at| *at > Timestamp::UNIX_EPOCH),
    })
}

fn read_opened_by(item: &Item) -> Option<OpenedBy> {
    Some(OpenedBy {
        kind: OpenedKind::parse(item.str(OPENED_AS)?)?,
        id: item.string(OPENED_BY)?,
        what: item.string(OPENED_WHAT)?,
        referral: item.string(OPENED_FROM).filter(|from| !from.is_empty()),
    })
}

/// Meta's own word counts, unless an answer began another free time since.
fn read_free_until(item: &Item) -> Option<Timestamp> {
    let told = item.instant(FREE_UNTIL);
    let days = item.0.keys().filter(|name| name.starts_with(FREE_DAY) && *name != FREE_UNTIL);
    let answers: Vec<Timestamp> = days.filter_map(|name| item.instant(name)).collect();
    let later: Vec<Timestamp> = answers.into_iter().filter(|answer| told.is_none_or(|told| *answer >= told)).collect();
    free_until(later).or(told)
}
