//! Puts a stream into the bucket: whole when it is small, in parts when it is not, and only when its checksum fits.
//!
//! At most one part is buffered while one is sent. Nothing is visible under the key before the checksum was compared:
//! a small object is put after it, a large one completed after it.

use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{CompletedMultipartUpload, CompletedPart};
use bytes::{Bytes, BytesMut};
use futures::{Stream, StreamExt};
use runtime::logs::aws_error;
use sha2::{Digest, Sha256};

/// S3 takes parts from 5 MiB on.
const PART: usize = 8 * 1024 * 1024;
/// Meta takes files of up to 100 MB from people (`WhatsApp Cloud API/Media`); a stream that goes on is none.
const MAX_BYTES: u64 = 128 * 1024 * 1024;

pub(crate) struct Object<'a> {
    pub(crate) bucket: &'a str,
    pub(crate) key: &'a str,
    pub(crate) mime_type: &'a str,
}

pub(crate) struct Stored {
    pub(crate) bytes: u64,
    pub(crate) sha256: [u8; 32],
}

pub(crate) enum NotStored {
    /// It is not the file Meta described.
    Mismatch,
    TooLarge,
    /// The stream ended early.
    Broken(graph::Error),
    Bucket(String),
}

pub(crate) async fn upload(
    s3: &aws_sdk_s3::Client,
    object: &Object<'_>,
    expected: Option<[u8; 32]>,
    bytes: impl Stream<Item = Result<Bytes, graph::Error>> + Unpin,
) -> Result<Stored, NotStored> {
    let mut parts = Parts { bytes, rest: BytesMut::new(), ended: false, hash: Sha256::new(), count: 0 };
    let first = parts.next().await?;
    if parts.is_over() {
        let stored = parts.finish(expected)?;
        put(s3, object, first).await?;
        return Ok(stored);
    }
    let upload_id = create(s3, object).await?;
    let outcome = in_parts(s3, object, &upload_id, first, parts, expected).await;
    if outcome.is_err() {
        abort(s3, object, &upload_id).await;
    }
    outcome
}

/// A stream cut into parts, hashed on the way.
struct Parts<S> {
    bytes: S,
    rest: BytesMut,
    ended: bool,
    hash: Sha256,
    count: u64,
}

impl<S: Stream<Item = Result<Bytes, graph::Error>> + Unpin> Parts<S> {
    /// A full part, or whatever is left at the end.
    async fn next(&mut self) -> Result<Bytes, NotStored> {
        while !self.ended && self.rest.len() < PART {
            match self.bytes.next().await {
                Some(Ok(chunk)) => {
                    self.count += chunk.len() as u64;
                    if self.count > MAX_BYTES {
                        return Err(NotStored::TooLarge);
                    }
                    self.hash.update(&chunk);
                    self.rest.extend_from_slice(&chunk);
                }
                Some(Err(error)) => return Err(NotStored::Broken(error)),
                None => self.ended = true,
            }
        }
        let size = self.rest.len().min(PART);
        Ok(self.rest.split_to(size).freeze())
    }

    fn is_over(&self) -> bool {
        self.ended && self.rest.is_empty()
    }

    fn finish(self, expected: Option<[u8; 32]>) -> Result<Stored, NotStored> {
        let sha256: [u8; 32] = self.hash.finalize().into();
        if expected.is_some_and(|expected| expected != sha256) {
            return Err(NotStored::Mismatch);
        }
        Ok(Stored { bytes: self.count, sha256 })
    }
}

async fn put(s3: &aws_sdk_s3::Client, object: &Object<'_>, bytes: Bytes) -> Result<(), NotStored> {
    s3.put_object()
        .bucket(object.bucket)
        .key(object.key)
        .content_type(object.mime_type)
        .content_disposition(DISPOSITION)
        .body(ByteStream::from(bytes))
        .send()
        .await
        .map_err(|error| NotStored::Bucket(aws_error(&error)))?;
    Ok(())
}

/// Whoever opens it downloads it: a page somebody sent must not run in a browser.
const DISPOSITION: &str = "attachment";

async fn create(s3: &aws_sdk_s3::Client, object: &Object<'_>) -> Result<String, NotStored> {
    let answer = s3
        .create_multipart_upload()
        .bucket(object.bucket)
        .key(object.key)
        .content_type(object.mime_type)
        .content_disposition(DISPOSITION)
        .send()
        .await
        .map_err(|error| NotStored::Bucket(aws_error(&error)))?;
    answer.upload_id.ok_or_else(|| NotStored::Bucket(String::from("an upload without an id")))
}

async fn in_parts<S: Stream<Item = Result<Bytes, graph::Error>> + Unpin>(
    s3: &aws_sdk_s3::Client,
    object: &Object<'_>,
    upload_id: &str,
    first: Bytes,
    mut parts: Parts<S>,
    expected: Option<[u8; 32]>,
) -> Result<Stored, NotStored> {
    let mut done = Vec::new();
    let mut part = first;
    while !part.is_empty() {
        let number = i32::try_from(done.len() + 1).unwrap_or(i32::MAX);
        let answer = s3
            .upload_part()
            .bucket(object.bucket)
            .key(object.key)
            .upload_id(upload_id)
            .part_number(number)
            .body(ByteStream::from(part))
            .send()
            .await
            .map_err(|error| NotStored::Bucket(aws_error(&error)))?;
        done.push(
            CompletedPart::builder()
                .part_number(number)
                .set_e_tag(answer.e_tag)
                .set_checksum_crc32(answer.checksum_crc32)
                .build(),
        );
        part = parts.next().await?;
    }
    let stored = parts.finish(expected)?;
    s3.complete_multipart_upload()
        .bucket(object.bucket)
        .key(object.key)
        .upload_id(upload_id)
        .multipart_upload(CompletedMultipartUpload::builder().set_parts(Some(done)).build())
        .send()
        .await
        .map_err(|error| NotStored::Bucket(aws_error(&error)))?;
    Ok(stored)
}

/// What this fails to remove, the bucket's lifecycle rule removes.
async fn abort(s3: &aws_sdk_s3::Client, object: &Object<'_>, upload_id: &str) {
    let aborted = s3.abort_multipart_upload().bucket(object.bucket).key(object.key).upload_id(upload_id).send().await;
    if let Err(error) = aborted {
        tracing::warn!(error = aws_error(&error), "an unfinished upload could not be removed");
    }
}
