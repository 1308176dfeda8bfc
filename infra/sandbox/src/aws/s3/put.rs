//! Writing and deleting.

use axum::body::Body;
use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode, request::Parts};

use super::{
    super::reply,
    S3,
    address::Target,
    checksum::Checksum,
    error::S3Error,
    incoming,
    object::{Object, kept_headers},
    xml,
};

/// S3 takes keys of up to 1,024 bytes.
const LONGEST_KEY: usize = 1024;

impl S3 {
    pub(super) fn create_bucket(&self, target: &Target) -> Result<Response<Body>, S3Error> {
        target.refuse_subresources()?;
        let name = &target.bucket;
        let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-' || byte == b'.';
        let ends = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
        let bytes = name.as_bytes();
        if !(3..=63).contains(&bytes.len())
            || !bytes.iter().copied().all(allowed)
            || !ends(bytes.first())
            || !ends(bytes.last())
        {
            return Err(S3Error::bad("InvalidBucketName", "The specified bucket is not valid."));
        }
        self.shelf.create_bucket(name)?;
        let mut response = Response::new(Body::empty());
        if let Ok(location) = HeaderValue::from_str(&format!("/{name}")) {
            response.headers_mut().insert("location", location);
        }
        Ok(response)
    }

    pub(super) async fn put_object(
        &self,
        target: &Target,
        parts: &Parts,
        body: Body,
    ) -> Result<Response<Body>, S3Error> {
        let (headers, file, path) = match self.prepare(target, &parts.headers) {
            Ok(prepared) => prepared,
            Err(error) => {
                reply::swallow(body).await;
                return Err(error);
            }
        };
        let written = incoming::write(&parts.headers, body, &path).await?;
        let etag = format!("\"{}\"", hex::encode(written.digested.md5));
        let object = Object {
            key: target.key.clone(),
            file,
            size: written.size,
            etag: etag.clone(),
            modified_at: self.clock.now(),
            headers,
            checksum: written.digested.checksum.clone(),
        };
        self.shelf.publish(&target.bucket, object, |there| allowed_over(&parts.headers, there))?;
        Ok(stored(&etag, written.digested.checksum.as_ref()))
    }

    fn prepare(
        &self,
        target: &Target,
        headers: &HeaderMap,
    ) -> Result<(std::collections::BTreeMap<String, String>, String, std::path::PathBuf), S3Error> {
        target.refuse_subresources()?;
        if target.key.len() > LONGEST_KEY {
            return Err(S3Error::bad("KeyTooLongError", "Your key is too long"));
        }
        let kept = kept_headers(headers)?;
        let (file, path) = self.shelf.new_file(&target.bucket)?;
        Ok((kept, file, path))
    }

    pub(super) fn delete_object(&self, target: &Target) -> Result<Response<Body>, S3Error> {
        target.refuse_subresources()?;
        self.shelf.remove(&target.bucket, &target.key)?;
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::NO_CONTENT;
        Ok(response)
    }

    pub(super) async fn delete_objects(&self, target: &Target, body: Body) -> Result<Response<Body>, S3Error> {
        let request = body_text(body).await?;
        let quiet = xml::text(&request, "Quiet").is_some_and(|quiet| quiet == "true");
        let mut deleted = Vec::new();
        for object in xml::elements(&request, "Object") {
            let key = xml::text(object, "Key").ok_or_else(malformed)?;
            self.shelf.remove(&target.bucket, &key)?;
            if !quiet {
                deleted.push(format!("<Deleted><Key>{}</Key></Deleted>", xml::escaped(&key)));
            }
        }
        let answer =
            format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<DeleteResult>{}</DeleteResult>", deleted.concat());
        Ok(reply::xml(StatusCode::OK, answer))
    }
}

/// `If-None-Match: *` and `If-Match` on a write.
pub(super) fn allowed_over(headers: &HeaderMap, there: Option<&Object>) -> Result<(), S3Error> {
    if headers.contains_key("if-none-match") && there.is_some() {
        return Err(S3Error::precondition("If-None-Match"));
    }
    if let Some(wanted) = headers.get("if-match").and_then(|value| value.to_str().ok()) {
        let there = there.ok_or_else(S3Error::no_key)?;
        if wanted.trim_matches('"') != there.etag.trim_matches('"') {
            return Err(S3Error::precondition("If-Match"));
        }
    }
    Ok(())
}

/// The answer to a write.
pub(super) fn stored(etag: &str, checksum: Option<&Checksum>) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    let mut put = |name: &str, value: &str| {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::from_str(value)) {
            response.headers_mut().insert(name, value);
        }
    };
    put("etag", etag);
    put("x-amz-server-side-encryption", "AES256");
    if let Some(Checksum { header, value }) = checksum {
        put(header, value);
    }
    response
}

/// The XML of a request.
pub(super) async fn body_text(body: Body) -> Result<String, S3Error> {
    let bytes = reply::whole(body).await.ok_or_else(malformed)?;
    String::from_utf8(bytes.to_vec()).map_err(|_| malformed())
}

pub(super) fn malformed() -> S3Error {
    S3Error::bad(
        "MalformedXML",
        "The XML you provided was not well-formed or did not validate against our published schema",
    )
}
