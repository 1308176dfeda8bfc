//! `contacts`: address cards. Meta wants a formatted name and, beside it, one other part of the name.

use super::Invalid;
use super::place::{Object, Place};
use crate::redact::redacted_debug;

#[derive(Clone, PartialEq, Eq)]
pub struct ContactCard {
    pub formatted_name: String,
}

redacted_debug!(ContactCard);

const PARTS: [&str; 5] = ["first_name", "last_name", "middle_name", "prefix", "suffix"];

impl ContactCard {
    pub(super) fn read_all(contacts: &Place<'_>) -> Result<Vec<Self>, Invalid> {
        contacts.list()?.iter().map(|card| Self::read(&card.object()?)).collect()
    }

    fn read(card: &Object<'_>) -> Result<Self, Invalid> {
        let name = card.required("name")?.object()?;
        let formatted_name = name.required("formatted_name")?.filled_text()?;
        if !PARTS.iter().any(|part| name.has(part)) {
            return Err(name.invalid("first_name", "is required, or another part of the name beside formatted_name"));
        }
        Ok(Self { formatted_name })
    }
}
