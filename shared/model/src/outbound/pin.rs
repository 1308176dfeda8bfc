//! `pin`: puts a message on top of a group, or takes it down. At most three are up (contract §2.2), which Meta counts.

use super::Invalid;
use super::place::Object;
use crate::ids::MessageId;
use crate::limits;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pin {
    pub message_id: MessageId,
    pub unpin: bool,
}

impl Pin {
    pub(super) fn read(pin: &Object<'_>) -> Result<Self, Invalid> {
        let kind = pin.required("type")?.one_of(&["pin", "unpin"])?;
        if let Some(days) = pin.optional("expiration_days") {
            days.whole_within(&limits::PIN_DAYS)?;
        }
        Ok(Self { message_id: pin.required_text("message_id")?.into(), unpin: kind == "unpin" })
    }
}
