//! What went wrong with a call, told without naming anybody: no token, body, phone number or URL is ever printed.

use std::error::Error as StdError;
use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use model::error::MetaError;
use reqwest::StatusCode;
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::call::Hints;
use crate::codes;
use crate::usage::Refused;
use crate::verdict::{self, Cause, Class, Reason, Verdict};

/// As much of an answer as is kept for the person who has to understand it.
const RAW_LIMIT: usize = 64 * 1024;

/// A call that did not do what it was for. [`Error::verdict`] says what to do now.
pub struct Error(Box<Inner>);

struct Inner {
    ended: Ended,
    effect: Effect,
    note: &'static str,
    source: Option<Box<dyn StdError + Send + Sync>>,
    status: Option<StatusCode>,
    raw: Bytes,
    hints: Hints,
}

/// Where a call ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The client cannot be built from this configuration.
    Config,
    /// We refused to make the call.
    Invalid,
    /// The token is empty or cannot be put in a header.
    Token,
    /// Nothing, or not all of it, was written.
    NotSent,
    /// Written, and no whole answer in time.
    Timeout,
    /// Written, and the connection broke before the whole answer was there.
    Lost,
    /// An answer came that says neither what was asked for nor an error of Meta's.
    Unreadable,
    /// Meta's error document.
    Refused,
    /// The file host answered with a status other than success.
    Download,
    /// We made no call: the account has used up its calls for now.
    UsedUp,
}

/// [`Kind`], with what Meta said where it said it.
enum Ended {
    Refused(Refusal),
    Otherwise(Kind),
}

/// What a call changes at Meta, hence whether it may be made again without knowing how the first one ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Effect {
    /// Nothing, or the same thing each time.
    None,
    /// A person gets a message.
    Send,
}

struct Refusal {
    error: MetaError,
    transient: bool,
}

impl Error {
    pub fn kind(&self) -> Kind {
        match self.0.ended {
            Ended::Refused(_) => Kind::Refused,
            Ended::Otherwise(kind) => kind,
        }
    }

    pub fn status(&self) -> Option<u16> {
        self.0.status.map(|status| status.as_u16())
    }

    /// Meta's error document, when the answer was one.
    pub fn meta(&self) -> Option<&MetaError> {
        match &self.0.ended {
            Ended::Refused(refusal) => Some(&refusal.error),
            Ended::Otherwise(_) => None,
        }
    }

    pub fn code(&self) -> Option<i64> {
        self.meta().map(|error| error.code)
    }

    /// Whether too many calls came in too short a time: later the very same call is welcome.
    pub fn is_throttled(&self) -> bool {
        match &self.0.ended {
            Ended::Refused(Refusal { error, transient }) => {
                matches!(codes::class(error.code, *transient, false), Class::Number | Class::Pair | Class::App)
            }
            Ended::Otherwise(_) => false,
        }
    }

    /// Whether it may be that Meta does not have a file that a send names: said as 131053, or as a parameter like any other
    /// (contract §4).
    pub fn may_be_about_media(&self) -> bool {
        matches!(self.code(), Some(100 | 131_053))
    }

    /// Whether a template was not created because the account has one of this name and language (contract §4.6).
    pub fn is_template_there(&self) -> bool {
        self.code() == Some(100) && self.meta().and_then(|error| error.subcode) == Some(2_388_024)
    }

    /// Whether a template was not created because its name is being deleted; some accounts hear this where it exists
    /// (contract §4.6: 2388023).
    pub fn is_template_name_taken(&self) -> bool {
        self.code() == Some(100) && self.meta().and_then(|error| error.subcode) == Some(2_388_023)
    }

    /// Whether a template was not deleted because there is none.
    pub fn is_template_gone(&self) -> bool {
        self.code() == Some(100) && self.meta().and_then(|error| error.subcode) == Some(2_593_002)
    }

    /// What was to be sent to Meta could not be read on our side.
    pub fn not_read(note: &'static str) -> Self {
        Self::new(Kind::NotSent, Effect::None).note(note)
    }

    /// Whether it is the token that was refused: with another one the very same call may be welcome.
    pub fn is_token_refused(&self) -> bool {
        self.verdict(1, 0.0) == Verdict::Park { cause: Cause::Token }
    }

