//! Why a file is not at Meta yet, and whether it is worth another try.

use std::time::Duration;

use graph::{Kind, Verdict};
use model::SendError;

use crate::{failure, patience};

#[derive(Debug, thiserror::Error)]
pub(crate) enum Trouble {
    /// It passes by itself: tried for a day, but never before this time.
    #[error("{}", error.title)]
    Passing { error: SendError, after: Duration },
    /// It may be a fault of the moment: tried for a quarter of an hour.
    #[error("{}", error.title)]
    Doubtful { error: SendError },
    /// It will not pass.
    #[error("{}", .0.title)]
    Final(SendError),
    /// Somebody has to do something first.
    #[error("{}", .0.title)]
    Park(SendError),
    /// Meta does not take this file.
    #[error("{}", .0.title)]
    Refused(SendError),
    /// The table or what stands in it.
    #[error(transparent)]
    Store(#[from] store::Error),
}

impl Trouble {
    pub(crate) fn late() -> Self {
        Self::Passing { error: failure::late(), after: Duration::ZERO }
    }

    /// A message that was checked when it was queued, and cannot be taken apart any more.
    pub(crate) fn unwritable() -> Self {
        Self::Final(failure::no_file_type())
    }

    pub(crate) fn of_bucket(reason: &str) -> Self {
        Self::Passing { error: failure::bucket(reason), after: Duration::ZERO }
    }

    /// Of a call to Meta: uploads are no sends, and may always be repeated.
    pub(crate) fn of_meta(error: &graph::Error) -> Self {
        match error.verdict(1, 0.0) {
            Verdict::Retry { after } => Self::Passing { error: failure::of_meta(error), after },
            Verdict::Park { cause } => Self::Park(failure::parked(cause, error)),
            Verdict::Reject { .. } | Verdict::Uncertain => Self::Refused(failure::of_meta(error)),
        }
    }

    /// Of a URL that the caller named. Its host's refusals say nothing of our tokens.
    pub(crate) fn of_url(error: &graph::Error) -> Self {
        let told = failure::unreachable(error);
        match (error.kind(), error.status()) {
            (Kind::Invalid, _) => Self::Final(told),
            (Kind::Download, Some(408 | 429 | 500..)) => Self::Passing { error: told, after: Duration::ZERO },
            _ => Self::Doubtful { error: told },
        }
    }

    pub(crate) fn is_final(&self, attempt: u32) -> bool {
        match self {
            Self::Passing { .. } => attempt >= patience::LAST,
            Self::Doubtful { .. } => attempt >= patience::SURE,
            Self::Final(_) | Self::Refused(_) => true,
            Self::Park(_) | Self::Store(_) => false,
        }
    }

    /// The least wait that somebody asked for, in seconds.
    pub(crate) fn asks_for(&self) -> u32 {
        match self {
            Self::Passing { after, .. } => u32::try_from(after.as_secs()).unwrap_or(u32::MAX),
            _ => 0,
        }
    }

    pub(crate) fn to_error(&self) -> SendError {
        match self {
            Self::Passing { error, .. }
            | Self::Doubtful { error }
            | Self::Final(error)
            | Self::Park(error)
            | Self::Refused(error) => error.clone(),
            Self::Store(_) => failure::late(),
        }
    }

    pub(crate) fn into_error(self) -> SendError {
        self.to_error()
    }
}
