//! What is kept raw: what this build does not understand, what concerns no message, and what came for a number that is
//! no channel of this stack. Nothing a well-signed POST carries is dropped (U-01, H-03).

mod listing;
mod partitions;

use data_encoding::{BASE64, HEXLOWER};
use jiff::Timestamp;
use model::{PhoneNumberId, WabaId};
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};

use crate::Store;
use crate::blob::Blob;
use crate::error::{Error, refused_is_fine};
use crate::item::{self, Item};
use crate::keys::Key;
use crate::page::cursor_of;

pub use listing::{KeptCount, KeptQuery};
pub(crate) use partitions::Noted;

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
    /// What could not be taken in. A change was, and is kept beside it.
    pub const QUARANTINE: [Self; 3] = [Self::Unregistered, Self::Unknown, Self::Unprocessable];

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

/// Something to keep, with its raw JSON.
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
    /// As received, token for token. A body that is no JSON stands here as a JSON string.
    pub raw: Box<RawValue>,
    /// That JSON string is base64: the body is no UTF-8, and not a byte of it may be lost.
    pub base64: bool,
}

/// Something that is kept.
#[derive(Clone)]
pub struct StoredKept {
    /// Names it among what is kept.
    pub id: String,
    /// What it is.
    pub kept: Kept,
    /// When a replay last took it in, and which.
    pub replayed: Option<KeptReplay>,
    key: Key,
}

/// A replay that took it in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptReplay {
    /// The run.
    pub run: String,
    /// When.
    pub at: Timestamp,
}

impl StoredKept {
    /// Where a list goes on behind it.
    pub fn cursor(&self) -> String {
        cursor_of(&self.key.sk)
    }
}

impl Kept {
    /// A body that is no webhook, to the byte.
    pub fn body(body: &[u8], now: Timestamp) -> Result<Self, Error> {
        let text = std::str::from_utf8(body);
        let raw = match text {
            Ok(text) => serde_json::value::to_raw_value(text),
            Err(_) => serde_json::value::to_raw_value(&BASE64.encode(body)),
        };
        Ok(Self {
            cause: Cause::Unprocessable.as_str().to_owned(),
            field: String::new(),
            waba_id: None,
            phone_number_id: None,
            at: now,
            raw: raw.map_err(|_| Error::Refused(String::from("a text that is no JSON string")))?,
            base64: text.is_err(),
        })
    }

    /// The bytes that came, of a body that is no webhook.
    pub fn bytes(&self) -> Option<Vec<u8>> {
        let text: String = serde_json::from_str(self.raw.get()).ok()?;
        if self.base64 { BASE64.decode(text.as_bytes()).ok() } else { Some(text.into_bytes()) }
    }
}

/// The same thing is the same item.
pub(crate) fn kept_key(cause: &str, at: Timestamp, raw: &RawValue) -> Key {
    let hash = HEXLOWER.encode(&Sha256::digest(raw.get().as_bytes()));
    let hash = hash.get(..32).unwrap_or(&hash);
    if cause == Cause::Change.as_str() { Key::change(at, hash) } else { Key::kept(at, hash) }
}

pub(crate) fn kept_item(kept: &Kept, blob: Option<&Blob>, days: u32, now: Timestamp) -> (Key, Item) {
    let key = kept_key(&kept.cause, kept.at, &kept.raw);
    let item = Item::at(&key)
        .text("kind", "kept")
        .text("cause", &kept.cause)
        .text("field", &kept.field)
        .text_if("waba_id", kept.waba_id.as_ref().map(WabaId::as_str))
        .text_if("phone_number_id", kept.phone_number_id.as_ref().map(PhoneNumberId::as_str))
        .time("at", kept.at)
        .time("received_at", now)
        .for_days(days, now);
    let item = if kept.base64 { item.flag("base64", true) } else { item };
    let item = match blob {
        Some(blob) => item.text("raw_key", &blob.key),
        None => item.text("raw", kept.raw.get()),
    };
    (key, item)
}

impl Store {
    /// Notes that a replay took it in, so that another one does not do so again unasked.
    pub async fn mark_replayed(&self, kept: &StoredKept, run: &str, now: Timestamp) -> Result<(), Error> {
        let outcome = self
            .dynamo
            .update_item()
            .table_name(&self.table)
            .set_key(Some(item::key(&kept.key)))
            .update_expression("SET replayed_run = :run, replayed_at = :now")
            .condition_expression("attribute_exists(pk)")
            .expression_attribute_values(":run", item::text(run))
            .expression_attribute_values(":now", item::time(now))
            .send()
            .await;
        // Its time ran out meanwhile: there is nothing left to mark.
        refused_is_fine(outcome)
    }

    /// None where what it refers to is gone.
    async fn read_kept(&self, key: Key, item: Item) -> Result<Option<StoredKept>, Error> {
        let raw = match item.str("raw_key") {
            Some(key) => self.find_blob(key).await?,
            None => Some(item.json("raw").ok_or(Error::Corrupt("kept"))?),
        };
        let Some(raw) = raw else { return Ok(None) };
        let replayed = item.string("replayed_run").zip(item.instant("replayed_at"));
        Ok(Some(StoredKept {
            id: key.sk.replace('#', "-"),
            kept: Kept {
                cause: item.needed("cause", "kept")?,
                field: item.needed("field", "kept")?,
                waba_id: item.string("waba_id").map(WabaId::new),
                phone_number_id: item.string("phone_number_id").map(PhoneNumberId::new),
                at: item.instant("at").ok_or(Error::Corrupt("kept"))?,
                raw,
                base64: item.truth("base64"),
            },
            replayed: replayed.map(|(run, at)| KeptReplay { run, at }),
            key,
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_comes_back_to_the_byte() {
        for body in [&b""[..], b"no webhook", b"\xff\xfe{\"entry\":[]}\x00", "h\u{e9} \u{0} \u{fffd}".as_bytes()] {
            let kept = Kept::body(body, Timestamp::UNIX_EPOCH).unwrap();
            assert_eq!(kept.bytes().as_deref(), Some(body));
            assert_eq!(kept.base64, std::str::from_utf8(body).is_err());
        }
    }
}
