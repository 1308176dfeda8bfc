//! Whether a person wants marketing (design §4, Consent): one item under the contact with the newest word of each source,
//! and one small item for everything that was ever said. Neither depends on the order in which things are told.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::types::AttributeValue;
use futures::future::try_join_all;
use jiff::Timestamp;
use model::consent::{Consent, Signal, Source, Wish};
use model::{ContactKey, PhoneNumberId};
use sha2::{Digest, Sha256};

use crate::Store;
use crate::error::{Error, refused_is_fine};
use crate::item::{self, Item};
use crate::keys::{self, Key};
use crate::record::Write;

/// Something said of a person.
pub struct NewConsent {
    /// The number it was said to.
    pub phone_number_id: PhoneNumberId,
    /// The person.
    pub contact: ContactKey,
    /// What.
    pub signal: Signal,
}

impl Store {
    /// What holds for a contact: one read. Its history is left empty.
    pub async fn consent(&self, number: &PhoneNumberId, contact: &ContactKey) -> Result<Consent, Error> {
        Ok(self.get(&Key::consent(number, contact)).await?.map_or_else(Consent::default, |item| read_consent(&item)))
    }

    /// What holds for a contact, and what was said last.
    pub async fn consent_with_history(
        &self,
        number: &PhoneNumberId,
        contact: &ContactKey,
        limit: usize,
        now: Timestamp,
    ) -> Result<Consent, Error> {
        let said = self
            .dynamo
            .query()
            .table_name(&self.table)
            .key_condition_expression("pk = :pk AND begins_with(sk, :prefix)")
            .expression_attribute_values(":pk", item::text(keys::contact_partition(number, contact)))
            .expression_attribute_values(":prefix", item::text(keys::CONSENT_SIGNAL))
            .scan_index_forward(false)
            .limit(i32::try_from(limit).unwrap_or(i32::MAX))
            .consistent_read(true)
            .send();
        let (consent, said) = futures::join!(self.consent(number, contact), said);
        let said = said?.items.unwrap_or_default().into_iter().map(Item::from).filter(|item| item.lives(now));
        Ok(Consent { history: said.filter_map(|item| read_signal(&item)).collect(), ..consent? })
    }

    /// What holds for several contacts that are one person. Its history is left empty.
    pub async fn consent_of(&self, number: &PhoneNumberId, contacts: &[ContactKey]) -> Result<Consent, Error> {
        let keys: Vec<Key> = contacts.iter().map(|contact| Key::consent(number, contact)).collect();
        let found = self.get_all(&keys).await?;
        Ok(found.iter().map(read_consent).fold(Consent::default(), Consent::and))
    }

    /// The same of several contacts that are one person, with their history.
    pub async fn consent_of_all(
        &self,
        number: &PhoneNumberId,
        contacts: &[ContactKey],
        limit: usize,
        now: Timestamp,
    ) -> Result<Consent, Error> {
        let reads = contacts.iter().map(|contact| self.consent_with_history(number, contact, limit, now));
        let mut whole = try_join_all(reads).await?.into_iter().fold(Consent::default(), Consent::and);
        whole.history.truncate(limit);
        Ok(whole)
    }

    /// Records what was said of one person, outside of a POST.
    pub async fn record_consent(&self, new: &NewConsent, now: Timestamp) -> Result<(), Error> {
        let (key, signal) = (signal_key(new), &new.signal);
        let said = self
            .dynamo
            .put_item()
            .table_name(&self.table)
            .set_item(Some(signal_item(&key, signal, self.retention.consents, now).0))
            .condition_expression("attribute_not_exists(pk)")
            .send()
            .await;
        refused_is_fine(said)?;
        let (order, by) = (order_name(signal.source), by_name(signal.source));
        let others: Vec<String> = Source::ALL
            .into_iter()
            .filter(|source| *source != signal.source)
            .map(order_name)
            .map(|name| format!("{name} = if_not_exists({name}, :zero)"))
            .collect();
        let update = format!(
            "SET kind = :kind, contact_key = :contact, phone_number_id = :number, {order} = :order, {by} = :by, {}",
            others.join(", ")
        );
        let outcome = self
            .dynamo
            .update_item()
            .table_name(&self.table)
            .set_key(Some(item::key(&Key::consent(&new.phone_number_id, &new.contact))))
            .update_expression(update)
            .condition_expression(format!("attribute_not_exists({order}) OR {order} < :order"))
            .expression_attribute_values(":kind", item::text(KIND))
            .expression_attribute_values(":contact", item::text(new.contact.as_str()))
            .expression_attribute_values(":number", item::text(new.phone_number_id.as_str()))
            .expression_attribute_values(":order", item::number(order_of(signal)))
            .expression_attribute_values(":by", signal_value(signal))
            .expression_attribute_values(":zero", item::number(0))
            .send()
            .await;
        // Something newer is known.
        refused_is_fine(outcome)
    }
}

