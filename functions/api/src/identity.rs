//! Whom `{key}` and `to` mean: a contact key, `wa:…`, `+E.164` or a business-scoped user id.

use model::{Contact, ContactKey, PhoneNumberId, Recipient, Timestamp, UserId, WaId};
use store::{Identity, Store};

/// A person on a number, as the path named them.
pub(crate) struct Found {
    pub(crate) key: ContactKey,
    /// `None` where the person never wrote in.
    pub(crate) contact: Option<Contact>,
}

impl Found {
    /// Where their messages are.
    pub(crate) fn keys(&self) -> Vec<ContactKey> {
        self.contact.as_ref().map_or_else(|| vec![self.key.clone()], Contact::keys)
    }
}

/// The person that `text` names; `None` where it names nobody, whoever is stored.
///
/// A contact key is taken at its word first: it never changes, while the identity it was made of may have moved to
/// another contact since. A phone that its holder left, and nobody has since, still finds them.
pub(crate) async fn find(
    store: &Store,
    number: &PhoneNumberId,
    text: &str,
    now: Timestamp,
) -> Result<Option<Found>, store::Error> {
    let Some(identity) = read(text) else { return Ok(None) };
    if let Some(literal) = ContactKey::parse(text)
        && let Some(contact) = store.contact(number, &literal).await?
    {
        return Ok(Some(Found { key: contact.key.clone(), contact: Some(contact) }));
    }
    let key = store.resolve(number, &identity, true, now).await?.unwrap_or_else(|| identity.as_key());
    let contact = store.contact(number, &key).await?;
    let key = contact.as_ref().map_or(key, |contact| contact.key.clone());
    Ok(Some(Found { key, contact }))
}

/// The key of the contact that `text` leads to, whether or not it was merged into another.
pub(crate) async fn own_key(
    store: &Store,
    number: &PhoneNumberId,
    text: &str,
    now: Timestamp,
) -> Result<Option<ContactKey>, store::Error> {
    if let Some(literal) = ContactKey::parse(text)
        && store.contact(number, &literal).await?.is_some()
    {
        return Ok(Some(literal));
    }
    let Some(identity) = read(text) else { return Ok(None) };
    store.resolve(number, &identity, true, now).await
}

/// Under what a send is kept: the contact that the recipient leads to, or the group.
pub(crate) async fn addressed(
    store: &Store,
    number: &PhoneNumberId,
    recipient: &Recipient,
    now: Timestamp,
) -> Result<ContactKey, store::Error> {
    let identity = match recipient {
        Recipient::Phone(digits) => Identity::wa(&WaId::new(digits.as_str())),
        Recipient::User(user) => Identity::user(user),
        Recipient::Group(id) => return Ok(ContactKey::of_group(id)),
    };
    store.dialled(number, &identity, now).await
}

/// Who a text names, whoever is stored.
pub(crate) fn identity_of(text: &str) -> Option<Identity> {
    read(text)
}

fn read(text: &str) -> Option<Identity> {
    if let Some(key) = ContactKey::parse(text) {
        let wa = key.wa_id().map(|id| Identity::wa(&WaId::new(id.as_str().trim_start_matches('+'))));
        return wa.or_else(|| key.user_id().map(|id| Identity::user(&id)));
    }
    let digits: String = text.chars().filter(|letter| !matches!(letter, '+' | ' ' | '(' | ')' | '-')).collect();
    if !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(Identity::wa(&WaId::new(digits)));
    }
    text.contains('.').then(|| Identity::user(&UserId::new(text)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(text: &str) -> Option<String> {
        read(text).map(|identity| identity.as_key().into_string())
    }

    #[test]
    fn every_spelling_of_a_person_is_read() {
        for text in ["wa:15550101", "wa:+15550101", "+15550101", "+1 (555) 01-01", "15550101"] {
            assert_eq!(key(text).as_deref(), Some("wa:15550101"), "{text}");
        }
        assert_eq!(key("user:US.1").as_deref(), Some("user:US.1"));
        assert_eq!(key("US.ENT.1").as_deref(), Some("user:US.ENT.1"));
        for text in ["", "+", "wa:", "Ana"] {
            assert_eq!(key(text), None, "{text}");
        }
    }
}
