//! The outputs of a CloudFormation stack, and what it was deployed with.

use std::collections::BTreeMap;

use aws_config::SdkConfig;
use aws_sdk_cloudformation::error::{ProvideErrorMetadata, SdkError};

use crate::error::Error;

/// By their keys in infra/template.yaml.
pub(crate) struct Outputs {
    stack: String,
    values: BTreeMap<String, String>,
    /// `UPDATE_COMPLETE`, …
    pub(crate) status: String,
    /// What it was deployed with.
    pub(crate) parameters: BTreeMap<String, String>,
}

impl Outputs {
    pub(super) async fn of(aws: &SdkConfig, stack: &str) -> Result<Self, Error> {
        let client = aws_sdk_cloudformation::Client::new(aws);
        let answer = client.describe_stacks().stack_name(stack).send().await.map_err(|error| match &error {
            SdkError::ServiceError(service) => {
                let reason = service.err().message().or_else(|| service.err().code()).unwrap_or("no reason given");
                let what = format!("CloudFormation does not show the stack {stack}: {reason}");
                Error::failed(what, remedy(service.err().code().unwrap_or_default()))
            }
            _ => Error::Unreachable {
                what: String::from("CloudFormation cannot be asked for the stack"),
                remedy: String::from(
                    "check credentials and region: `aws sts get-caller-identity`, AWS_PROFILE, --region",
                ),
            },
        })?;
        let found = answer.stacks().first();
        let outputs = found.map(aws_sdk_cloudformation::types::Stack::outputs).unwrap_or_default();
        let values = outputs
            .iter()
            .filter_map(|output| Some((output.output_key()?.to_owned(), output.output_value()?.to_owned())))
            .collect();
        let given = found.map(aws_sdk_cloudformation::types::Stack::parameters).unwrap_or_default();
        let parameters = given
            .iter()
            .filter_map(|given| Some((given.parameter_key()?.to_owned(), given.parameter_value()?.to_owned())))
            .collect();
        let status = found.and_then(|stack| stack.stack_status()).map(|status| status.as_str().to_owned());
        Ok(Self { stack: stack.to_owned(), values, status: status.unwrap_or_default(), parameters })
    }

    /// Of which stack.
    pub(crate) fn name(&self) -> &str {
        &self.stack
    }

    /// An output that older stacks lack.
    pub(crate) fn find(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(String::as_str)
    }

    pub(crate) fn get(&self, name: &str) -> Result<&str, Error> {
        self.values.get(name).map(String::as_str).ok_or_else(|| {
            Error::failed(
                format!("the stack {} has no output {name}: it is no Waypost stack, or an older one", self.stack),
                "deploy it: sam build && sam deploy --stack-name NAME (infra/docs/deploy.md)",
            )
        })
    }
}

/// By the code of a refusal (CloudFormation's common errors).
fn remedy(code: &str) -> &'static str {
    match code {
        "AccessDenied" | "AccessDeniedException" => {
            "your credentials need the policy OperatorPolicyArn, an output of the stack, or are another account's"
        }
        "ExpiredToken" | "ExpiredTokenException" | "InvalidClientTokenId" | "UnrecognizedClientException" => {
            "sign in again (`aws sso login`, `aws configure`), or set AWS_PROFILE"
        }
        _ => "`aws cloudformation list-stacks` shows the names there are; --region looks in another region",
    }
}