/// What a POST says of people: each thing said an item of its own, and of each person and source the newest.
pub(crate) fn consent_writes(said: &[NewConsent], days: u32, now: Timestamp) -> Vec<Write> {
    let mut newest: BTreeMap<(Key, Source), &NewConsent> = BTreeMap::new();
    for new in said {
        let place = newest.entry((Key::consent(&new.phone_number_id, &new.contact), new.signal.source)).or_insert(new);
        if order_of(&place.signal) < order_of(&new.signal) {
            *place = new;
        }
    }
    let newest = newest.into_values().map(newest_write);
    let each = said.iter().map(|new| {
        let key = signal_key(new);
        let item = signal_item(&key, &new.signal, days, now);
        Write::insert(key, item)
    });
    newest.chain(each).collect()
}

fn newest_write(new: &NewConsent) -> Write {
    let signal = &new.signal;
    let key = Key::consent(&new.phone_number_id, &new.contact);
    let item = Item::at(&key)
        .text("kind", KIND)
        .text("contact_key", new.contact.as_str())
        .text("phone_number_id", new.phone_number_id.as_str());
    // 0 where a source has said nothing: whatever it says then compares as newer.
    let item = Source::ALL.into_iter().fold(item, |item, source| item.number(order_name(source), 0));
    let order = item::number(order_of(signal));
    let set = vec![
        (order_name(signal.source).to_owned(), order.clone()),
        (by_name(signal.source).to_owned(), signal_value(signal)),
    ];
    let item = set.iter().fold(item, |item, (name, value)| item.value(name, value.clone()));
    Write::first_or_newest(key, item, set, order_name(signal.source), order)
}

const KIND: &str = "consent";

pub(crate) fn order_name(source: Source) -> &'static str {
    match source {
        Source::UserPreferences => "order_user_preferences",
        Source::Refused => "order_131050",
        Source::Words => "order_words",
        Source::Operator => "order_operator",
    }
}

pub(crate) fn by_name(source: Source) -> &'static str {
    match source {
        Source::UserPreferences => "by_user_preferences",
        Source::Refused => "by_131050",
        Source::Words => "by_words",
        Source::Operator => "by_operator",
    }
}

/// By time, then stop before resume, then by the message: so that of two things said in one second the same one stands,
/// whichever came first. Meta tells seconds.
fn order_of(signal: &Signal) -> i64 {
    let digest: [u8; 32] = Sha256::digest(signal.message.as_deref().unwrap_or_default()).into();
    let [high, low, ..] = digest;
    let spread = i64::from(u16::from_be_bytes([high, low])) % 1_000;
    let stop = i64::from(signal.wish == Wish::Stop);
    signal.at.as_millisecond() * 2_000 + stop * 1_000 + spread
}

fn signal_key(new: &NewConsent) -> Key {
    let Signal { source, wish, message, .. } = &new.signal;
    let what = format!("{}\u{1f}{}\u{1f}{}", source.as_str(), wish.as_str(), message.as_deref().unwrap_or_default());
    let hash = data_encoding::HEXLOWER.encode(&Sha256::digest(what));
    Key::consent_signal(&new.phone_number_id, &new.contact, new.signal.at, hash.get(..16).unwrap_or(&hash))
}

fn signal_value(signal: &Signal) -> AttributeValue {
    signal_fields(Item::default(), signal).into_map()
}

fn signal_item(key: &Key, signal: &Signal, days: u32, now: Timestamp) -> Item {
    signal_fields(Item::at(key), signal)
        .text("kind", "consent_signal")
        .text("source", signal.source.as_str())
        .for_days(days, now)
}

fn signal_fields(item: Item, signal: &Signal) -> Item {
    item.text("wish", signal.wish.as_str())
        .time("at", signal.at)
        .text_if("message", signal.message.as_deref())
        .text_if("reason", signal.reason.as_deref())
}

pub(crate) fn read_consent(item: &Item) -> Consent {
    let of = |source| item.map(by_name(source)).and_then(|told| read(&told, source));
    Consent { newest: Source::ALL.into_iter().filter_map(of).collect(), history: Vec::new() }
}

fn read_signal(item: &Item) -> Option<Signal> {
    read(item, item.str("source").and_then(Source::parse)?)
}

fn read(item: &Item, source: Source) -> Option<Signal> {
    Some(Signal {
        source,
        wish: item.str("wish").and_then(Wish::parse)?,
        at: item.instant("at")?,
        message: item.string("message"),
        reason: item.string("reason"),
    })
}
