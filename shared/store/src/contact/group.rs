//! A contact and those merged into it, read as one.

use std::collections::BTreeMap;

use model::{Contact, ContactKey, PhoneNumberId};

use super::{ABSORBED, ROOT, read_contact, read_merged, values};
use crate::Store;
use crate::error::Error;
use crate::item::Item;
use crate::keys::Key;

/// Merges of merges; no chain is longer, because a merge goes into the end of one.
const CHAIN: usize = 8;

/// A root with all that lies under it.
pub(super) struct Group {
    pub(super) root: Item,
    pub(super) members: Vec<Item>,
}

impl Store {
    /// The whole of which an item is the root or a part.
    pub(crate) async fn whole(&self, number: &PhoneNumberId, item: Item) -> Result<Contact, Error> {
        self.group(number, item).await?.read()
    }

    pub(super) async fn group(&self, number: &PhoneNumberId, mut item: Item) -> Result<Group, Error> {
        for _ in 0..CHAIN {
            let Some(root) = item.string(ROOT).map(ContactKey::new) else { break };
            match self.get(&Key::contact(number, &root)).await? {
                Some(root) => item = root,
                None => break,
            }
        }
        let keys: Vec<Key> =
            values(&item, ABSORBED).into_iter().map(|key| Key::contact(number, &ContactKey::new(key))).collect();
        let found = if keys.is_empty() { Vec::new() } else { self.get_all(&keys).await? };
        Ok(Group::of(item, &found))
    }

    /// The contact a listed item stands for; `None` where another item of the same person stands nearer to the top.
    pub(super) async fn listed(&self, number: &PhoneNumberId, item: Item) -> Result<Option<Contact>, Error> {
        if !item.0.contains_key(ROOT) && values(&item, ABSORBED).is_empty() {
            return read_contact(&item).map(Some);
        }
        let place = |item: &Item| (item.string("list_sk"), item.string("pk"));
        let own = place(&item);
        let group = self.group(number, item).await?;
        // What stands in no list cannot stand for the person.
        let first = group.all().filter(|item| item.0.contains_key("list_pk")).map(place).max();
        if first.as_ref() == Some(&own) { group.read().map(Some) } else { Ok(None) }
    }
}

impl Group {
    /// Of the items named by the root, those that say themselves that they are under it.
    fn of(root: Item, found: &[Item]) -> Self {
        let Some(key) = root.string("contact_key") else { return Self { root, members: Vec::new() } };
        let roots: BTreeMap<String, String> =
            found.iter().filter_map(|item| Some((item.string("contact_key")?, item.string(ROOT)?))).collect();
        let leads_here = |item: &Item| {
            let mut at = item.string(ROOT);
            for _ in 0..CHAIN {
                match at {
                    Some(next) if next == key => return true,
                    Some(next) => at = roots.get(&next).cloned(),
                    None => return false,
                }
            }
            false
        };
        let members = found.iter().filter(|item| leads_here(item)).cloned().collect();
        Self { root, members }
    }

    pub(super) fn all(&self) -> impl Iterator<Item = &Item> {
        std::iter::once(&self.root).chain(&self.members)
    }

    /// One person: known by whatever was seen of them last; the window is open by whatever part they wrote to last.
    pub(super) fn read(&self) -> Result<Contact, Error> {
        let mut whole = read_contact(&self.root)?;
        let parts: Vec<Contact> = self.members.iter().map(read_contact).collect::<Result<_, _>>()?;
        let mut newest = whole.last_inbound_at.max(whole.identity_since);
        for part in parts {
            let seen = part.last_inbound_at.max(part.identity_since);
            if seen > newest {
                newest = seen;
                whole.wa_id = part.wa_id.or(whole.wa_id);
                whole.user_id = part.user_id.or(whole.user_id);
                whole.name = part.name.or(whole.name);
            } else {
                whole.wa_id = whole.wa_id.or(part.wa_id);
                whole.user_id = whole.user_id.or(part.user_id);
                whole.name = whole.name.or(part.name);
            }
            let id = |by: &Option<model::window::OpenedBy>| by.as_ref().map(|by| by.id.clone());
            if (part.last_inbound_at, id(&part.opened_by)) > (whole.last_inbound_at, id(&whole.opened_by)) {
                (whole.last_inbound_at, whole.opened_by) = (part.last_inbound_at, part.opened_by);
            }
            whole.first_seen_at = whole.first_seen_at.min(part.first_seen_at);
            whole.identity_since = whole.identity_since.max(part.identity_since);
            whole.closed_at = whole.closed_at.max(part.closed_at);
            whole.free_entry_point_until = whole.free_entry_point_until.max(part.free_entry_point_until);
            whole.identities.extend(part.identities);
        }
        whole.identities.sort();
        whole.identities.dedup();
        whole.merged = self.members.iter().filter_map(read_merged).collect();
        whole.merged.sort_by(|one, other| (one.at, &one.key).cmp(&(other.at, &other.key)));
        Ok(whole)
    }
}
