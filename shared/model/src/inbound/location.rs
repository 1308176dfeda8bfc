//! `location`: a place. Live locations arrive as `unsupported`.

use serde_json::value::RawValue;

use crate::json::Fields;
use crate::redact::redacted_debug;

#[derive(Clone, PartialEq, Eq)]
pub struct Location {
    /// As written: more digits than a float holds would be lost in one.
    pub latitude: String,
    pub longitude: String,
    pub name: Option<String>,
    pub address: Option<String>,
    pub url: Option<String>,
}

redacted_debug!(Location);

impl Location {
    pub(super) fn read(raw: &RawValue) -> Option<Self> {
        let fields = Fields::parse(raw)?;
        Some(Self {
            latitude: fields.literal("latitude")?,
            longitude: fields.literal("longitude")?,
            name: fields.literal("name"),
            address: fields.literal("address"),
            url: fields.literal("url"),
        })
    }
}
