//! A WABA's templates (`WhatsApp Business Management API/Message templates`).

use model::WabaId;
use serde_json::value::RawValue;

use crate::{Client, Error, Token};

/// What is asked for: everything a person sees in the list, and what tells that something changed. Quality, time of
/// change and the categories before and to come are only given when asked for.
pub const FIELDS: &[&str] = &[
    "id",
    "name",
    "language",
    "category",
    "status",
    "components",
    "parameter_format",
    "sub_category",
    "previous_category",
    "correct_category",
    "rejected_reason",
    "quality_score",
    "last_updated_time",
    "message_send_ttl_seconds",
];

impl Client {
    /// All of them, each as Meta's JSON: a partial listing is an error.
    pub async fn templates(
        &self,
        token: &Token,
        waba_id: &WabaId,
        fields: &[&str],
        limit: u32,
    ) -> Result<Vec<Box<RawValue>>, Error> {
        let mut url = self.url(&[waba_id.as_str(), "message_templates"])?;
        url.query_pairs_mut().append_pair("fields", &fields.join(",")).append_pair("limit", &limit.to_string());
        self.list(token, url).await
    }
}
