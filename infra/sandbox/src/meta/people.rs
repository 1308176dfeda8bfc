//! The people on the other side, and how WhatsApp spells their numbers (contract §3.11, §5.10).

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

/// Somebody with WhatsApp. Kept for as long as the fake Meta runs.
#[derive(Clone, Debug, Serialize)]
pub struct Person {
    /// As WhatsApp registered it: not always what people dial.
    pub wa_id: Option<String>,
    /// The business-scoped user id.
    pub user_id: String,
    pub name: Option<String>,
    pub username: Option<String>,
    /// Webhooks leave the phone number out, as they do for username users.
    pub hides_phone: bool,
    /// Not reachable: not on WhatsApp, or has blocked the business (131026).
    pub unreachable: bool,
    /// Said stop to marketing (131050).
    pub stopped_marketing: bool,
}

impl Person {
    pub(crate) fn with_phone(wa_id: &str) -> Self {
        Self { wa_id: Some(wa_id.to_owned()), ..Self::with_user_id(&user_id_for(wa_id)) }
    }

    pub(crate) fn with_user_id(user_id: &str) -> Self {
        Self {
            wa_id: None,
            user_id: user_id.to_owned(),
            name: None,
            username: None,
            hides_phone: false,
            unreachable: false,
            stopped_marketing: false,
        }
    }

    /// The phone number, where webhooks may carry it.
    pub(crate) fn shown_wa_id(&self) -> Option<&str> {
        self.wa_id.as_deref().filter(|_| !self.hides_phone)
    }

    /// The element of `contacts[]`; the username rides only where Meta puts it.
    pub(crate) fn contact(&self, username: bool) -> Value {
        let mut profile = Map::new();
        if let Some(name) = &self.name {
            profile.insert("name".into(), name.clone().into());
        }
        if let Some(name) = self.username.as_ref().filter(|_| username) {
            profile.insert("username".into(), name.clone().into());
        }
        let mut contact = Map::new();
        if !profile.is_empty() {
            contact.insert("profile".into(), profile.into());
        }
        if let Some(wa_id) = self.shown_wa_id() {
            contact.insert("wa_id".into(), wa_id.into());
        }
        contact.insert("user_id".into(), self.user_id.clone().into());
        contact.into()
    }
}

/// Everybody, found by either identity.
#[derive(Default)]
pub(crate) struct People {
    all: Vec<Person>,
    /// `wa_id` or user id → place in `all`. A user id that was replaced still leads to its person.
    by_identity: BTreeMap<String, usize>,
}

impl People {
    pub(crate) fn all(&self) -> &[Person] {
        &self.all
    }

    /// The person behind a dialled number, a `wa_id` or a user id; made on first sight.
    pub(crate) fn meet(&mut self, identity: &str) -> &Person {
        self.change(identity, |_| ())
    }

    /// The same, changed.
    pub(crate) fn change(&mut self, identity: &str, change: impl FnOnce(&mut Person)) -> &Person {
        let at = self.find(identity).unwrap_or_else(|| {
            let by_user_id = is_user_id(identity);
            self.all.push(if by_user_id { Person::with_user_id(identity) } else { Person::with_phone(identity) });
            self.all.len() - 1
        });
        let person = &mut self.all[at];
        change(person);
        let identities = person.wa_id.iter().chain([&person.user_id]);
        self.by_identity.extend(identities.map(|identity| (identity.clone(), at)));
        person
    }

    pub(crate) fn look_up(&self, identity: &str) -> Option<&Person> {
        self.find(identity).and_then(|at| self.all.get(at))
    }

    fn find(&self, identity: &str) -> Option<usize> {
        if is_user_id(identity) {
            return self.by_identity.get(identity).copied();
        }
        spellings(identity).iter().find_map(|spelling| self.by_identity.get(spelling).copied())
    }
}

