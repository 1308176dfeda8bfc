//! The token in a link to a file: whoever has it may download the file, so what is stored is its hash.

use data_encoding::{BASE64URL_NOPAD, HEXLOWER};
use sha2::{Digest, Sha256};

use crate::redact::redacted_debug;

/// 32 random bytes, in base64url.
#[derive(Clone, PartialEq, Eq)]
pub struct LinkToken(String);

redacted_debug!(LinkToken);

impl LinkToken {
    pub fn from_random(bytes: [u8; 32]) -> Self {
        Self(BASE64URL_NOPAD.encode(&bytes))
    }

    /// `None` for what no token looks like: nobody need look it up.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = BASE64URL_NOPAD.decode(text.as_bytes()).ok()?;
        (bytes.len() == 32).then(|| Self(text.to_owned()))
    }

    /// As it stands in a URL.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// By which its link is found. It leads nowhere back.
    pub fn hash(&self) -> String {
        HEXLOWER.encode(&Sha256::digest(self.0.as_bytes()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_token_is_one() {
        let token = LinkToken::from_random([251; 32]);
        assert_eq!(token.as_str().len(), 43);
        assert_eq!(LinkToken::parse(token.as_str()), Some(token.clone()));
        assert_eq!(token.hash().len(), 64);
        assert!(token.hash() != LinkToken::from_random([250; 32]).hash());
        let (short, long) = (&token.as_str()[1..], format!("{}A", token.as_str()));
        for odd in ["", "a/b", short, &long, "../../../../../../etc/passwd%00aaaaaaaaaaaaaa"] {
            assert!(LinkToken::parse(odd).is_none(), "{odd}");
        }
        assert!(!format!("{token:?}").contains(token.as_str()));
    }
}
