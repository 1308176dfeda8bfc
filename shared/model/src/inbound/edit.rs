//! `edit`: the person changed a message (coexistence only, within 15 minutes).

use serde_json::value::RawValue;

use super::{Content, Context};
use crate::ids::MessageId;
use crate::json::Fields;
use crate::redact::redacted_debug;

#[derive(Clone)]
pub struct Edit {
    pub original_message_id: MessageId,
    /// Meta's `type` of the new content.
    pub kind: String,
    pub content: Box<Content>,
    pub context: Option<Context>,
}

redacted_debug!(Edit);

impl Edit {
    pub(super) fn read(raw: &RawValue) -> Option<Self> {
        let fields = Fields::parse(raw)?;
        let inner = fields.get("message")?;
        let message = Fields::parse(inner)?;
        let kind = message.text("type").unwrap_or_default();
        // An edit of an edit does not exist; refusing it keeps reading flat.
        if kind == "edit" {
            return None;
        }
        Some(Self {
            original_message_id: fields.id("original_message_id")?,
            content: Box::new(Content::read(&kind, &message, inner)),
            context: message.object("context").map(|context| Context::read(&context)),
            kind,
        })
    }
}
