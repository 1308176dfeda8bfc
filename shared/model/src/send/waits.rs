//! What a send in state `waiting` waits for.

use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WaitsFor {
    /// Its own `send_at`.
    SendAt,
    /// The delivery of another send (`after_delivered`).
    Delivery,
    /// Its file (`waypost.media`), which is not at Meta yet.
    Media,
    /// Meta, which refused it for now.
    Meta,
    /// A listing of the account's templates, since this one was not known.
    Template,
    /// Its turn: as many people as the messaging limit allows were written to in the last 24 hours.
    MessagingLimit,
}

impl WaitsFor {
    const ALL: [Self; 6] =
        [Self::SendAt, Self::Delivery, Self::Media, Self::Meta, Self::Template, Self::MessagingLimit];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::SendAt => "send_at",
            Self::Delivery => "delivery",
            Self::Media => "media",
            Self::Meta => "meta",
            Self::Template => "template",
            Self::MessagingLimit => "messaging_limit",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|waits| waits.as_str() == text)
    }
}
