//! The access tokens, one for each WABA: which one to call Meta with, and once more with the one that replaced it where Meta
//! refuses the first. So a token that an operator puts into the secret is used without a deployment.
//!
//! What a refusal is, whoever reads Meta's errors says: this crate knows nothing of Meta.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use serde::Deserialize;

use crate::secrets::{CachedSecret, SecretError, Text};

/// `{"app_id", "default": "…", "<waba_id>": "…"}`.
#[derive(Clone, Debug, Deserialize)]
pub struct TokensSecret {
    /// The Meta app the tokens belong to.
    pub app_id: Option<String>,
    #[serde(flatten)]
    tokens: BTreeMap<String, Text>,
}

impl TokensSecret {
    /// The token for a WABA: its own, else the default; none where both are absent or empty.
    pub fn for_waba(&self, waba_id: &str) -> Option<&Text> {
        self.tokens
            .get(waba_id)
            .filter(|token| !token.reveal().is_empty())
            .or_else(|| self.tokens.get("default").filter(|token| !token.reveal().is_empty()))
    }
}

/// A WABA's token, with the reading of the secret that it comes from.
#[derive(Clone, Debug)]
pub struct AccessToken {
    text: Text,
    secret: Arc<TokensSecret>,
}

impl AccessToken {
    fn of(secret: Arc<TokensSecret>, waba_id: &str) -> Option<Self> {
        let text = secret.for_waba(waba_id)?.clone();
        Some(Self { text, secret })
    }

    /// The token itself. Give it to nothing that prints.
    pub fn text(&self) -> &Text {
        &self.text
    }

    /// White space around a token is what pasting leaves behind; it is never part of one.
    fn is(&self, other: &Self) -> bool {
        self.text.reveal().trim() == other.text.reveal().trim()
    }
}

/// Why there is no token to call Meta with.
#[derive(Debug, thiserror::Error)]
pub enum NoToken {
    /// Somebody has to put one there.
    #[error("the tokens secret holds no token for this WhatsApp account, and no default")]
    Absent,
    /// The secret itself is not to be had.
    #[error(transparent)]
    Secret(#[from] SecretError),
}

impl CachedSecret<TokensSecret> {
    /// The token for a WABA. Where the secret in memory holds none it is read again: one may have been put there since.
    pub async fn token(&self, waba_id: &str, now: Timestamp) -> Result<AccessToken, NoToken> {
        let secret = self.get(now).await?;
        if let Some(token) = AccessToken::of(Arc::clone(&secret), waba_id) {
            return Ok(token);
        }
        let newer = self.newer_than(&secret, now).await?;
        newer.and_then(|newer| AccessToken::of(newer, waba_id)).ok_or(NoToken::Absent)
    }

    /// After Meta refused a WABA's token: the one that replaced it. `None` where the secret was read a moment ago, still
    /// holds the same token, or holds none by now.
    pub async fn newer_token(
        &self,
        refused: &AccessToken,
        waba_id: &str,
        now: Timestamp,
    ) -> Result<Option<AccessToken>, SecretError> {
        let newer = self.newer_than(&refused.secret, now).await?;
        Ok(newer.and_then(|newer| AccessToken::of(newer, waba_id)).filter(|newer| !newer.is(refused)))
    }

    /// Makes a call with a WABA's token, and once more with the one that replaced it, where `is_refused` says of the first
    /// outcome that the token was refused. Where none did, that outcome stands.
    ///
    /// The token goes to `call` by value: of an async closure with a borrow the compiler cannot tell that it is `Send`.
    pub async fn with_token<T, E, F: Future<Output = Result<T, E>>>(
        &self,
        waba_id: &str,
        now: impl Fn() -> Timestamp,
        is_refused: impl Fn(&E) -> bool,
        call: impl Fn(Text) -> F,
    ) -> Result<Result<T, E>, NoToken> {
        let token = self.token(waba_id, now()).await?;
        let refused = match call(token.text.clone()).await {
            Err(error) if is_refused(&error) => error,
            outcome => return Ok(outcome),
        };
        match self.newer_token(&token, waba_id, now()).await? {
            Some(newer) => Ok(call(newer.text).await),
            None => Ok(Err(refused)),
        }
    }
}

#[cfg(test)]
mod tests;
