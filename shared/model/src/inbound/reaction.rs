//! `reaction`: an emoji on an earlier message, or its removal.

use serde_json::value::RawValue;

use crate::ids::MessageId;
use crate::json::Fields;
use crate::redact::redacted_debug;

#[derive(Clone, PartialEq, Eq)]
pub struct Reaction {
    pub message_id: MessageId,
    /// `None` takes the reaction back, which Meta says with `""` or with nothing.
    pub emoji: Option<String>,
}

redacted_debug!(Reaction);

impl Reaction {
    pub(super) fn read(raw: &RawValue) -> Option<Self> {
        let fields = Fields::parse(raw)?;
        Some(Self { message_id: fields.id("message_id")?, emoji: fields.literal("emoji") })
    }
}
