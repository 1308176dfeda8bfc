//! `group_*`: a group was made, joined, left, renamed or suspended (contract §3.10).

use serde_json::value::RawValue;

use crate::error::MetaError;
use crate::json::Fields;
use crate::redact::redacted_debug;
use crate::time::{self, Timestamp};

/// One element of `groups[]`.
pub struct GroupUpdate<'a> {
    pub group_id: Option<String>,
    /// `group_create`, `group_participants_add` … Meta's OpenAPI document says `group_add_participants`; here it is one
    /// word for both.
    pub kind: String,
    pub timestamp: Option<Timestamp>,
    /// Of the request of ours that this answers.
    pub request_id: Option<String>,
    pub subject: Option<String>,
    pub invite_link: Option<String>,
    pub reason: Option<String>,
    /// `business` or `participant`.
    pub initiated_by: Option<String>,
    pub added: usize,
    pub removed: usize,
    pub failed: usize,
    pub errors: Vec<MetaError>,
    pub raw: &'a RawValue,
}

redacted_debug!(GroupUpdate<'_>);

impl<'a> GroupUpdate<'a> {
    pub(super) fn read_all(value: &Fields<'a>) -> Option<Vec<Self>> {
        let read: Vec<_> = value.items("groups").into_iter().filter_map(Self::parse).collect();
        if read.is_empty() { None } else { Some(read) }
    }

    pub fn parse(raw: &'a RawValue) -> Option<Self> {
        let fields = Fields::parse(raw)?;
        Some(Self {
            group_id: fields.literal("group_id"),
            kind: one_word(fields.literal("type")?),
            timestamp: fields.get("timestamp").and_then(time::from_meta),
            request_id: fields.literal("request_id"),
            subject: fields.literal("subject"),
            invite_link: fields.literal("invite_link"),
            reason: fields.literal("reason"),
            initiated_by: fields.literal("initiated_by"),
            added: fields.items("added_participants").len(),
            removed: fields.items("removed_participants").len(),
            failed: fields.items("failed_participants").len(),
            errors: fields.get("errors").map(MetaError::parse_all).unwrap_or_default(),
            raw,
        })
    }
}

fn one_word(kind: String) -> String {
    match kind.as_str() {
        "group_add_participants" => String::from("group_participants_add"),
        "group_remove_participants" => String::from("group_participants_remove"),
        _ => kind,
    }
}
