//! What an error means for the call that met it. Pure: the attempt and the jitter are arguments.
//!
//! The waits are ours; what may be repeated at all is Meta's (`WhatsApp Cloud API/Error codes`), class by class in
//! [`crate::codes`].

use std::time::Duration;

/// The answer to "what now?".
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Verdict {
    /// It was not accepted, and may be tried again after this time.
    Retry { after: Duration },
    /// It was not accepted, and will not be.
    Reject { reason: Reason },
    /// It was not accepted, nor will anything else be until somebody does something.
    Park { cause: Cause },
    /// It may or may not have been accepted. Never called again on this ground.
    Uncertain,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The service window is closed: only a template may be sent.
    Window,
    /// This person cannot or will not get it.
    Recipient,
    /// The request itself is wrong.
    Request,
    /// The template is missing, not approved, paused or disabled.
    Template,
    /// Meta's policy forbids this one, not everything.
    Policy,
    /// It was tried as often as is sensible.
    Exhausted,
    /// The file is no longer at Meta.
    Gone,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// No valid token, or one without the permission.
    Token,
    /// Meta is not being paid.
    Billing,
    /// The number, the account or its set-up.
    Account,
    /// Templates of the account were filed under wrong categories: until that lifts, no template is taken.
    Categories,
    /// What this kind of message needs was not set up. Others of the number go on.
    Setup,
}

/// How Meta's codes behave. The letters are those of the contract's tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// T: passes by itself; tried so often at most.
    Transient { tries: u32 },
    /// T or R with a wait of its own, in seconds.
    After { seconds: u64, tries: u32 },
    /// R: the number's throughput.
    Number,
    /// R: this number to this person.
    Pair,
    /// R: the app's or the account's calls.
    App,
    /// W
    Window,
    /// P
    Recipient,
    /// Q
    Request,
    /// TPL
    Template,
    /// A
    Token,
    /// C, about money
    Billing,
    /// C
    Account,
    /// C, about this kind of message only
    Setup,
    /// POL: everything stops
    Policy,
    /// POL: templates stop
    Categories,
    /// POL: only this recipient's country
    Country,
}

impl Reason {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Window => "window_closed",
            Self::Recipient => "undeliverable",
            Self::Request => "invalid_request",
            Self::Template => "template_unusable",
            Self::Policy => "policy",
            Self::Exhausted => "exhausted",
            Self::Gone => "gone",
        }
    }
}

impl Cause {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Token => "token",
            Self::Billing => "billing",
            Self::Account => "account",
            Self::Categories => "template_categories",
            Self::Setup => "setup",
        }
    }
}

/// Tries a transient refusal gets before it is final.
pub(crate) const TRIES: u32 = 6;

/// The least wait after a refusal that Meta does not promise to be one (5xx): long enough for a status webhook to
/// contradict it and cancel the retry.
const REFUSED: u64 = 30;
const QUARTER_HOUR: u64 = 15 * 60;
const HOUR: u64 = 60 * 60;

/// `wait` is what the answer's headers asked for.
pub(crate) fn of(class: Class, attempts: u32, jitter: f64, wait: Option<Duration>) -> Verdict {
    let n = attempts.saturating_sub(1);
    match class {
        Class::Transient { tries } | Class::After { tries, .. } if attempts >= tries => {
            Verdict::Reject { reason: Reason::Exhausted }
        }
        Class::Transient { .. } => retry(spread(grow(REFUSED, 2, n, QUARTER_HOUR), jitter), wait),
        Class::After { seconds, .. } => retry(spread(seconds, jitter), wait),
        Class::Number => retry(spread(grow(1, 2, n, 32), jitter), wait),
        // Meta's own schedule: 4^n seconds from n = 0 (`WhatsApp Cloud API/Messages/Pair rate limits`).
        Class::Pair => retry(Duration::from_secs(grow(1, 4, n, 1024)), wait),
        Class::App => retry(spread(grow(5 * 60, 2, n, HOUR), jitter), wait),
        Class::Window => Verdict::Reject { reason: Reason::Window },
        Class::Recipient => Verdict::Reject { reason: Reason::Recipient },
        Class::Request => Verdict::Reject { reason: Reason::Request },
        Class::Template => Verdict::Reject { reason: Reason::Template },
        Class::Country => Verdict::Reject { reason: Reason::Policy },
        Class::Token => Verdict::Park { cause: Cause::Token },
        Class::Billing => Verdict::Park { cause: Cause::Billing },
        Class::Categories => Verdict::Park { cause: Cause::Categories },
        Class::Setup => Verdict::Park { cause: Cause::Setup },
        Class::Account | Class::Policy => Verdict::Park { cause: Cause::Account },
    }
}

