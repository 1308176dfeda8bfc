//! `contacts`: cards from the person's address book. Every member is optional, the name too.

use serde_json::value::RawValue;

use crate::ids::{UserId, WaId};
use crate::json::{Fields, items};
use crate::redact::redacted_debug;

#[derive(Clone, PartialEq, Eq)]
pub struct ContactCard {
    pub name: Option<ContactName>,
    pub phones: Vec<PhoneEntry>,
    pub emails: Vec<Labelled>,
    pub urls: Vec<Labelled>,
    pub addresses: Vec<PostalAddress>,
    pub org: Option<ContactOrg>,
    pub birthday: Option<String>,
    /// `contact_request` where the person answered our request for their number, else `other`.
    pub origin: Option<String>,
    pub vcard: Option<String>,
}

#[derive(Clone, PartialEq, Eq)]
pub struct ContactName {
    pub formatted_name: Option<String>,
    pub first_name: Option<String>,
    pub middle_name: Option<String>,
    pub last_name: Option<String>,
    pub prefix: Option<String>,
    pub suffix: Option<String>,
}

#[derive(Clone, PartialEq, Eq)]
pub struct PhoneEntry {
    pub phone: Option<String>,
    pub wa_id: Option<WaId>,
    pub user_id: Option<UserId>,
    pub kind: Option<String>,
}

/// An email address or a URL, with its `type`.
#[derive(Clone, PartialEq, Eq)]
pub struct Labelled {
    pub value: String,
    pub kind: Option<String>,
}

#[derive(Clone, PartialEq, Eq)]
pub struct PostalAddress {
    pub street: Option<String>,
    pub city: Option<String>,
    pub state: Option<String>,
    pub zip: Option<String>,
    pub country: Option<String>,
    pub country_code: Option<String>,
    pub kind: Option<String>,
}

#[derive(Clone, PartialEq, Eq)]
pub struct ContactOrg {
    pub company: Option<String>,
    pub department: Option<String>,
    pub title: Option<String>,
}

redacted_debug!(ContactCard, ContactName, PhoneEntry, Labelled, PostalAddress, ContactOrg);

impl ContactCard {
    /// `None` unless `raw` is an array of objects.
    pub(super) fn read_all(raw: &RawValue) -> Option<Vec<Self>> {
        items(raw)?.into_iter().map(Self::read).collect()
    }

    fn read(raw: &RawValue) -> Option<Self> {
        let card = Fields::parse(raw)?;
        let every = |name| card.items(name).into_iter().filter_map(Fields::parse);
        let labelled = |name, key| -> Vec<Labelled> {
            let one = |entry: Fields<'_>| Some(Labelled { value: entry.literal(key)?, kind: entry.literal("type") });
            every(name).filter_map(one).collect()
        };
        Some(Self {
            name: card.object("name").map(|name| ContactName::read(&name)),
            phones: every("phones").map(|phone| PhoneEntry::read(&phone)).collect(),
            emails: labelled("emails", "email"),
            urls: labelled("urls", "url"),
            addresses: every("addresses").map(|address| PostalAddress::read(&address)).collect(),
            org: card.object("org").map(|org| ContactOrg {
                company: org.literal("company"),
                department: org.literal("department"),
                title: org.literal("title"),
            }),
            birthday: card.literal("birthday"),
            origin: card.literal("origin"),
            vcard: card.literal("vcard"),
        })
    }
}

impl ContactName {
    fn read(name: &Fields<'_>) -> Self {
        Self {
            formatted_name: name.literal("formatted_name"),
            first_name: name.literal("first_name"),
            middle_name: name.literal("middle_name"),
            last_name: name.literal("last_name"),
            prefix: name.literal("prefix"),
            suffix: name.literal("suffix"),
        }
    }
}

impl PhoneEntry {
    fn read(phone: &Fields<'_>) -> Self {
        Self {
            phone: phone.literal("phone"),
            wa_id: phone.id("wa_id"),
            user_id: phone.id("user_id"),
            kind: phone.literal("type"),
        }
    }
}

impl PostalAddress {
    fn read(address: &Fields<'_>) -> Self {
        Self {
            street: address.literal("street"),
            city: address.literal("city"),
            state: address.literal("state"),
            zip: address.literal("zip"),
            country: address.literal("country"),
            country_code: address.literal("country_code"),
            kind: address.literal("type"),
        }
    }
}