/// `US.1000000001`, or `US.ENT.…` for the parent.
pub(crate) fn is_user_id(text: &str) -> bool {
    let Some((country, rest)) = text.split_once('.') else { return false };
    let rest = rest.strip_prefix("ENT.").unwrap_or(rest);
    country.len() == 2
        && country.bytes().all(|byte| byte.is_ascii_uppercase())
        && (1..=128).contains(&rest.len())
        && rest.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// What Meta takes as a phone number: digits with optional `+`, spaces, brackets and hyphens. Without the plus it may
/// put the business number's own country code in front, and so do we where the number is too short to have one.
pub(crate) fn dialled(text: &str, own_country_code: &str) -> Option<String> {
    let plus = text.trim_start().starts_with('+');
    let rest = text.trim_start().strip_prefix('+').unwrap_or(text);
    if !rest.chars().all(|c| c.is_ascii_digit() || matches!(c, ' ' | '(' | ')' | '-')) {
        return None;
    }
    let mut digits: String = rest.chars().filter(char::is_ascii_digit).collect();
    if !plus && (7..=10).contains(&digits.len()) {
        digits.insert_str(0, own_country_code);
    }
    (8..=15).contains(&digits.len()).then_some(digits)
}

/// The `wa_id` of a dialled number nobody has registered otherwise.
pub(crate) fn canonical(digits: &str) -> String {
    match digits.len() {
        // Brazil: the ninth digit is missing outside the oldest area codes.
        13 if digits.starts_with("55") && digits[4..].starts_with('9') && &digits[2..4] >= "30" => {
            format!("{}{}", &digits[..4], &digits[5..])
        }
        12 if digits.starts_with("52") => format!("521{}", &digits[2..]),
        12 if digits.starts_with("54") => format!("549{}", &digits[2..]),
        _ => digits.to_owned(),
    }
}

/// All spellings under which one number is known.
fn spellings(digits: &str) -> Vec<String> {
    let mut all = vec![digits.to_owned()];
    let other = match digits.len() {
        13 if digits.starts_with("55") && digits[4..].starts_with('9') => {
            Some(format!("{}{}", &digits[..4], &digits[5..]))
        }
        12 if digits.starts_with("55") => Some(format!("{}9{}", &digits[..4], &digits[4..])),
        12 if digits.starts_with("52") => Some(format!("521{}", &digits[2..])),
        13 if digits.starts_with("521") => Some(format!("52{}", &digits[3..])),
        12 if digits.starts_with("54") => Some(format!("549{}", &digits[2..])),
        13 if digits.starts_with("549") => Some(format!("54{}", &digits[3..])),
        _ => None,
    };
    all.extend(other);
    all
}

/// A made-up user id that does not give the phone number away.
fn user_id_for(wa_id: &str) -> String {
    let country = match wa_id {
        id if id.starts_with("55") => "BR",
        id if id.starts_with("52") => "MX",
        id if id.starts_with("54") => "AR",
        id if id.starts_with("49") => "DE",
        id if id.starts_with("44") => "GB",
        id if id.starts_with("91") => "IN",
        _ => "US",
    };
    let hash = Sha256::digest(wa_id.as_bytes());
    let number = hash.iter().take(7).fold(0_u64, |number, byte| (number << 8) | u64::from(*byte));
    format!("{country}.{number:017}")
}

/// Unix seconds as the string webhooks carry.
pub(crate) fn seconds(at: Timestamp) -> Value {
    json!(at.as_second().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spells_numbers_as_whatsapp_does() {
        assert_eq!(canonical("5531955550100"), "553155550100");
        assert_eq!(canonical("5511955550100"), "5511955550100");
        assert_eq!(canonical("525555550100"), "5215555550100");
        assert_eq!(canonical("541155550100"), "5491155550100");
        assert_eq!(canonical("15550100"), "15550100");
    }

    #[test]
    fn one_person_whatever_the_spelling() {
        let mut people = People::default();
        people.change("5491155550100", |person| person.name = Some("Ana".to_owned()));
        assert_eq!(people.meet("541155550100").name.as_deref(), Some("Ana"));
        assert_eq!(people.all().len(), 1);
    }

    #[test]
    fn reads_dialled_numbers() {
        assert_eq!(dialled("+1 (555) 010-0123", "1").as_deref(), Some("15550100123"));
        assert_eq!(dialled("5550100123", "1").as_deref(), Some("15550100123"));
        assert_eq!(dialled("US.123", "1"), None);
        assert_eq!(dialled("+123", "1"), None);
    }
}
