//! What infra/template.yaml asks for, in a form that can be made and played here.

use std::collections::BTreeMap;

use sandbox::aws::cloudformation::{self, StackResource};

use crate::Error;
use crate::template::resolve::{STACK_NAME, Scope};
use crate::template::section::read;
use crate::template::{Resource, Template, Unplayable};

mod event;
mod function;
mod queue;
mod table;

pub(crate) use event::{Mapping, Route, Schedule};
pub(crate) use function::Function;
pub(crate) use queue::Queue;
pub(crate) use table::{Index, KeyPart, Table};

/// The template that is deployed.
pub(crate) const TEMPLATE: &str = include_str!("../../template.yaml");
/// The one that is nested in it.
const OBSERVABILITY: &str = include_str!("../../observability.yaml");
const NESTED: &str = "waypost-local-Observability";

/// Everything to make and play.
#[derive(Debug, Default)]
pub(crate) struct Stack {
    pub(crate) tables: Vec<Table>,
    pub(crate) buckets: Vec<String>,
    /// Name by logical id.
    pub(crate) secrets: BTreeMap<String, String>,
    pub(crate) queues: Vec<Queue>,
    pub(crate) functions: Vec<Function>,
    outputs: BTreeMap<String, String>,
    /// Logical id, physical id and type of everything, played or not.
    resources: Vec<StackResource>,
}

/// Outputs that have no value on a laptop: what they name is only made in the cloud, or has another address here.
const CLOUD_OUTPUTS: [&str; 5] = ["AlertTopicArn", "ApiUrl", "CallbackUrl", "OperatorPolicyArn", "SenderPolicyArn"];

/// They guard, watch or describe; a laptop's stack works the same without them.
const WITHOUT_EFFECT: [&str; 11] = [
    // A host of one's own.
    "AWS::ApiGatewayV2::ApiMapping",
    "AWS::ApiGatewayV2::DomainName",
    // Alarms and the dashboard.
    "AWS::CloudFormation::Stack",
    "AWS::IAM::ManagedPolicy",
    "AWS::IAM::Role",
    "AWS::Logs::LogGroup",
    "AWS::S3::BucketPolicy",
    "AWS::SNS::Subscription",
    "AWS::SNS::Topic",
    "AWS::SNS::TopicPolicy",
    "AWS::SQS::QueuePolicy",
];

impl Stack {
    /// Reads a template with these parameters, for resources behind these endpoints: AWS's and that of the HTTP API.
    pub(crate) fn read(
        text: &str,
        parameters: &BTreeMap<&str, String>,
        aws_url: &str,
        api_url: &str,
    ) -> Result<Self, Error> {
        let whole = |source| Error::Template { at: String::from("the template"), source };
        let template = Template::parse(text).map_err(whole)?;
        let scope = Scope::new(&template, parameters, aws_url, api_url).map_err(whole)?;
        let mut stack = Self::default();
        for resource in template.resources().map_err(whole)? {
            let at = resource.id.to_owned();
            stack.add(&scope, &resource).map_err(|source| Error::Template { at, source })?;
        }
        for name in template.section("Outputs").into_iter().flatten().map(|(name, _)| name) {
            if !CLOUD_OUTPUTS.contains(&name.as_str()) {
                stack.outputs.insert(name.clone(), scope.output(name).map_err(whole)?);
            }
        }
        stack.outputs.insert(String::from("ApiUrl"), api_url.to_owned());
        stack.outputs.insert(String::from("CallbackUrl"), format!("{api_url}/webhook"));
        Ok(stack)
    }

    /// An output.
    pub(crate) fn output(&self, name: &str) -> String {
        self.outputs.get(name).cloned().unwrap_or_default()
    }

    /// As CloudFormation shows it, for commands that look at a stack; with the stack that is nested in it.
    pub(crate) fn described(&self) -> Result<[cloudformation::Stack; 2], Error> {
        let whole = |source| Error::Template { at: String::from("the nested template"), source };
        let nested = Template::parse(OBSERVABILITY).map_err(whole)?;
        let of = |resource: &Resource<'_>| StackResource {
            logical_id: resource.id.to_owned(),
            physical_id: format!("{NESTED}-{}", resource.id),
            kind: resource.kind.to_owned(),
        };
        let inner = nested.resources().map_err(whole)?.iter().map(of).collect();
        Ok([
            cloudformation::Stack {
                name: STACK_NAME.to_owned(),
                template: TEMPLATE.to_owned(),
                outputs: self.outputs.clone(),
                resources: self.resources.clone(),
            },
            cloudformation::Stack {
                name: NESTED.to_owned(),
                template: OBSERVABILITY.to_owned(),
                resources: inner,
                ..Default::default()
            },
        ])
    }

    fn add(&mut self, scope: &Scope<'_>, resource: &Resource<'_>) -> Result<(), Unplayable> {
        if let Some(condition) = resource.condition
            && !scope.holds(condition)?
        {
            return Ok(());
        }
        self.resources.push(StackResource {
            logical_id: resource.id.to_owned(),
            physical_id: match resource.kind {
                "AWS::CloudFormation::Stack" => cloudformation::id(NESTED),
                _ => scope.physical_id(resource.id)?,
            },
            kind: resource.kind.to_owned(),
        });
        match resource.kind {
            "AWS::DynamoDB::Table" => self.tables.push(Table::read(scope, resource)?),
            "AWS::SQS::Queue" => self.queues.push(Queue::read(scope, resource)?),
            "AWS::Serverless::Function" => self.functions.push(Function::read(scope, resource)?),
            "AWS::S3::Bucket" => {
                // Encryption, public access and expiry make no difference to a bucket that only this machine sees.
                let without_effect = [
                    "BucketEncryption",
                    "LifecycleConfiguration",
                    "OwnershipControls",
                    "PublicAccessBlockConfiguration",
                    "Tags",
                ];
                let _: serde_json::Map<_, _> = read(scope, &resource.properties, &[], &without_effect)?;
                self.buckets.push(scope.name_of(resource.id)?);
            }
            "AWS::SecretsManager::Secret" => {
                self.secrets.insert(resource.id.to_owned(), scope.name_of(resource.id)?);
            }
            "AWS::Serverless::HttpApi" => {
                // Who may call and how often is API Gateway's to say; loopback asks nobody.
                let without_effect = [
                    "AccessLogSettings",
                    "Auth",
                    "DefaultRouteSettings",
                    "Description",
                    "DisableExecuteApiEndpoint",
                    "FailOnWarnings",
                    "RouteSettings",
                    "Tags",
                ];
                let _: serde_json::Map<_, _> = read(scope, &resource.properties, &[], &without_effect)?;
            }
            kind if WITHOUT_EFFECT.contains(&kind) => {}
            kind => return Err(Unplayable(format!("the type {kind} is not played on a laptop"))),
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
