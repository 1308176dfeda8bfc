//! Whether a number sends, and if not, why (B-01, X-04).

use model::Timestamp;
use model::send::Block;
use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;

/// Whether the number sends.
#[derive(Serialize, ToSchema)]
#[schema(as = ChannelSending)]
pub(crate) struct Sending {
    /// `ok`, or `parked`: what is queued waits, in its order, and leaves by itself once the cause is gone.
    state: &'static str,
    /// `token`, `billing`, `account`, or `template_categories`, for which only templates wait.
    #[serde(skip_serializing_if = "Option::is_none")]
    cause: Option<String>,
    /// What is wrong, in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    remedy: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    since: Option<Timestamp>,
    /// When one send is tried, at the earliest; at once with another access token, where that is the cause.
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_at: Option<Timestamp>,
    /// Meta's own error object, of the send that met it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    raw: Option<Box<RawValue>>,
}

impl Sending {
    pub(super) fn of(block: Option<Block>) -> Self {
        let (since, retry_at) = (block.as_ref().map(|block| block.since), block.as_ref().map(|block| block.retry_at));
        let error = block.map(|block| block.error);
        let word = |of: fn(&model::SendError) -> Option<String>| error.as_ref().and_then(of);
        Self {
            state: if error.is_some() { "parked" } else { "ok" },
            cause: word(|error| Some(error.code.clone())),
            title: word(|error| Some(error.title.clone())),
            detail: word(|error| error.detail.clone()),
            remedy: word(|error| error.remedy.clone()),
            since,
            retry_at,
            raw: error.and_then(|error| error.raw),
        }
    }
}
