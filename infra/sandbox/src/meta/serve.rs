//! HTTP in, HTTP out: reads a request, looks for a fault, has it answered, keeps the record.

use std::sync::Arc;

use axum::body::{Body, HttpBody};
use bytes::Bytes;
use http::{Method, Request, Response};
use http_body_util::{BodyExt, Limited};
use serde_json::Value;

use crate::server::Hangup;

use super::call::{Call, Reply};
use super::faults::{Facts, Fault, play::play};
use super::graph_error::GraphError;
use super::ids::Ids;
use super::record::{CallRecord, RefusedRecord};
use super::shared::Shared;
use super::state::{Node, State};
use super::{control, paging, router, send, usage};

const MAX_BODY: usize = 120 * 1024 * 1024;

pub(crate) async fn handle<B>(shared: Arc<Shared>, request: Request<B>) -> Result<Response<Body>, Hangup>
where
    B: HttpBody + Send,
    B::Data: Send,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let (parts, body) = request.into_parts();
    let Ok(body) = Limited::new(body, MAX_BODY).collect().await else {
        return Ok(Reply::bytes(413, "text/plain", Bytes::from_static(b"Request Entity Too Large")).into_response());
    };
    let body = body.to_bytes();
    if let Some(name) = parts.uri.path().strip_prefix("/_sandbox/files/") {
        return Ok(control::files::answer(&shared, &parts, name, body).into_response());
    }
    if let Some(path) = parts.uri.path().strip_prefix("/_sandbox/") {
        return Ok(control::answer(&shared, &parts, path, &body).await.into_response());
    }
    graph(&shared, Call::new(&parts, body, shared.now()), parts.uri.path()).await
}

async fn graph(shared: &Arc<Shared>, mut call: Call, path: &str) -> Result<Response<Body>, Hangup> {
    let facts = facts(&shared.state(), &call, path);
    call.fault = shared.state().faults.take(&facts, call.now);
    let carried_out = call.fault.as_ref().is_none_or(Fault::accepts);
    let reply = if carried_out { Some(carry_out(shared, &call, facts.waba_id.as_deref()).await) } else { None };
    shared.state().calls.push(CallRecord {
        at: call.now,
        method: call.method.to_string(),
        path: path.to_owned(),
        status: reply.as_ref().map(|reply| reply.status),
        code: reply.as_ref().and_then(|reply| reply.code),
        fault: call.fault.as_ref().map(Fault::name),
    });
    play(call.fault, reply).await
}

async fn carry_out(shared: &Arc<Shared>, call: &Call, waba_id: Option<&str>) -> Reply {
    let trace = Ids::trace();
    let mut reply = match router::answer(shared, call).await {
        Ok(reply) => reply,
        Err(error) => {
            note_refused(shared, call, &error, &trace);
            Reply::error(&error, &trace)
        }
    };
    reply.headers.push(("x-fb-trace-id", trace));
    reply.headers.push(("facebook-api-version", call.version.clone().unwrap_or_else(|| "v24.0".to_owned())));
    if let Some(usage) = waba_id.and_then(|id| usage::header(&shared.state(), id)) {
        reply.headers.push(("x-business-use-case-usage", usage));
    }
    reply
}

/// Sends that were refused are remembered like those that were not.
fn note_refused(shared: &Shared, call: &Call, error: &GraphError, trace: &str) {
    let sends = matches!(call.path.get(1).map(String::as_str), Some("messages" | "marketing_messages"));
    let marks_read = call.json().is_ok_and(|body| body.get("status").and_then(Value::as_str) == Some("read"));
    if sends && call.method == Method::POST && !marks_read {
        shared.state().refused.push(RefusedRecord {
            at: call.now,
            phone_number_id: call.path.first().cloned().unwrap_or_default(),
            code: error.code,
            http: error.http,
            request: send::raw(call),
            error: error.document(trace),
        });
    }
}

fn facts(state: &State, call: &Call, path: &str) -> Facts {
    let id = call.path.first().map(String::as_str).unwrap_or_default();
    let (phone_number_id, waba_id) = match state.node(id) {
        Node::Number { waba_id } => (Some(id.to_owned()), Some(waba_id)),
        Node::Waba => (None, Some(id.to_owned())),
        Node::Template { waba_id } => (None, Some(waba_id)),
        _ => (None, None),
    };
    let sends = call.path.get(1).is_some_and(|edge| edge.ends_with("messages"));
    let body = if sends { call.json().unwrap_or_default() } else { serde_json::Map::new() };
    let to = ["to", "recipient"].iter().find_map(|key| body.get(*key)?.as_str()).map(str::to_owned);
    Facts {
        webhook: false,
        path: path.to_owned(),
        method: call.method.to_string(),
        phone_number_id,
        to,
        waba_id,
        page: (call.method == Method::GET).then(|| paging::number(call)),
        ..Facts::default()
    }
}
