//! `AWS::SQS::Queue`.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::template::resolve::Scope;
use crate::template::section::read;
use crate::template::{Resource, Unplayable};

/// A queue to create. Its properties are what SQS calls its attributes.
#[derive(Debug)]
pub(crate) struct Queue {
    pub(crate) name: String,
    pub(crate) arn: String,
    pub(crate) url: String,
    pub(crate) attributes: BTreeMap<String, String>,
}

const PLAYED: [&str; 12] = [
    "ContentBasedDeduplication",
    "DeduplicationScope",
    "DelaySeconds",
    "FifoQueue",
    "FifoThroughputLimit",
    "MaximumMessageSize",
    "MessageRetentionPeriod",
    "ReceiveMessageWaitTimeSeconds",
    "RedriveAllowPolicy",
    "RedrivePolicy",
    "SqsManagedSseEnabled",
    "VisibilityTimeout",
];

impl Queue {
    pub(super) fn read(scope: &Scope<'_>, resource: &Resource<'_>) -> Result<Self, Unplayable> {
        let properties: Map<String, Value> = read(scope, &resource.properties, &PLAYED, &["KmsMasterKeyId", "Tags"])?;
        let of_this = |function: Value| scope.text(&function);
        Ok(Self {
            name: scope.name_of(resource.id)?,
            arn: of_this(serde_json::json!({"Fn::GetAtt": [resource.id, "Arn"]}))?,
            url: of_this(serde_json::json!({"Ref": resource.id}))?,
            attributes: properties.into_iter().map(|(name, value)| (name, attribute(value))).collect(),
        })
    }

    /// Created after the queues it sends to.
    pub(crate) fn has_dead_letters(&self) -> bool {
        self.attributes.contains_key("RedrivePolicy")
    }
}

fn attribute(value: Value) -> String {
    match value {
        Value::String(text) => text,
        other => other.to_string(),
    }
}
