//! Messages from people, and statuses of messages that are no sends of ours. One item each, by wamid.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::AttributeValue;
use jiff::Timestamp;
use model::send::StatusRecord;
use model::{ContactKey, MessageId, PhoneNumberId, WabaId};
use serde_json::value::RawValue;

use crate::Store;
use crate::blob::Blob;
use crate::error::Error;
use crate::item::{self, Item};
use crate::keys::{self, Key};
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

/// What became of an inbound file (M-06).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MediaRecord {
    /// It is in the bucket.
    Stored {
        /// The bucket.
        bucket: String,
        /// The object.
        key: String,
        /// As Meta named it.
        mime_type: String,
        /// Hex.
        sha256: String,
        /// Its size.
        bytes: u64,
    },
    /// It is not to be had.
    Failed {
        /// Why, in plain words.
        reason: String,
    },
}

impl Store {
    /// Records what became of a message's file; false where there is no such message.
    pub async fn record_media(&self, id: &MessageId, media: &MediaRecord, now: Timestamp) -> Result<bool, Error> {
        let value = media_value(media, now);
        let outcome = self
            .dynamo
            .update_item()
            .table_name(&self.table)
            .set_key(Some(item::key(&Key::message(id))))
            .update_expression("SET media = :media")
            .condition_expression("attribute_exists(pk)")
            .expression_attribute_values(":media", value)
            .send()
            .await;
        match outcome {
            Ok(_) => Ok(true),
            Err(error)
                if error.as_service_error().is_some_and(UpdateItemError::is_conditional_check_failed_exception) =>
            {
                Ok(false)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// What is recorded of a message's file, if anything is.
    pub async fn media_of(&self, id: &MessageId, now: Timestamp) -> Result<Option<MediaRecord>, Error> {
        let message = self.get(&Key::message(id)).await?.filter(|item| item.lives(now));
        Ok(message.and_then(|item| item.map("media")).and_then(|media| read_media(&media)))
    }

    /// Reads an item of this kind, its raw JSON included.
    pub(crate) async fn read_message(&self, item: Item) -> Result<StoredInbound, Error> {
        let raw = match item.str("raw_key") {
            Some(key) => Some(self.read_blob(key).await?),
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
            media: item.map("media").and_then(|media| read_media(&media)),
        })
    }
}

pub(crate) fn message_item(key: &Key, message: &NewMessage, blob: Option<&Blob>, now: Timestamp) -> Item {
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
        .retained(now);
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

/// What is known of a message of which only a status has come. It stands in no list.
pub(crate) fn stub_item(key: &Key, status: &NewStatus, now: Timestamp) -> Item {
    Item::at(key)
        .text("kind", keys::MESSAGE.to_lowercase())
        .text("message_id", status.id.as_str())
        .text("phone_number_id", status.phone_number_id.as_str())
        .text("waba_id", status.waba_id.as_str())
        .text_if("contact_key", status.contact.as_ref().map(ContactKey::as_str))
        .time("at", status.at)
        .time("received_at", now)
        .retained(now)
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

fn media_value(media: &MediaRecord, now: Timestamp) -> AttributeValue {
    let item = Item::default().time("at", now);
    match media {
        MediaRecord::Stored { bucket, key, mime_type, sha256, bytes } => item
            .text("bucket", bucket)
            .text("key", key)
            .text("mime_type", mime_type)
            .text("sha256", sha256)
            .number("bytes", bytes)
            .into_map(),
        MediaRecord::Failed { reason } => item.text("reason", reason).into_map(),
    }
}

fn read_media(item: &Item) -> Option<MediaRecord> {
    if let Some(reason) = item.string("reason") {
        return Some(MediaRecord::Failed { reason });
    }
    Some(MediaRecord::Stored {
        bucket: item.string("bucket")?,
        key: item.string("key")?,
        mime_type: item.string("mime_type")?,
        sha256: item.string("sha256")?,
        bytes: item.integer("bytes").and_then(|bytes| u64::try_from(bytes).ok())?,
    })
}
