//! How our own send ids are made: from an idempotency key, or from random bytes.

use data_encoding::BASE32_NOPAD;
use sha2::{Digest, Sha256};

use super::{PhoneNumberId, SendId};

const PREFIX: &str = "snd_";

impl SendId {
    /// The same key on the same number names the same send, however often it is asked for.
    pub fn from_idempotency(number: &PhoneNumberId, key: &str) -> Self {
        let digest = Sha256::new().chain_update(number.as_str()).chain_update([0]).chain_update(key).finalize();
        Self(named(&digest))
    }

    pub fn from_random(bytes: [u8; 20]) -> Self {
        Self(named(&bytes))
    }

    /// `^snd_[a-z2-7]{20,60}$`, which holds for every id made here and for nothing of Meta's.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix(PREFIX)?;
        let known = digits.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'2'..=b'7'));
        (known && (20..=60).contains(&digits.len())).then(|| Self(text.to_owned()))
    }
}

fn named(bytes: &[u8]) -> String {
    format!("{PREFIX}{}", BASE32_NOPAD.encode(bytes).to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_names_one_send_per_number() {
        let of = |number: &str, key: &str| SendId::from_idempotency(&PhoneNumberId::new(number), key);
        assert_eq!(of("1", "order-7"), of("1", "order-7"));
        assert_ne!(of("1", "order-7"), of("2", "order-7"));
        // The separator keeps the two parts apart.
        assert_ne!(of("1", "2order"), of("12", "order"));
        assert_eq!(of("1", "order-7").as_str().len(), 4 + 52);
    }

    #[test]
    fn every_id_made_here_is_recognised() {
        for id in [SendId::from_random([255; 20]), SendId::from_idempotency(&PhoneNumberId::new("1"), "")] {
            assert_eq!(SendId::parse(id.as_str()).unwrap(), id);
        }
        for other in [
            "",
            "snd_",
            "snd_ABCDEFGHIJKLMNOPQRST",
            "job-42",
            "snd_aaaaaaaaaaaaaaaaaaa",
            "wamid.aaaaaaaaaaaaaaaaaaaaaa",
        ] {
            assert_eq!(SendId::parse(other), None);
        }
        assert_eq!(SendId::parse(&format!("snd_{}", "a".repeat(61))), None);
    }
}
