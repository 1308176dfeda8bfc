//! Uploads in parts.

use std::{collections::BTreeMap, fs, io, path::PathBuf};

use axum::body::Body;
use http::{Response, StatusCode, request::Parts};
use md5::{Digest, Md5};
use uuid::Uuid;

use super::{
    super::reply,
    S3,
    address::Target,
    error::S3Error,
    incoming,
    object::{Object, kept_headers},
    put::{body_text, malformed, stored},
    xml::{self, escaped},
};

/// Every part but the last has at least this many bytes.
const SMALLEST: u64 = 5 * 1024 * 1024;
const MOST_PARTS: u32 = 10_000;

#[derive(Debug)]
pub(super) struct Upload {
    bucket: String,
    key: String,
    headers: BTreeMap<String, String>,
    parts: BTreeMap<u32, Part>,
}

#[derive(Clone, Debug)]
struct Part {
    md5: [u8; 16],
    size: u64,
    file: String,
}

impl Part {
    fn etag(&self) -> String {
        hex::encode(self.md5)
    }
}

impl S3 {
    pub(super) fn create_upload(&self, target: &Target, parts: &Parts) -> Result<Response<Body>, S3Error> {
        let upload = Upload {
            bucket: target.bucket.clone(),
            key: target.key.clone(),
            headers: kept_headers(&parts.headers)?,
            parts: BTreeMap::new(),
        };
        self.shelf.has_bucket(&target.bucket)?;
        let id = Uuid::new_v4().simple().to_string();
        self.shelf.lock().uploads.insert(id.clone(), upload);
        let answer = format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<InitiateMultipartUploadResult><Bucket>{}</Bucket><Key>{}</Key><UploadId>{id}</UploadId></InitiateMultipartUploadResult>",
            escaped(&target.bucket),
            escaped(&target.key),
        );
        Ok(reply::xml(StatusCode::OK, answer))
    }

    pub(super) async fn upload_part(
        &self,
        target: &Target,
        parts: &Parts,
        body: Body,
    ) -> Result<Response<Body>, S3Error> {
        let (number, id, file, path) = match self.prepare_part(target, parts) {
            Ok(prepared) => prepared,
            Err(error) => {
                reply::swallow(body).await;
                return Err(error);
            }
        };
        let written = incoming::write(&parts.headers, body, &path).await?;
        let part = Part { md5: written.digested.md5, size: written.size, file };
        let etag = format!("\"{}\"", part.etag());
        let replaced = {
            let mut index = self.shelf.lock();
            match index.uploads.get_mut(&id) {
                Some(upload) => upload.parts.insert(number, part),
                // Aborted meanwhile: the part has no home.
                None => Some(part),
            }
        };
        if let Some(part) = replaced {
            self.shelf.remove_files(&target.bucket, &part.file);
        }
        Ok(stored(&etag, written.digested.checksum.as_ref()))
    }

    fn prepare_part(&self, target: &Target, parts: &Parts) -> Result<(u32, String, String, PathBuf), S3Error> {
        if parts.headers.contains_key("x-amz-copy-source") {
            return Err(S3Error::not_implemented("UploadPartCopy"));
        }
        let number = target
            .query("partNumber")
            .and_then(|number| number.parse().ok())
            .filter(|number| (1..=MOST_PARTS).contains(number))
            .ok_or_else(|| {
                S3Error::bad("InvalidArgument", "Part number must be an integer between 1 and 10000, inclusive")
            })?;
        let id = self.known_upload(target)?;
        let (file, path) = self.shelf.new_file(&target.bucket)?;
        Ok((number, id, file, path))
    }

    fn known_upload(&self, target: &Target) -> Result<String, S3Error> {
        let id = target.query("uploadId").unwrap_or_default();
        let index = self.shelf.lock();
        let known =
            index.uploads.get(id).is_some_and(|upload| upload.bucket == target.bucket && upload.key == target.key);
        if known { Ok(id.to_owned()) } else { Err(S3Error::no_upload()) }
    }

    pub(super) async fn complete_upload(&self, target: &Target, body: Body) -> Result<Response<Body>, S3Error> {
        let request = body_text(body).await?;
        let listed = listed_parts(&request)?;
        let id = self.known_upload(target)?;
        let chosen = self.chosen(&id, &listed)?;

        let (file, path) = self.shelf.new_file(&target.bucket)?;
        let sources: Vec<PathBuf> = chosen.iter().map(|part| self.shelf.path(&target.bucket, &part.file)).collect();
        tokio::task::spawn_blocking(move || join(&sources, &path)).await.map_err(io::Error::other)??;

        let Some(upload) = self.shelf.lock().uploads.remove(&id) else {
            self.shelf.remove_files(&target.bucket, &file);
            return Err(S3Error::no_upload());
        };
        let mut digest = Md5::new();
        for part in &chosen {
            digest.update(part.md5);
        }
        let etag = format!("\"{}-{}\"", hex::encode(digest.finalize()), chosen.len());
        let object = Object {
            key: upload.key,
            file,
            size: chosen.iter().map(|part| part.size).sum(),
            etag: etag.clone(),
            modified_at: self.clock.now(),
            headers: upload.headers,
            checksum: None,
        };
        self.shelf.publish(&target.bucket, object, |_| Ok(()))?;
        for part in upload.parts.values() {
            self.shelf.remove_files(&target.bucket, &part.file);
        }
        let answer = format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<CompleteMultipartUploadResult><Bucket>{}</Bucket><Key>{}</Key><ETag>{}</ETag></CompleteMultipartUploadResult>",
            escaped(&target.bucket),
            escaped(&target.key),
            escaped(&etag),
        );
        Ok(reply::xml(StatusCode::OK, answer))
    }

    /// The parts the client lists, which must be there, in order, and large enough.
    fn chosen(&self, id: &str, listed: &[(u32, String)]) -> Result<Vec<Part>, S3Error> {
        if listed.is_empty() {
            return Err(malformed());
        }
        if !listed.is_sorted_by(|one, next| one.0 < next.0) {
            let message = "The list of parts was not in ascending order. Parts must be ordered by part number.";
            return Err(S3Error::bad("InvalidPartOrder", message));
        }
        let index = self.shelf.lock();
        let upload = index.uploads.get(id).ok_or_else(S3Error::no_upload)?;
        let chosen: Vec<Part> = listed
            .iter()
            .map(|(number, etag)| upload.parts.get(number).filter(|part| part.etag() == etag.trim_matches('"')).cloned())
            .collect::<Option<_>>()
            .ok_or_else(|| {
                let message = "One or more of the specified parts could not be found.  The part may not have been uploaded, or the specified entity tag may not match the part's entity tag.";
                S3Error::bad("InvalidPart", message)
            })?;
        let (_, all_but_last) = chosen.split_last().ok_or_else(malformed)?;
        if all_but_last.iter().any(|part| part.size < SMALLEST) {
            let message = "Your proposed upload is smaller than the minimum allowed size";
            return Err(S3Error::bad("EntityTooSmall", message));
        }
        Ok(chosen)
    }

    pub(super) fn abort_upload(&self, target: &Target) -> Result<Response<Body>, S3Error> {
        let id = self.known_upload(target)?;
        let upload = self.shelf.lock().uploads.remove(&id).ok_or_else(S3Error::no_upload)?;
        for part in upload.parts.values() {
            self.shelf.remove_files(&target.bucket, &part.file);
        }
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::NO_CONTENT;
        Ok(response)
    }
}

fn listed_parts(request: &str) -> Result<Vec<(u32, String)>, S3Error> {
    xml::elements(request, "Part")
        .into_iter()
        .map(|part| Some((xml::text(part, "PartNumber")?.parse().ok()?, xml::text(part, "ETag")?)))
        .collect::<Option<_>>()
        .ok_or_else(malformed)
}

fn join(sources: &[PathBuf], into: &PathBuf) -> io::Result<()> {
    let mut out = fs::File::create(into)?;
    for source in sources {
        io::copy(&mut fs::File::open(source)?, &mut out)?;
    }
    Ok(())
}
