//! An HTTP/1.1 server on loopback that may hang up instead of answering.
//!
//! `axum::serve` cannot do that (its services are infallible), and the faults the sandbox plays need exactly that:
//! a request that was carried out and whose answer never arrives.

use std::{
    io,
    net::{Ipv4Addr, SocketAddr},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use axum::body::Body;
use http::{Request, Response};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use tokio::{
    net::{TcpListener, TcpStream},
    sync::watch,
    task::{JoinHandle, JoinSet},
    time::timeout,
};

mod wire;

use wire::Wire;

/// Says: close the connection, the client gets no answer.
#[derive(Debug, thiserror::Error)]
#[error("the connection is dropped on purpose")]
pub(crate) struct Hangup;

/// The TCP connection a request came by.
#[derive(Debug)]
pub(crate) struct Connection {
    /// Counted from 1 in the order of acceptance.
    pub(crate) id: u64,
    /// Grows each time everything written so far has been handed to the kernel.
    pub(crate) flushes: watch::Receiver<u64>,
}

/// A listening server; dropping it ends it.
#[derive(Debug)]
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    accepted: Arc<AtomicU64>,
    stop: watch::Sender<bool>,
    task: Option<JoinHandle<()>>,
}

impl Server {
    /// Serves on 127.0.0.1; port 0 takes any free one.
    pub(crate) async fn start<F, A>(port: u16, answer: F) -> io::Result<Self>
    where
        F: Fn(Request<Incoming>, Arc<Connection>) -> A + Clone + Send + Sync + 'static,
        A: Future<Output = Result<Response<Body>, Hangup>> + Send + 'static,
    {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
        let address = listener.local_addr()?;
        let accepted = Arc::new(AtomicU64::new(0));
        let stop = watch::Sender::new(false);
        let task = tokio::spawn(accept(listener, answer, Arc::clone(&accepted), stop.subscribe()));
        Ok(Self { address, accepted, stop, task: Some(task) })
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// TCP connections accepted so far.
    pub(crate) fn connections(&self) -> u64 {
        self.accepted.load(Ordering::Relaxed)
    }

    /// Stops accepting, gives running requests a moment, and returns when all connections are closed.
    pub(crate) async fn shutdown(&mut self) {
        self.stop.send_replace(true);
        if let Some(task) = self.task.take() {
            let _: Result<(), tokio::task::JoinError> = task.await;
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(task) = &self.task {
            task.abort();
        }
    }
}

async fn accept<F, A>(listener: TcpListener, answer: F, accepted: Arc<AtomicU64>, mut stop: watch::Receiver<bool>)
where
    F: Fn(Request<Incoming>, Arc<Connection>) -> A + Clone + Send + Sync + 'static,
    A: Future<Output = Result<Response<Body>, Hangup>> + Send + 'static,
{
    let mut open = JoinSet::new();
    loop {
        tokio::select! {
            _ = stop.changed() => break,
            Some(_) = open.join_next() => {}
            stream = listener.accept() => match stream {
                Ok((stream, _)) => {
                    let id = accepted.fetch_add(1, Ordering::Relaxed) + 1;
                    open.spawn(converse(stream, id, answer.clone(), stop.clone()));
                }
                // Out of file descriptors, or a client that left before it was accepted: neither ends the server.
                Err(error) => {
                    tracing::warn!(%error, "cannot accept a connection");
                    tokio::time::sleep(Duration::from_millis(10)).await;
                }
            },
        }
    }
    drop(listener);
    while open.join_next().await.is_some() {}
}

async fn converse<F, A>(stream: TcpStream, id: u64, answer: F, mut stop: watch::Receiver<bool>)
where
    F: Fn(Request<Incoming>, Arc<Connection>) -> A + Clone + Send + Sync + 'static,
    A: Future<Output = Result<Response<Body>, Hangup>> + Send + 'static,
{
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "cannot set TCP_NODELAY");
    }
    let (wire, flushes) = Wire::around(stream);
    let connection = Arc::new(Connection { id, flushes });
    let service = service_fn(|request| answer(request, Arc::clone(&connection)));
    let mut conversation = std::pin::pin!(http1::Builder::new().serve_connection(TokioIo::new(wire), service));
    let ended = tokio::select! {
        ended = &mut conversation => ended,
        _ = stop.changed() => {
            conversation.as_mut().graceful_shutdown();
            timeout(Duration::from_millis(500), conversation).await.unwrap_or(Ok(()))
        }
    };
    if let Err(error) = ended {
        tracing::debug!(connection = id, %error, "connection ended early");
    }
}
