//! Who a person is (K-01…K-05, contract §3.11).
//!
//! Every identity (WhatsApp id, business-scoped user id, parent id) is an Alias item that says which contact key it leads
//! to, and until when it led elsewhere. A contact key is the first identity seen and never changes; what changes is
//! where identities lead. All of it goes by Meta's times, so that late and repeated deliveries say the same.

mod alias;
mod believed;
mod directory;
mod lookup;
mod renamed;
mod resolve;

use model::{ContactKey, UserId, WaId};

pub(crate) use alias::{Alias, change_alias, former_value, link_alias, read_alias};
pub(crate) use believed::{Belief, Believed};
pub use directory::Directory;
pub(crate) use directory::Known;
pub use renamed::Renamed;
pub use resolve::{AliasChange, Effect, Resolved};

/// `wa:<wa_id>` or `user:<user_id>`. Holds a phone number: cannot print itself.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Identity(String);

impl Identity {
    /// A WhatsApp id.
    pub fn wa(id: &WaId) -> Self {
        Self(format!("wa:{}", id.as_str()))
    }

    /// A business-scoped user id, or its parent.
    pub fn user(id: &UserId) -> Self {
        Self(format!("user:{}", id.as_str()))
    }

    /// As it was stored.
    pub(crate) fn stored(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// The key a contact gets whose first identity this is.
    pub fn as_key(&self) -> ContactKey {
        ContactKey::new(self.0.clone())
    }

    /// `wa:…` or `user:…`
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The phone, where it is one.
    pub fn wa_id(&self) -> Option<WaId> {
        self.0.strip_prefix("wa:").map(WaId::from)
    }

    /// The same phone as it may be spelled elsewhere; for look-up only (K-02).
    pub fn other_spellings(&self) -> impl Iterator<Item = Self> {
        self.wa_id().map(|id| id.other_spellings()).unwrap_or_default().into_iter().map(|id| Self::wa(&id))
    }
}

/// The identities that came with a message or status.
#[derive(Clone, Default)]
pub struct Person {
    /// Where Meta gave it.
    pub wa_id: Option<WaId>,
    /// Where Meta gave it (2026).
    pub user_id: Option<UserId>,
    /// Only in portfolios that are enrolled.
    pub parent_user_id: Option<UserId>,
}

impl Person {
    /// Business-scoped id first: when both point somewhere, it wins (contract §3.11).
    pub fn identities(&self) -> impl Iterator<Item = Identity> {
        let user = self.user_id.as_ref().map(Identity::user);
        let wa = self.wa_id.as_ref().map(Identity::wa);
        let parent = self.parent_user_id.as_ref().map(Identity::user);
        [user, wa, parent].into_iter().flatten()
    }

    /// What to look up to find them: their identities, and the other spellings of their phone.
    pub fn sought(&self) -> impl Iterator<Item = Identity> {
        let spellings: Vec<Identity> =
            self.wa_id.as_ref().map(Identity::wa).map(|phone| phone.other_spellings().collect()).unwrap_or_default();
        self.identities().chain(spellings)
    }

    /// True where nothing identifies the person.
    pub fn is_nobody(&self) -> bool {
        self.identities().next().is_none()
    }
}
