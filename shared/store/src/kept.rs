//! What is kept raw: what this build does not understand, what concerns no message, and what came for a number that is
//! no channel of this stack. Nothing a well-signed POST carries is dropped (U-01, H-03).

use data_encoding::HEXLOWER;
use jiff::Timestamp;
use model::{PhoneNumberId, WabaId};
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};

use crate::Store;
use crate::blob::Blob;
use crate::error::Error;
use crate::item::Item;
use crate::keys::{self, Key};
use crate::page::Page;

/// Why something is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// A change of another field than `messages`: published, and kept as it came.
    Change,
    /// A part of a change that this build cannot read.
    Unknown,
    /// For a phone_number_id that is no channel here: quarantined.
    Unregistered,
    /// A well-signed body that is no webhook at all.
    Unprocessable,
}

impl Cause {
    /// As it stands in the item and in the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Change => "change",
            Self::Unknown => "unknown",
            Self::Unregistered => "unregistered",
            Self::Unprocessable => "unprocessable",
        }
    }
}

/// Something kept, with its raw JSON.
#[derive(Clone, Debug)]
pub struct Kept {
    /// Why.
    pub cause: String,
    /// The webhook field, or the kind of part.
    pub field: String,
    /// Where the webhook named one.
    pub waba_id: Option<WabaId>,
    /// Where the webhook named one.
    pub phone_number_id: Option<PhoneNumberId>,
    /// Meta's time of it where it has one, else when it came.
    pub at: Timestamp,
    /// As received, token for token; a body that is no JSON stands here as a JSON string.
    pub raw: Box<RawValue>,
}

pub(crate) fn kept_item(kept: &Kept, blob: Option<&Blob>, now: Timestamp) -> (Key, Item) {
    let hash = HEXLOWER.encode(&Sha256::digest(kept.raw.get().as_bytes()));
    let key = Key::kept(kept.at, hash.get(..32).unwrap_or(&hash));
    let item = Item::at(&key)
        .text("kind", "kept")
        .text("cause", &kept.cause)
        .text("field", &kept.field)
        .text_if("waba_id", kept.waba_id.as_ref().map(WabaId::as_str))
        .text_if("phone_number_id", kept.phone_number_id.as_ref().map(PhoneNumberId::as_str))
        .time("at", kept.at)
        .time("received_at", now)
        .retained(now);
    let item = match blob {
        Some(blob) => item.text("raw_key", &blob.key),
        None => item.text("raw", kept.raw.get()),
    };
    (key, item)
}

impl Store {
    /// What was kept on a day (UTC, `YYYY-MM-DD`), newest first, optionally for one cause.
    pub async fn kept(
        &self,
        day: &str,
        cause: Option<&str>,
        limit: usize,
        cursor: Option<&str>,
    ) -> Result<Page<Kept>, Error> {
        let before = cursor.map(crate::page::sort_of).transpose()?;
        let shards = keys::kept_partitions(day);
        let found = futures::future::try_join_all(shards.iter().map(|pk| self.partition(pk, ""))).await?;
        let mut items: Vec<(String, Item)> = found
            .into_iter()
            .flatten()
            .filter(|item| cause.is_none_or(|cause| item.str("cause") == Some(cause)))
            .filter_map(|item| Some((item.string("sk")?, item)))
            .filter(|(sort, _)| before.as_ref().is_none_or(|before| sort < before))
            .collect();
        items.sort_by(|one, other| other.0.cmp(&one.0));
        let more = items.len() > limit;
        items.truncate(limit);
        let cursor = items.last().filter(|_| more).map(|(sort, _)| crate::page::cursor_of(sort));
        let mut kept = Vec::with_capacity(items.len());
        for (_, item) in items {
            kept.push(self.read_kept(item).await?);
        }
        Ok(Page { items: kept, cursor })
    }

    async fn read_kept(&self, item: Item) -> Result<Kept, Error> {
        let raw = match item.str("raw_key") {
            Some(key) => self.read_blob(key).await?,
            None => item.json("raw").ok_or(Error::Corrupt("kept"))?,
        };
        Ok(Kept {
            cause: item.needed("cause", "kept")?,
            field: item.needed("field", "kept")?,
            waba_id: item.string("waba_id").map(WabaId::new),
            phone_number_id: item.string("phone_number_id").map(PhoneNumberId::new),
            at: item.instant("at").ok_or(Error::Corrupt("kept"))?,
            raw,
        })
    }
}
