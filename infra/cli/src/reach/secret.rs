//! The app secret, for signing made-up webhooks. It is never printed, and never an argument.

use aws_sdk_secretsmanager::error::{ProvideErrorMetadata, SdkError};
use runtime::{Text, WebhookSecret};

use super::System;
use crate::api::is_loopback;
use crate::error::Error;

/// What `waypost local` calls its webhook secret.
const LOCAL_SECRET_ID: &str = "waypost-local-WebhookSecret";

impl System {
    /// Of a stack: from Secrets Manager, with the operator's credentials. On this machine: from the fake AWS where one
    /// is named, else what `waypost local` signs with.
    pub(crate) async fn app_secret(&self) -> Result<Text, Error> {
        let id = match (&self.outputs, &self.aws_endpoint) {
            (Some(outputs), _) => outputs.get("WebhookSecretArn")?,
            (None, Some(_)) if is_loopback(self.api.origin()) => LOCAL_SECRET_ID,
            (None, None) if is_loopback(self.api.origin()) => {
                return Ok(Text::new(super::super::command::local::account().app_secret));
            }
            _ => return Err(Error::Usage(String::from("name the stack (--stack), so that its secret can be found"))),
        };
        let Some(aws) = &self.aws else {
            return Err(Error::Usage(String::from("name the stack (--stack), so that its secret can be found")));
        };
        let client = aws_sdk_secretsmanager::Client::new(aws);
        let answer = client.get_secret_value().secret_id(id).send().await.map_err(|error| match &error {
            SdkError::ServiceError(service) => {
                let reason = service.err().code().unwrap_or("no reason given");
                Error::failed(
                    format!("Secrets Manager does not give out the webhook secret: {reason}"),
                    "your credentials need the policy OperatorPolicyArn, an output of the stack",
                )
            }
            _ => Error::Unreachable {
                what: String::from("Secrets Manager cannot be reached"),
                remedy: String::from("check credentials, region and --aws-endpoint"),
            },
        })?;
        // serde's message would quote the secret.
        let secret: WebhookSecret = serde_json::from_str(answer.secret_string().unwrap_or_default()).map_err(|_| {
            let what = "the webhook secret does not hold the JSON it should";
            Error::failed(what, "infra/docs/deploy.md shows its form")
        })?;
        secret.app_secret.into_iter().next().ok_or_else(|| {
            Error::failed("the webhook secret holds no app secret yet", "waypost connect, or waypost token app-secret")
        })
    }
}
