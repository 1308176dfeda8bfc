//! `AWS::DynamoDB::Table`.

use serde::Deserialize;

use crate::template::resolve::Scope;
use crate::template::section::read;
use crate::template::{Resource, Unplayable};

/// A table to create.
#[derive(Debug)]
pub(crate) struct Table {
    pub(crate) name: String,
    pub(crate) key: Vec<KeyPart>,
    /// (name, type) of every key attribute.
    pub(crate) attributes: Vec<(String, String)>,
    pub(crate) indexes: Vec<Index>,
    pub(crate) ttl: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct KeyPart {
    pub(crate) attribute_name: String,
    pub(crate) key_type: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct Index {
    #[serde(rename = "IndexName")]
    pub(crate) name: String,
    pub(crate) key_schema: Vec<KeyPart>,
    pub(crate) projection: Projection,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct Projection {
    pub(crate) projection_type: String,
    #[serde(default)]
    pub(crate) non_key_attributes: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Properties {
    attribute_definitions: Vec<Attribute>,
    key_schema: Vec<KeyPart>,
    #[serde(default)]
    global_secondary_indexes: Vec<Index>,
    time_to_live_specification: Option<TimeToLive>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Attribute {
    attribute_name: String,
    attribute_type: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct TimeToLive {
    attribute_name: String,
    enabled: bool,
}

const PLAYED: [&str; 4] = ["AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes", "TimeToLiveSpecification"];
const WITHOUT_EFFECT: [&str; 6] = [
    "BillingMode",
    "ContributorInsightsSpecification",
    "DeletionProtectionEnabled",
    "PointInTimeRecoverySpecification",
    "SSESpecification",
    "Tags",
];

impl Table {
    pub(super) fn read(scope: &Scope<'_>, resource: &Resource<'_>) -> Result<Self, Unplayable> {
        let properties: Properties = read(scope, &resource.properties, &PLAYED, &WITHOUT_EFFECT)?;
        let attributes = properties.attribute_definitions.into_iter();
        let ttl = properties.time_to_live_specification.filter(|ttl| ttl.enabled);
        Ok(Self {
            name: scope.name_of(resource.id)?,
            key: properties.key_schema,
            attributes: attributes.map(|one| (one.attribute_name, one.attribute_type)).collect(),
            indexes: properties.global_secondary_indexes,
            ttl: ttl.map(|ttl| ttl.attribute_name),
        })
    }
}
