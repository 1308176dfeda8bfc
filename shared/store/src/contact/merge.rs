//! Two contacts that turn out to be one person, and the way back (K-02).
//!
//! A merge is a pointer, set on both sides in one transaction: the absorbed contact names the root, and the root names
//! it. It keeps its item, its history and its aliases, and whatever its identities write goes on going there; readers
//! put it together. So taking it out again is taking the pointer away, and loses nothing of what was written meanwhile.

use std::collections::BTreeSet;

use aws_sdk_dynamodb::operation::execute_transaction::ExecuteTransactionError;
use aws_sdk_dynamodb::types::{AttributeValue, ParameterizedStatement};
use jiff::Timestamp;
use model::contact::MergedBy;
use model::{Contact, ContactKey, PhoneNumberId};

use super::group::Group;
use super::{
    ABSORBED, APART, IDENTITY, LAST_INBOUND, MERGE_REASON, MERGED_AT, MERGED_BY, MERGED_INTO, ROOT, named, values,
};
use crate::Store;
use crate::error::Error;
use crate::identity::{AliasChange, Identity, change_alias, read_alias};
use crate::item::{self, Item};
use crate::keys::{self, Key};
use crate::record::{Guard, Step, Write, statement};

/// DynamoDB takes so many items in a transaction.
const TRANSACTION: usize = 100;
/// Somebody merged one of the two meanwhile: look again, a few times.
const ATTEMPTS: u32 = 5;

/// What to merge.
#[derive(Clone)]
pub struct Merging {
    /// The contact that is absorbed, with all that was merged into it.
    pub from: ContactKey,
    /// The contact that absorbs it; where that was merged itself, its root.
    pub into: ContactKey,
    /// Who says that they are one.
    pub by: MergedBy,
    /// Which fact, or what the operator wrote.
    pub reason: String,
}

/// What came of a merge.
pub enum MergeOutcome {
    /// They are one; this is the whole.
    Merged(Box<Contact>),
    /// They were one before.
    Already(Box<Contact>),
    /// There is no such contact.
    Unknown(ContactKey),
    /// More contacts than can be merged at once.
    TooMany,
}

/// What came of taking a contact out of another.
pub enum UnmergeOutcome {
    /// It stands alone again.
    Unmerged {
        /// The contact that was taken out.
        contact: Box<Contact>,
        /// What is left of the other.
        from: Box<Contact>,
    },
    /// It is merged into none.
    NotMerged(Box<Contact>),
    /// There is no such contact.
    Unknown,
}

impl Store {
    /// Merges, or with `dry_run` says what would come of it.
    pub async fn merge(
        &self,
        number: &PhoneNumberId,
        merging: &Merging,
        dry_run: bool,
        now: Timestamp,
    ) -> Result<MergeOutcome, Error> {
        let mut attempted = false;
        // Statuses teach identities and make no contact: where only the other is stored, that one takes it in.
        let into = self.get(&Key::contact(number, &merging.into)).await?;
        let from = self.get(&Key::contact(number, &merging.from)).await?;
        let swapped = Merging { from: merging.into.clone(), into: merging.from.clone(), ..merging.clone() };
        let merging = if merging.by == MergedBy::Meta && into.is_none() && from.is_some() { &swapped } else { merging };
        for _ in 0..ATTEMPTS {
            let Some(into) = self.get(&Key::contact(number, &merging.into)).await? else {
                return Ok(MergeOutcome::Unknown(merging.into.clone()));
            };
            let from = match self.get(&Key::contact(number, &merging.from)).await? {
                Some(from) => from,
                // Somebody we wrote to, and who never answered: messages, and no contact yet.
                None if merging.by == MergedBy::Meta => stub(number, &merging.from, now),
                None => return Ok(MergeOutcome::Unknown(merging.from.clone())),
            };
            let is_new = from.integer("created_at") == Some(now.as_millisecond()) && !from.0.contains_key("list_pk");
            let (into, from) = (self.group(number, into).await?, self.group(number, from).await?);
            if into.key()? == from.key()? {
                self.hint(number, &into).await?;
                let whole = Box::new(into.read()?);
                // Refused, and one: the attempt was made and its answer lost, or somebody else was quicker.
                return Ok(if attempted { MergeOutcome::Merged(whole) } else { MergeOutcome::Already(whole) });
            }
            // One was merged into the other between the two reads.
            if into.holds(&from.root) || from.holds(&into.root) {
                continue;
            }
            if from.members.len() + 2 > TRANSACTION {
                return Ok(MergeOutcome::TooMany);
            }
            let both = into.absorbing(&from, merging, now)?;
            if dry_run {
                return Ok(MergeOutcome::Merged(Box::new(both.read()?)));
            }
            if self.all_or_nothing(absorb(&into, &from, merging, is_new, now)?).await? {
                self.hint(number, &both).await?;
                return Ok(MergeOutcome::Merged(Box::new(both.read()?)));
            }
            attempted = true;
        }
        Err(Error::Unavailable(String::from("a contact kept changing while it was merged")))
    }

