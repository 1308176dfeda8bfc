//! A request on its way through.

use std::sync::{Arc, Mutex, PoisonError};

use axum::body::Body;
use http::{
    HeaderMap, HeaderValue, Request, Response, Uri,
    header::{CONNECTION, CONTENT_LENGTH, EXPECT, TRANSFER_ENCODING},
};
use hyper::body::Incoming;

use super::{
    State, capacity,
    record::{Place, Record},
    rules::{Hook, Position},
    tap::Tap,
};
use crate::{
    call::{Call, Service},
    server::{Connection, Hangup},
};

/// Headers that are about one connection only.
const HOP_BY_HOP: [&str; 5] = ["connection", "keep-alive", "proxy-connection", "upgrade", "te"];

pub(super) async fn pass(
    state: Arc<State>,
    request: Request<Incoming>,
    connection: Arc<Connection>,
) -> Result<Response<Body>, Hangup> {
    let call = Call::of(&request);
    // Under both locks, so that the rules count requests in the order of the ledger.
    let (place, fate) = {
        let mut ledger = state.ledger();
        let place = ledger.open(connection.id, call.clone(), request.uri().path());
        (place, state.rules().fate(&call))
    };
    if let Some(delay) = fate.delay {
        tokio::time::sleep(delay).await;
    }
    let interruption = match fate.interruption {
        Some((Position::BeforeForward, hook)) => {
            interrupt(&state, place, hook).await;
            return Err(Hangup);
        }
        other => other,
    };

    // A task of its own: what has been sent to AWS is carried out even when the client dies meanwhile.
    let journey = Journey { state: Arc::clone(&state), call, place };
    let answer = tokio::spawn(journey.forward(request.map(Body::new))).await.map_err(|_| Hangup)??;
    match interruption {
        None => Ok(answer),
        Some((Position::AfterReply, hook)) => Ok(then_interrupt(state, place, answer, &connection, hook)),
        Some((_, hook)) => {
            let (_, body) = answer.into_parts();
            // To its end, so that the record is whole.
            let _: Result<_, axum::Error> = axum::body::to_bytes(body, usize::MAX).await;
            state.ledger().amend(place, |record| record.status = None);
            interrupt(&state, place, hook).await;
            Err(Hangup)
        }
    }
}

struct Journey {
    state: Arc<State>,
    call: Call,
    place: Place,
}

impl Journey {
    async fn forward(self, request: Request<Body>) -> Result<Response<Body>, Hangup> {
        let (state, call, place) = (Arc::clone(&self.state), self.call.clone(), self.place);
        // Only DynamoDB tells what a request cost, and only its bodies are looked into.
        let copies = call.service == Service::DynamoDb;
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (mut parts, body) = request.into_parts();
        let body = {
            let (state, asked) = (Arc::clone(&state), Arc::clone(&asked));
            Tap::on(body, copies, move |passed| {
                *asked.lock().unwrap_or_else(PoisonError::into_inner) = passed.copy;
                state.ledger().amend(place, |record| record.request_bytes = passed.bytes);
            })
        };
        let body = if self.state.ask_for_capacity && copies { asking(&mut parts.headers, body).await? } else { body };
        clean(&mut parts.headers);
        let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
        parts.uri = Uri::builder()
            .scheme("http")
            .authority(state.upstream.clone())
            .path_and_query(path)
            .build()
            .map_err(|_| Hangup)?;
        let answer = state.client.request(Request::from_parts(parts, body)).await.map_err(|error| {
            tracing::debug!(proxy = state.name, call = %call, %error, "the upstream gave no answer");
            Hangup
        })?;

        let (mut parts, body) = answer.into_parts();
        clean(&mut parts.headers);
        let status = parts.status.as_u16();
        state.ledger().amend(place, |record| record.status = Some(status));
        let body = Tap::on(Body::new(body), copies, move |passed| {
            let asked = asked.lock().unwrap_or_else(PoisonError::into_inner);
            let units = capacity::consumed(&call.operation, &asked, &passed.copy);
            let subject = state.subject.filter(|_| copies).map(|subject| subject(&asked)).unwrap_or_default();
            let mut ledger = state.ledger();
            ledger.amend(place, |record| {
                record.response_bytes = passed.bytes;
                record.subject = subject;
                record.read_units = units.read;
                record.write_units = units.write;
                record.index_units = units.index;
            });
            ledger.close(place);
        });
        Ok(Response::from_parts(parts, body))
    }
}

/// The same request, which also asks what it costs. A body that is no JSON object passes as it is.
async fn asking(headers: &mut HeaderMap, body: Body) -> Result<Body, Hangup> {
    let bytes = axum::body::to_bytes(body, usize::MAX).await.map_err(|_| Hangup)?;
    let Ok(mut request) = serde_json::from_slice::<serde_json::Map<String, serde_json::Value>>(&bytes) else {
        return Ok(Body::from(bytes));
    };
    request.entry("ReturnConsumedCapacity").or_insert_with(|| "INDEXES".into());
    let asking = serde_json::to_vec(&request).map_err(|_| Hangup)?;
    headers.insert(CONTENT_LENGTH, HeaderValue::from(asking.len()));
    Ok(Body::from(asking))
}

/// Runs the hook in a task of its own: it may kill the client, and what the client's connection waits for ends with it.
async fn interrupt(state: &State, place: Place, hook: Option<Hook>) {
    let record: Option<Record> = state.ledger().at(place);
    if let Some((hook, record)) = hook.zip(record)
        && let Err(error) = tokio::spawn(hook(record)).await
    {
        tracing::error!(proxy = state.name, %error, "a hook failed");
    }
}

/// Gives the answer, and once it has left, runs the hook. The connection is closed behind the answer.
fn then_interrupt(
    state: Arc<State>,
    place: Place,
    answer: Response<Body>,
    connection: &Connection,
    hook: Option<Hook>,
) -> Response<Body> {
    let (mut parts, body) = answer.into_parts();
    parts.headers.insert(CONNECTION, HeaderValue::from_static("close"));
    let mut flushes = connection.flushes.clone();
    let runtime = tokio::runtime::Handle::current();
    let body = Tap::on(body, false, move |_| {
        // The body is done with before its last bytes are flushed; the next flush has them.
        let before = *flushes.borrow_and_update();
        runtime.spawn(async move {
            // An error means that the connection is closed, so everything that could leave has left.
            let _: Result<_, tokio::sync::watch::error::RecvError> = flushes.wait_for(|count| *count > before).await;
            interrupt(&state, place, hook).await;
        });
    });
    Response::from_parts(parts, body)
}

fn clean(headers: &mut HeaderMap) {
    for name in HOP_BY_HOP {
        headers.remove(name);
    }
    for name in [EXPECT, TRANSFER_ENCODING] {
        headers.remove(name);
    }
}
