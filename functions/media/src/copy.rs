//! From Meta's id of a file to an object in the bucket. Always by the id: the URL that a webhook brings lives five minutes,
//! and is never used.

use std::time::Duration;

use data_encoding::HEXLOWER;
use graph::media::{MediaInfo, sha256};
use graph::{Reason, Token, Verdict};
use model::Timestamp;
use queue::MediaJob;
use runtime::NoToken;
use store::StoredFile;
use tokio::time::{Instant, timeout_at};

use crate::App;
use crate::sniff;
use crate::upload::{Expected, MAX_BYTES, NotStored, Object, upload};

/// Why a file is not copied for now. What only somebody can put right (a token, a permission, a bucket) is here too: Meta
/// keeps the file for a week, and so does its job.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotYet {
    #[error("{0}")]
    Graph(graph::Error),
    #[error(transparent)]
    NoToken(#[from] NoToken),
    #[error("the bucket did not take the file: {0}")]
    Bucket(String),
    #[error("there was no time left for it")]
    Late,
    #[error("{0}; it is tried again before it is given up")]
    Doubtful(String),
}

/// What copying came to, when it is over.
pub(crate) enum Copied {
    Stored(StoredFile),
    /// It never will be.
    Lost(Loss),
}

/// Why a file is not to be had.
pub(crate) struct Loss {
    /// In one word.
    pub(crate) code: &'static str,
    /// In plain words.
    pub(crate) reason: String,
    /// Where its bytes are kept aside.
    pub(crate) quarantine_key: Option<String>,
}

