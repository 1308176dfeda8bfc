//! Messages from people, and statuses of messages that are no sends of ours. One item each, by wamid.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::Timestamp;
use model::send::StatusRecord;
use model::{ContactKey, MessageId, PhoneNumberId, WabaId};
use serde_json::value::RawValue;

use crate::Store;
use crate::blob::Blob;
use crate::error::Error;
use crate::item::Item;
use crate::kept::{Cause, Kept};
use crate::keys::{self, Key};
use crate::media::{self, MediaRecord};
use crate::record::{NewMessage, NewStatus};

/// A message as it is stored.
#[derive(Clone, Debug)]
pub struct StoredInbound {
    /// The wamid.
    pub id: MessageId,
    /// The number it came to, or was sent from.
    pub phone_number_id: PhoneNumberId,
    /// The account of that number.
    pub waba_id: Option<WabaId>,
    /// The person.
    pub contact: Option<ContactKey>,
    /// Meta's time of it.
    pub at: Timestamp,
    /// Meta's `type`; `None` on a stub, of which only statuses are known.
    pub kind: Option<String>,
    /// The element of `messages[]`; `None` on a stub.
    pub raw: Option<Box<RawValue>>,
    /// The element of `contacts[]` that came with it.
    pub profile: Option<Box<RawValue>>,
    /// By Meta's word.
    pub statuses: BTreeMap<String, StatusRecord>,
    /// What became of its file.
    pub media: Option<MediaRecord>,
}

impl Store {
    /// Reads an item of this kind, its raw JSON included.
    pub(crate) async fn read_message(&self, item: Item) -> Result<StoredInbound, Error> {
        let raw = match item.str("raw_key") {
            Some(key) => self.find_blob(key).await?,
            None => item.json("raw"),
        };
        Ok(StoredInbound {
            id: MessageId::new(item.needed("message_id", "message")?),
            phone_number_id: PhoneNumberId::new(item.needed("phone_number_id", "message")?),
            waba_id: item.string("waba_id").map(WabaId::new),
            contact: item.string("contact_key").map(ContactKey::new),
            at: item.instant("at").ok_or(Error::Corrupt("message"))?,
            kind: item.string("type"),
            raw,
            profile: item.json("profile"),
            statuses: read_statuses(&item),
            media: media::read(&item),
        })
    }
}

pub(crate) fn message_item(key: &Key, message: &NewMessage, blob: Option<&Blob>, days: u32, now: Timestamp) -> Item {
    let item = Item::at(key)
        .text("kind", keys::MESSAGE.to_lowercase())
        .text("message_id", message.id.as_str())
        .text("phone_number_id", message.phone_number_id.as_str())
        .text("waba_id", message.waba_id.as_str())
        .text_if("contact_key", message.contact.as_ref().map(ContactKey::as_str))
        .text("type", &message.kind)
        .time("at", message.at)
        .time("received_at", now)
        .text_if("profile", message.profile.as_ref().map(|raw| raw.get()))
        .for_days(days, now);
    let item = match blob {
        Some(blob) => item.text("raw_key", &blob.key),
        None => item.text("raw", message.raw.get()),
    };
    match &message.contact {
        Some(contact) => item
            .text("list_pk", keys::contact_partition(&message.phone_number_id, contact))
            .text("list_sk", keys::message_sort(message.at, message.id.as_str())),
        None => item,
    }
}

/// What is known of a message of which only a status has come. It stands in no history.
pub(crate) fn stub_item(key: &Key, status: &NewStatus, days: u32, now: Timestamp) -> Item {
    let item = Item::at(key)
        .text("kind", keys::MESSAGE.to_lowercase())
        .text("message_id", status.id.as_str())
        .text("phone_number_id", status.phone_number_id.as_str())
        .text("waba_id", status.waba_id.as_str())
        .text_if("contact_key", status.contact.as_ref().map(ContactKey::as_str))
        .time("at", status.at)
        .time("received_at", now)
        .for_days(days, now);
    match &status.contact {
        Some(contact) => item
            .text("list_pk", keys::stub_partition(&status.phone_number_id, contact))
            .text("list_sk", keys::message_sort(status.at, status.id.as_str())),
        None => item,
    }
}

/// `st_<status>`; letters that no attribute name of ours has are dropped from a status of tomorrow.
pub(crate) fn status_attribute(status: &str) -> String {
    let word: String = status
        .chars()
        .filter(|letter| letter.is_ascii_alphanumeric() || matches!(letter, '_' | '-'))
        .take(64)
        .collect();
    format!("st_{word}")
}

pub(crate) fn status_value(status: &NewStatus) -> AttributeValue {
    Item::default()
        .time("at", status.at)
        .text_if("pricing", status.pricing.as_ref().map(|raw| raw.get()))
        .text_if("errors", status.errors.as_ref().map(|raw| raw.get()))
        .text_if("extra", status.extra.as_ref().map(|raw| raw.get()))
        .into_map()
}

/// Two tellings of one status: the earlier time with its own words, and what only the other one says beside it. `None`
/// where the first says it all.
pub(crate) fn both_told(known: &AttributeValue, told: &AttributeValue) -> Option<AttributeValue> {
    let map = |value: &AttributeValue| value.as_m().map(|map| Item::from(map.clone())).unwrap_or_default();
    let (known, told) = (map(known), map(told));
    let earlier = told.instant("at") < known.instant("at");
    let (first, second) = if earlier { (told, &known) } else { (known.clone(), &told) };
    let missing: Vec<_> = second.0.iter().filter(|(name, _)| !first.0.contains_key(*name)).collect();
    if !earlier && missing.is_empty() {
        return None;
    }
    let both = missing.into_iter().fold(first, |both, (name, value)| both.value(name, value.clone()));
    Some(both.into_map())
}

impl NewStatus {
    /// The status as Meta told it, to be kept by itself. Its members are Meta's token for token; their order is ours.
    pub(crate) fn to_keep(&self) -> Kept {
        let text = |text: &str| serde_json::value::to_raw_value(text).ok();
        let extra = self.extra.as_ref().and_then(|extra| serde_json::from_str(extra.get()).ok());
        let mut members: BTreeMap<String, Box<RawValue>> = extra.unwrap_or_default();
        let own = [
            ("id", text(self.id.as_str())),
            ("status", text(&self.status)),
            ("timestamp", text(&self.at.as_second().to_string())),
            ("biz_opaque_callback_data", self.send_id.as_ref().and_then(|id| text(id.as_str()))),
            ("pricing", self.pricing.clone()),
            ("errors", self.errors.clone()),
        ];
        members.extend(own.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))));
        Kept {
            cause: Cause::Unknown.as_str().to_owned(),
            field: String::from("statuses"),
            waba_id: Some(self.waba_id.clone()),
            phone_number_id: Some(self.phone_number_id.clone()),
            at: self.at,
            // Names and JSON always make JSON.
            raw: serde_json::value::to_raw_value(&members).unwrap_or_else(|_| RawValue::NULL.to_owned()),
            base64: false,
        }
    }
}

pub(crate) fn read_statuses(item: &Item) -> BTreeMap<String, StatusRecord> {
    item.0
        .keys()
        .filter_map(|name| {
            let status = item.map(name).filter(|_| name.starts_with("st_"))?;
            let record = StatusRecord {
                at: status.instant("at")?,
                pricing: status.json("pricing"),
                errors: status.json("errors"),
                extra: status.json("extra"),
            };
            Some((name.strip_prefix("st_")?.to_owned(), record))
        })
        .collect()
}
