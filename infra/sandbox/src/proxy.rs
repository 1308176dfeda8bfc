//! A reverse proxy that records what passes, and can delay, drop and interrupt it.
//!
//! Put one in front of the fake AWS or the fake Meta for each process whose requests are to be told apart.

use std::{
    future::Future,
    io,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use axum::body::Body;
use http::{Uri, uri::Authority};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};

use crate::server::Server;

mod capacity;
mod forward;
mod record;
mod rules;
mod tap;

pub use record::{Record, Totals};
pub use rules::{Matching, Position};

use record::Ledger;
use rules::{Hook, Rules};

/// How to start a proxy.
#[derive(Clone, Debug, Default)]
pub struct ProxyOptions {
    /// Shown in logs; who it is that speaks through this proxy.
    pub name: String,
    /// 0 takes any free port.
    pub port: u16,
    /// Asks DynamoDB what each request cost, where the client did not: [`Record::write_units`] then counts it. The
    /// recorded request bytes stay those of the client.
    pub ask_for_capacity: bool,
    /// Names what a request to DynamoDB is about, from its body: [`Record::subject`] then says so.
    pub subject: Option<fn(&[u8]) -> String>,
}

/// Why a proxy did not start.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("cannot listen on 127.0.0.1:{port}")]
    Listen { port: u16, source: io::Error },
    #[error("{0} is no http:// address of an origin")]
    Upstream(String),
}

/// A running proxy. Dropping it stops it.
#[derive(Debug)]
pub struct Proxy {
    server: Server,
    state: Arc<State>,
}

#[derive(Debug)]
struct State {
    name: String,
    upstream: Authority,
    ask_for_capacity: bool,
    subject: Option<fn(&[u8]) -> String>,
    client: Client<HttpConnector, Body>,
    ledger: Mutex<Ledger>,
    rules: Mutex<Rules>,
}

impl Proxy {
    /// Starts listening on 127.0.0.1 and passes everything on to `upstream`, such as `http://127.0.0.1:8789`. Must run
    /// inside a Tokio runtime.
    pub async fn start(upstream: &str, options: ProxyOptions) -> Result<Self, Error> {
        let ProxyOptions { name, port, ask_for_capacity, subject } = options;
        let upstream = upstream
            .parse::<Uri>()
            .ok()
            .filter(|uri| uri.scheme_str() == Some("http") && uri.path() == "/")
            .and_then(|uri| uri.authority().cloned())
            .ok_or_else(|| Error::Upstream(upstream.to_owned()))?;
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        let state = Arc::new(State {
            name,
            upstream,
            ask_for_capacity,
            subject,
            client: Client::builder(TokioExecutor::new()).build(connector),
            ledger: Mutex::default(),
            rules: Mutex::default(),
        });
        let serving = Arc::clone(&state);
        let server =
            Server::start(port, move |request, connection| forward::pass(Arc::clone(&serving), request, connection))
                .await
                .map_err(|source| Error::Listen { port, source })?;
        Ok(Self { server, state })
    }

    /// `http://127.0.0.1:<port>`, to be used in place of the upstream's address.
    pub fn url(&self) -> String {
        self.server.url()
    }

    /// What passed since the start or the last `reset`, in the order of arrival.
    pub fn records(&self) -> Vec<Record> {
        self.state.ledger().records()
    }

    /// Sums over [`Self::records`].
    pub fn totals(&self) -> Totals {
        self.state.ledger().totals()
    }

    /// Forgets the records, counts from 1 again, and forgets all delays, drops and hooks.
    pub fn reset(&self) {
        *self.state.rules() = Rules::default();
        self.state.ledger().reset();
    }

    /// TCP connections accepted since the start.
    pub fn connections(&self) -> u64 {
        self.server.connections()
    }

    /// Holds matching requests for this long before they are passed on, until `reset`.
    pub fn delay(&self, matching: Matching, by: Duration) {
        self.state.rules().delay(matching, by);
    }

    /// Closes the connection of the next `times` matching requests at this point.
    pub fn drop_next(&self, matching: Matching, position: Position, times: u32) {
        self.state.rules().interrupt(matching, 1, times, position, None);
    }

    /// When the `nth` request (from 1, since the start or the last `reset`) reaches this point, awaits the hook and
    /// then closes the connection. This is how a process is killed exactly there.
    pub fn on_request<F, A>(&self, nth: u32, position: Position, hook: F)
    where
        F: FnOnce(Record) -> A + Send + 'static,
        A: Future<Output = ()> + Send + 'static,
    {
        self.on_matching(Matching::all(), nth, position, hook);
    }

    /// As [`Self::on_request`], counting only requests that match, from now on.
    pub fn on_matching<F, A>(&self, matching: Matching, nth: u32, position: Position, hook: F)
    where
        F: FnOnce(Record) -> A + Send + 'static,
        A: Future<Output = ()> + Send + 'static,
    {
        let seen = if matching == Matching::all() { self.state.ledger().count() } else { 0 };
        let hook: Hook = Box::new(move |record| Box::pin(hook(record)));
        self.state.rules().interrupt(matching, nth.saturating_sub(seen), 1, position, Some(hook));
    }

    /// Stops listening and returns when every connection is closed.
    pub async fn shutdown(mut self) {
        self.server.shutdown().await;
    }
}

impl State {
    fn ledger(&self) -> MutexGuard<'_, Ledger> {
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn rules(&self) -> MutexGuard<'_, Rules> {
        self.rules.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
