//! DynamoDB: the embedded engine behind our port.
//!
//! The engine's own HTTP layer is kept (it checks requests before they are parsed, as DynamoDB does) and that layer
//! takes nothing but a listener, so requests reach it over loopback. It runs on a thread of its own: SQLite blocks.

use std::{
    fmt,
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
    thread,
};

use axum::body::Body;
use dynoxide::{Database, storage::Storage, storage_backend, ttl};
use http::{
    Request, Response, StatusCode, Uri,
    header::{CONTENT_LENGTH, HOST},
    request::Parts,
};
use hyper_util::{client::legacy::Client, client::legacy::connect::HttpConnector, rt::TokioExecutor};
use jiff::Timestamp;
use serde_json::json;
use tokio::{net::TcpListener, sync::oneshot};

use super::{Error, faults::FailEntries, reply};
use crate::clock::Clock;

mod leftovers;
mod time;

use time::EngineTime;

/// The tables. Reached over HTTP; the handle only sweeps.
pub struct Dynamo {
    database: Database,
    time: EngineTime,
    file: Option<PathBuf>,
    engine: Uri,
    client: Client<HttpConnector, Body>,
    running: Mutex<Option<Running>>,
}

struct Running {
    stop: oneshot::Sender<()>,
    ended: oneshot::Receiver<()>,
}

impl fmt::Debug for Dynamo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Dynamo").field("file", &self.file).finish_non_exhaustive()
    }
}

impl Dynamo {
    pub(super) async fn start(data_dir: Option<&Path>, clock: Clock) -> Result<Self, Error> {
        let engine_error = |error: &dyn fmt::Display| Error::Engine(error.to_string());
        let time = EngineTime::of(clock);
        let file = data_dir.map(|folder| folder.join("dynamodb.sqlite"));
        let database = match &file {
            Some(file) => Database::new(&file.to_string_lossy()),
            None => Database::memory_with_clock(time.shared()),
        }
        .map_err(|error| engine_error(&error))?;

        let listener = std::net::TcpListener::bind("127.0.0.1:0")
            .and_then(|listener| listener.set_nonblocking(true).map(|()| listener))
            .map_err(|source| Error::Listen { port: 0, source })?;
        let address = listener.local_addr().map_err(|source| Error::Listen { port: 0, source })?;
        let running = run(database.clone(), listener).await?;

        let engine = Uri::builder()
            .scheme("http")
            .authority(address.to_string())
            .path_and_query("/")
            .build()
            .map_err(|error| engine_error(&error))?;
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        let client = Client::builder(TokioExecutor::new()).build(connector);
        Ok(Self { database, time, file, engine, client, running: Mutex::new(Some(running)) })
    }

    /// Deletes what expired before `now` from every table with a TTL attribute, and returns how many items that
    /// were. DynamoDB does it within days; here it happens when a test says so.
    pub async fn sweep(&self, now: Timestamp) -> Result<usize, Error> {
        let database = self.database.clone();
        let file = self.file.clone();
        let time = self.time.clone();
        let swept = tokio::task::spawn_blocking(move || match file {
            // The engine opens files on the machine's clock only: sweep by a second connection on ours.
            Some(file) => {
                let seconds = u64::try_from(now.as_second()).unwrap_or(0);
                let storage =
                    Storage::new(&file.to_string_lossy())?.with_clock(storage_backend::ManualClock::new(seconds).arc());
                futures::executor::block_on(ttl::sweep_expired_items(&storage))
            }
            None => time.held_at(now, || database.sweep_ttl()),
        });
        match swept.await {
            Ok(Ok(count)) => Ok(count),
            Ok(Err(error)) => Err(Error::Engine(error.to_string())),
            Err(error) => Err(Error::Engine(error.to_string())),
        }
    }

    pub(super) async fn answer(
        &self,
        operation: &str,
        parts: Parts,
        body: Body,
        failing: Option<&FailEntries>,
    ) -> Response<Body> {
        let Some(bytes) = reply::whole(body).await else {
            return refusal(StatusCode::PAYLOAD_TOO_LARGE, "RequestEntityTooLarge");
        };
        match failing {
            Some(failing) => leftovers::answer(operation, bytes, failing, |bytes| self.forward(&parts, bytes)).await,
            None => self.forward(&parts, bytes).await,
        }
    }

    async fn forward(&self, parts: &Parts, bytes: bytes::Bytes) -> Response<Body> {
        let mut request = Request::new(Body::from(bytes));
        *request.method_mut() = parts.method.clone();
        *request.uri_mut() = self.engine.clone();
        *request.headers_mut() = parts.headers.clone();
        for name in [HOST, CONTENT_LENGTH, http::header::TRANSFER_ENCODING, http::header::EXPECT] {
            request.headers_mut().remove(name);
        }
        match self.client.request(request).await {
            Ok(response) => response.map(Body::new),
            Err(error) => {
                tracing::error!(%error, "the DynamoDB engine does not answer");
                refusal(StatusCode::INTERNAL_SERVER_ERROR, "InternalServerError")
            }
        }
    }

    pub(super) async fn stop(&self) {
        let running = self.running.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(Running { stop, ended }) = running {
            // An engine that has already ended hears nothing, which is as good.
            let _: Result<(), ()> = stop.send(());
            let _: Result<(), oneshot::error::RecvError> = ended.await;
        }
    }
}

/// Serves on a thread of its own until told to stop, or until the handle is dropped.
async fn run(database: Database, listener: std::net::TcpListener) -> Result<Running, Error> {
    let (stop, stopped) = oneshot::channel::<()>();
    let (end, ended) = oneshot::channel();
    let (ready, started) = oneshot::channel::<Result<(), String>>();
    let serve = move || {
        let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
            Ok(runtime) => runtime,
            Err(error) => return drop(ready.send(Err(error.to_string()))),
        };
        runtime.block_on(async move {
            let listener = match TcpListener::from_std(listener) {
                Ok(listener) => listener,
                Err(error) => return drop(ready.send(Err(error.to_string()))),
            };
            drop(ready.send(Ok(())));
            // Not the engine's own shutdown: that waits for clients that keep a connection open.
            tokio::select! {
                () = dynoxide::server::serve_on(listener, database) => {}
                _ = stopped => {}
            }
        });
        runtime.shutdown_background();
        // Nobody waits when the handle was dropped.
        let _: Result<(), ()> = end.send(());
    };
    thread::Builder::new()
        .name("dynamodb".to_owned())
        .spawn(serve)
        .map_err(|error| Error::Engine(error.to_string()))?;
    match started.await {
        Ok(Ok(())) => Ok(Running { stop, ended }),
        Ok(Err(error)) => Err(Error::Engine(error)),
        Err(_) => Err(Error::Engine("the thread ended at once".to_owned())),
    }
}

fn refusal(status: StatusCode, code: &str) -> Response<Body> {
    let kind = format!("com.amazonaws.dynamodb.v20120810#{code}");
    reply::json(status, reply::JSON_1_0, &json!({ "__type": kind, "message": code }))
}
