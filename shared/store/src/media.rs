//! What became of the file that a message brought (M-06), and links to it.

use std::time::Duration;

use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValuesOnConditionCheckFailure as OnFailure};
use aws_sdk_s3::presigning::PresigningConfig;
use jiff::Timestamp;
use model::MessageId;

use crate::Store;
use crate::error::Error;
use crate::item::{self, Item};
use crate::keys::Key;

/// What became of an inbound file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MediaRecord {
    /// It is in the bucket.
    Stored(StoredFile),
    /// It was not to be had so far, and is tried again.
    Waiting {
        /// Why, in plain words.
        reason: String,
        /// How often it was tried.
        attempts: u32,
    },
    /// It is not to be had.
    Failed {
        /// Why, in one word for programs.
        code: String,
        /// Why, in plain words.
        reason: String,
        /// Where its bytes are kept aside, where they came and cannot be trusted.
        quarantine_key: Option<String>,
    },
}

/// A file in the bucket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredFile {
    /// The bucket.
    pub bucket: String,
    /// The object.
    pub key: String,
    /// As Meta named it.
    pub mime_type: String,
    /// By its first bytes, where they are those of a known type.
    pub sniffed_type: Option<String>,
    /// Whether the bytes are of another type than Meta named.
    pub type_mismatch: bool,
    /// Hex.
    pub sha256: String,
    /// Its true size.
    pub bytes: u64,
    /// Meta's size, where it is another.
    pub declared_bytes: Option<u64>,
}

/// What is known of a message's file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MediaKnown {
    /// There is no such message.
    NoMessage,
    /// There is, and nothing is recorded of a file.
    Nothing,
    /// This is.
    Recorded(MediaRecord),
}

/// What came of recording.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recorded {
    /// It is recorded.
    Done,
    /// Something that counts for more was recorded before.
    Settled,
    /// There is no such message.
    NoMessage,
}

impl Store {
    /// Records what became of a message's file. What is stored stays stored, and what failed does not wait again: jobs
    /// may come twice, and at once.
    pub async fn record_media(&self, id: &MessageId, media: &MediaRecord, now: Timestamp) -> Result<Recorded, Error> {
        let update = self
            .dynamo
            .update_item()
            .table_name(&self.table)
            .set_key(Some(item::key(&Key::message(id))))
            .update_expression("SET media = :media")
            .expression_attribute_values(":media", media_value(media, now))
            .return_values_on_condition_check_failure(OnFailure::AllOld);
        let update = match media {
            // A file is known by its checksum, whichever version recorded it.
            MediaRecord::Stored(_) | MediaRecord::Failed { .. } => {
                update.condition_expression("attribute_exists(pk) AND attribute_not_exists(media.sha256)")
            }
            MediaRecord::Waiting { .. } => update
                .condition_expression(
                    "attribute_exists(pk) AND (attribute_not_exists(media) OR media.#state = :waiting)",
                )
                .expression_attribute_names("#state", "state")
                .expression_attribute_values(":waiting", item::text(WAITING)),
        };
        match update.send().await {
            Ok(_) => Ok(Recorded::Done),
            Err(error) => match error.as_service_error() {
                Some(UpdateItemError::ConditionalCheckFailedException(refused))
                    if refused.item().is_some_and(|item| !item.is_empty()) =>
                {
                    Ok(Recorded::Settled)
                }
                Some(UpdateItemError::ConditionalCheckFailedException(_)) => Ok(Recorded::NoMessage),
                _ => Err(error.into()),
            },
        }
    }

    /// What is recorded of a message's file.
    pub async fn media_of(&self, id: &MessageId, now: Timestamp) -> Result<MediaKnown, Error> {
        let message = self.get(&Key::message(id)).await?.filter(|item| item.lives(now));
        Ok(match message {
            None => MediaKnown::NoMessage,
            Some(message) => read(&message).map_or(MediaKnown::Nothing, MediaKnown::Recorded),
        })
    }

    /// A link by which anybody may download the file until `lives` has passed. Makes no call. It is downloaded, whatever
    /// it is: a page that somebody sent must not run in a browser.
    pub async fn media_link(&self, file: &StoredFile, now: Timestamp, lives: Duration) -> Result<String, Error> {
        let signed = PresigningConfig::builder()
            .start_time(now.into())
            .expires_in(lives)
            .build()
            .map_err(|_| Error::Refused(String::from("a link of this length")))?;
        let request =
            self.s3.get_object().bucket(&file.bucket).key(&file.key).response_content_disposition("attachment");
        let request =
            request.presigned(signed).await.map_err(|_| Error::Refused(String::from("a link to this key")))?;
        Ok(request.uri().to_owned())
    }
}

const STORED: &str = "stored";
const WAITING: &str = "waiting";
const FAILED: &str = "failed";

fn media_value(media: &MediaRecord, now: Timestamp) -> AttributeValue {
    let item = Item::default().time("at", now);
    match media {
        MediaRecord::Stored(file) => {
            let item = item
                .text("state", STORED)
                .text("bucket", &file.bucket)
                .text("key", &file.key)
                .text("mime_type", &file.mime_type)
                .text_if("sniffed_type", file.sniffed_type.as_deref())
                .text("sha256", &file.sha256)
                .number("bytes", file.bytes);
            let item = if file.type_mismatch { item.flag("type_mismatch", true) } else { item };
            match file.declared_bytes {
                Some(bytes) => item.number("declared_bytes", bytes).into_map(),
                None => item.into_map(),
            }
        }
        MediaRecord::Waiting { reason, attempts } => {
            item.text("state", WAITING).text("reason", reason).number("attempts", attempts).into_map()
        }
        MediaRecord::Failed { code, reason, quarantine_key } => item
            .text("state", FAILED)
            .text("code", code)
            .text("reason", reason)
            .text_if("quarantine_key", quarantine_key.as_deref())
            .into_map(),
    }
}

/// Of a message's item. The first version wrote no state: what had a reason had failed.
pub(crate) fn read(message: &Item) -> Option<MediaRecord> {
    let item = message.map("media")?;
    if let Some(reason) = item.string("reason") {
        let attempts = item.integer("attempts").and_then(|attempts| u32::try_from(attempts).ok()).unwrap_or(0);
        return Some(match item.str("state") {
            Some(WAITING) => MediaRecord::Waiting { reason, attempts },
            _ => MediaRecord::Failed {
                code: item.string("code").unwrap_or_else(|| String::from("lost")),
                reason,
                quarantine_key: item.string("quarantine_key"),
            },
        });
    }
    let size = |name: &str| item.integer(name).and_then(|bytes| u64::try_from(bytes).ok());
    Some(MediaRecord::Stored(StoredFile {
        bucket: item.string("bucket")?,
        key: item.string("key")?,
        mime_type: item.string("mime_type")?,
        sniffed_type: item.string("sniffed_type"),
        type_mismatch: item.truth("type_mismatch"),
        sha256: item.string("sha256")?,
        bytes: size("bytes")?,
        declared_bytes: size("declared_bytes"),
    }))
}
