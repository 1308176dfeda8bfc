//! The file in our bucket: one that somebody put there, or one fetched from a URL. From there it is read as often as it
//! takes.

use data_encoding::HEXLOWER;
use model::Send;
use model::Timestamp;
use model::file::{Seen, bare, extension, name, true_type};
use model::outbound::FileWords;
use model::send::{MediaFrom, UPLOADS};
use tokio::time::Instant;

use super::inspect::{self, Head};
use super::trouble::Trouble;
use crate::sniff::Look;
use crate::upload::{Expected, NotStored, Object, upload};
use crate::{App, failure};

/// More is not fetched from a URL, whatever becomes of it: a host may send without end.
const FETCHED_MAX: u64 = 256 * 1024 * 1024;

/// A file, as it lies in the bucket.
pub(super) struct Found {
    pub(super) key: String,
    pub(super) bytes: u64,
    /// What the object has to be when it is read again.
    pub(super) etag: Option<String>,
    /// By whoever brought it.
    declared: Option<String>,
    name: Option<String>,
    look: Look,
    pub(super) modified_at: Option<Timestamp>,
    known_sha256: Option<String>,
}

pub(super) async fn find(
    app: &App,
    send: &Send,
    from: &MediaFrom,
    words: &FileWords,
    deadline: Instant,
) -> Result<Found, Trouble> {
    match from {
        MediaFrom::Key(key) => {
            let head = inspect::head(app, key).await?;
            Ok(Found::of(key.clone(), head, words.filename.clone()))
        }
        MediaFrom::Url(url) => fetched(app, send, url, words, deadline).await,
    }
}

/// Into the bucket first: Meta wants to know the size beforehand, and a host need not say it, nor say the same twice.
async fn fetched(app: &App, send: &Send, url: &str, words: &FileWords, deadline: Instant) -> Result<Found, Trouble> {
    let file = app.graph.fetch(url).await.map_err(|error| Trouble::of_url(&error))?;
    let declared = file.content_type.filter(|mime_type| mime_type.bytes().all(|it| (b' '..=b'~').contains(&it)));
    let key = format!("{UPLOADS}{}/{}", send.phone_number_id, send.id);
    let mime_type = declared.as_deref().map_or_else(|| String::from("application/octet-stream"), bare);
    let object = Object { bucket: app.store.bucket(), key: &key, mime_type: &mime_type };
    let expected = Expected { bytes: file.content_length, most: FETCHED_MAX, ..Expected::default() };
    let stored = upload(&app.s3, &object, expected, file.bytes, deadline).await.map_err(|error| match error {
        NotStored::TooLarge => Trouble::Final(failure::too_large_to_fetch(FETCHED_MAX)),
        NotStored::Mismatch(_) | NotStored::Late => Trouble::late(),
        NotStored::Broken(error) => Trouble::of_url(&error),
        NotStored::Bucket(reason) => Trouble::of_bucket(&reason),
    })?;
    Ok(Found {
        key,
        bytes: stored.bytes,
        etag: None,
        declared,
        name: words.filename.clone().or_else(|| name::of_url(url)),
        look: stored.look,
        modified_at: None,
        known_sha256: Some(HEXLOWER.encode(&stored.sha256)),
    })
}

impl Found {
    fn of(key: String, head: Head, filename: Option<String>) -> Self {
        Self {
            key,
            bytes: head.bytes,
            etag: head.etag,
            declared: head.content_type,
            name: filename.or(head.filename),
            look: head.look,
            modified_at: head.modified_at,
            known_sha256: None,
        }
    }

    pub(super) fn seen(&self) -> Seen<'_> {
        Seen {
            sniffed: self.look.sniffed,
            declared: self.declared.as_deref(),
            name: self.name.as_deref(),
            text: self.look.text,
            animated: self.look.animated,
            bytes: self.bytes,
        }
    }

    /// Hex. Read once more where nobody has yet.
    pub(super) async fn sha256(&self, app: &App, deadline: Instant) -> Result<String, Trouble> {
        match &self.known_sha256 {
            Some(known) => Ok(known.clone()),
            None => inspect::sha256(app, &self.key, self.etag.as_deref(), deadline).await,
        }
    }

    /// What a person sees of it where it is a link.
    pub(super) fn shown_name(&self, kind: &str) -> String {
        let tidy = self.name.as_deref().and_then(name::tidy);
        tidy.unwrap_or_else(|| match extension(&true_type(&self.seen())) {
            Some(extension) => format!("{kind}.{extension}"),
            None => kind.to_owned(),
        })
    }
}