/// For what was not sent, and for reads that got no answer.
pub(crate) fn reconnect(attempts: u32, jitter: f64) -> Verdict {
    retry(spread(grow(1, 2, attempts.saturating_sub(1), 60), jitter), None)
}

/// The file host's answers carry no error document (`WhatsApp Cloud API/Media/Download media`).
pub(crate) fn of_download(status: Option<u16>, attempts: u32, jitter: f64, wait: Option<Duration>) -> Verdict {
    match status {
        Some(401 | 403) => Verdict::Park { cause: Cause::Token },
        Some(404 | 410) => Verdict::Reject { reason: Reason::Gone },
        Some(408 | 429 | 500..) => {
            retry(spread(grow(REFUSED, 2, attempts.saturating_sub(1), QUARTER_HOUR), jitter), wait)
        }
        _ => Verdict::Reject { reason: Reason::Request },
    }
}

fn retry(own: Duration, wait: Option<Duration>) -> Verdict {
    // A header may lengthen the wait, never shorten it, and never beyond what a person would look into.
    let asked = wait.unwrap_or_default().min(Duration::from_secs(HOUR));
    Verdict::Retry { after: own.max(asked) }
}

fn grow(first: u64, factor: u64, n: u32, cap: u64) -> u64 {
    first.saturating_mul(factor.saturating_pow(n)).min(cap)
}

/// Up to half as long again, so that what failed together does not come back together.
fn spread(seconds: u64, jitter: f64) -> Duration {
    let jitter = if jitter.is_finite() { jitter.clamp(0.0, 1.0) } else { 0.0 };
    Duration::from_secs(seconds).mul_f64(1.0 + jitter / 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(class: Class, jitter: f64) -> Vec<Option<u64>> {
        let after = |attempts| match of(class, attempts, jitter, None) {
            Verdict::Retry { after } => Some(after.as_secs()),
            _ => None,
        };
        (1..=7).map(after).collect()
    }

    #[test]
    fn waits_grow_and_end() {
        let transient = Class::Transient { tries: TRIES };
        assert_eq!(seconds(transient, 0.0), [Some(30), Some(60), Some(120), Some(240), Some(480), None, None]);
        assert_eq!(seconds(transient, 1.0)[0], Some(45));
        assert_eq!(seconds(Class::Pair, 1.0)[..6], [Some(1), Some(4), Some(16), Some(64), Some(256), Some(1024)]);
        assert_eq!(seconds(Class::Number, 0.0), [1, 2, 4, 8, 16, 32, 32].map(Some));
        assert_eq!(seconds(Class::App, 0.0), [300, 600, 1200, 2400, 3600, 3600, 3600].map(Some));
    }

    #[test]
    fn a_header_lengthens_but_never_shortens() {
        let after = |wait| of(Class::App, 1, 0.0, Some(wait));
        let retry = |minutes| Verdict::Retry { after: Duration::from_mins(minutes) };
        assert_eq!(after(Duration::from_secs(1)), retry(5));
        assert_eq!(after(Duration::from_mins(15)), retry(15));
        assert_eq!(after(Duration::MAX), retry(60));
    }

    #[test]
    fn odd_jitter_does_no_harm() {
        for jitter in [f64::NAN, f64::INFINITY, -3.0] {
            assert_eq!(seconds(Class::Number, jitter)[0], Some(1));
        }
    }
}
