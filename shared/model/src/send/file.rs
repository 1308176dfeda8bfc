//! The file that a caller wants sent (`waypost.media`), and what became of it (M-05).

use serde::{Deserialize, Serialize};

use super::{Send, SendError};
use crate::redact::redacted_debug;
use crate::time::Timestamp;

/// Where uploads of the API go. What is there is removed after [`UPLOAD_DAYS`].
pub const UPLOADS: &str = "outbound/";
/// Where a team keeps files of its own in the bucket; nothing of ours removes them.
pub const LIBRARY: &str = "library/";
/// Days that the bucket keeps what was uploaded to be sent; infra/template.yaml says so to S3.
pub const UPLOAD_DAYS: i64 = 60;

/// `waypost.media`: the file, and what becomes of one that Meta does not take.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SendMedia {
    #[serde(flatten)]
    pub from: MediaFrom,
    /// Absent where the channel's own setting counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unsupported: Option<OnUnsupported>,
}

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MediaFrom {
    /// An object of our bucket, under [`UPLOADS`] or [`LIBRARY`].
    Key(String),
    /// A URL that anybody may fetch.
    Url(String),
}

/// What becomes of a file that Meta does not take.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnUnsupported {
    /// The person gets a link to it.
    #[default]
    Link,
    /// The send fails.
    Fail,
}

/// What became of the file. Absent while it is on its way.
// Not tagged inside: Meta's raw error could not be read back.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SendFile {
    /// Meta did not have it any more, so it is on its way once more.
    Again,
    /// Meta has it; the message bears its id.
    Uploaded {
        mime_type: String,
        bytes: u64,
        /// Whether that was for the second time.
        #[serde(default)]
        again: bool,
    },
    /// Meta does not take it; the message brings a link.
    Linked(Converted),
    /// It is not to be had, or not to be sent.
    Failed { error: SendError },
}

/// How a file became a link.
#[derive(Clone, Serialize, Deserialize)]
pub struct Converted {
    /// `unsupported_media`, `media_too_large` or `refused_media`.
    pub reason: String,
    /// The limit, and what was given.
    pub detail: String,
    /// Meta's `type` of the message as it was asked for.
    pub from: String,
    pub link_expires_at: Timestamp,
}

redacted_debug!(SendMedia, MediaFrom, SendFile, Converted);

impl OnUnsupported {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Link => "link",
            Self::Fail => "fail",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        [Self::Link, Self::Fail].into_iter().find(|policy| policy.as_str() == text)
    }
}

impl Send {
    /// Whether it cannot be sent because its file is not at Meta yet. A template in its place needs none.
    pub fn awaits_file(&self) -> bool {
        let missing = matches!(self.file, None | Some(SendFile::Again));
        self.options.media.is_some() && self.fell_back.is_none() && missing
    }

    /// Whether its file may be brought to Meta once more.
    pub fn may_upload_again(&self) -> bool {
        self.fell_back.is_none() && matches!(self.file, Some(SendFile::Uploaded { again: false, .. }))
    }

    pub fn converted(&self) -> Option<&Converted> {
        match &self.file {
            Some(SendFile::Linked(converted)) => Some(converted),
            _ => None,
        }
    }
}
