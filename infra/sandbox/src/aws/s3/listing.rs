//! `ListObjectsV2` and `ListBuckets`.

use axum::body::Body;
use http::{Response, StatusCode};
use jiff::Timestamp;

use super::{
    super::{ACCOUNT, reply},
    S3,
    address::Target,
    error::S3Error,
    object::Object,
    xml::escaped,
};

const MOST_KEYS: usize = 1000;

/// A line of a listing.
enum Line<'o> {
    Object(&'o Object),
    Folder(String),
}

impl S3 {
    pub(super) fn list_buckets(&self) -> Response<Body> {
        let index = self.shelf.lock();
        let buckets: Vec<String> =
            index.buckets.keys().map(|name| format!("<Bucket><Name>{}</Name></Bucket>", escaped(name))).collect();
        let buckets = buckets.concat();
        let answer = format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<ListAllMyBucketsResult><Owner><ID>{ACCOUNT}</ID></Owner><Buckets>{buckets}</Buckets></ListAllMyBucketsResult>"
        );
        reply::xml(StatusCode::OK, answer)
    }

    pub(super) fn list_objects(&self, target: &Target) -> Result<Response<Body>, S3Error> {
        target.refuse_subresources()?;
        let prefix = target.query("prefix").unwrap_or_default();
        let delimiter = target.query("delimiter").filter(|text| !text.is_empty());
        let after = match target.query("continuation-token") {
            Some(token) => hex::decode(token)
                .ok()
                .and_then(|bytes| String::from_utf8(bytes).ok())
                .ok_or_else(|| S3Error::bad("InvalidArgument", "The continuation token provided is incorrect"))?,
            None => target.query("start-after").unwrap_or_default().to_owned(),
        };
        let most = match target.query("max-keys") {
            Some(text) => text
                .parse::<usize>()
                .map_err(|_| S3Error::bad("InvalidArgument", "Provided max-keys not an integer"))?
                .min(MOST_KEYS),
            None => MOST_KEYS,
        };

        let index = self.shelf.lock();
        let objects = index.buckets.get(&target.bucket).ok_or_else(S3Error::no_bucket)?;
        let mut lines: Vec<(String, Line<'_>)> = Vec::new();
        let mut truncated = false;
        for (key, object) in objects.iter().filter(|(key, _)| key.starts_with(prefix)) {
            let folder = delimiter.and_then(|delimiter| folder_of(key, prefix, delimiter));
            let name = folder.clone().unwrap_or_else(|| key.clone());
            if name <= after || lines.last().is_some_and(|(last, _)| *last == name) {
                continue;
            }
            if lines.len() == most {
                truncated = most > 0;
                break;
            }
            lines.push((name, folder.map_or(Line::Object(object), Line::Folder)));
        }
        let encode = target.query("encoding-type") == Some("url");
        let show = |text: &str| if encode { url_encoded(text) } else { escaped(text) };
        let mut answer = vec![format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<ListBucketResult><Name>{}</Name><Prefix>{}</Prefix><KeyCount>{}</KeyCount><MaxKeys>{most}</MaxKeys><IsTruncated>{truncated}</IsTruncated>",
            escaped(&target.bucket),
            show(prefix),
            lines.len(),
        )];
        if encode {
            answer.push("<EncodingType>url</EncodingType>".to_owned());
        }
        if let Some(delimiter) = delimiter {
            answer.push(format!("<Delimiter>{}</Delimiter>", show(delimiter)));
        }
        if let Some((last, _)) = lines.last().filter(|_| truncated) {
            answer.push(format!("<NextContinuationToken>{}</NextContinuationToken>", hex::encode(last)));
        }
        answer.extend(lines.iter().map(|(_, line)| match line {
            Line::Object(object) => format!(
                "<Contents><Key>{}</Key><LastModified>{}</LastModified><ETag>{}</ETag><Size>{}</Size><StorageClass>STANDARD</StorageClass></Contents>",
                show(&object.key),
                iso(object.modified_at),
                escaped(&object.etag),
                object.size,
            ),
            Line::Folder(name) => format!("<CommonPrefixes><Prefix>{}</Prefix></CommonPrefixes>", show(name)),
        }));
        answer.push("</ListBucketResult>".to_owned());
        Ok(reply::xml(StatusCode::OK, answer.concat()))
    }
}

/// What stands for all keys that go on after the next delimiter.
fn folder_of(key: &str, prefix: &str, delimiter: &str) -> Option<String> {
    let rest = key.strip_prefix(prefix)?;
    let end = rest.find(delimiter)? + delimiter.len();
    Some(format!("{prefix}{}", rest.get(..end)?))
}

fn url_encoded(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~/".contains(&byte);
    text.bytes().map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}

fn iso(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%S.000Z").to_string()
}
