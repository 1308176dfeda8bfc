//! A Lambda Runtime API on loopback: hands events to one process and takes its answers, as the service does
//! (docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html).

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot};

/// What became of an invocation.
#[derive(Debug, PartialEq)]
pub(crate) enum Outcome {
    /// The function's answer.
    Answered(Value),
    /// The function's error document.
    Failed(Value),
    /// The process ended before it answered.
    Died,
}

impl Outcome {
    #[track_caller]
    pub(crate) fn answer(self) -> Value {
        match self {
            Self::Answered(answer) => answer,
            other => panic!("the function did not answer: {other:?}"),
        }
    }
}

/// The API that one process sees. Dropping it closes its port.
pub(super) struct RuntimeApi {
    address: String,
    events: mpsc::UnboundedSender<Invocation>,
    server: tokio::task::JoinHandle<()>,
}

struct Invocation {
    event: Value,
    deadline: Duration,
    answer: oneshot::Sender<Outcome>,
}

struct Handover {
    waiting: tokio::sync::Mutex<mpsc::UnboundedReceiver<Invocation>>,
    running: Mutex<HashMap<String, oneshot::Sender<Outcome>>>,
}

impl RuntimeApi {
    pub(super) async fn start() -> Self {
        let (events, waiting) = mpsc::unbounded_channel();
        let handover = Arc::new(Handover { waiting: tokio::sync::Mutex::new(waiting), running: Mutex::default() });
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address").to_string();
        let router = Router::new()
            .route("/2018-06-01/runtime/invocation/next", get(next))
            .route("/2018-06-01/runtime/invocation/{id}/response", post(response))
            .route("/2018-06-01/runtime/invocation/{id}/error", post(error))
            .with_state(handover);
        let server = tokio::spawn(async move {
            axum::serve(listener, router).await.expect("serving");
        });
        Self { address, events, server }
    }

    pub(super) fn address(&self) -> &str {
        &self.address
    }

    /// The event is given out at the next poll. The receiver errs where nobody will answer any more.
    pub(super) fn hand_over(&self, event: Value, deadline: Duration) -> oneshot::Receiver<Outcome> {
        let (answer, answered) = oneshot::channel();
        // A server that is gone drops the invocation, and with it the sender: the receiver then errs.
        drop(self.events.send(Invocation { event, deadline, answer }));
        answered
    }
}

impl Drop for RuntimeApi {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn next(State(handover): State<Arc<Handover>>) -> Response {
    let Some(invocation) = handover.waiting.lock().await.recv().await else {
        return StatusCode::GONE.into_response();
    };
    let id = uuid::Uuid::new_v4().to_string();
    let deadline = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970") + invocation.deadline;
    let mut headers = HeaderMap::new();
    let mut set = |name: &'static str, value: String| {
        headers.insert(name, HeaderValue::from_str(&value).expect("a header"));
    };
    set("lambda-runtime-aws-request-id", id.clone());
    set("lambda-runtime-deadline-ms", deadline.as_millis().to_string());
    set("lambda-runtime-invoked-function-arn", "arn:aws:lambda:us-east-1:000000000000:function:local".to_owned());
    set("lambda-runtime-trace-id", "Root=1-00000000-000000000000000000000000;Sampled=0".to_owned());
    set("content-type", "application/json".to_owned());
    handover.running.lock().expect("running").insert(id, invocation.answer);
    (headers, invocation.event.to_string()).into_response()
}

async fn response(State(handover): State<Arc<Handover>>, Path(id): Path<String>, body: Bytes) -> StatusCode {
    settle(&handover, &id, Outcome::Answered(serde_json::from_slice(&body).expect("an answer in JSON")))
}

async fn error(State(handover): State<Arc<Handover>>, Path(id): Path<String>, body: Bytes) -> StatusCode {
    settle(&handover, &id, Outcome::Failed(serde_json::from_slice(&body).unwrap_or(Value::Null)))
}

fn settle(handover: &Handover, id: &str, outcome: Outcome) -> StatusCode {
    match handover.running.lock().expect("running").remove(id) {
        // Nobody waits any more: the test went on.
        Some(answer) => answer.send(outcome).map_or(StatusCode::ACCEPTED, |()| StatusCode::ACCEPTED),
        None => StatusCode::BAD_REQUEST,
    }
}
