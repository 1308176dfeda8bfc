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

impl Store {
    /// Puts raw JSON into the bucket. The same JSON is the same object.
    pub async fn put_blob(&self, json: &str) -> Result<Blob, Error> {
        let sha256 = HEXLOWER.encode(&Sha256::digest(json.as_bytes()));
        let key = format!("raw/{sha256}.json");
        self.s3
            .put_object()
            .bucket(&self.bucket)
            .key(&key)
            .content_type("application/json")
            .body(ByteStream::from(json.as_bytes().to_vec()))
            .send()
            .await
            .map_err(|error| Error::Bucket(bucket_error(&error)))?;
        Ok(Blob { bucket: self.bucket.clone(), key, bytes: json.len() as u64, sha256 })
    }

    pub(crate) async fn read_blob(&self, key: &str) -> Result<Box<RawValue>, Error> {
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
