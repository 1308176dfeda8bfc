//! A file in the bucket, read as it is passed on.

use std::io;

use aws_sdk_s3::error::ProvideErrorMetadata;
use aws_sdk_s3::primitives::ByteStream;
use futures::stream::{self, Stream};

use crate::error::Error;
use crate::{Store, blob};

/// What lies under a key. Its bytes are not read before they are asked for.
pub struct Object {
    /// As it was put there.
    pub mime_type: Option<String>,
    /// Its size.
    pub bytes: u64,
    body: ByteStream,
}

impl Store {
    /// `None` where nothing lies there. Who may not list a bucket is told the same as who may not read.
    pub async fn object(&self, key: &str) -> Result<Option<Object>, Error> {
        match self.s3.get_object().bucket(&self.bucket).key(key).send().await {
            Ok(object) => Ok(Some(Object {
                mime_type: object.content_type().map(str::to_owned),
                bytes: object.content_length().and_then(|bytes| u64::try_from(bytes).ok()).unwrap_or_default(),
                body: object.body,
            })),
            Err(error) if matches!(error.code(), Some("NoSuchKey" | "AccessDenied")) => Ok(None),
            Err(error) => Err(Error::Bucket(blob::bucket_error(&error))),
        }
    }
}

impl Object {
    /// The bytes as they come.
    pub fn into_chunks(self) -> impl Stream<Item = Result<bytes::Bytes, io::Error>> + Send + 'static {
        stream::try_unfold(self.body, |mut body| async move {
            let next = body.try_next().await.map_err(io::Error::other)?;
            Ok(next.map(|chunk| (chunk, body)))
        })
    }
}
