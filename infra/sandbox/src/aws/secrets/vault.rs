//! All secrets, and what the operations do to them.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{
    SecretsError,
    secret::{Content, Secret},
    wire::{DescribeSecret, GetSecretValue, ListSecrets, Write},
};

/// AWS allows 65,536 bytes.
const LARGEST: usize = 65_536;

#[derive(Debug, Default)]
pub(super) struct Vault {
    secrets: Vec<Secret>,
}

impl Vault {
    pub(super) fn create(&mut self, request: Write, now: Timestamp) -> Result<Value, SecretsError> {
        let name = request.name.clone().unwrap_or_default();
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"/_+=.@-".contains(&byte);
        if !(1..=512).contains(&name.len()) || !name.bytes().all(allowed) {
            return Err(SecretsError::invalid_parameter(
                "Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!",
            ));
        }
        if self.secrets.iter().any(|secret| secret.name == name) {
            let message = format!("The operation failed because the secret {name} already exists.");
            return Err(SecretsError::exists(message));
        }
        let content = content_of(&request)?;
        let mut secret = Secret::new(&name, now);
        secret.description = request.description;
        secret.kms_key_id = request.kms_key_id;
        secret.tags = request.tags;
        let mut answer = json!({ "ARN": secret.arn, "Name": name });
        if let Some(content) = content {
            answer["VersionId"] = json!(secret.put(content, request.client_request_token, None, now)?);
        }
        self.secrets.push(secret);
        Ok(answer)
    }

    pub(super) fn get_value(&mut self, request: GetSecretValue, _: Timestamp) -> Result<Value, SecretsError> {
        let GetSecretValue { secret_id, version_id, version_stage } = request;
        self.find(&secret_id)?.value(version_id.as_deref(), version_stage.as_deref())
    }

    pub(super) fn put_value(&mut self, request: Write, now: Timestamp) -> Result<Value, SecretsError> {
        let content = content_of(&request)?
            .ok_or_else(|| SecretsError::invalid_request("You must provide either SecretString or SecretBinary."))?;
        let secret = self.find(request.secret_id.as_deref().unwrap_or_default())?;
        let version = secret.put(content, request.client_request_token, request.version_stages, now)?;
        let stages = secret.stages_of(&version);
        Ok(json!({ "ARN": secret.arn, "Name": secret.name, "VersionId": version, "VersionStages": stages }))
    }

    pub(super) fn update(&mut self, request: Write, now: Timestamp) -> Result<Value, SecretsError> {
        let content = content_of(&request)?;
        let secret = self.find(request.secret_id.as_deref().unwrap_or_default())?;
        if let Some(description) = request.description {
            secret.description = Some(description);
        }
        if let Some(key) = request.kms_key_id {
            secret.kms_key_id = Some(key);
        }
        secret.changed_at = now;
        let mut answer = json!({ "ARN": secret.arn, "Name": secret.name });
        if let Some(content) = content {
            answer["VersionId"] = json!(secret.put(content, request.client_request_token, None, now)?);
        }
        Ok(answer)
    }

    pub(super) fn describe(&mut self, request: DescribeSecret, _: Timestamp) -> Result<Value, SecretsError> {
        let DescribeSecret { secret_id } = request;
        Ok(self.find(&secret_id)?.description("VersionIdsToStages"))
    }

    pub(super) fn list(&mut self, request: ListSecrets, _: Timestamp) -> Result<Value, SecretsError> {
        let ListSecrets { max_results, next_token, filters } = request;
        if !filters.is_empty() {
            return Err(SecretsError::invalid_parameter("The sandbox does not play Filters."));
        }
        let start = match next_token {
            Some(token) => token.parse().map_err(|_| SecretsError::invalid_parameter("Invalid NextToken."))?,
            None => 0,
        };
        let most = max_results.unwrap_or(100).clamp(1, 100);
        let page: Vec<Value> = self
            .secrets
            .iter()
            .skip(start)
            .take(most)
            .map(|secret| secret.description("SecretVersionsToStages"))
            .collect();
        let mut answer = json!({ "SecretList": page });
        if start + most < self.secrets.len() {
            answer["NextToken"] = json!((start + most).to_string());
        }
        Ok(answer)
    }

    fn find(&mut self, id: &str) -> Result<&mut Secret, SecretsError> {
        self.secrets.iter_mut().find(|secret| secret.answers_to(id)).ok_or_else(|| SecretsError::not_found("secret"))
    }
}

fn content_of(request: &Write) -> Result<Option<Content>, SecretsError> {
    let content = Content::of(request.secret_string.clone(), request.secret_binary.clone())?;
    if let Some(Content::Text(text) | Content::Binary(text)) = &content
        && text.len() > LARGEST
    {
        return Err(SecretsError::invalid_parameter("The secret value must be at most 65536 bytes long."));
    }
    Ok(content)
}
