//! Whether a POST is Meta's, and whether a handshake is ours (contract §3.1, §3.2; A-02).
//!
//! Meta signs the bytes it sent, escapes and all: only the body exactly as received can be verified.

use data_encoding::HEXLOWER;
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use subtle::{Choice, ConstantTimeEq};

/// True where `header` is `sha256=` and the HMAC of `body` under any of the app secrets (two while one is replaced).
/// Without a secret nothing is Meta's.
pub fn verify(secrets: &[impl AsRef<str>], header: Option<&str>, body: &[u8]) -> bool {
    let Some(digest) = header.and_then(|header| header.strip_prefix("sha256=")) else { return false };
    // Strict: 64 digits in lower case, as Meta writes them.
    let Ok(given) = HEXLOWER.decode(digest.as_bytes()) else { return false };
    let mut matches = Choice::from(0);
    for secret in secrets.iter().map(AsRef::as_ref).filter(|secret| !secret.is_empty()) {
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.as_bytes()) else { continue };
        mac.update(body);
        // Slices of different lengths are unequal; every secret is tried, so that timing does not tell which one fits.
        matches |= mac.finalize().into_bytes().as_slice().ct_eq(&given);
    }
    matches.into()
}

/// Compares digests, so that neither the content nor the length of the token shows in the time it takes.
pub fn verify_token(expected: &str, given: &str) -> bool {
    let same: bool = Sha256::digest(expected).as_slice().ct_eq(Sha256::digest(given).as_slice()).into();
    same && !expected.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sign(secret: &[u8], body: &[u8]) -> String {
        let mut mac = Hmac::<Sha256>::new_from_slice(secret).unwrap();
        mac.update(body);
        format!("sha256={}", HEXLOWER.encode(&mac.finalize().into_bytes()))
    }

    #[test]
    fn published_vectors() {
        // RFC 4231, test cases 2 and 6, whose keys are text.
        let two = "sha256=5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
        assert!(verify(&["Jefe"], Some(two), b"what do ya want for nothing?"));
        assert!(!verify(&["Jefe"], Some(two), b"what do ya want for nothing!"));
        // Wikipedia's example of HMAC-SHA256.
        let fox = "sha256=f7bc83f430538424b13298e6aa6fb143ef4d59a14946175997479dbc2d1a3cd8";
        assert!(verify(&["key"], Some(fox), b"The quick brown fox jumps over the lazy dog"));
    }

    #[test]
    fn the_escaped_bytes_are_what_is_signed() {
        let wire = br#"{"body":"caf\u00e9 \ud83d\udc4d \/ \u0040"}"#;
        let header = sign(b"secret", wire);
        assert!(verify(&["secret"], Some(&header), wire));
        assert!(!verify(&["secret"], Some(&header), "{\"body\":\"café 👍 / @\"}".as_bytes()));
    }

    #[test]
    fn either_secret_of_a_rotation_will_do() {
        let header = sign(b"previous", b"{}");
        assert!(verify(&["current", "previous"], Some(&header), b"{}"));
        assert!(!verify(&["current"], Some(&header), b"{}"));
    }

    #[test]
    fn it_fails_closed() {
        let good = sign(b"secret", b"{}");
        let digest = good.strip_prefix("sha256=").unwrap();
        let none: [&str; 0] = [];
        assert!(!verify(&none, Some(&good), b"{}"));
        assert!(!verify(&[""], Some(&sign(b"", b"{}")), b"{}"));
        for header in [
            None,
            Some(String::new()),
            Some(digest.to_owned()),
            Some(format!("sha1={digest}")),
            Some(format!("SHA256={digest}")),
            Some(format!("sha256={}", digest.to_uppercase())),
            Some(format!("sha256={}", &digest[..62])),
            Some(format!("sha256={digest}00")),
            Some(format!(" {good}")),
            Some(format!("{good}\n")),
            Some("sha256=".to_owned()),
        ] {
            assert!(!verify(&["secret"], header.as_deref(), b"{}"), "{header:?}");
        }
    }

    #[test]
    fn an_empty_token_opens_nothing() {
        assert!(verify_token("token", "token"));
        assert!(!verify_token("token", "Token"));
        assert!(!verify_token("token", ""));
        assert!(!verify_token("", ""));
    }
}
