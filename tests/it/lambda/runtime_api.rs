//! A Lambda Runtime API on loopback: hands events to one process and takes its answers, as the service does
//! (docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html).

use std::collections::{BTreeMap, HashMap};
use std::process::Stdio;
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
use tokio::process::{Child, Command};
use tokio::sync::{mpsc, oneshot};

use super::binary;

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
    pub(crate) fn answer(self) -> Value {
        match self {
            Self::Answered(answer) => answer,
            other => panic!("the function did not answer: {other:?}"),
        }
    }
}

/// One function's process, with its output captured.
pub(crate) struct Function {
    child: Mutex<Child>,
    pid: u32,
    events: mpsc::UnboundedSender<Invocation>,
    output: Arc<Mutex<String>>,
    server: tokio::task::JoinHandle<()>,
}

struct Invocation {
    event: Value,
    deadline: Duration,
    answer: oneshot::Sender<Outcome>,
}

struct Api {
    waiting: tokio::sync::Mutex<mpsc::UnboundedReceiver<Invocation>>,
    running: Mutex<HashMap<String, oneshot::Sender<Outcome>>>,
}

impl Function {
    /// Starts a function's binary with exactly this environment, plus what Lambda itself sets.
    pub(crate) async fn start(name: &str, environment: &BTreeMap<String, String>) -> Self {
        let (events, waiting) = mpsc::unbounded_channel();
        let api = Arc::new(Api { waiting: tokio::sync::Mutex::new(waiting), running: Mutex::default() });
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address").to_string();
        let router = Router::new()
            .route("/2018-06-01/runtime/invocation/next", get(next))
            .route("/2018-06-01/runtime/invocation/{id}/response", post(response))
            .route("/2018-06-01/runtime/invocation/{id}/error", post(error))
            .with_state(api);
        let server = tokio::spawn(async move {
            axum::serve(listener, router).await.expect("serving");
        });
        let mut child = Command::new(binary(name))
            .env_clear()
            .envs(environment)
            .env("AWS_LAMBDA_RUNTIME_API", address)
            .env("AWS_LAMBDA_FUNCTION_NAME", name)
            .env("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST")
            .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256")
            .env("AWS_LAMBDA_LOG_GROUP_NAME", format!("/aws/lambda/{name}"))
            .env("AWS_LAMBDA_LOG_STREAM_NAME", "local")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("the function starts");
        let output = Arc::new(Mutex::new(String::new()));
        capture(child.stdout.take(), Arc::clone(&output));
        capture(child.stderr.take(), Arc::clone(&output));
        let pid = child.id().expect("a running process");
        Self { child: Mutex::new(child), pid, events, output, server }
    }

    /// Hands it an event and waits for what becomes of it, 60 s at most.
    pub(crate) async fn invoke(&self, event: Value, deadline: Duration) -> Outcome {
        let (answer, answered) = oneshot::channel();
        if self.events.send(Invocation { event, deadline, answer }).is_err() {
            return Outcome::Died;
        }
        tokio::select! {
            outcome = answered => outcome.unwrap_or(Outcome::Died),
            () = self.ended() => Outcome::Died,
            () = tokio::time::sleep(Duration::from_secs(60)) => panic!("no answer in a minute:\n{}", self.output()),
        }
    }

    /// The process id, for a kill at a chosen moment.
    pub(crate) fn pid(&self) -> u32 {
        self.pid
    }

    /// Everything it printed so far.
    pub(crate) fn output(&self) -> String {
        self.output.lock().expect("output").clone()
    }

    /// Returns once the process has ended.
    pub(crate) async fn ended(&self) {
        loop {
            if !matches!(self.child.lock().expect("child").try_wait(), Ok(None)) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

impl Drop for Function {
    fn drop(&mut self) {
        self.server.abort();
    }
}

fn capture(pipe: Option<impl tokio::io::AsyncRead + Unpin + Send + 'static>, into: Arc<Mutex<String>>) {
    use tokio::io::AsyncBufReadExt;
    let pipe = pipe.expect("a pipe");
    tokio::spawn(async move {
        let mut lines = tokio::io::BufReader::new(pipe).lines();
        while let Ok(Some(line)) = lines.next_line().await {
            let mut output = into.lock().expect("output");
            output.push_str(&line);
            output.push('\n');
        }
    });
}

async fn next(State(api): State<Arc<Api>>) -> Response {
    let Some(invocation) = api.waiting.lock().await.recv().await else {
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
    api.running.lock().expect("running").insert(id, invocation.answer);
    (headers, invocation.event.to_string()).into_response()
}

async fn response(State(api): State<Arc<Api>>, Path(id): Path<String>, body: Bytes) -> StatusCode {
    settle(&api, &id, Outcome::Answered(serde_json::from_slice(&body).expect("an answer in JSON")))
}

async fn error(State(api): State<Arc<Api>>, Path(id): Path<String>, body: Bytes) -> StatusCode {
    settle(&api, &id, Outcome::Failed(serde_json::from_slice(&body).unwrap_or(Value::Null)))
}

fn settle(api: &Api, id: &str, outcome: Outcome) -> StatusCode {
    match api.running.lock().expect("running").remove(id) {
        // Nobody waits any more: the test went on.
        Some(answer) => answer.send(outcome).map_or(StatusCode::ACCEPTED, |()| StatusCode::ACCEPTED),
        None => StatusCode::BAD_REQUEST,
    }
}
