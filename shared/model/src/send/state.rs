//! Where a send stands.

use serde::{Deserialize, Serialize};

use super::Send;
use crate::status::{DeliveryStatus, highest};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SendState {
    Queued,
    /// Claimed: Meta may have been called.
    Sending,
    Accepted,
    Failed,
    /// Meta may have taken it, and nothing proves either.
    Uncertain,
    /// For a time.
    Waiting,
    /// For a cause: no valid token, a billing block.
    Parked,
    Cancelled,
}

/// The error code of a send that stayed uncertain too long. A later status contradicts it.
pub const UNCONFIRMED: &str = "unconfirmed";

impl SendState {
    pub const ALL: [Self; 8] = [
        Self::Queued,
        Self::Sending,
        Self::Accepted,
        Self::Failed,
        Self::Uncertain,
        Self::Waiting,
        Self::Parked,
        Self::Cancelled,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Sending => "sending",
            Self::Accepted => "accepted",
            Self::Failed => "failed",
            Self::Uncertain => "uncertain",
            Self::Waiting => "waiting",
            Self::Parked => "parked",
            Self::Cancelled => "cancelled",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == text)
    }
}

impl std::fmt::Display for SendState {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Send {
    /// The state to show: a status from Meta proves more than what we wrote when we last heard nothing.
    pub fn shown_state(&self) -> SendState {
        if self.highest_status() == Some(DeliveryStatus::Failed) {
            return SendState::Failed;
        }
        let in_doubt = match self.state {
            SendState::Sending | SendState::Uncertain => true,
            SendState::Failed => self.error.as_ref().is_some_and(|error| error.code == UNCONFIRMED),
            _ => false,
        };
        if in_doubt && !self.statuses.is_empty() { SendState::Accepted } else { self.state }
    }

    /// The ranked status that says most. Unranked ones are kept and not shown as one.
    pub fn highest_status(&self) -> Option<DeliveryStatus> {
        let statuses: Vec<_> = self.statuses.keys().map(|name| DeliveryStatus::parse(name)).collect();
        highest(&statuses)
    }
}
