//! `revoke`: the person deleted a message for everyone (coexistence only, within two days).

use serde_json::value::RawValue;

use crate::ids::MessageId;
use crate::json::Fields;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revoke {
    pub original_message_id: MessageId,
}

impl Revoke {
    pub(super) fn read(raw: &RawValue) -> Option<Self> {
        Some(Self { original_message_id: Fields::parse(raw)?.id("original_message_id")? })
    }
}
