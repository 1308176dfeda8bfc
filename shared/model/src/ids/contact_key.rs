//! Which identity names a contact.

use super::{ContactKey, UserId, WaId};

const WA: &str = "wa:";
const USER: &str = "user:";

impl ContactKey {
    /// The phone where Meta gave one, else the user id. Meta may give neither.
    pub fn from_identity(wa: Option<&WaId>, user: Option<&UserId>) -> Option<Self> {
        match (wa, user) {
            (Some(wa), _) => Some(Self(format!("{WA}{}", wa.as_str()))),
            (None, Some(user)) => Some(Self(format!("{USER}{}", user.as_str()))),
            (None, None) => None,
        }
    }

    /// Only the two forms that [`ContactKey::from_identity`] makes.
    pub fn parse(text: &str) -> Option<Self> {
        let identity = text.strip_prefix(WA).or_else(|| text.strip_prefix(USER))?;
        (!identity.is_empty()).then(|| Self(text.to_owned()))
    }

    /// The phone in the key. It may no longer be the contact's: links and number changes move aliases, not keys.
    pub fn wa_id(&self) -> Option<WaId> {
        self.0.strip_prefix(WA).map(WaId::from)
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
    }
}
