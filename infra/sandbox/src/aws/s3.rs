//! S3 over REST, path style. Objects are files, so that large ones do not sit in memory.

use std::path::Path;

use axum::body::Body;
use http::{Response, request::Parts};
use tempfile::TempDir;

use super::{Error, reply};
use crate::{call::Call, clock::Clock};

mod access;
mod address;
mod checksum;
mod chunked;
mod error;
mod get;
mod incoming;
mod listing;
mod multipart;
mod object;
mod put;
mod shelf;
pub(super) mod xml;

use address::Target;
use error::S3Error;
use shelf::Shelf;

#[derive(Debug)]
pub(super) struct S3 {
    clock: Clock,
    shelf: Shelf,
    /// Removed with the handle when nobody named a folder.
    _temporary: Option<TempDir>,
}

/// A request whose body is still unread.
struct Asked {
    target: Target,
    parts: Parts,
    body: Body,
}

impl S3 {
    pub(super) fn open(data_dir: Option<&Path>, clock: Clock) -> Result<Self, Error> {
        let (folder, temporary) = if let Some(folder) = data_dir {
            (folder.join("s3"), None)
        } else {
            let temporary = TempDir::with_prefix("sandbox-s3-")
                .map_err(|source| Error::Folder { folder: std::env::temp_dir(), source })?;
            (temporary.path().to_owned(), Some(temporary))
        };
        let shelf = Shelf::open(&folder).map_err(|source| Error::Folder { folder, source })?;
        Ok(Self { clock, shelf, _temporary: temporary })
    }

    pub(super) async fn answer(&self, call: &Call, parts: Parts, body: Body) -> Response<Body> {
        let path = parts.uri.path().to_owned();
        let answer = match access::check(&parts, self.clock.now()) {
            Ok(()) => self.carry_out(&call.operation, Asked { target: Target::of(&parts.uri), parts, body }).await,
            Err(error) => Err((error, body)),
        };
        match answer {
            Ok(mut response) => {
                reply::stamp(&mut response);
                response
            }
            Err((error, rest)) => {
                reply::swallow(rest).await;
                error.answer(&path)
            }
        }
    }

    /// An error comes with what is left of the body, which has to be read before the answer.
    async fn carry_out(&self, operation: &str, asked: Asked) -> Result<Response<Body>, (S3Error, Body)> {
        let Asked { target, parts, body } = asked;
        let whole = |answer: Result<Response<Body>, S3Error>| answer.map_err(|error| (error, Body::empty()));
        match operation {
            "PutObject" => whole(self.put_object(&target, &parts, body).await),
            "UploadPart" => whole(self.upload_part(&target, &parts, body).await),
            "CompleteMultipartUpload" => whole(self.complete_upload(&target, body).await),
            "DeleteObjects" => whole(self.delete_objects(&target, body).await),
            other => {
                let answer = match other {
                    "ListBuckets" => Ok(self.list_buckets()),
                    "CreateBucket" => self.create_bucket(&target),
                    "HeadBucket" => self.head_bucket(&target),
                    "ListObjectsV2" => self.list_objects(&target),
                    "GetObject" => self.get_object(&target, &parts).await,
                    "HeadObject" => self.head_object(&target, &parts),
                    "DeleteObject" => self.delete_object(&target),
                    "CreateMultipartUpload" => self.create_upload(&target, &parts),
                    "AbortMultipartUpload" => self.abort_upload(&target),
                    _ => Err(S3Error::not_implemented(other)),
                };
                answer.map_err(|error| (error, body))
            }
        }
    }
}
