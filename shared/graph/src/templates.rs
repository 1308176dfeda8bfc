//! A WABA's templates (`WhatsApp Business Management API/Message templates`).

use model::{TemplateId, WabaId};
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::error::Effect;
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

    /// Those whose name has `name` in it, which is how Meta filters: compare it whole. All of them, or an error.
    pub async fn templates_named(
        &self,
        token: &Token,
        waba_id: &WabaId,
        name: &str,
        fields: &[&str],
    ) -> Result<Vec<Box<RawValue>>, Error> {
        let mut url = self.url(&[waba_id.as_str(), "message_templates"])?;
        let fields = fields.join(",");
        url.query_pairs_mut().append_pair("name", name).append_pair("fields", &fields).append_pair("limit", "100");
        self.list(token, url).await
    }

    /// One template, as Meta's JSON.
    pub async fn template(&self, token: &Token, id: &TemplateId, fields: &[&str]) -> Result<Box<RawValue>, Error> {
        let mut url = self.url(&[id.as_str()])?;
        url.query_pairs_mut().append_pair("fields", &fields.join(","));
        self.get(token, url).await?.read()
    }

    /// Submits a template for review. `body` is Meta's own. Made twice, the second is refused because the first is there
    /// ([`Error::is_template_there`]): harmless to repeat.
    pub async fn create_template(&self, token: &Token, waba_id: &WabaId, body: &Value) -> Result<Created, Error> {
        let url = self.url(&[waba_id.as_str(), "message_templates"])?;
        self.post(token, url, body.to_string(), Effect::None).await?.read()
    }

    /// Replaces what `body` names, its components as a whole. Of an approved template that counts against one edit a day and
    /// ten a month (contract §5.8).
    pub async fn edit_template(&self, token: &Token, id: &TemplateId, body: &Value) -> Result<(), Error> {
        let url = self.url(&[id.as_str()])?;
        self.change(token, url, body).await
    }

    /// Deletes one language of a name. Both are named, or Meta deletes every language.
    pub async fn delete_template(
        &self,
        token: &Token,
        waba_id: &WabaId,
        name: &str,
        id: &TemplateId,
    ) -> Result<(), Error> {
        let mut url = self.url(&[waba_id.as_str(), "message_templates"])?;
        url.query_pairs_mut().append_pair("hsm_id", id.as_str()).append_pair("name", name);
        self.delete(token, url).await
    }
}

/// What Meta says of a template that it has taken for review.
#[derive(Debug, Deserialize)]
pub struct Created {
    pub id: TemplateId,
    /// `PENDING`, mostly.
    pub status: Option<String>,
    /// May be another than was asked for, and with it the price (contract §1.5).
    pub category: Option<String>,
}
