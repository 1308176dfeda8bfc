//! Tokens: the one for an account.
//!
//! The claim of a send, its pace and what is left of the time stand between the choice of a token and each call, so the
//! sender asks for one and for another one itself (the second try: attempt.rs).

use graph::Token;
use model::{SendError, Timestamp, WabaId};
use runtime::{AccessToken, NoToken, SecretError};

use crate::{App, failure};

/// A token, as Meta's client takes it.
#[derive(Clone)]
pub(crate) struct Access {
    pub(crate) token: Token,
    /// Tells it from others.
    pub(crate) mark: String,
    read: AccessToken,
}

pub(crate) enum NoAccess {
    /// Somebody has to do something first.
    Park(SendError),
    /// Secrets Manager is away, and nothing is known from before.
    Unavailable(SecretError),
}

impl App {
    /// The token to send with. Where it bears the mark `refused`, the secret is read again for another one.
    pub(crate) async fn access(
        &self,
        waba_id: &WabaId,
        refused: Option<&str>,
        now: Timestamp,
    ) -> Result<Access, NoAccess> {
        let access = Access::of(self.tokens.token(waba_id.as_str(), now).await?);
        if refused != Some(access.mark.as_str()) {
            return Ok(access);
        }
        Ok(self.newer_access(&access, waba_id, now).await.unwrap_or(access))
    }

    /// After Meta refused a token: another one, where the secret holds one by now.
    pub(crate) async fn newer_access(&self, refused: &Access, waba_id: &WabaId, now: Timestamp) -> Option<Access> {
        let newer = self.tokens.newer_token(&refused.read, waba_id.as_str(), now).await;
        newer
            .inspect_err(|error| tracing::warn!(%error, "the tokens secret cannot be read again"))
            .ok()
            .flatten()
            .map(Access::of)
    }
}

impl Access {
    fn of(read: AccessToken) -> Self {
        let token = Token::new(read.text());
        Self { mark: token.mark(), token, read }
    }
}

impl From<NoToken> for NoAccess {
    fn from(error: NoToken) -> Self {
        match error {
            NoToken::Absent => Self::Park(failure::no_token()),
            NoToken::Secret(SecretError::Malformed { .. }) => Self::Park(failure::malformed_secret()),
            NoToken::Secret(error @ SecretError::Unavailable { .. }) => Self::Unavailable(error),
        }
    }
}
