//! Which identity names a contact.

use super::{ContactKey, UserId, WaId};
use crate::time::Timestamp;

const WA: &str = "wa:";
const USER: &str = "user:";
const GROUP: &str = "group:";
/// Stands in no phone number.
const SINCE: char = '~';

impl ContactKey {
    /// The phone where Meta gave one, else the user id. Meta may give neither.
    pub fn from_identity(wa: Option<&WaId>, user: Option<&UserId>) -> Option<Self> {
        match (wa, user) {
            (Some(wa), _) => Some(Self(format!("{WA}{}", wa.as_str()))),
            (None, Some(user)) => Some(Self(format!("{USER}{}", user.as_str()))),
            (None, None) => None,
        }
    }

    /// The next person on a phone that its holder left at some time, where nothing else tells them apart:
    /// `wa:<wa_id>~<seconds>`.
    pub fn of_recycled(wa: &WaId, left_at: Timestamp) -> Self {
        Self(format!("{WA}{}{SINCE}{}", wa.as_str(), left_at.as_second()))
    }

    /// Under what the sends to a group are kept and kept in order. A group is no contact: [`ContactKey::parse`] does not
    /// know it, and nothing shows it as one.
    pub fn of_group(id: &str) -> Self {
        Self(format!("{GROUP}{id}"))
    }

    /// Only the forms of contacts.
    pub fn parse(text: &str) -> Option<Self> {
        let identity = text.strip_prefix(WA).or_else(|| text.strip_prefix(USER))?;
        (!identity.is_empty()).then(|| Self(text.to_owned()))
    }

    /// The phone in the key. It may no longer be the contact's: links and number changes move aliases, not keys.
    pub fn wa_id(&self) -> Option<WaId> {
        let phone = self.0.strip_prefix(WA)?;
        Some(WaId::from(phone.split_once(SINCE).map_or(phone, |(phone, _)| phone)))
    }

    pub fn user_id(&self) -> Option<UserId> {
        self.0.strip_prefix(USER).map(UserId::from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_phone_comes_first() {
        let (wa, user) = (WaId::new("15550100"), UserId::new("US.1"));
        let key = ContactKey::from_identity;
        assert_eq!(key(Some(&wa), Some(&user)).unwrap().as_str(), "wa:15550100");
        assert_eq!(key(None, Some(&user)).unwrap().user_id().as_ref(), Some(&user));
        assert_eq!(key(None, None), None);
        assert_eq!(ContactKey::parse("wa:15550100").unwrap().wa_id(), Some(wa));
        assert_eq!(ContactKey::parse("wa:"), None);
        assert_eq!(ContactKey::parse("15550100"), None);
        assert_eq!(ContactKey::parse(ContactKey::of_group("G-1").as_str()), None);
    }

    #[test]
    fn the_next_person_on_a_phone_has_a_key_of_their_own() {
        let wa = WaId::new("15550100");
        let key = ContactKey::of_recycled(&wa, Timestamp::from_second(1_767_225_600).unwrap());
        assert_eq!(key.as_str(), "wa:15550100~1767225600");
        assert_eq!(ContactKey::parse(key.as_str()), Some(key.clone()));
        assert_eq!(key.wa_id(), Some(wa));
    }
}
