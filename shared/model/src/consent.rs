//! Whether a person wants marketing: who said so, and what holds. Four sources say something, in any order and more than
//! once; of each source the newest by Meta's clock stands.

pub mod words;

pub use words::Words;

use crate::redact::redacted_debug;
use crate::time::Timestamp;

/// Meta's error for marketing to a person who has stopped it (contract §4.4). Utility and authentication still pass.
pub const STOPPED: i64 = 131_050;
/// The one category of `user_preferences` so far (contract §3.8).
pub const CATEGORY: &str = "marketing_messages";

/// What a person wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Wish {
    /// Marketing again.
    Resume,
    /// No more marketing.
    Stop,
}

/// Who said so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Source {
    /// The person, in WhatsApp's own settings: Meta's webhook field of that name.
    UserPreferences,
    /// Meta, by refusing a marketing message.
    Refused,
    /// The person, by a message that is nothing but an opt-out or opt-in word.
    Words,
    /// The team.
    Operator,
}

/// One of them said something.
#[derive(Clone, PartialEq, Eq)]
pub struct Signal {
    pub source: Source,
    pub wish: Wish,
    /// Meta's time of it; for an operator, ours.
    pub at: Timestamp,
    /// The message it was said in, or that was refused: a wamid, or a send id where there is none.
    pub message: Option<String>,
    /// An operator's words.
    pub reason: Option<String>,
}

/// What is known of one person.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Consent {
    /// At most one of each source: its newest.
    pub newest: Vec<Signal>,
    /// What was said last, newest first.
    pub history: Vec<Signal>,
}

redacted_debug!(Signal, Consent);

impl Wish {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Resume => "resume",
            Self::Stop => "stop",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        [Self::Resume, Self::Stop].into_iter().find(|wish| wish.as_str() == text)
    }

    /// Meta's `value` in `user_preferences`: who signs up wants it too.
    pub fn of_preference(value: &str) -> Option<Self> {
        match value {
            "signup" => Some(Self::Resume),
            other => Self::parse(other),
        }
    }
}

impl Source {
    pub const ALL: [Self; 4] = [Self::UserPreferences, Self::Refused, Self::Words, Self::Operator];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::UserPreferences => "user_preferences",
            Self::Refused => "131050",
            Self::Words => "words",
            Self::Operator => "operator",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|source| source.as_str() == text)
    }

    /// Meta itself refuses what it says, whatever we think.
    fn is_meta(self) -> bool {
        matches!(self, Self::UserPreferences | Self::Refused)
    }
}

impl Signal {
    /// The `field` of its `consent.changed`.
    pub fn field(&self) -> &'static str {
        match (self.source, self.wish) {
            (Source::Words, Wish::Stop) => "opt_out_words",
            (Source::Words, Wish::Resume) => "opt_in_words",
            (source, _) => source.as_str(),
        }
    }

    /// Later beats earlier; at one moment, stop beats resume, whichever came first.
    fn order(&self) -> (Timestamp, Wish) {
        (self.at, self.wish)
    }
}

impl Consent {
    /// The signal that decides; `None` where nobody ever said anything.
    ///
    /// The newest, but for one thing: a stop that Meta knows of is ended only by Meta saying so, because until then Meta
    /// refuses marketing whatever we believe (contract §4.4).
    pub fn deciding(&self) -> Option<&Signal> {
        let newest = |only_meta: bool| {
            self.newest
                .iter()
                .filter(|signal| !only_meta || signal.source.is_meta())
                .max_by_key(|signal| signal.order())
        };
        newest(true).filter(|signal| signal.wish == Wish::Stop).or_else(|| newest(false))
    }

    /// The signal for which no marketing may be sent.
    pub fn stopped(&self) -> Option<&Signal> {
        self.deciding().filter(|signal| signal.wish == Wish::Stop)
    }

    /// Whether marketing may be sent; `None` where nobody ever said anything.
    pub fn wish(&self) -> Option<Wish> {
        self.deciding().map(|signal| signal.wish)
    }

    /// One person's, from what was known of two contacts that turned out to be one.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        for signal in other.newest {
            match self.newest.iter_mut().find(|known| known.source == signal.source) {
                Some(known) if known.order() < signal.order() => *known = signal,
                Some(_) => {}
                None => self.newest.push(signal),
            }
        }
        self.history.extend(other.history);
        self.history.sort_by_key(|signal| std::cmp::Reverse(signal.order()));
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(source: Source, wish: Wish, second: i64) -> Signal {
        Signal { source, wish, at: Timestamp::from_second(second).unwrap(), message: None, reason: None }
    }

    fn wish(newest: &[Signal]) -> Option<Wish> {
        Consent { newest: newest.to_vec(), history: Vec::new() }.wish()
    }

    #[test]
    fn the_newest_decides() {
        use Source::{Operator, UserPreferences, Words};
        assert_eq!(wish(&[]), None);
        assert_eq!(wish(&[said(Words, Wish::Stop, 1), said(Operator, Wish::Resume, 2)]), Some(Wish::Resume));
        assert_eq!(wish(&[said(Words, Wish::Stop, 2), said(Operator, Wish::Resume, 1)]), Some(Wish::Stop));
        assert_eq!(wish(&[said(Words, Wish::Stop, 1), said(UserPreferences, Wish::Resume, 2)]), Some(Wish::Resume));
        // In doubt, no marketing.
        assert_eq!(wish(&[said(Words, Wish::Stop, 1), said(Operator, Wish::Resume, 1)]), Some(Wish::Stop));
    }

    #[test]
    fn only_meta_ends_what_meta_enforces() {
        use Source::{Operator, Refused, UserPreferences, Words};
        let enforced = [said(Refused, Wish::Stop, 1), said(Words, Wish::Resume, 5), said(Operator, Wish::Resume, 9)];
        assert_eq!(wish(&enforced), Some(Wish::Stop));
        assert_eq!(wish(&[said(Refused, Wish::Stop, 1), said(UserPreferences, Wish::Resume, 2)]), Some(Wish::Resume));
        assert_eq!(wish(&[said(Refused, Wish::Stop, 3), said(UserPreferences, Wish::Resume, 2)]), Some(Wish::Stop));
    }

    #[test]
    fn two_contacts_that_are_one_have_the_newest_of_both() {
        let one = Consent { newest: vec![said(Source::Words, Wish::Stop, 3)], history: vec![] };
        let other = Consent {
            newest: vec![said(Source::Words, Wish::Resume, 2), said(Source::Operator, Wish::Resume, 1)],
            history: vec![],
        };
        for merged in [one.clone().and(other.clone()), other.and(one)] {
            assert_eq!((merged.wish(), merged.newest.len()), (Some(Wish::Stop), 2));
        }
    }

    #[test]
    fn what_is_spelled_is_read() {
        for source in Source::ALL {
            assert_eq!(Source::parse(source.as_str()), Some(source));
        }
        assert_eq!(Wish::of_preference("signup"), Some(Wish::Resume));
        assert_eq!(Wish::of_preference("later"), None);
        assert_eq!(said(Source::Words, Wish::Stop, 1).field(), "opt_out_words");
        assert_eq!(said(Source::Refused, Wish::Stop, 1).field(), "131050");
    }
}
