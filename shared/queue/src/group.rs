//! Message groups: order per person, and a throttled person holds back nobody else.

use data_encoding::BASE32_NOPAD;
use model::{ContactKey, PhoneNumberId, WabaId};
use sha2::{Digest, Sha256};

/// The group of everything between a number and a person. Hashed, because a group id shows up in consoles and logs
/// while a contact key holds a phone number.
pub fn person_group(phone_number_id: &PhoneNumberId, contact: &ContactKey) -> String {
    hash(&[phone_number_id.as_str(), contact.as_str()])
}

/// The group of what concerns no person: one per number, else one per WABA.
pub(crate) fn account_group(waba_id: Option<&WabaId>, phone_number_id: Option<&PhoneNumberId>) -> String {
    hash(&["", waba_id.map_or("", WabaId::as_str), phone_number_id.map_or("", PhoneNumberId::as_str)])
}

fn hash(parts: &[&str]) -> String {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update(part.as_bytes());
        hasher.update([0]);
    }
    let digest = hasher.finalize();
    BASE32_NOPAD.encode(digest.get(..20).unwrap_or(&digest)).to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_is_stable_and_shows_no_number() {
        let group = person_group(&PhoneNumberId::new("1"), &ContactKey::new("wa:15550100"));
        assert_eq!(group, person_group(&PhoneNumberId::new("1"), &ContactKey::new("wa:15550100")));
        assert_ne!(group, person_group(&PhoneNumberId::new("2"), &ContactKey::new("wa:15550100")));
        assert!(!group.contains("15550100"));
        assert_eq!(group.len(), 32);
    }
}
