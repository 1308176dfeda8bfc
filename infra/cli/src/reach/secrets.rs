//! The two secrets, read and written with the operator's own AWS credentials. They never pass `/v1`, and are never
//! printed.

use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::error::{ProvideErrorMetadata, SdkError};
use graph::Token;
use runtime::Text;
use serde_json::{Map, Value, json};

use super::System;
use crate::error::Error;

const LOCAL_WEBHOOK: &str = "waypost-local-WebhookSecret";
const LOCAL_TOKENS: &str = "waypost-local-TokensSecret";

/// Two are enough for a rotation: Meta signs with one, and just signed with the other.
const APP_SECRETS: usize = 2;

/// What is stored, and where.
pub(crate) struct Secrets {
    client: Client,
    pub(crate) webhook: Secret,
    pub(crate) tokens: Secret,
}

/// One secret: a JSON object, of which members that nobody here knows stay as they are. It has no `Debug` on purpose.
#[derive(Clone)]
pub(crate) struct Secret {
    id: String,
    members: Map<String, Value>,
}

impl System {
    /// Both secrets, as they are now.
    pub(crate) async fn secrets(&self) -> Result<Secrets, Error> {
        let (webhook, tokens) = match &self.outputs {
            Some(outputs) => (outputs.get("WebhookSecretArn")?, outputs.get("TokensSecretArn")?),
            None if self.is_local() => (LOCAL_WEBHOOK, LOCAL_TOKENS),
            None => {
                return Err(Error::Usage(String::from("name the stack (--stack), so that its secrets can be found")));
            }
        };
        let client = Client::new(&self.aws().await?);
        let (webhook, tokens) = (Secret::read(&client, webhook).await?, Secret::read(&client, tokens).await?);
        Ok(Secrets { client, webhook, tokens })
    }
}

impl Secrets {
    /// The app that everything belongs to.
    pub(crate) fn app_id(&self) -> Option<&str> {
        self.tokens.text("app_id")
    }

    /// What Meta signs with, the current one first.
    pub(crate) fn app_secrets(&self) -> Vec<Text> {
        let listed = self.webhook.members.get("app_secret").and_then(Value::as_array);
        let texts = listed.into_iter().flatten().filter_map(Value::as_str).filter(|secret| !secret.is_empty());
        texts.map(Text::new).collect()
    }

    pub(crate) fn verify_token(&self) -> Option<Text> {
        self.webhook.text("verify_token").map(Text::new)
    }

    /// An account's token: its own, else the default.
    pub(crate) fn token(&self, waba: &str) -> Option<Token> {
        self.tokens.text(waba).or_else(|| self.tokens.text("default")).map(Token::new)
    }

    /// Every secret text there is in them, for whoever has to keep them out of something.
    pub(crate) fn all(&self) -> Vec<Text> {
        let members = self.webhook.members.values().chain(self.tokens.members.iter().filter_map(|(name, value)| {
            // Not a secret: the app's id.
            (name != "app_id").then_some(value)
        }));
        let texts = members.flat_map(|value| match value {
            Value::Array(several) => several.iter().collect::<Vec<_>>(),
            one => vec![one],
        });
        texts.filter_map(Value::as_str).filter(|text| !text.is_empty()).map(Text::new).collect()
    }

    /// Whose access tokens are stored: `default`, and accounts by their ids.
    pub(crate) fn token_owners(&self) -> Vec<&str> {
        let owners = self.tokens.members.keys().map(String::as_str).filter(|name| *name != "app_id");
        owners.filter(|name| self.tokens.text(name).is_some()).collect()
    }

    /// The app's own token, as stored.
    pub(crate) fn app_token(&self) -> Option<Token> {
        Some(Token::of_app(self.app_id()?, self.app_secrets().first()?.reveal()))
    }

