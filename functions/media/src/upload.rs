//! Puts a stream into the bucket: whole when it is small, in parts when it is not, and only when it is the file that was
//! described.
//!
//! One part is in memory at a time, whatever the size of the file. Nothing is visible under the key before the bytes were
//! compared: a small object is put after it, a large one completed after it.

use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{CompletedMultipartUpload, CompletedPart};
use bytes::{Bytes, BytesMut};
use futures::{Stream, StreamExt};
use runtime::logs::aws_error;
use sha2::{Digest, Sha256};
use tokio::time::{Instant, timeout_at};

use crate::sniff::{Look, look};

/// S3 takes parts from 5 MiB on.
const PART: usize = 8 * 1024 * 1024;
/// Meta takes files of up to 100 MB from people (`WhatsApp Cloud API/Media`); a stream that goes on is none.
pub(crate) const MAX_BYTES: u64 = 128 * 1024 * 1024;

pub(crate) struct Object<'a> {
    pub(crate) bucket: &'a str,
    pub(crate) key: &'a str,
    pub(crate) mime_type: &'a str,
}

/// What is said of the file.
#[derive(Clone, Copy)]
pub(crate) struct Expected {
    pub(crate) sha256: Option<[u8; 32]>,
    pub(crate) bytes: Option<u64>,
    /// More than this is not taken.
    pub(crate) most: u64,
}

impl Default for Expected {
    fn default() -> Self {
        Self { sha256: None, bytes: None, most: MAX_BYTES }
    }
}

pub(crate) struct Stored {
    pub(crate) bytes: u64,
    pub(crate) sha256: [u8; 32],
    pub(crate) look: Look,
}

pub(crate) enum NotStored {
    /// It is not the file Meta described: why.
    Mismatch(&'static str),
    TooLarge,
    /// The stream ended early.
    Broken(graph::Error),
    /// It would not have been over in time.
    Late,
    Bucket(String),
}

pub(crate) async fn upload(
    s3: &aws_sdk_s3::Client,
    object: &Object<'_>,
    expected: Expected,
    bytes: impl Stream<Item = Result<Bytes, graph::Error>> + Unpin,
    deadline: Instant,
) -> Result<Stored, NotStored> {
    let most = expected.most;
    let mut parts = Parts { bytes, left: Bytes::new(), ended: false, hash: Sha256::new(), count: 0, most, deadline };
    let hint = expected.bytes.and_then(|bytes| usize::try_from(bytes).ok()).unwrap_or(PART);
    let first = parts.next(hint).await?;
    let look = look(&first);
    if parts.is_over() {
        let stored = parts.finish(expected, look)?;
        put(s3, object, first).await?;
        return Ok(stored);
    }
    let upload_id = create(s3, object).await?;
    let outcome = in_parts(s3, object, &upload_id, first, parts, expected, look).await;
    if outcome.is_err() {
        abort(s3, object, &upload_id).await;
    }
    outcome
}

/// A stream cut into parts, hashed on the way.
struct Parts<S> {
    bytes: S,
    /// The end of a chunk that did not fit into the last part.
    left: Bytes,
    ended: bool,
    hash: Sha256,
    count: u64,
    most: u64,
    deadline: Instant,
}

impl<S: Stream<Item = Result<Bytes, graph::Error>> + Unpin> Parts<S> {
    /// A full part, or whatever is left at the end. `hint` is how much is expected.
    async fn next(&mut self, hint: usize) -> Result<Bytes, NotStored> {
        let mut part = BytesMut::with_capacity(hint.min(PART));
        loop {
            let room = PART - part.len();
            part.extend_from_slice(&self.left.split_to(room.min(self.left.len())));
            if self.ended || part.len() == PART {
                return Ok(part.freeze());
            }
            match timeout_at(self.deadline, self.bytes.next()).await {
                Ok(Some(Ok(chunk))) => {
                    self.count += chunk.len() as u64;
                    if self.count > self.most {
                        return Err(NotStored::TooLarge);
                    }
                    self.hash.update(&chunk);
                    self.left = chunk;
                }
                Ok(Some(Err(error))) => return Err(NotStored::Broken(error)),
                Ok(None) => self.ended = true,
                Err(_) => return Err(NotStored::Late),
            }
        }
    }

    fn is_over(&self) -> bool {
        self.ended && self.left.is_empty()
    }

    /// The checksum is proof; the size is what there is where Meta gave no checksum.
    fn finish(self, expected: Expected, look: Look) -> Result<Stored, NotStored> {
        let sha256: [u8; 32] = self.hash.finalize().into();
        match expected {
            Expected { sha256: Some(given), .. } if given != sha256 => {
                return Err(NotStored::Mismatch("the file does not have the checksum Meta gave for it"));
            }
            Expected { sha256: None, bytes: Some(given), .. } if given != self.count => {
                return Err(NotStored::Mismatch("the file does not have the size Meta gave for it"));
            }
            _ => {}
        }
        Ok(Stored { bytes: self.count, sha256, look })
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
    expected: Expected,
    look: Look,
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
        part = parts.next(PART).await?;
    }
    let stored = parts.finish(expected, look)?;
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