    /// Takes a contact out of the one it was merged into, with all that was merged into it before; or with `dry_run`
    /// says what would come of it. From then on nothing but an operator merges the two.
    pub async fn unmerge(
        &self,
        number: &PhoneNumberId,
        key: &ContactKey,
        dry_run: bool,
    ) -> Result<UnmergeOutcome, Error> {
        // The root of an attempt that was refused: it was made after all where only its answer was lost.
        let mut attempted: Option<ContactKey> = None;
        for _ in 0..ATTEMPTS {
            let Some(item) = self.get(&Key::contact(number, key)).await? else { return Ok(UnmergeOutcome::Unknown) };
            let merged = item.0.contains_key(ROOT);
            let group = self.group(number, item).await?;
            if let (false, Some(root)) = (merged, &attempted)
                && let Some(from) = self.contact(number, root).await?
            {
                self.hint(number, &group).await?;
                return Ok(UnmergeOutcome::Unmerged { contact: Box::new(group.read()?), from: Box::new(from) });
            }
            let whole = Box::new(group.read()?);
            if !merged || whole.key == *key {
                self.hint(number, &group).await?;
                return Ok(UnmergeOutcome::NotMerged(whole));
            }
            let Some((out, rest)) = group.without(key)? else { return Ok(UnmergeOutcome::NotMerged(whole)) };
            if !dry_run {
                if !self.all_or_nothing(release(&out, &rest)?).await? {
                    attempted = Some(rest.key()?);
                    continue;
                }
                self.hint(number, &out).await?;
            }
            return Ok(UnmergeOutcome::Unmerged { contact: Box::new(out.read()?), from: Box::new(rest.read()?) });
        }
        Err(Error::Unavailable(String::from("a contact kept changing while it was taken out")))
    }