    /// Writes a secret where it differs; says whether it did.
    pub(crate) async fn put(&self, secret: &Secret) -> Result<bool, Error> {
        let stored = if secret.id == self.webhook.id { &self.webhook } else { &self.tokens };
        if stored.members == secret.members {
            return Ok(false);
        }
        let text = Value::Object(secret.members.clone()).to_string();
        let put = self.client.put_secret_value().secret_id(&secret.id).secret_string(text).send().await;
        put.map(|_| true).map_err(|error| refused(&error, "does not take the secret"))
    }
}

impl Secret {
    async fn read(client: &Client, id: &str) -> Result<Self, Error> {
        let answer = client.get_secret_value().secret_id(id).send().await;
        let answer = answer.map_err(|error| refused(&error, "does not give out the secret"))?;
        // serde's message would quote the secret.
        match serde_json::from_str(answer.secret_string().unwrap_or_default()) {
            Ok(Value::Object(members)) => Ok(Self { id: id.to_owned(), members }),
            _ => Err(Error::failed(
                format!("the secret {id} does not hold the JSON it should"),
                "infra/docs/deploy.md shows its form",
            )),
        }
    }

    fn text(&self, member: &str) -> Option<&str> {
        self.members.get(member).and_then(Value::as_str).filter(|text| !text.is_empty())
    }

    /// Puts an app secret first and keeps the one that was first, for what Meta still signs with it.
    #[must_use]
    pub(crate) fn with_app_secret(mut self, secret: &str) -> Self {
        let listed = self.members.get("app_secret").and_then(Value::as_array).cloned().unwrap_or_default();
        if listed.first().and_then(Value::as_str) != Some(secret) {
            let others = listed
                .into_iter()
                .filter(|other| other.as_str().is_some_and(|text| !text.is_empty() && text != secret));
            let kept: Vec<Value> = std::iter::once(Value::from(secret)).chain(others).take(APP_SECRETS).collect();
            self.members.insert(String::from("app_secret"), kept.into());
        }
        self
    }

    /// Keeps the current app secret alone.
    #[must_use]
    pub(crate) fn without_previous(mut self) -> Self {
        if let Some(Value::Array(listed)) = self.members.get_mut("app_secret") {
            listed.truncate(1);
        }
        self
    }

    #[must_use]
    pub(crate) fn with(mut self, member: &str, text: &str) -> Self {
        self.members.insert(member.to_owned(), json!(text));
        self
    }
}

fn refused<E: ProvideErrorMetadata, R>(error: &SdkError<E, R>, what: &str) -> Error {
    match error {
        SdkError::ServiceError(service) => {
            let reason = service.err().code().unwrap_or("no reason given");
            Error::Failed(format!(
                "Secrets Manager {what}: {reason}\n  remedy: your credentials need the policy OperatorPolicyArn, an output of \
                 the stack"
            ))
        }
        _ => Error::Unreachable {
            what: String::from("Secrets Manager cannot be reached"),
            remedy: String::from("check credentials, region and --aws-endpoint"),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(members: Value) -> Secret {
        let Value::Object(members) = members else { panic!("no object") };
        Secret { id: String::from("id"), members }
    }

    #[test]
    fn a_new_app_secret_goes_first_and_the_one_before_stays() {
        let listed = |secret: &Secret| secret.members["app_secret"].clone();
        let first = secret(json!({"app_secret": [], "verify_token": "v", "theirs": 1})).with_app_secret("a");
        assert_eq!(listed(&first), json!(["a"]));
        let second = first.with_app_secret("b");
        assert_eq!(listed(&second), json!(["b", "a"]));
        let third = second.with_app_secret("c");
        assert_eq!(listed(&third), json!(["c", "b"]));
        assert_eq!(listed(&third.clone().with_app_secret("c")), json!(["c", "b"]));
        assert_eq!(listed(&third.clone().with_app_secret("b")), json!(["b", "c"]));
        assert_eq!(listed(&third.clone().without_previous()), json!(["c"]));
        assert_eq!(third.members["theirs"], 1);
    }
}
