//! `button`: the person tapped a quick reply of a template.

use serde_json::value::RawValue;

use crate::json::Fields;
use crate::redact::redacted_debug;

/// One of the two is always there: Meta repeats the label where the template sets no payload.
#[derive(Clone, PartialEq, Eq)]
pub struct Button {
    pub text: Option<String>,
    pub payload: Option<String>,
}

redacted_debug!(Button);

impl Button {
    pub(super) fn read(raw: &RawValue) -> Option<Self> {
        let fields = Fields::parse(raw)?;
        let button = Self { text: fields.literal("text"), payload: fields.literal("payload") };
        (button.text.is_some() || button.payload.is_some()).then_some(button)
    }
}