    /// Whether the number sends faster than Meta allows (contract §4.3: 130429).
    pub fn is_throughput(&self) -> bool {
        self.code().is_some_and(|code| codes::class(code, false, false) == Class::Number)
    }

    /// Whether Meta says that there is no such object, or none for this token: it does not tell the two apart (contract
    /// §4.2: 803, and 100 with subcode 33).
    pub fn is_not_visible(&self) -> bool {
        let subcode = self.meta().and_then(|error| error.subcode);
        matches!((self.code(), subcode), (Some(803 | 200), _) | (Some(100), Some(33)))
    }

    /// The start of the answer as it came, at most 64 KiB. May name people: to be stored, never logged.
    pub fn raw_body(&self) -> &[u8] {
        &self.0.raw
    }

    /// What happened, in plain words of ours. Meta's own are in [`Error::meta`].
    pub fn title(&self) -> &'static str {
        match &self.0.ended {
            Ended::Refused(Refusal { error, .. }) => codes::title(error.code, error.subcode),
            Ended::Otherwise(kind) => match kind {
                Kind::Config | Kind::Invalid => self.0.note,
                Kind::Token => "the access token is empty or malformed",
                Kind::NotSent => "Meta could not be reached",
                Kind::Timeout => "Meta did not answer in time",
                Kind::Lost => "the connection to Meta broke before it answered",
                Kind::Unreadable | Kind::Refused => "Meta's answer could not be read",
                Kind::Download => "Meta's file host refused the download",
                Kind::UsedUp => "the account has used up its management calls for now",
            },
        }
    }

    /// What a person can do about it.
    pub fn remedy(&self) -> &'static str {
        match (&self.0.ended, self.0.effect) {
            (Ended::Refused(Refusal { error, .. }), _) => codes::remedy(error.code, error.subcode),
            (Ended::Otherwise(kind), effect) => match kind {
                Kind::Config => "Correct the setting and start again.",
                Kind::Invalid => "Correct the request; it was not sent.",
                Kind::Token => "Put a valid access token into the tokens secret.",
                Kind::Download => "Read the media by its id again. Files are kept for 7 days.",
                Kind::UsedUp => "Nothing to do: it goes on by itself when Meta takes calls again.",
                Kind::Timeout | Kind::Lost | Kind::Unreadable | Kind::Refused if effect == Effect::Send => {
                    "Wait for the status webhook: it tells whether the message was accepted."
                }
                _ => "It is tried again by itself. If it lasts, check the network and Meta's status page.",
            },
        }
    }

    /// What to do now. `attempts` is how often this was tried, this time included; `jitter` in 0..1 spreads retries.
    pub fn verdict(&self, attempts: u32, jitter: f64) -> Verdict {
        let wait = self.0.hints.wait;
        match &self.0.ended {
            Ended::Refused(Refusal { error, transient }) => {
                let server_side = self.0.status.is_some_and(|status| status.is_server_error());
                verdict::of(codes::class(error.code, *transient, server_side), attempts, jitter, wait)
            }
            Ended::Otherwise(kind) => match kind {
                Kind::Config | Kind::Invalid => Verdict::Reject { reason: Reason::Request },
                Kind::Token => Verdict::Park { cause: Cause::Token },
                Kind::Download => verdict::of_download(self.status(), attempts, jitter, wait),
                Kind::UsedUp => verdict::of(Class::App, attempts, jitter, wait),
                Kind::Timeout | Kind::Lost | Kind::Unreadable | Kind::Refused if self.0.effect == Effect::Send => {
                    Verdict::Uncertain
                }
                _ => verdict::reconnect(attempts, jitter),
            },
        }
    }

    /// Whose calls are too many, where that is why Meta refused.
    pub(crate) fn refused_for_calls(&self) -> Option<Refused> {
        match self.code()? {
            80_007 | 80_008 => Some(Refused::Account),
            code => (codes::class(code, false, false) == Class::App).then_some(Refused::App),
        }
    }

    pub(crate) fn used_up(regain: Option<Duration>) -> Self {
        let mut error = Self::new(Kind::UsedUp, Effect::None);
        error.0.hints.wait = regain;
        error
    }

    pub(crate) fn config(note: &'static str, source: impl StdError + Send + Sync + 'static) -> Self {
        Self::new(Kind::Config, Effect::None).note(note).source(source)
    }

    pub(crate) fn invalid_config(note: &'static str) -> Self {
        Self::new(Kind::Config, Effect::None).note(note)
    }

    pub(crate) fn invalid(note: &'static str) -> Self {
        Self::new(Kind::Invalid, Effect::None).note(note)
    }

    pub(crate) fn unusable_token() -> Self {
        Self::new(Kind::Token, Effect::None)
    }

    pub(crate) fn not_sent(error: reqwest::Error, effect: Effect) -> Self {
        Self::new(Kind::NotSent, effect).source(error.without_url())
    }

    pub(crate) fn lost(error: reqwest::Error, effect: Effect) -> Self {
        let kind = if error.is_timeout() { Kind::Timeout } else { Kind::Lost };
        Self::new(kind, effect).source(error.without_url())
    }

    pub(crate) fn cut_short(status: StatusCode, raw: Bytes, error: reqwest::Error, effect: Effect) -> Self {
        Self::lost(error, effect).answer(status, raw)
    }

    pub(crate) fn too_long(status: StatusCode, raw: Bytes, effect: Effect) -> Self {
        Self::new(Kind::Unreadable, effect).answer(status, raw)
    }

    /// A whole answer that is not the one hoped for: Meta's error document, else unreadable.
    pub(crate) fn answered(status: StatusCode, raw: Bytes, hints: Hints, effect: Effect) -> Self {
        let refusal = Refusal::parse(&raw);
        let mut error = Self::new(Kind::Unreadable, effect).answer(status, raw);
        if let Some(refusal) = refusal {
            error.0.ended = Ended::Refused(refusal);
        }
        error.0.hints = hints;
        error
    }

    pub(crate) fn unreadable(note: &'static str) -> Self {
        Self::new(Kind::Unreadable, Effect::None).note(note)
    }

    pub(crate) fn download(status: StatusCode, hints: Hints) -> Self {
        let mut error = Self::new(Kind::Download, Effect::None).answer(status, Bytes::new());
        error.0.hints = hints;
        error
    }

    fn new(kind: Kind, effect: Effect) -> Self {
        Self(Box::new(Inner {
            ended: Ended::Otherwise(kind),
            effect,
            note: "",
            source: None,
            status: None,
            raw: Bytes::new(),
            hints: Hints::default(),
        }))
    }

    fn note(mut self, note: &'static str) -> Self {
        self.0.note = note;
        self
    }

    fn source(mut self, source: impl StdError + Send + Sync + 'static) -> Self {
        self.0.source = Some(Box::new(source));
        self
    }

    fn answer(mut self, status: StatusCode, mut raw: Bytes) -> Self {
        raw.truncate(RAW_LIMIT);
        self.0.status = Some(status);
        self.0.raw = raw;
        self
    }
}

