//! What is too large for an item or a queue: raw JSON in the bucket, addressed by its hash, so that writing it again
//! changes nothing.

use aws_sdk_s3::primitives::ByteStream;
use data_encoding::HEXLOWER;
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};

use crate::Store;
use crate::error::Error;

/// Raw JSON longer than this goes to the bucket and is referred to; an item holds 400 KiB at most.
pub const RAW_INLINE_MAX: usize = 300 * 1024;

/// Raw JSON in the bucket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Blob {
    /// The bucket.
    pub bucket: String,
    /// The object.
    pub key: String,
    /// Its size.
    pub bytes: u64,
    /// Hex.
    pub sha256: String,
}

/// What raw JSON belongs to. Each has a folder of its own, which the bucket empties as old as its items get.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BlobClass {
    /// Messages, and the data of events.
    Messages,
    /// What is kept raw, and what is quarantined.
    Kept,
}

impl BlobClass {
    /// The object of this JSON.
    pub(crate) fn key(self, json: &str) -> String {
        let folder = match self {
            Self::Messages => "messages",
            Self::Kept => "kept",
        };
        format!("raw/{folder}/{}.json", digest(json))
    }
}

fn digest(json: &str) -> String {
    HEXLOWER.encode(&Sha256::digest(json.as_bytes()))
}

impl Store {
    /// Puts raw JSON into the bucket. The same JSON of the same class is the same object, and as young as the last time it
    /// was put there.
    pub async fn put_blob(&self, class: BlobClass, json: &str) -> Result<Blob, Error> {
        let key = class.key(json);
        self.s3
            .put_object()
            .bucket(&self.bucket)
            .key(&key)
            .content_type("application/json")
            .body(ByteStream::from(json.as_bytes().to_vec()))
            .send()
            .await
            .map_err(|error| Error::Bucket(bucket_error(&error)))?;
        Ok(Blob { bucket: self.bucket.clone(), key, bytes: json.len() as u64, sha256: digest(json) })
    }

    /// None where it is gone: its time in the bucket is over, which may have been made shorter, or an erasure that died
    /// took it. Who may not list the bucket, and no function may, is answered 403 for what is not there.
    pub(crate) async fn find_blob(&self, key: &str) -> Result<Option<Box<RawValue>>, Error> {
        match self.read_blob(key).await {
            Ok(raw) => Ok(Some(raw)),
            Err(Error::Bucket(code)) if matches!(code.as_str(), "NoSuchKey" | "AccessDenied") => {
                tracing::warn!(code, "raw JSON is not in the bucket");
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    async fn read_blob(&self, key: &str) -> Result<Box<RawValue>, Error> {
        let object = self
            .s3
            .get_object()
            .bucket(&self.bucket)
            .key(key)
            .send()
            .await
            .map_err(|error| Error::Bucket(bucket_error(&error)))?;
        let bytes = object.body.collect().await.map_err(|_| Error::Bucket(String::from("the object broke off")))?;
        String::from_utf8(bytes.to_vec())
            .ok()
            .and_then(|json| RawValue::from_string(json).ok())
            .ok_or(Error::Corrupt("raw JSON in the bucket"))
    }
}

pub(crate) fn bucket_error<E: aws_sdk_s3::error::ProvideErrorMetadata, R>(
    error: &aws_sdk_s3::error::SdkError<E, R>,
) -> String {
    match error {
        aws_sdk_s3::error::SdkError::ServiceError(service) => {
            service.err().code().unwrap_or("an error without a code").to_owned()
        }
        _ => String::from("no answer"),
    }
}
