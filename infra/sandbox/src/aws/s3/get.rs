//! Reading.

use std::{io::SeekFrom, ops::Range};

use axum::body::Body;
use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode, header, request::Parts};
use tokio::io::{AsyncReadExt, AsyncSeekExt};
use tokio_util::io::ReaderStream;

use super::{S3, address::Target, error::S3Error, object::Object};

impl S3 {
    pub(super) fn head_bucket(&self, target: &Target) -> Result<Response<Body>, S3Error> {
        self.shelf.has_bucket(&target.bucket)?;
        let mut response = Response::new(Body::empty());
        response.headers_mut().insert("x-amz-bucket-region", HeaderValue::from_static(crate::aws::REGION));
        Ok(response)
    }

    pub(super) fn head_object(&self, target: &Target, parts: &Parts) -> Result<Response<Body>, S3Error> {
        let object = self.wanted(target, parts)?;
        let range = range_of(&parts.headers, object.size)?;
        Ok(answer(&object, range.as_ref(), target, parts, Body::empty()))
    }

    pub(super) async fn get_object(&self, target: &Target, parts: &Parts) -> Result<Response<Body>, S3Error> {
        let object = self.wanted(target, parts)?;
        let range = range_of(&parts.headers, object.size)?;
        let mut file = tokio::fs::File::open(self.shelf.path(&target.bucket, &object.file)).await?;
        let Range { start, end } = range.clone().unwrap_or(0..object.size);
        if start > 0 {
            file.seek(SeekFrom::Start(start)).await?;
        }
        let content = ReaderStream::with_capacity(file.take(end - start), 64 * 1024);
        Ok(answer(&object, range.as_ref(), target, parts, Body::from_stream(content)))
    }

    fn wanted(&self, target: &Target, parts: &Parts) -> Result<Object, S3Error> {
        target.refuse_subresources()?;
        if target.query("partNumber").is_some() {
            return Err(S3Error::not_implemented("?partNumber"));
        }
        let object = self.shelf.find(&target.bucket, &target.key)?;
        let header = |name: HeaderName| parts.headers.get(name).and_then(|value| value.to_str().ok());
        let names = |list: &str| {
            list.split(',')
                .any(|one| one.trim() == "*" || one.trim().trim_matches('"') == object.etag.trim_matches('"'))
        };
        if header(header::IF_MATCH).is_some_and(|list| !names(list)) {
            return Err(S3Error::precondition("If-Match"));
        }
        if header(header::IF_NONE_MATCH).is_some_and(names) {
            return Err(S3Error::new(StatusCode::NOT_MODIFIED, "NotModified", ""));
        }
        Ok(object)
    }
}

fn answer(object: &Object, range: Option<&Range<u64>>, target: &Target, parts: &Parts, body: Body) -> Response<Body> {
    let mut response = Response::new(body);
    *response.headers_mut() = object.response_headers();
    let headers = response.headers_mut();
    // `response-content-disposition=…` and the like, which presigned addresses use.
    for name in [
        header::CACHE_CONTROL,
        header::CONTENT_DISPOSITION,
        header::CONTENT_ENCODING,
        header::CONTENT_LANGUAGE,
        header::CONTENT_TYPE,
        header::EXPIRES,
    ] {
        let given = target.query(&format!("response-{name}")).and_then(|value| HeaderValue::from_str(value).ok());
        if let Some(value) = given {
            headers.insert(name, value);
        }
    }
    let length = range.map_or(object.size, |range| range.end - range.start);
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    if let Some(range) = range {
        let shown = format!("bytes {}-{}/{}", range.start, range.end - 1, object.size);
        if let Ok(shown) = HeaderValue::from_str(&shown) {
            headers.insert(header::CONTENT_RANGE, shown);
        }
        *response.status_mut() = StatusCode::PARTIAL_CONTENT;
    } else if parts.headers.get("x-amz-checksum-mode").is_some_and(|mode| mode == "ENABLED")
        && let Some(checksum) = &object.checksum
        && let (Ok(name), Ok(value)) =
            (HeaderName::try_from(checksum.header.as_str()), HeaderValue::from_str(&checksum.value))
    {
        headers.insert(name, value);
    }
    response
}

/// One range; several, or another unit, are answered whole, as HTTP allows.
fn range_of(headers: &HeaderMap, size: u64) -> Result<Option<Range<u64>>, S3Error> {
    let Some((first, last)) = headers
        .get(header::RANGE)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.strip_prefix("bytes="))
        .filter(|ranges| !ranges.contains(','))
        .and_then(|range| range.split_once('-'))
    else {
        return Ok(None);
    };
    let range = match (first.parse::<u64>().ok(), last.parse::<u64>().ok()) {
        (Some(first), Some(last)) if first <= last => first..size.min(last.saturating_add(1)),
        (Some(first), None) if last.is_empty() => first..size,
        (None, Some(suffix)) if first.is_empty() => size.saturating_sub(suffix)..size,
        _ => return Ok(None),
    };
    if range.is_empty() {
        let message = "The requested range is not satisfiable";
        return Err(S3Error::new(StatusCode::RANGE_NOT_SATISFIABLE, "InvalidRange", message));
    }
    Ok(Some(range))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_cut_to_the_object() {
        let range = |text: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::RANGE, HeaderValue::from_str(text).unwrap());
            range_of(&headers, 10).map_err(|_| ())
        };
        assert_eq!(range("bytes=0-3"), Ok(Some(0..4)));
        assert_eq!(range("bytes=8-20"), Ok(Some(8..10)));
        assert_eq!(range("bytes=4-"), Ok(Some(4..10)));
        assert_eq!(range("bytes=-3"), Ok(Some(7..10)));
        assert_eq!(range("bytes=0-1,4-5"), Ok(None));
        assert_eq!(range("bytes=10-"), Err(()));
    }
}
