//! `unsupported`: the person sent what the Cloud API has no form for. The reason is in the message's `errors`.

use crate::json::Fields;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unsupported {
    /// What it was (`poll`, `pin`, `button` …), where Meta tells: an open set.
    pub kind: Option<String>,
}

impl Unsupported {
    pub(super) fn read(message: &Fields<'_>) -> Self {
        Self { kind: message.object("unsupported").and_then(|inner| inner.literal("type")) }
    }
}
