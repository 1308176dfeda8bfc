//! The requests of the JSON protocol, as far as they are played.

use serde::Deserialize;
use serde_json::Value;

/// `CreateSecret`, `PutSecretValue` and `UpdateSecret` differ in little more than how they name the secret.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Write {
    pub(super) name: Option<String>,
    pub(super) secret_id: Option<String>,
    pub(super) description: Option<String>,
    pub(super) kms_key_id: Option<String>,
    pub(super) client_request_token: Option<String>,
    pub(super) secret_string: Option<String>,
    pub(super) secret_binary: Option<String>,
    pub(super) version_stages: Option<Vec<String>>,
    #[serde(default)]
    pub(super) tags: Vec<Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct GetSecretValue {
    pub(super) secret_id: String,
    pub(super) version_id: Option<String>,
    pub(super) version_stage: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct DescribeSecret {
    pub(super) secret_id: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListSecrets {
    pub(super) max_results: Option<usize>,
    pub(super) next_token: Option<String>,
    #[serde(default)]
    pub(super) filters: Vec<Value>,
}