impl Refusal {
    /// `{"error": {"code": …}}`; without a code it is not Meta's (`WhatsApp Cloud API/Error codes`).
    fn parse(body: &[u8]) -> Option<Self> {
        #[derive(Deserialize)]
        struct Document<'a> {
            #[serde(borrow)]
            error: &'a RawValue,
        }
        #[derive(Deserialize)]
        struct Marks {
            code: Option<Value>,
            is_transient: Option<Value>,
        }
        let document: Document<'_> = serde_json::from_slice(body).ok()?;
        let marks = serde_json::from_str::<Marks>(document.error.get()).ok()?;
        marks.code.filter(|code| code.is_number() || code.is_string())?;
        let error = MetaError::parse(document.error)?;
        Some(Self { error, transient: marks.is_transient == Some(Value::Bool(true)) })
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.title())?;
        if !self.0.note.is_empty() && self.title() != self.0.note {
            write!(f, " ({})", self.0.note)?;
        }
        if let Some(error) = self.meta() {
            write!(f, ", code {}", error.code)?;
            if let Some(subcode) = error.subcode {
                write!(f, "/{subcode}")?;
            }
            if let Some(trace) = &error.fbtrace_id {
                write!(f, ", trace {trace}")?;
            }
        }
        if let Some(status) = self.status() {
            write!(f, ", HTTP {status}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "graph::Error({:?}: {self}", self.kind())?;
        if let Some(source) = &self.0.source {
            write!(f, ": {source:?}")?;
        }
        f.write_str(")")
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source.as_ref().map(|source| &**source as &(dyn StdError + 'static))
    }
}
