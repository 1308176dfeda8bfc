//! `text`: written words, ice breakers and `/commands`.

use serde_json::value::RawValue;

use crate::json::Fields;
use crate::redact::redacted_debug;

#[derive(Clone, PartialEq, Eq)]
pub struct Text {
    pub body: String,
}

redacted_debug!(Text);

impl Text {
    pub(super) fn read(raw: &RawValue) -> Option<Self> {
        Some(Self { body: Fields::parse(raw)?.text("body")? })
    }
}
