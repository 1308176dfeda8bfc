//! An access token, which cannot print itself.

use std::fmt;

use data_encoding::HEXLOWER;
use reqwest::header::HeaderValue;
use sha2::{Digest, Sha256};

/// A bearer token for one WABA. It has no `Display`, its `Debug` shows nothing, and only this crate can read it.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(String);

impl Token {
    /// White space around a token is what pasting leaves behind; it is never part of one.
    pub fn new(secret: impl AsRef<str>) -> Self {
        Self(secret.as_ref().trim().to_owned())
    }

    /// The app's own token: for its subscriptions, and to look at other tokens (contract §1.1).
    pub fn of_app(app_id: &str, app_secret: &str) -> Self {
        Self::new(format!("{}|{}", app_id.trim(), app_secret.trim()))
    }

    /// For the one call that takes a token as a parameter.
    pub(crate) fn reveal(&self) -> &str {
        &self.0
    }

    /// Tells two tokens apart and says nothing of either: what may be stored, to know one again.
    pub fn mark(&self) -> String {
        HEXLOWER.encode(&Sha256::digest(&self.0)[..8])
    }

    /// `Authorization: Bearer …`, marked so that HTTP libraries do not print it either. `None` for what cannot be a
    /// token: empty, or with characters no header may carry.
    pub(crate) fn bearer(&self) -> Option<HeaderValue> {
        self.header("Bearer")
    }

    /// As [`Token::bearer`], for the one edge that names the scheme `OAuth` (contract §1.4).
    pub(crate) fn oauth(&self) -> Option<HeaderValue> {
        self.header("OAuth")
    }

    fn header(&self, scheme: &str) -> Option<HeaderValue> {
        if self.0.is_empty() {
            return None;
        }
        let mut value = HeaderValue::from_str(&format!("{scheme} {}", self.0)).ok()?;
        value.set_sensitive(true);
        Some(value)
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cannot_print_itself() {
        let token = Token::new(" secret\n");
        assert_eq!(format!("{token:?} {:?}", token.bearer().unwrap()), "Token(…) Sensitive");
        assert_eq!(token.bearer().unwrap().to_str().unwrap(), "Bearer secret");
    }

    #[test]
    fn a_mark_tells_tokens_apart_and_not_what_they_are() {
        let token = Token::new("secret");
        assert_eq!(token.mark(), Token::new(" secret\n").mark());
        assert_ne!(token.mark(), Token::new("secret2").mark());
        assert_eq!(token.mark().len(), 16);
        assert!(!token.mark().contains("secret"));
    }

    #[test]
    fn an_apps_token_is_its_id_and_secret() {
        assert!(Token::of_app("3", "secret\n") == Token::new("3|secret"));
    }

    #[test]
    fn refuses_what_no_header_can_carry() {
        assert!(Token::new("").bearer().is_none());
        assert!(Token::new("a\nb").bearer().is_none());
    }
}
