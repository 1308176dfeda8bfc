//! `/_sandbox/…`: what tests and people make the fake Meta do.
//!
//! | method and path | does |
//! |---|---|
//! | `POST users/{wa_id or user id}/messages` | a person writes in: `{text}`, or `{type, <type>: …}`; media may have `bytes` |
//! | `POST users/{id}/calls`, `POST users/{id}`, `GET users` | a person calls; what is so of a person; all people |
//! | `POST windows` | opens a window without a webhook |
//! | `GET\|DELETE sends` | what was accepted, refused, marked read |
//! | `POST statuses`, `POST held` | a status by hand; the end of pacing |
//! | `GET\|POST\|DELETE faults` | rules: [`super::faults::Rule`] |
//! | `GET\|POST webhooks`, `POST webhooks/hold`, `POST webhooks/release` | what was sent; a change as it is; held back, let go |
//! | `GET calls` | every call of the Graph API |
//! | `POST callback`, `POST\|DELETE templates`, `POST tokens`, `POST numbers/{id}` | the business side |
//! | `POST apps/{id}`, `POST wabas/{id}` | secret, callback and fields of an app; an account, its numbers and subscribed apps |
//! | `PUT\|GET files/{name}` | a file on anybody's host, fetched without credentials |
//! | `GET\|POST settings`, `GET\|POST clock` | switches and rates; the time |

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Method, request::Parts};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::call::Reply;
use super::shared::Shared;

mod accounts;
mod business;
pub(crate) mod files;
pub(crate) mod hooks;
mod rules;
mod sent;
pub(crate) mod users;

/// A control request that makes no sense, and why.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct Refused {
    status: u16,
    message: String,
}

impl Refused {
    pub(crate) fn bad(message: impl Into<String>) -> Self {
        Self { status: 400, message: message.into() }
    }

    pub(crate) fn not_found(message: impl Into<String>) -> Self {
        Self { status: 404, message: message.into() }
    }
}

pub(crate) type Outcome = Result<Value, Refused>;

pub(crate) async fn answer(shared: &Arc<Shared>, parts: &Parts, path: &str, body: &Bytes) -> Reply {
    match route(shared, parts, path, body).await {
        Ok(value) => Reply::json(&value),
        Err(refused) => {
            let mut reply = Reply::json(&json!({"error": refused.message}));
            reply.status = refused.status;
            reply
        }
    }
}

async fn route(shared: &Arc<Shared>, parts: &Parts, path: &str, body: &Bytes) -> Outcome {
    let segments: Vec<String> = path.split('/').map(users::decoded).collect();
    let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
    let query = parts.uri.query().unwrap_or_default();
    match (&parts.method, segments.as_slice()) {
        (&Method::POST, ["users", id, "messages"]) => {
            Ok(users::write_in(shared, id, &json_body(body)?).await?.into_json())
        }
        (&Method::POST, ["users", id, "calls"]) => users::call_in(shared, id, &json_body(body)?).await,
        (&Method::POST, ["users", id]) => users::change(shared, id, &read(body)?),
        (&Method::GET, ["users"]) => Ok(json!({"users": shared.state().people.all()})),
        (&Method::POST, ["windows"]) => users::open_window(shared, &read(body)?),
        (&Method::GET, ["sends"]) => Ok(sent::list(shared)),
        (&Method::DELETE, ["sends"]) => Ok(sent::forget(shared)),
        (&Method::POST, ["statuses"]) => sent::report(shared, read(body)?).await,
        (&Method::POST, ["held"]) => Ok(sent::settle_held(shared, &read(body)?)),
        (&Method::GET, ["faults"]) => Ok(rules::list(shared)),
        (&Method::POST, ["faults"]) => rules::add(shared, body),
        (&Method::DELETE, ["faults"]) => rules::remove(shared, query),
        (&Method::GET, ["webhooks"]) => Ok(hooks::list(shared)),
        (&Method::POST, ["webhooks"]) => hooks::deliver(shared, read(body)?).await,
        (&Method::POST, ["webhooks", "hold"]) => {
            shared.state().holding = true;
            Ok(json!({"holding": true}))
        }
        (&Method::POST, ["webhooks", "release"]) => hooks::release(shared, &read_or_default(body)?).await,
        (&Method::GET, ["calls"]) => Ok(json!({"calls": shared.state().calls})),
        (&Method::POST, ["callback"]) => accounts::callback(shared, &read(body)?),
        (&Method::POST, ["templates"]) => accounts::put_template(shared, read(body)?).await,
        (&Method::DELETE, ["templates"]) => accounts::drop_templates(shared, query),
        (&Method::POST, ["tokens"]) => Ok(accounts::put_token(shared, read(body)?)),
        (&Method::POST, ["apps", id]) => business::change_app(shared, id, read(body)?),
        (&Method::POST, ["wabas", id]) => business::change_waba(shared, id, read(body)?),
        (&Method::POST, ["numbers", id]) => accounts::change_number(shared, id, read(body)?),
        (&Method::GET, ["settings"]) => Ok(json!(shared.state().settings)),
        (&Method::POST, ["settings"]) => rules::settings(shared, &json_body(body)?),
        (&Method::GET, ["clock"]) => Ok(json!({"now": shared.now()})),
        (&Method::POST, ["clock"]) => clock(shared, &json_body(body)?),
        (method, _) => Err(Refused::not_found(format!("the sandbox has no {method} /_sandbox/{path}"))),
    }
}

fn clock(shared: &Shared, body: &Value) -> Outcome {
    let secs = body.get("advance_secs").and_then(Value::as_f64);
    let by = secs.and_then(|secs| Duration::try_from_secs_f64(secs).ok());
    let by = by.ok_or_else(|| Refused::bad("advance_secs must be a number of seconds, and not negative"))?;
    shared.clock.advance(by);
    Ok(json!({"now": shared.now()}))
}

pub(crate) fn json_body(body: &Bytes) -> Outcome {
    serde_json::from_slice(body).map_err(|error| Refused::bad(format!("the body is not JSON: {error}")))
}

pub(crate) fn read<T: DeserializeOwned>(body: &Bytes) -> Result<T, Refused> {
    serde_json::from_slice(body).map_err(|error| Refused::bad(format!("the body does not fit: {error}")))
}

fn read_or_default<T: DeserializeOwned + Default>(body: &Bytes) -> Result<T, Refused> {
    if body.is_empty() { Ok(T::default()) } else { read(body) }
}