/// How one try ended, beyond what may be tried again later.
enum Tried {
    Stored(StoredFile),
    /// The file host does not have it under the URL that Meta had just given.
    Gone(graph::Error),
    Mismatch(&'static str),
    TooLarge,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// Under the key that is handed out, if it is the file that Meta described.
    Served,
    /// Aside, whatever it is.
    Quarantine,
}

/// What an upload may take to be taken back once the deadline is there.
const TAKING_BACK: Duration = Duration::from_secs(5);

/// Whatever hangs, a file without end or a call that is not answered: the deadline is kept, so that it can be recorded.
pub(crate) async fn copy(
    app: &App,
    job: &MediaJob,
    sure: bool,
    now: Timestamp,
    deadline: Instant,
) -> Result<Copied, NotYet> {
    let copied = copy_in_time(app, job, sure, now, deadline);
    timeout_at(deadline + TAKING_BACK, copied).await.unwrap_or(Err(NotYet::Late))
}

/// With the account's token, and once more with the one that replaced it where Meta refused the first.
async fn copy_in_time(
    app: &App,
    job: &MediaJob,
    sure: bool,
    now: Timestamp,
    deadline: Instant,
) -> Result<Copied, NotYet> {
    let _lane = timeout_at(deadline, app.lanes.acquire()).await.map_err(|_| NotYet::Late)?;
    let is_refused = |error: &NotYet| matches!(error, NotYet::Graph(error) if error.is_token_refused());
    let call = |token| async move { attempt(app, job, &Token::new(token), sure, deadline).await };
    app.tokens.with_token(job.waba_id.as_str(), || now, is_refused, call).await?
}

/// A URL may have run out, and bytes may be garbled on the way: each gets a second chance, with a fresh URL. What is
/// refused by its id gets all of the week: "no such object" is also what Meta says to a token that lacks the account.
async fn attempt(app: &App, job: &MediaJob, token: &Token, sure: bool, deadline: Instant) -> Result<Copied, NotYet> {
    let mut tried = stream(app, job, token, Place::Served, deadline).await?;
    if let Tried::Gone(_) | Tried::Mismatch(_) = tried {
        tried = stream(app, job, token, Place::Served, deadline).await?;
    }
    let (code, reason, quarantine_key) = match tried {
        Tried::Stored(file) => return Ok(Copied::Stored(file)),
        Tried::Gone(error) if !sure => return Err(NotYet::Doubtful(error.to_string())),
        Tried::Mismatch(reason) if !sure => return Err(NotYet::Doubtful(reason.to_owned())),
        Tried::Gone(error) => ("gone", error.to_string(), None),
        Tried::TooLarge => ("too_large", String::from("the file is larger than Meta lets people send"), None),
        Tried::Mismatch(reason) => {
            let aside = stream(app, job, token, Place::Quarantine, deadline).await?;
            let key = if let Tried::Stored(file) = aside { Some(file.key) } else { None };
            ("mismatch", reason.to_owned(), key)
        }
    };
    Ok(Copied::Lost(Loss { code, reason, quarantine_key }))
}

async fn stream(app: &App, job: &MediaJob, token: &Token, place: Place, deadline: Instant) -> Result<Tried, NotYet> {
    let info = app.graph.media(token, &job.media_id, &job.phone_number_id).await.map_err(NotYet::Graph)?;
    if info.file_size.is_some_and(|bytes| bytes > MAX_BYTES) {
        return Ok(Tried::TooLarge);
    }
    let file = match app.graph.download(token, &info.url).await {
        Ok(file) => file,
        Err(error) if verdict(&error) == (Verdict::Reject { reason: Reason::Gone }) => return Ok(Tried::Gone(error)),
        Err(error) => return Err(NotYet::Graph(error)),
    };
    let mime_type = declared_type(job, &info, file.content_type);
    let folder = if place == Place::Served { "media" } else { "media/quarantine" };
    let key = format!("{folder}/{}/{}", job.phone_number_id, job.media_id);
    let object = Object { bucket: app.store.bucket(), key: &key, mime_type: storable(&mime_type) };
    let expected = match place {
        Place::Served => {
            let sha256 = info.sha256.or_else(|| job.sha256.as_deref().and_then(sha256));
            Expected { sha256, bytes: info.file_size, ..Expected::default() }
        }
        Place::Quarantine => Expected::default(),
    };
    match upload(&app.s3, &object, expected, file.bytes, deadline).await {
        Ok(stored) => Ok(Tried::Stored(StoredFile {
            bucket: app.store.bucket().to_owned(),
            type_mismatch: stored.look.sniffed.is_some_and(|sniffed| sniff::differs(&mime_type, sniffed)),
            sniffed_type: stored.look.sniffed.map(str::to_owned),
            sha256: HEXLOWER.encode(&stored.sha256),
            declared_bytes: info.file_size.filter(|bytes| *bytes != stored.bytes),
            bytes: stored.bytes,
            key,
            mime_type,
        })),
        Err(NotStored::Mismatch(reason)) => Ok(Tried::Mismatch(reason)),
        Err(NotStored::TooLarge) => Ok(Tried::TooLarge),
        Err(NotStored::Broken(error)) => Err(NotYet::Graph(error)),
        Err(NotStored::Late) => Err(NotYet::Late),
        Err(NotStored::Bucket(reason)) => Err(NotYet::Bucket(reason)),
    }
}

fn declared_type(job: &MediaJob, info: &MediaInfo, of_host: Option<String>) -> String {
    [info.mime_type.clone(), job.mime_type.clone(), of_host]
        .into_iter()
        .flatten()
        .find(|mime_type| !mime_type.trim().is_empty())
        .unwrap_or_else(|| String::from("application/octet-stream"))
}

/// As a header of the object. What no header can carry is recorded as it is, and handed out as plain bytes.
fn storable(mime_type: &str) -> &str {
    let fits =
        mime_type.len() <= 255 && mime_type.contains('/') && mime_type.bytes().all(|it| (b' '..=b'~').contains(&it));
    if fits { mime_type } else { "application/octet-stream" }
}

/// The queue counts attempts, so none is ever the last one here.
pub(crate) fn verdict(error: &graph::Error) -> Verdict {
    error.verdict(1, 0.0)
}
