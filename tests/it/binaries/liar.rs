//! An AWS that lies to one function, in front of the fake one: what a function would do to its table and queues if its
//! code had a bug is done to them here, and the function itself is the real one.

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// What becomes of one request.
pub(super) enum Lie {
    /// It is passed on, changed or not.
    Pass(Value),
    /// It is passed on, and its answer changed.
    PassThen(Value, fn(Value) -> Value),
    /// It goes nowhere: this is what the function is told.
    Answer(Value),
}

/// The operation, as AWS names it, and the request.
pub(super) type Tale = fn(&str, Value) -> Lie;

pub(super) struct Liar {
    pub(super) url: String,
    server: JoinHandle<()>,
}

struct Told {
    upstream: String,
    http: reqwest::Client,
    tale: Tale,
}

impl Liar {
    pub(super) async fn start(upstream: &str, tale: Tale) -> Self {
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        let told = Arc::new(Told { upstream: upstream.to_owned(), http, tale });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let router = Router::new().fallback(tell).with_state(told);
        let server = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { url, server }
    }
}

impl Drop for Liar {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn tell(State(told): State<Arc<Told>>, method: Method, uri: Uri, headers: HeaderMap, body: Bytes) -> Response {
    let target = headers.get("x-amz-target").and_then(|target| target.to_str().ok());
    let operation = target.and_then(|target| target.rsplit('.').next()).unwrap_or_default();
    let lie = match serde_json::from_slice(&body) {
        Ok(request) if !operation.is_empty() => (told.tale)(operation, request),
        // S3 speaks no JSON, and nobody lies in its name.
        _ => return told.pass(method, &uri, &headers, body, None).await,
    };
    match lie {
        Lie::Pass(request) => told.pass(method, &uri, &headers, encoded(&request), None).await,
        Lie::PassThen(request, then) => told.pass(method, &uri, &headers, encoded(&request), Some(then)).await,
        Lie::Answer(answer) => ([("content-type", "application/x-amz-json-1.0")], answer.to_string()).into_response(),
    }
}

fn encoded(request: &Value) -> Bytes {
    request.to_string().into()
}

impl Told {
    async fn pass(
        &self,
        method: Method,
        uri: &Uri,
        headers: &HeaderMap,
        body: Bytes,
        then: Option<fn(Value) -> Value>,
    ) -> Response {
        let mut request = self.http.request(method, format!("{}{uri}", self.upstream)).body(body);
        for (name, value) in headers.iter().filter(|(name, _)| !["host", "content-length"].contains(&name.as_str())) {
            request = request.header(name, value);
        }
        let Ok(answer) = request.send().await else { return StatusCode::BAD_GATEWAY.into_response() };
        let (status, mut headers) = (answer.status(), answer.headers().clone());
        let mut body = answer.bytes().await.unwrap();
        if let Some(then) = then.filter(|_| status.is_success()) {
            body = encoded(&then(serde_json::from_slice(&body).unwrap()));
        }
        for name in ["content-length", "transfer-encoding", "x-amz-crc32"] {
            headers.remove(name);
        }
        let mut response = Response::new(Body::from(body));
        *response.status_mut() = status;
        *response.headers_mut() = headers;
        response
    }
}

/// The answer of a queue that took everything.
pub(super) fn all_taken(request: &Value) -> Value {
    let entries = request["Entries"].as_array().unwrap();
    let taken = |entry: &Value| json!({"Id": entry["Id"], "MessageId": "m", "MD5OfMessageBody": "0".repeat(32)});
    json!({"Successful": entries.iter().map(taken).collect::<Vec<_>>(), "Failed": []})
}

/// The answer of a table that carried out everything.
pub(super) fn all_carried_out(statements: usize) -> Value {
    json!({"Responses": vec![json!({"TableName": "t"}); statements]})
}

/// Every statement of a batch.
pub(super) fn statements(request: &mut Value) -> &mut Vec<Value> {
    request["Statements"].as_array_mut().unwrap()
}

/// Takes the condition out of an update: what stands behind its key.
pub(super) fn unconditional(statement: &mut Value) {
    let text = statement["Statement"].as_str().unwrap();
    let Some((update, condition)) = text.split_once("\"sk\"=? AND ") else { return };
    let (update, unused) = (format!("{update}\"sk\"=?"), condition.matches('?').count());
    let parameters = statement["Parameters"].as_array_mut().unwrap();
    parameters.truncate(parameters.len() - unused);
    statement["Statement"] = update.into();
}
