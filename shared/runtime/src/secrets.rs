//! The two secrets, cached in the process.
//!
//! A value is read once, kept for [`FRESH_FOR`], and read again after a mismatch (a signature that fits no app secret,
//! a token Meta refuses) at most once per [`FLOOR`], whoever asks: a flood of forged POSTs costs one read per 30 s, and
//! none in the first 30 s after a read (design invariant 4, requirement A-07). Reads are single-flight.

use std::fmt;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use tokio::sync::Mutex;

/// The least time between two reads that a mismatch can cause.
pub const FLOOR: SignedDuration = SignedDuration::from_secs(30);
/// How long a value is used without asking again.
pub const FRESH_FOR: SignedDuration = SignedDuration::from_mins(5);

/// A string that cannot print itself.
#[derive(Clone, Deserialize, PartialEq, Eq)]
#[serde(transparent)]
pub struct Text(String);

impl Text {
    /// Wraps a secret.
    pub fn new(secret: impl Into<String>) -> Self {
        Self(secret.into())
    }

    /// The secret itself. Give it to nothing that prints.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl AsRef<str> for Text {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Text(…)")
    }
}

/// What the public function may know: `{"app_secret": ["current", "previous"?], "verify_token"}`.
#[derive(Clone, Debug, Deserialize)]
pub struct WebhookSecret {
    /// The app secrets that sign webhooks, two during a rotation. Empty: every POST is refused.
    #[serde(default)]
    pub app_secret: Vec<Text>,
    /// What Meta must name in the GET handshake.
    pub verify_token: Option<Text>,
}

/// Why a secret is not to be had. Never prints any of it.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// Secrets Manager did not answer with it.
    #[error("the secret {id} could not be read: {reason}")]
    Unavailable {
        /// Which secret.
        id: String,
        /// The AWS error, without any payload.
        reason: String,
    },
    /// It was read, but is not the JSON it has to be. serde's message would quote it.
    #[error("the secret {id} does not hold the JSON it should; infra/docs/deploy.md shows its form")]
    Malformed {
        /// Which secret.
        id: String,
    },
}

/// One secret of Secrets Manager, decoded as `T`.
pub struct CachedSecret<T> {
    client: aws_sdk_secretsmanager::Client,
    id: String,
    last: Mutex<Option<Read<T>>>,
}

struct Read<T> {
    value: Option<Arc<T>>,
    at: Timestamp,
}

impl<T: DeserializeOwned> CachedSecret<T> {
    /// Makes no call: the first `get` reads.
    pub fn new(client: aws_sdk_secretsmanager::Client, id: String) -> Self {
        Self { client, id, last: Mutex::new(None) }
    }

    /// The value, from memory while it is fresh.
    pub async fn get(&self, now: Timestamp) -> Result<Arc<T>, SecretError> {
        let mut last = self.last.lock().await;
        if let Some(Read { value: Some(value), at }) = last.as_ref()
            && now.duration_since(*at) < FRESH_FOR
        {
            return Ok(Arc::clone(value));
        }
        let stale = last.as_ref().and_then(|read| read.value.clone());
        match self.read().await {
            Ok(value) => {
                let value = Arc::new(value);
                *last = Some(Read { value: Some(Arc::clone(&value)), at: now });
                Ok(value)
            }
            // Better the old value than none, while Secrets Manager is away.
            Err(error) => stale.ok_or(error),
        }
    }

    /// After `seen` did not fit: a value read since, or a newly read one; `None` where the last read is too young.
    pub async fn newer_than(&self, seen: &Arc<T>, now: Timestamp) -> Result<Option<Arc<T>>, SecretError> {
        let mut last = self.last.lock().await;
        if let Some(Read { value, at }) = last.as_ref() {
            if let Some(value) = value
                && !Arc::ptr_eq(value, seen)
            {
                return Ok(Some(Arc::clone(value)));
            }
            if now.duration_since(*at) < FLOOR {
                return Ok(None);
            }
        }
        match self.read().await {
            Ok(value) => {
                let value = Arc::new(value);
                *last = Some(Read { value: Some(Arc::clone(&value)), at: now });
                Ok(Some(value))
            }
            Err(error) => {
                // A failed read counts against the floor too, or forged POSTs could hammer an ailing service.
                let value = last.take().and_then(|read| read.value);
                *last = Some(Read { value, at: now });
                Err(error)
            }
        }
    }

    async fn read(&self) -> Result<T, SecretError> {
        let answer = self.client.get_secret_value().secret_id(&self.id).send().await.map_err(|error| {
            SecretError::Unavailable { id: self.id.clone(), reason: crate::logs::aws_error(&error) }
        })?;
        answer
            .secret_string()
            .and_then(|json| serde_json::from_str(json).ok())
            .ok_or_else(|| SecretError::Malformed { id: self.id.clone() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_cannot_print_itself() {
        let secret: WebhookSecret =
            serde_json::from_str(r#"{"app_secret":["canary-a","canary-b"],"verify_token":"canary-c"}"#).unwrap();
        assert!(!format!("{secret:?}").contains("canary"));
    }
}
