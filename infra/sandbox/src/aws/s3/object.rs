//! What is known of an object besides its bytes.

use std::collections::BTreeMap;

use http::{HeaderMap, HeaderName, HeaderValue, header};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{checksum::Checksum, error::S3Error};

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Object {
    pub(super) key: String,
    /// The name of its file in the bucket's folder.
    pub(super) file: String,
    pub(super) size: u64,
    /// With its quotes.
    pub(super) etag: String,
    pub(super) modified_at: Timestamp,
    /// `content-type`, `x-amz-meta-…` and others that are given back as they came.
    pub(super) headers: BTreeMap<String, String>,
    pub(super) checksum: Option<Checksum>,
}

const GIVEN_BACK: [HeaderName; 6] = [
    header::CONTENT_TYPE,
    header::CONTENT_DISPOSITION,
    header::CONTENT_ENCODING,
    header::CONTENT_LANGUAGE,
    header::CACHE_CONTROL,
    header::EXPIRES,
];

/// Headers that change what a write means and are not played.
const REFUSED: [&str; 6] = [
    "x-amz-acl",
    "x-amz-object-lock-mode",
    "x-amz-server-side-encryption-customer-algorithm",
    "x-amz-tagging",
    "x-amz-website-redirect-location",
    "x-amz-write-offset-bytes",
];

/// The headers of a write that a read gives back.
pub(super) fn kept_headers(headers: &HeaderMap) -> Result<BTreeMap<String, String>, S3Error> {
    if let Some(refused) = REFUSED.iter().find(|name| headers.contains_key(**name)) {
        return Err(S3Error::not_implemented(refused));
    }
    let mut kept = BTreeMap::new();
    for (name, value) in headers {
        if GIVEN_BACK.contains(name) || name.as_str().starts_with("x-amz-meta-") {
            kept.insert(name.as_str().to_owned(), value.to_str().unwrap_or_default().to_owned());
        }
    }
    // `aws-chunked` is how the body travelled, not what it is.
    if let Some(encoding) = kept.remove("content-encoding") {
        let rest: Vec<_> =
            encoding.split(',').map(str::trim).filter(|one| *one != "aws-chunked" && !one.is_empty()).collect();
        if !rest.is_empty() {
            kept.insert("content-encoding".to_owned(), rest.join(","));
        }
    }
    kept.entry("content-type".to_owned()).or_insert_with(|| "binary/octet-stream".to_owned());
    Ok(kept)
}

impl Object {
    /// The headers of an answer that shows the object.
    pub(super) fn response_headers(&self) -> HeaderMap {
        let mut headers = HeaderMap::new();
        let mut put = |name: &str, value: &str| {
            if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::from_str(value)) {
                headers.insert(name, value);
            }
        };
        for (name, value) in &self.headers {
            put(name, value);
        }
        put("etag", &self.etag);
        put("last-modified", &self.modified_at.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string());
        put("accept-ranges", "bytes");
        put("x-amz-server-side-encryption", "AES256");
        headers
    }
}
