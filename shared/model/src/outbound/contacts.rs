//! `contacts`: address cards. Meta wants a formatted name and, beside it, one other part of the name.

use super::Invalid;
use super::place::{Object, Place};
use crate::limits;
use crate::redact::redacted_debug;

#[derive(Clone, PartialEq, Eq)]
pub struct ContactCard {
    pub formatted_name: String,
}

redacted_debug!(ContactCard);

const PARTS: [&str; 5] = ["first_name", "last_name", "middle_name", "prefix", "suffix"];
const LISTS: [&str; 4] = ["phones", "emails", "urls", "addresses"];

impl ContactCard {
    pub(super) fn read_all(contacts: &Place<'_>) -> Result<Vec<Self>, Invalid> {
        contacts.list_within(&limits::CONTACTS)?.iter().map(|card| Self::read(&card.object()?)).collect()
    }

    fn read(card: &Object<'_>) -> Result<Self, Invalid> {
        let name = card.required("name")?.object()?;
        let formatted_name = name.required_text("formatted_name")?;
        let mut parts = 0;
        for part in PARTS {
            parts += usize::from(name.optional_text(part)?.is_some_and(|text| !text.is_empty()));
        }
        if parts == 0 {
            return Err(name.invalid("first_name", "is required, or another part of the name beside formatted_name"));
        }
        for list in LISTS {
            for entry in card.optional(list).map_or_else(|| Ok(Vec::new()), |entries| entries.elements())? {
                entry.object()?;
            }
        }
        card.optional_object("org")?;
        card.optional_text("birthday")?;
        Ok(Self { formatted_name })
    }
}
