//! Tokens: the one for an account, and what this process has learnt of it on a number.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use graph::Token;
use jiff::SignedDuration;
use model::{PhoneNumberId, SendError, Timestamp, WabaId};
use runtime::{SecretError, TokensSecret};

use crate::{App, failure};

/// How long a token that Meta refused on a number is not tried again there by this process.
const BLOCKED: SignedDuration = SignedDuration::from_secs(60);

/// A token, and the secret it came from.
pub(crate) struct Access {
    pub(crate) token: Token,
    secret: Arc<TokensSecret>,
}

pub(crate) enum NoAccess {
    /// Somebody has to do something first.
    Park(SendError),
    /// Secrets Manager is away, and nothing is known from before.
    Unavailable(SecretError),
}

/// By number and not by token, so that one channel's trouble never touches another.
#[derive(Default)]
pub(crate) struct Standings(Mutex<BTreeMap<PhoneNumberId, Standing>>);

enum Standing {
    Refused { token: Token, until: Timestamp, error: SendError },
    Working { since: Timestamp },
}

impl App {
    /// The token to send with.
    pub(crate) async fn access(
        &self,
        number: &PhoneNumberId,
        waba_id: &WabaId,
        now: Timestamp,
    ) -> Result<Access, NoAccess> {
        let secret = self.tokens.get(now).await.map_err(no_secret)?;
        let access = match Access::of(secret.clone(), waba_id) {
            Some(access) => access,
            // It may have been put there since.
            None => match self.tokens.newer_than(&secret, now).await.map_err(no_secret)? {
                Some(newer) => Access::of(newer, waba_id).ok_or_else(|| NoAccess::Park(failure::no_token()))?,
                None => return Err(NoAccess::Park(failure::no_token())),
            },
        };
        let Some(error) = self.standings.refused(number, &access.token, now) else { return Ok(access) };
        self.newer_access(&access, waba_id, now).await.ok_or(NoAccess::Park(error))
    }

    /// After Meta refused a token: another one, where the secret holds one by now.
    pub(crate) async fn newer_access(&self, refused: &Access, waba_id: &WabaId, now: Timestamp) -> Option<Access> {
        match self.tokens.newer_than(&refused.secret, now).await {
            Ok(newer) => {
                newer.and_then(|secret| Access::of(secret, waba_id)).filter(|access| access.token != refused.token)
            }
            Err(error) => {
                tracing::warn!(%error, "the tokens secret cannot be read again");
                None
            }
        }
    }
}

impl Access {
    fn of(secret: Arc<TokensSecret>, waba_id: &WabaId) -> Option<Self> {
        let token = secret.for_waba(waba_id.as_str()).map(Token::new)?;
        Some(Self { token, secret })
    }
}

impl Standings {
    /// Meta took a message with the number's token.
    pub(crate) fn works(&self, number: &PhoneNumberId, now: Timestamp) {
        let mut standings = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        standings.insert(number.clone(), Standing::Working { since: now });
    }

    pub(crate) fn refuse(&self, number: &PhoneNumberId, token: Token, error: SendError, now: Timestamp) {
        let mut standings = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        standings.insert(number.clone(), Standing::Refused { token, until: now + BLOCKED, error });
    }

    /// Whether Meta took a message after `parked_at`.
    pub(crate) fn works_since(&self, number: &PhoneNumberId, parked_at: Timestamp) -> bool {
        let standings = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        matches!(standings.get(number), Some(Standing::Working { since }) if *since > parked_at)
    }

    fn refused(&self, number: &PhoneNumberId, with: &Token, now: Timestamp) -> Option<SendError> {
        let standings = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match standings.get(number) {
            Some(Standing::Refused { token, until, error }) if token == with && now < *until => Some(error.clone()),
            _ => None,
        }
    }
}

fn no_secret(error: SecretError) -> NoAccess {
    match error {
        SecretError::Malformed { .. } => NoAccess::Park(failure::malformed_secret()),
        SecretError::Unavailable { .. } => NoAccess::Unavailable(error),
    }
}
