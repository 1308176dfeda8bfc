//! Which bucket and object a path-style address means, and what its query says.

use std::collections::BTreeMap;

use http::Uri;

use super::error::S3Error;

pub(super) struct Target {
    pub(super) bucket: String,
    pub(super) key: String,
    query: BTreeMap<String, String>,
}

/// Parts of the query that name something else of the bucket or object than itself. None of them is played.
const SUBRESOURCES: [&str; 22] = [
    "accelerate",
    "acl",
    "analytics",
    "attributes",
    "cors",
    "encryption",
    "inventory",
    "legal-hold",
    "lifecycle",
    "logging",
    "metrics",
    "notification",
    "object-lock",
    "ownershipControls",
    "policy",
    "publicAccessBlock",
    "replication",
    "retention",
    "tagging",
    "versionId",
    "versioning",
    "website",
];

impl Target {
    pub(super) fn of(uri: &Uri) -> Self {
        let path = uri.path().strip_prefix('/').unwrap_or(uri.path());
        let (bucket, key) = path.split_once('/').unwrap_or((path, ""));
        let query = url::form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes()).into_owned().collect();
        Self { bucket: decoded(bucket), key: decoded(key), query }
    }

    pub(super) fn query(&self, name: &str) -> Option<&str> {
        self.query.get(name).map(String::as_str)
    }

    pub(super) fn refuse_subresources(&self) -> Result<(), S3Error> {
        match SUBRESOURCES.iter().find(|name| self.query.contains_key(**name)) {
            Some(name) => Err(S3Error::not_implemented(&format!("?{name}"))),
            None => Ok(()),
        }
    }
}

/// Percent-decodes a path, in which `+` is a plus.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        let escaped = (first == b'%').then(|| after.get(..2)).flatten().and_then(|digits| hex::decode(digits).ok());
        if let Some(escaped) = escaped {
            bytes.extend(escaped);
            rest = after.get(2..).unwrap_or_default();
        } else {
            bytes.push(first);
            rest = after;
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_percent_decoded() {
        let target = Target::of(&"/bucket/a%20b+c/%C3%A9?list-type=2&prefix=x%2Fy".parse().unwrap());
        assert_eq!((target.bucket.as_str(), target.key.as_str()), ("bucket", "a b+c/é"));
        assert_eq!(target.query("prefix"), Some("x/y"));
        assert!(target.refuse_subresources().is_ok());
        assert!(Target::of(&"/bucket?acl".parse().unwrap()).refuse_subresources().is_err());
    }
}
