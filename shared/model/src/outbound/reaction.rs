//! `reaction`: an emoji on a message of theirs; an empty one takes it back.

use super::Invalid;
use super::place::Object;
use crate::ids::MessageId;
use crate::redact::redacted_debug;

#[derive(Clone, PartialEq, Eq)]
pub struct Reaction {
    pub message_id: MessageId,
    pub emoji: String,
}

redacted_debug!(Reaction);

impl Reaction {
    pub(super) fn read(reaction: &Object<'_>) -> Result<Self, Invalid> {
        Ok(Self {
            message_id: reaction.required("message_id")?.filled_text()?.into(),
            emoji: reaction.required("emoji")?.text()?,
        })
    }
}
