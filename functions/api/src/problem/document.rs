//! The problem document itself.

use std::time::Duration;

use model::Timestamp;
use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;

use super::Code;
use crate::profile::DifferenceShown;
use crate::templates::FindingShown;

/// An RFC 9457 problem document. Branch on `code`; every other text is for people.
#[derive(Serialize, ToSchema)]
#[schema(as = Problem)]
pub(crate) struct Document {
    /// `urn:waypost:problem:` and the code.
    #[serde(rename = "type")]
    kind: String,
    /// The code in words.
    title: &'static str,
    /// The HTTP status.
    status: u16,
    /// What is wrong with this very request.
    pub(super) detail: String,
    pub(super) code: Code,
    /// The member of the body that is meant, as in `interactive.action.buttons[0].reply.id`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) field: Option<String>,
    /// What holds there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) rule: Option<String>,
    /// What was there instead, where that is no content of a message.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) given: Option<String>,
    /// When the service window ended or ends.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) expires_at: Option<Timestamp>,
    /// What to do about it.
    pub(super) remedy: &'static str,
    /// The send that is meant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) id: Option<String>,
    /// The state that send is in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) state: Option<&'static str>,
    /// Why a file is not to be had, the status of a template or why it was rejected, or who told that a person wants no
    /// marketing: in one word.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) reason: Option<String>,
    /// Since when that holds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) since: Option<Timestamp>,
    /// The languages that the template does have.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) languages: Vec<String>,
    /// The version the channel has now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) version: Option<u64>,
    /// What somebody else changed of a profile.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) drift: Vec<DifferenceShown>,
    /// The rules that a template or a profile breaks.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) findings: Vec<FindingShown>,
    /// Meta's own error object, where Meta refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub(super) meta: Option<Box<RawValue>>,
    /// Goes out as a header.
    #[serde(skip)]
    pub(super) retry_after: Option<Duration>,
}

impl Document {
    pub(super) fn new(code: Code, detail: String) -> Self {
        let (status, title) = code.facts();
        Self {
            kind: kind(code),
            title,
            status: status.as_u16(),
            detail,
            code,
            field: None,
            rule: None,
            given: None,
            expires_at: None,
            remedy: code.remedy(),
            id: None,
            state: None,
            reason: None,
            since: None,
            languages: Vec::new(),
            version: None,
            drift: Vec::new(),
            findings: Vec::new(),
            meta: None,
            retry_after: None,
        }
    }
}

fn kind(code: Code) -> String {
    match serde_json::to_value(code) {
        Ok(serde_json::Value::String(word)) => format!("urn:waypost:problem:{word}"),
        // What RFC 9457 says where there is nothing more to say than the status.
        _ => String::from("about:blank"),
    }
}
