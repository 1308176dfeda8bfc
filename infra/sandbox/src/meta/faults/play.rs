//! What a fault makes of an answer.

use std::convert::Infallible;
use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use futures::stream;
use http::Response;
use serde_json::Value;

use crate::meta::call::Reply;
use crate::meta::faults::{ErrorFault, Fault};
use crate::meta::graph_error::GraphError;
use crate::meta::ids::Ids;
use crate::server::Hangup;

/// The answer the caller gets. `reply` is what was judged; there is none where nothing was carried out.
pub(crate) async fn play(fault: Option<Fault>, reply: Option<Reply>) -> Result<Response<Body>, Hangup> {
    let Some(fault) = fault else { return reply.map(Reply::into_response).ok_or(Hangup) };
    match (fault, reply) {
        (Fault::Error(error), _) => Ok(refusal(&error).into_response()),
        (Fault::Throttle { code, .. }, _) => {
            let error = GraphError::new(code).details("Rate limit hit: too many requests at this rate.");
            Ok(Reply::error(&error, &Ids::trace()).into_response())
        }
        (Fault::ResetBefore {} | Fault::LostReply {}, _) => Err(Hangup),
        (Fault::Html { status, .. }, _) => {
            let page = "<!DOCTYPE html><html><head><title>Error</title></head><body>Sorry, something went wrong.\
                        </body></html>";
            Ok(Reply::bytes(status, "text/html; charset=utf-8", Bytes::from_static(page.as_bytes())).into_response())
        }
        (Fault::Empty { status, .. }, _) => {
            Ok(Reply::bytes(status, "application/json; charset=UTF-8", Bytes::new()).into_response())
        }
        (Fault::TimeoutAfterAccept { secs }, Some(reply)) => {
            tokio::time::sleep(Duration::try_from_secs_f64(secs).unwrap_or(Duration::MAX)).await;
            Ok(reply.into_response())
        }
        (Fault::Delay { ms }, Some(reply)) => {
            tokio::time::sleep(Duration::from_millis(ms)).await;
            Ok(reply.into_response())
        }
        (Fault::TruncatedJson { cut }, Some(mut reply)) => {
            reply.body.truncate(reply.body.len() / 2);
            Ok(if cut { reply.with_body(broken_off) } else { reply.into_response() })
        }
        (Fault::NoId {}, Some(reply)) => Ok(reshaped(reply, without_ids).into_response()),
        (Fault::WrongType {}, Some(reply)) => Ok(reshaped(reply, with_wrong_types).into_response()),
        (Fault::SlowDrip { per_byte_ms }, Some(reply)) => Ok(reply.with_body(|body| drip(body, per_byte_ms))),
        (_, Some(reply)) => Ok(reply.into_response()),
        (_, None) => Err(Hangup),
    }
}

fn refusal(fault: &ErrorFault) -> Reply {
    let mut error = GraphError::new(fault.code).transient(fault.is_transient);
    if let Some(subcode) = fault.subcode {
        error = error.subcode(subcode);
    }
    if let Some(http) = fault.http {
        error = error.http(http);
    }
    if let Some(details) = &fault.details {
        error = error.details(details);
    }
    let mut reply = Reply::error(&error, &Ids::trace());
    if let Some(secs) = fault.retry_after {
        reply.headers.push(("retry-after", secs.to_string()));
    }
    reply
}

/// Successful answers only: what was refused stays refused.
fn reshaped(mut reply: Reply, change: fn(&mut Value)) -> Reply {
    if reply.status == 200
        && let Ok(mut value) = serde_json::from_slice::<Value>(&reply.body)
    {
        change(&mut value);
        reply.body = Bytes::from(value.to_string());
    }
    reply
}

fn without_ids(value: &mut Value) {
    match value {
        Value::Object(map) => {
            map.remove("id");
            map.values_mut().for_each(without_ids);
        }
        Value::Array(items) => items.iter_mut().for_each(without_ids),
        _ => {}
    }
}

/// Strings become numbers, and objects and lists their own text.
fn with_wrong_types(value: &mut Value) {
    let Value::Object(map) = value else { return };
    for value in map.values_mut() {
        *value = match &*value {
            Value::String(text) => Value::from(text.len()),
            other => Value::from(other.to_string()),
        };
    }
}

/// The body so far, and then the end of the connection.
fn broken_off(body: Bytes) -> Body {
    let end = Err(std::io::Error::from(std::io::ErrorKind::ConnectionReset));
    Body::from_stream(stream::iter([Ok(body), end]))
}

fn drip(body: Bytes, per_byte_ms: u64) -> Body {
    Body::from_stream(stream::unfold(body, move |mut rest| async move {
        if rest.is_empty() {
            return None;
        }
        tokio::time::sleep(Duration::from_millis(per_byte_ms)).await;
        let byte = rest.split_to(1);
        Some((Ok::<_, Infallible>(byte), rest))
    }))
}
