//! `text`.

use super::Invalid;
use super::place::Object;
use crate::limits;
use crate::redact::redacted_debug;

#[derive(Clone, PartialEq, Eq)]
pub struct Text {
    pub body: String,
    /// Shows a preview of the first URL.
    pub preview_url: bool,
}

redacted_debug!(Text);

impl Text {
    pub(super) fn read(text: &Object<'_>) -> Result<Self, Invalid> {
        Ok(Self {
            body: text.required("body")?.text_within(&limits::TEXT_BODY)?,
            preview_url: text.optional("preview_url").map_or(Ok(false), |flag| flag.flag())?,
        })
    }
}