    /// All of it or nothing; false where a guard does not hold any more.
    async fn all_or_nothing(&self, writes: Vec<Write>) -> Result<bool, Error> {
        let refused = |_| Error::Refused(String::from("a statement could not be built"));
        let mut statements = Vec::with_capacity(writes.len());
        for write in &writes {
            let made = statement(&self.table, write).map_err(refused)?;
            let built = ParameterizedStatement::builder().statement(made.statement).set_parameters(made.parameters);
            statements.push(built.build().map_err(refused)?);
        }
        match self.dynamo.execute_transaction().set_transact_statements(Some(statements)).send().await {
            Ok(_) => Ok(true),
            Err(error)
                if error.as_service_error().is_some_and(ExecuteTransactionError::is_transaction_canceled_exception) =>
            {
                Ok(false)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Notes on the aliases of each contact which root it has, so that ingest need not read the contact. It is a hint: a
    /// contact's own item is what counts.
    async fn hint(&self, number: &PhoneNumberId, group: &Group) -> Result<(), Error> {
        let root = group.key()?;
        let mut wanted: Vec<(Key, ContactKey)> = Vec::new();
        for item in group.all() {
            let holder = ContactKey::new(item.needed("contact_key", "contact")?);
            let own = Identity::stored(holder.as_str());
            let ids: BTreeSet<Identity> =
                values(item, IDENTITY).iter().map(|id| Identity::stored(id)).chain([own]).collect();
            wanted.extend(ids.iter().map(|id| (Key::alias(number, id), holder.clone())));
        }
        let keys: BTreeSet<Key> = wanted.iter().map(|(key, _)| key.clone()).collect();
        let keys: Vec<Key> = keys.into_iter().collect();
        let found = self.get_all(&keys).await?;
        let mut writes = Vec::new();
        for item in &found {
            let Some(key) = item.key() else { continue };
            self.believed.forget(&key);
            let alias = read_alias(item);
            for (_, holder) in wanted.iter().filter(|(wanted, _)| *wanted == key) {
                let root = (*holder != root).then(|| root.clone());
                let change = AliasChange::Root { holder: holder.clone(), root };
                writes.extend(change_alias(key.clone(), Some(&alias), change, Timestamp::UNIX_EPOCH));
            }
        }
        self.write_all(writes).await
    }
}

/// Everything that is under `from` comes under `into`.
fn absorb(into: &Group, from: &Group, merging: &Merging, is_new: bool, now: Timestamp) -> Result<Vec<Write>, Error> {
    let root = into.key()?;
    let named_by_root = from
        .all()
        .map(|item| {
            let key = item.needed("contact_key", "contact")?;
            Ok((named(ABSORBED, &key), item::text(key)))
        })
        .collect::<Result<Vec<_>, Error>>()?;
    let mut writes = vec![revise(&into.root, named_by_root, Vec::new(), Guard::Missing(ROOT.to_owned()))?];
    let pointer = pointer(&root, merging, now);
    writes.push(if is_new {
        let item = pointer.into_iter().fold(from.root.clone(), |item, (name, value)| item.value(&name, value));
        Write::insert(item.key().ok_or(Error::Corrupt("contact"))?, item)
    } else {
        revise(&from.root, pointer, Vec::new(), Guard::Missing(ROOT.to_owned()))?
    });
    for member in &from.members {
        let same = member.string(ROOT).ok_or(Error::Corrupt("contact"))?;
        let guard = Guard::Is(ROOT.to_owned(), item::text(same));
        writes.push(revise(member, vec![(ROOT.to_owned(), item::text(root.as_str()))], Vec::new(), guard)?);
    }
    Ok(writes)
}

/// Everything under `out` leaves `rest`.
fn release(out: &Group, rest: &Group) -> Result<Vec<Write>, Error> {
    let (key, root) = (out.key()?, rest.key()?);
    let guard = Guard::Is(ROOT.to_owned(), item::text(root.as_str()));
    let mut apart = vec![(named(APART, root.as_str()), item::text(root.as_str()))];
    if let Some(parent) = out.root.string(MERGED_INTO).filter(|parent| *parent != root.as_str()) {
        apart.push((named(APART, &parent), item::text(parent)));
    }
    let pointer = [ROOT, MERGED_INTO, MERGED_AT, MERGED_BY, MERGE_REASON].map(str::to_owned).to_vec();
    let mut writes = vec![revise(&out.root, apart, pointer, guard.clone())?];
    for member in &out.members {
        writes.push(revise(member, vec![(ROOT.to_owned(), item::text(key.as_str()))], Vec::new(), guard.clone())?);
    }
    let gone = out
        .all()
        .map(|item| Ok(named(ABSORBED, &item.needed("contact_key", "contact")?)))
        .collect::<Result<Vec<_>, Error>>()?;
    // Said on both sides: who erases one of them finds where else its key stands.
    let apart = vec![(named(APART, key.as_str()), item::text(key.as_str()))];
    writes.push(revise(&rest.root, apart, gone, Guard::Missing(ROOT.to_owned()))?);
    Ok(writes)
}

fn pointer(root: &ContactKey, merging: &Merging, now: Timestamp) -> Vec<(String, AttributeValue)> {
    vec![
        (ROOT.to_owned(), item::text(root.as_str())),
        (MERGED_INTO.to_owned(), item::text(root.as_str())),
        (MERGED_AT.to_owned(), item::time(now)),
        (MERGED_BY.to_owned(), item::text(merging.by.as_str())),
        (MERGE_REASON.to_owned(), item::text(&merging.reason)),
    ]
}

fn revise(item: &Item, set: Vec<(String, AttributeValue)>, remove: Vec<String>, guard: Guard) -> Result<Write, Error> {
    let key = item.key().ok_or(Error::Corrupt("contact"))?;
    let again = std::sync::Arc::new(|_: &Item| None);
    Ok(Write { key, step: Step::Revise { set, remove, only_if: vec![guard], missing: None, again } })
}

/// A contact that wrote nothing: it stands in no list.
fn stub(number: &PhoneNumberId, contact: &ContactKey, now: Timestamp) -> Item {
    Item::at(&Key::contact(number, contact))
        .text("kind", keys::CONTACT.to_lowercase())
        .text("contact_key", contact.as_str())
        .text("phone_number_id", number.as_str())
        .time("first_seen_at", now)
        .number(LAST_INBOUND, 0)
        .number(super::IDENTITY_SINCE, 0)
        .time("created_at", now)
}

impl Group {
    pub(super) fn key(&self) -> Result<ContactKey, Error> {
        self.root.needed("contact_key", "contact").map(ContactKey::new)
    }

    fn holds(&self, item: &Item) -> bool {
        self.members.iter().any(|member| member.str("pk") == item.str("pk"))
    }

    /// As it will be with `from` under it.
    fn absorbing(&self, from: &Self, merging: &Merging, now: Timestamp) -> Result<Self, Error> {
        let pointer = pointer(&self.key()?, merging, now);
        let root = pointer.into_iter().fold(from.root.clone(), |item, (name, value)| item.value(&name, value));
        let members = self.members.iter().chain([&root]).chain(&from.members).cloned().collect();
        Ok(Self { root: self.root.clone(), members })
    }

    /// A member with what was merged into it, and the rest; `None` where it is no member.
    fn without(&self, key: &ContactKey) -> Result<Option<(Self, Self)>, Error> {
        let mut under = BTreeSet::from([key.as_str().to_owned()]);
        for _ in &self.members {
            for member in &self.members {
                if member.string(MERGED_INTO).is_some_and(|parent| under.contains(&parent)) {
                    under.insert(member.needed("contact_key", "contact")?);
                }
            }
        }
        let (out, rest): (Vec<Item>, Vec<Item>) = self
            .members
            .iter()
            .cloned()
            .partition(|member| member.string("contact_key").is_some_and(|member| under.contains(&member)));
        let (own, members): (Vec<Item>, Vec<Item>) =
            out.into_iter().partition(|member| member.str("contact_key") == Some(key.as_str()));
        Ok(own.into_iter().next().map(|root| (Self { root, members }, Self { root: self.root.clone(), members: rest })))
    }
}
