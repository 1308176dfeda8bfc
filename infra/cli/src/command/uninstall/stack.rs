//! What a stack is made of, and which of it outlives the stack: CloudFormation's list, and the template's `DeletionPolicy`.

use std::collections::BTreeSet;

use aws_config::SdkConfig;
use aws_sdk_cloudformation::Client;
use aws_sdk_cloudformation::error::{ProvideErrorMetadata, SdkError};
use serde_yaml_ng::Value as Yaml;

use crate::error::Error;

const NESTED: &str = "AWS::CloudFormation::Stack";

/// One resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Resource {
    pub(super) logical_id: String,
    pub(super) physical_id: String,
    /// `AWS::SQS::Queue` and the like.
    pub(super) kind: String,
    /// It stays when the stack goes.
    pub(super) is_kept: bool,
}

/// Everything that a stack is made of, with what is nested in it.
pub(super) async fn read(aws: &SdkConfig, stack: &str) -> Result<Vec<Resource>, Error> {
    let client = Client::new(aws);
    let mut all = Vec::new();
    let mut stacks = vec![stack.to_owned()];
    while let Some(stack) = stacks.pop() {
        let template = client.get_template().stack_name(&stack).send().await.map_err(|error| refused(&error))?;
        let kept = kept(template.template_body().unwrap_or_default());
        let mut token = None;
        loop {
            let page = client.list_stack_resources().stack_name(&stack).set_next_token(token).send().await;
            let page = page.map_err(|error| refused(&error))?;
            for found in page.stack_resource_summaries() {
                let logical_id = found.logical_resource_id().unwrap_or_default().to_owned();
                let physical_id = found.physical_resource_id().unwrap_or_default().to_owned();
                let kind = found.resource_type().unwrap_or_default().to_owned();
                if kind == NESTED {
                    stacks.push(physical_id.clone());
                }
                let is_kept = kept.contains(&logical_id);
                all.push(Resource { logical_id, physical_id, kind, is_kept });
            }
            token = page.next_token().map(str::to_owned);
            if token.is_none() {
                break;
            }
        }
    }
    Ok(all)
}

/// Logical ids of what a template keeps. JSON is YAML too.
fn kept(template: &str) -> BTreeSet<String> {
    let Ok(template) = serde_yaml_ng::from_str::<Yaml>(template) else { return BTreeSet::new() };
    let resources = template.get("Resources").and_then(Yaml::as_mapping);
    let is_kept = |resource: &Yaml| {
        let policy = resource.get("DeletionPolicy").and_then(Yaml::as_str);
        policy.is_some_and(|policy| policy.starts_with("Retain"))
    };
    let kept = resources.into_iter().flatten().filter(|(_, resource)| is_kept(resource));
    kept.filter_map(|(id, _)| id.as_str().map(str::to_owned)).collect()
}

fn refused<E: ProvideErrorMetadata, R>(error: &SdkError<E, R>) -> Error {
    match error {
        SdkError::ServiceError(service) => {
            let reason = service.err().message().or_else(|| service.err().code()).unwrap_or("no reason given");
            Error::failed(
                format!("CloudFormation does not show what the stack is made of: {reason}"),
                "your credentials need the policy OperatorPolicyArn, an output of the stack",
            )
        }
        _ => Error::Unreachable {
            what: String::from("CloudFormation cannot be asked for the stack"),
            remedy: String::from("check credentials, region and --aws-endpoint"),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_retained_is_kept() {
        let yaml = "Resources:\n  Table:\n    DeletionPolicy: Retain\n    Properties: {Name: !Ref X}\n  Queue: {Type: T}\n  \
                    New: {DeletionPolicy: RetainExceptOnCreate}\n  Gone: {DeletionPolicy: Delete}\n";
        assert_eq!(kept(yaml), BTreeSet::from([String::from("New"), String::from("Table")]));
        let json = r#"{"Resources": {"Bucket": {"DeletionPolicy": "Retain"}, "Topic": {}}}"#;
        assert_eq!(kept(json), BTreeSet::from([String::from("Bucket")]));
        assert!(kept("nonsense: [").is_empty());
    }
}
