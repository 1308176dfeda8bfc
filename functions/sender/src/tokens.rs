//! Tokens: the one for an account.

use std::sync::Arc;

use graph::Token;
use model::{SendError, Timestamp, WabaId};
use runtime::{SecretError, TokensSecret};

use crate::{App, failure};

/// A token, and the secret it came from.
#[derive(Clone)]
pub(crate) struct Access {
    pub(crate) token: Token,
    /// Tells it from others.
    pub(crate) mark: String,
    secret: Arc<TokensSecret>,
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
        let secret = self.tokens.get(now).await.map_err(no_secret)?;
        let access = match Access::of(secret.clone(), waba_id) {
            Some(access) => access,
            // It may have been put there since.
            None => match self.tokens.newer_than(&secret, now).await.map_err(no_secret)? {
                Some(newer) => Access::of(newer, waba_id).ok_or_else(|| NoAccess::Park(failure::no_token()))?,
                None => return Err(NoAccess::Park(failure::no_token())),
            },
        };
        if refused != Some(access.mark.as_str()) {
            return Ok(access);
        }
        Ok(self.newer_access(&access, waba_id, now).await.unwrap_or(access))
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
        Some(Self { mark: token.mark(), token, secret })
    }
}

fn no_secret(error: SecretError) -> NoAccess {
    match error {
        SecretError::Malformed { .. } => NoAccess::Park(failure::malformed_secret()),
        SecretError::Unavailable { .. } => NoAccess::Unavailable(error),
    }
}
