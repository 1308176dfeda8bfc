//! Where the fake Meta's webhooks arrive: they are kept, as API Gateway would get them, until a test hands them over.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// A signed POST, exactly as it was sent.
#[derive(Clone)]
pub(super) struct Post {
    pub(super) body: String,
    pub(super) signature: String,
}

pub(super) struct Mailbox {
    pub(super) url: String,
    posts: Posts,
    server: JoinHandle<()>,
}

type Posts = Arc<Mutex<Vec<Post>>>;

impl Mailbox {
    pub(super) async fn open() -> Self {
        let posts = Posts::default();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/webhook", listener.local_addr().unwrap());
        let router = Router::new().route("/webhook", post(keep)).with_state(Arc::clone(&posts));
        let server = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { url, posts, server }
    }

    /// What came since the last time.
    pub(super) fn take(&self) -> Vec<Post> {
        std::mem::take(&mut self.posts.lock().unwrap())
    }
}

impl Drop for Mailbox {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn keep(State(posts): State<Posts>, headers: HeaderMap, body: String) -> StatusCode {
    let signature = headers["x-hub-signature-256"].to_str().unwrap().to_owned();
    posts.lock().unwrap().push(Post { body, signature });
    StatusCode::OK
}
