//! The customer service window (contract §5.1): for 24 hours after a person wrote or rang, anything may be sent to them.

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

use crate::redact::redacted_debug;
use crate::time::Timestamp;

pub const WINDOW: SignedDuration = SignedDuration::from_hours(24);

/// How long Meta charges nothing after the first answer to somebody who came from an advertisement.
pub const FREE_ENTRY_POINT: SignedDuration = SignedDuration::from_hours(72);

/// Meta's code for a message outside of the window (contract §4.4).
pub const CLOSED: i64 = 131_047;

/// Seconds before the end in which we no longer send: Meta judges by its own clock, after ours.
pub const GUARD: i64 = 60;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ServiceWindow {
    /// See [`window_time`].
    pub last_inbound_at: Option<Timestamp>,
    /// When the person last changed their number or user id.
    pub identity_since: Option<Timestamp>,
    /// When Meta last said that it is closed. Its word counts, not our clock (contract §5.1).
    pub closed_at: Option<Timestamp>,
}

/// What opened the window, which is the newest there is.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenedBy {
    pub kind: OpenedKind,
    /// The wamid, or the call's `wacid.…`.
    pub id: String,
    /// Meta's `type` of the message; `connect` of a call.
    pub what: String,
    /// `ad` or `post`, where the message came from one.
    #[serde(default)]
    pub referral: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OpenedKind {
    Message,
    Call,
}

redacted_debug!(OpenedBy);

/// What a status says of how long nothing is charged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FreeEntry {
    /// Meta names the end.
    Until(Timestamp),
    /// An answer was free that was on its way at this time.
    Answered(Timestamp),
}

/// How a window stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    Open,
    /// Within the guard before its end: Meta would still take a message, if it came at once.
    Closing,
    Expired,
    /// By our clock it would be open; Meta says it is not, and they wrote nothing since.
    ClosedByMeta,
    /// The person changed their number or user id since they last wrote: Meta's window is by number.
    Renamed,
    /// They wrote nothing that opens it, as far as we know.
    Unknown,
}

impl OpenedKind {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Message => "message",
            Self::Call => "call",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        [Self::Message, Self::Call].into_iter().find(|kind| kind.as_str() == text)
    }
}

impl Standing {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Closing => "closing",
            Self::Expired => "expired",
            Self::ClosedByMeta => "closed_by_meta",
            Self::Renamed => "identity_changed",
            Self::Unknown => "unknown",
        }
    }
}

impl ServiceWindow {
    /// `None` where the person never wrote, as far as we know, or not since they changed their number or user id. Where
    /// Meta said that it is closed, the end is then.
    pub fn expires_at(&self) -> Option<Timestamp> {
        let opened = self.opened_at()?;
        let end = later(opened, WINDOW);
        // Meta tells times in seconds: what was written in the same one may be what opened it again.
        let closed = self.closed_at.filter(|closed| opened.as_second() < closed.as_second());
        Some(closed.map_or(end, |closed| closed.min(end)))
    }

    fn opened_at(&self) -> Option<Timestamp> {
        let counts = |at: &Timestamp| self.identity_since.is_none_or(|since| *at > since);
        self.last_inbound_at.filter(counts)
    }

    pub fn is_open(&self, now: Timestamp, guard_secs: i64) -> bool {
        self.expires_at().is_some_and(|end| later(now, SignedDuration::from_secs(guard_secs)) < end)
    }

    pub fn standing(&self, now: Timestamp) -> Standing {
        match self.expires_at() {
            Some(_) if self.is_open(now, GUARD) => Standing::Open,
            Some(_) if self.is_open(now, 0) => Standing::Closing,
            Some(end) if self.opened_at().is_some_and(|at| end < later(at, WINDOW)) => Standing::ClosedByMeta,
            Some(_) => Standing::Expired,
            None if self.last_inbound_at.is_some() => Standing::Renamed,
            None => Standing::Unknown,
        }
    }
}

/// When a message counts as written: Meta's time of it, but never later than now, however wrong a clock is.
/// A webhook may arrive days late, so arrival opens nothing.
pub fn window_time(message_ts: Timestamp, now: Timestamp) -> Timestamp {
    message_ts.min(now)
}

/// The end of the free time that answers at these times were part of. Each of them lies in a time that some first answer
/// began, and the earliest of those that could share one is taken for it: so the estimate is never too long for what is
/// known, and the same in whatever order it becomes known.
pub fn free_until(mut answers: Vec<Timestamp>) -> Option<Timestamp> {
    answers.sort();
    answers.into_iter().fold(None, |until: Option<Timestamp>, at| match until {
        Some(end) if at < end => until,
        _ => Some(later(at, FREE_ENTRY_POINT)),
    })
}

fn later(at: Timestamp, by: SignedDuration) -> Timestamp {
    at.checked_add(by).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests;
