//! An access token, which cannot print itself.

use std::fmt;

use reqwest::header::HeaderValue;

/// A bearer token for one WABA. It has no `Display`, its `Debug` shows nothing, and only this crate can read it.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(String);

impl Token {
    /// White space around a token is what pasting leaves behind; it is never part of one.
    pub fn new(secret: impl AsRef<str>) -> Self {
        Self(secret.as_ref().trim().to_owned())
    }

    /// `Authorization: Bearer …`, marked so that HTTP libraries do not print it either. `None` for what cannot be a
    /// token: empty, or with characters no header may carry.
    pub(crate) fn bearer(&self) -> Option<HeaderValue> {
        if self.0.is_empty() {
            return None;
        }
        let mut value = HeaderValue::from_str(&format!("Bearer {}", self.0)).ok()?;
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
    fn refuses_what_no_header_can_carry() {
        assert!(Token::new("").bearer().is_none());
        assert!(Token::new("a\nb").bearer().is_none());
    }
}
