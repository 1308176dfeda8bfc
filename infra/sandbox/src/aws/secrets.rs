//! Secrets Manager. Secrets live in memory.

use std::sync::{Mutex, PoisonError};

use axum::body::Body;
use http::{Response, StatusCode};
use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::reply;
use crate::clock::Clock;

mod secret;
mod vault;
mod wire;

use vault::Vault;

#[derive(Debug)]
pub(super) struct Secrets {
    clock: Clock,
    vault: Mutex<Vault>,
}

/// An error by its code and text.
#[derive(Debug)]
struct SecretsError {
    code: &'static str,
    message: String,
}

impl SecretsError {
    fn not_found(what: &str) -> Self {
        let message = format!("Secrets Manager can't find the specified {what}.");
        Self { code: "ResourceNotFoundException", message }
    }

    fn exists(message: impl Into<String>) -> Self {
        Self { code: "ResourceExistsException", message: message.into() }
    }

    fn invalid_parameter(message: impl Into<String>) -> Self {
        Self { code: "InvalidParameterException", message: message.into() }
    }

    fn invalid_request(message: impl Into<String>) -> Self {
        Self { code: "InvalidRequestException", message: message.into() }
    }
}

impl Secrets {
    pub(super) fn new(clock: Clock) -> Self {
        Self { clock, vault: Mutex::default() }
    }

    pub(super) async fn answer(&self, operation: &str, body: Body) -> Response<Body> {
        let Some(bytes) = reply::whole(body).await else {
            return refused(&SecretsError::invalid_request("The body is too large or ended early."));
        };
        let answer = match operation {
            "CreateSecret" => self.run(&bytes, Vault::create),
            "GetSecretValue" => self.run(&bytes, Vault::get_value),
            "PutSecretValue" => self.run(&bytes, Vault::put_value),
            "UpdateSecret" => self.run(&bytes, Vault::update),
            "DescribeSecret" => self.run(&bytes, Vault::describe),
            "ListSecrets" => self.run(&bytes, Vault::list),
            _ => return reply::unknown_operation(reply::JSON_1_1, operation),
        };
        match answer {
            Ok(answer) => reply::json(StatusCode::OK, reply::JSON_1_1, &answer),
            Err(error) => refused(&error),
        }
    }

    fn run<R: DeserializeOwned>(
        &self,
        bytes: &[u8],
        carry_out: impl FnOnce(&mut Vault, R, Timestamp) -> Result<Value, SecretsError>,
    ) -> Result<Value, SecretsError> {
        // Not the parser's own words: they may quote a secret.
        let request = serde_json::from_slice(bytes)
            .map_err(|_| SecretsError::invalid_request("The request is not of this operation's form."))?;
        carry_out(&mut self.vault.lock().unwrap_or_else(PoisonError::into_inner), request, self.clock.now())
    }
}

fn refused(error: &SecretsError) -> Response<Body> {
    let body = json!({ "__type": error.code, "Message": error.message });
    reply::json(StatusCode::BAD_REQUEST, reply::JSON_1_1, &body)
}
