//! What lies in the bucket under a key, without holding more of it than its first bytes.

use std::io;

use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_s3::operation::get_object::GetObjectError;
use aws_sdk_s3::primitives::ByteStream;
use bytes::Bytes;
use data_encoding::HEXLOWER;
use futures::stream::{self, Stream};
use model::Timestamp;
use model::file::name::of_disposition;
use runtime::logs::aws_error;
use sha2::{Digest, Sha256};
use tokio::time::{Instant, timeout_at};

use super::trouble::Trouble;
use crate::sniff::{HEAD, Look, look};
use crate::{App, failure};

/// An object's description and first bytes.
pub(super) struct Head {
    pub(super) bytes: u64,
    pub(super) etag: Option<String>,
    pub(super) content_type: Option<String>,
    pub(super) filename: Option<String>,
    pub(super) modified_at: Option<Timestamp>,
    pub(super) look: Look,
}

/// One request for both, since S3 says the whole size beside any part.
pub(super) async fn head(app: &App, key: &str) -> Result<Head, Trouble> {
    let request = app.s3.get_object().bucket(app.store.bucket()).key(key).range(format!("bytes=0-{}", HEAD - 1));
    let object = match request.send().await {
        Ok(object) => object,
        Err(error) if error.code() == Some("InvalidRange") => return Ok(Head::empty()),
        Err(error) => return Err(unread(&error)),
    };
    let whole = object.content_range().and_then(|range| range.rsplit_once('/')?.1.parse().ok());
    let length = object.content_length().and_then(|length| u64::try_from(length).ok());
    let modified_at = object.last_modified().and_then(|at| Timestamp::from_second(at.secs()).ok());
    let filename = object.content_disposition().and_then(of_disposition);
    let (content_type, etag) = (object.content_type().map(str::to_owned), object.e_tag().map(str::to_owned));
    let first = object.body.collect().await.map_err(|_| Trouble::of_bucket("the object broke off"))?;
    Ok(Head {
        bytes: whole.or(length).unwrap_or_default(),
        etag,
        content_type,
        filename,
        modified_at,
        look: look(&first.into_bytes()),
    })
}

/// The whole object, which must still be the one that was looked at.
pub(super) async fn open(app: &App, key: &str, etag: Option<&str>) -> Result<ByteStream, Trouble> {
    let request = app.s3.get_object().bucket(app.store.bucket()).key(key).set_if_match(etag.map(str::to_owned));
    request.send().await.map(|object| object.body).map_err(|error| unread(&error))
}

/// Hex.
pub(super) async fn sha256(app: &App, key: &str, etag: Option<&str>, deadline: Instant) -> Result<String, Trouble> {
    let mut body = open(app, key, etag).await?;
    let mut hash = Sha256::new();
    loop {
        match timeout_at(deadline, body.try_next()).await {
            Ok(Ok(Some(chunk))) => hash.update(&chunk),
            Ok(Ok(None)) => return Ok(HEXLOWER.encode(&hash.finalize())),
            Ok(Err(_)) => return Err(Trouble::of_bucket("the object broke off")),
            Err(_) => return Err(Trouble::late()),
        }
    }
}

/// The bytes as they come.
pub(super) fn chunks(body: ByteStream) -> impl Stream<Item = Result<Bytes, io::Error>> + Send + 'static {
    stream::try_unfold(body, |mut body| async move {
        let next = body.try_next().await.map_err(io::Error::other)?;
        Ok(next.map(|chunk| (chunk, body)))
    })
}

impl Head {
    fn empty() -> Self {
        let look = look(&[]);
        Self { bytes: 0, etag: None, content_type: None, filename: None, modified_at: None, look }
    }
}

/// Who may not list a bucket is told that they may not read what is not there.
fn unread(error: &SdkError<GetObjectError>) -> Trouble {
    match error.code() {
        Some("NoSuchKey" | "AccessDenied") => Trouble::Doubtful { error: failure::missing() },
        _ => Trouble::of_bucket(&aws_error(error)),
    }
}
