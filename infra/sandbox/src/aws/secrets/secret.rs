//! A secret and its versions.

use jiff::Timestamp;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::{
    super::{ACCOUNT, REGION},
    SecretsError,
};

const CURRENT: &str = "AWSCURRENT";
const PREVIOUS: &str = "AWSPREVIOUS";

pub(super) struct Secret {
    pub(super) name: String,
    pub(super) arn: String,
    pub(super) description: Option<String>,
    pub(super) kms_key_id: Option<String>,
    pub(super) tags: Vec<Value>,
    pub(super) created_at: Timestamp,
    pub(super) changed_at: Timestamp,
    versions: Vec<Version>,
}

struct Version {
    id: String,
    content: Content,
    stages: Vec<String>,
    created_at: Timestamp,
}

/// What is kept secret; it has no `Debug` on purpose.
#[derive(Clone, PartialEq, Eq)]
pub(super) enum Content {
    Text(String),
    /// In base64, as it came.
    Binary(String),
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Secret")
            .field("name", &self.name)
            .field("versions", &self.versions.len())
            .finish_non_exhaustive()
    }
}

impl Content {
    /// One of the two must be given when a version is written.
    pub(super) fn of(text: Option<String>, binary: Option<String>) -> Result<Option<Self>, SecretsError> {
        match (text, binary) {
            (Some(_), Some(_)) => Err(SecretsError::invalid_parameter(
                "You can't specify both a binary secret value and a string secret value in the same secret.",
            )),
            (Some(text), None) => Ok(Some(Self::Text(text))),
            (None, Some(binary)) => Ok(Some(Self::Binary(binary))),
            (None, None) => Ok(None),
        }
    }
}

impl Secret {
    pub(super) fn new(name: &str, now: Timestamp) -> Self {
        // AWS ends the ARN with six random characters, so that a secret of the same name made later is another one.
        let suffix: String = Uuid::new_v4().simple().to_string().chars().take(6).collect();
        Self {
            name: name.to_owned(),
            arn: format!("arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:{name}-{suffix}"),
            description: None,
            kms_key_id: None,
            tags: Vec::new(),
            created_at: now,
            changed_at: now,
            versions: Vec::new(),
        }
    }

    /// By name, ARN, or ARN without the random ending.
    pub(super) fn answers_to(&self, id: &str) -> bool {
        self.name == id || self.arn == id || self.arn.rsplit_once('-').is_some_and(|(partial, _)| partial == id)
    }

    /// Adds a version and moves the stages to it; returns its id. The same token with the same content changes nothing.
    pub(super) fn put(
        &mut self,
        content: Content,
        token: Option<String>,
        stages: Option<Vec<String>>,
        now: Timestamp,
    ) -> Result<String, SecretsError> {
        let id = token.unwrap_or_else(|| Uuid::new_v4().to_string());
        if let Some(version) = self.versions.iter().find(|version| version.id == id) {
            return if version.content == content {
                Ok(id)
            } else {
                Err(SecretsError::exists(
                    "You can't use ClientRequestToken because that value is already in use for another version.",
                ))
            };
        }
        let stages = stages.unwrap_or_else(|| vec![CURRENT.to_owned()]);
        if stages.iter().any(|stage| stage == CURRENT) {
            self.retire_current();
        }
        for version in &mut self.versions {
            version.stages.retain(|stage| !stages.contains(stage));
        }
        self.versions.push(Version { id: id.clone(), content, stages, created_at: now });
        // Versions without a stage are deprecated, and AWS deletes them in its own time.
        self.versions.retain(|version| !version.stages.is_empty());
        self.changed_at = now;
        Ok(id)
    }

    fn retire_current(&mut self) {
        if !self.versions.iter().any(|version| version.has(CURRENT)) {
            return;
        }
        for version in &mut self.versions {
            version.stages.retain(|stage| stage != PREVIOUS);
            if let Some(stage) = version.stages.iter_mut().find(|stage| *stage == CURRENT) {
                PREVIOUS.clone_into(stage);
            }
        }
    }

    pub(super) fn value(&self, id: Option<&str>, stage: Option<&str>) -> Result<Value, SecretsError> {
        let wanted_stage = stage.or(if id.is_none() { Some(CURRENT) } else { None });
        let version = self
            .versions
            .iter()
            .filter(|version| id.is_none_or(|id| version.id == id))
            .find(|version| wanted_stage.is_none_or(|stage| version.has(stage)))
            .ok_or_else(|| {
                let label = wanted_stage.map_or_else(
                    || format!("secret value for VersionId: {}", id.unwrap_or_default()),
                    |stage| format!("secret value for staging label: {stage}"),
                );
                SecretsError::not_found(&label)
            })?;
        let mut value = json!({
            "ARN": self.arn,
            "Name": self.name,
            "VersionId": version.id,
            "VersionStages": version.stages,
            "CreatedDate": seconds(version.created_at),
        });
        match &version.content {
            Content::Text(text) => value["SecretString"] = json!(text),
            Content::Binary(base64) => value["SecretBinary"] = json!(base64),
        }
        Ok(value)
    }

    pub(super) fn stages_of(&self, id: &str) -> Vec<String> {
        self.versions.iter().find(|version| version.id == id).map(|version| version.stages.clone()).unwrap_or_default()
    }

    /// What `DescribeSecret` and `ListSecrets` tell, which name the map of versions differently.
    pub(super) fn description(&self, versions_name: &str) -> Value {
        let versions: Map<String, Value> =
            self.versions.iter().map(|version| (version.id.clone(), json!(version.stages))).collect();
        let mut shown = json!({
            "ARN": self.arn,
            "Name": self.name,
            "CreatedDate": seconds(self.created_at),
            "LastChangedDate": seconds(self.changed_at),
            "Tags": self.tags,
        });
        shown[versions_name] = Value::Object(versions);
        if let Some(description) = &self.description {
            shown["Description"] = json!(description);
        }
        if let Some(key) = &self.kms_key_id {
            shown["KmsKeyId"] = json!(key);
        }
        shown
    }
}

impl Version {
    fn has(&self, stage: &str) -> bool {
        self.stages.iter().any(|own| own == stage)
    }
}

fn seconds(time: Timestamp) -> f64 {
    time.as_duration().as_secs_f64()
}
