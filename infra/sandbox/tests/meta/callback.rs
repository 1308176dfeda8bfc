//! The other end of the webhooks: checks every signature by a computation of its own.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::get;
use serde_json::Value;
use sha2::{Digest, Sha256};

pub(crate) struct Callback {
    pub(crate) url: String,
    seen: Arc<Mutex<Seen>>,
}

#[derive(Default)]
struct Seen {
    posts: Vec<Post>,
    /// Statuses to answer first; 200 after them.
    answers: VecDeque<u16>,
    /// What the handshake is answered with instead of the challenge.
    challenge: Option<String>,
    handshakes: Vec<String>,
}

#[derive(Clone)]
pub(crate) struct Post {
    pub(crate) signature: String,
    pub(crate) body: Bytes,
    pub(crate) answered: u16,
}

impl Post {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub(crate) fn signed_with(&self, secret: &str) -> bool {
        self.signature == format!("sha256={}", hmac(secret.as_bytes(), &self.body))
    }

    pub(crate) fn value(&self) -> Value {
        self.json()["entry"][0]["changes"][0]["value"].clone()
    }

    /// `sent`, `delivered`, … or nothing.
    pub(crate) fn status(&self) -> Option<String> {
        self.value()["statuses"][0]["status"].as_str().map(str::to_owned)
    }
}

impl Callback {
    pub(crate) async fn start() -> Self {
        let seen = Arc::<Mutex<Seen>>::default();
        let app = Router::new().route("/webhook", get(handshake).post(receive)).with_state(Arc::clone(&seen));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/webhook", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self { url, seen }
    }

    pub(crate) fn answer(&self, statuses: &[u16]) {
        self.seen.lock().unwrap().answers.extend(statuses);
    }

    pub(crate) fn answer_handshake(&self, text: &str) {
        self.seen.lock().unwrap().challenge = Some(text.to_owned());
    }

    pub(crate) fn posts(&self) -> Vec<Post> {
        self.seen.lock().unwrap().posts.clone()
    }

    pub(crate) fn handshakes(&self) -> Vec<String> {
        self.seen.lock().unwrap().handshakes.clone()
    }

    pub(crate) fn statuses(&self) -> Vec<String> {
        self.posts().iter().filter_map(Post::status).collect()
    }
}

async fn handshake(State(seen): State<Arc<Mutex<Seen>>>, RawQuery(query): RawQuery) -> (StatusCode, String) {
    let query = query.unwrap();
    let of = |key: &str| query.split('&').find_map(|pair| pair.strip_prefix(key)).unwrap_or_default().to_owned();
    let (challenge, token) = (of("hub.challenge="), of("hub.verify_token="));
    let mut seen = seen.lock().unwrap();
    seen.handshakes.push(query);
    if token != "local-verify-token" {
        return (StatusCode::FORBIDDEN, String::new());
    }
    (StatusCode::OK, seen.challenge.clone().unwrap_or(challenge))
}

async fn receive(State(seen): State<Arc<Mutex<Seen>>>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let signature = headers["x-hub-signature-256"].to_str().unwrap().to_owned();
    let mut seen = seen.lock().unwrap();
    let answered = seen.answers.pop_front().unwrap_or(200);
    seen.posts.push(Post { signature, body, answered });
    StatusCode::from_u16(answered).unwrap()
}

/// HMAC-SHA-256 from its definition (RFC 2104), so that the sandbox's own is not what judges it.
fn hmac(key: &[u8], message: &[u8]) -> String {
    let mut block = [0_u8; 64];
    if key.len() > 64 {
        block[..32].copy_from_slice(&Sha256::digest(key));
    } else {
        block[..key.len()].copy_from_slice(key);
    }
    let pad = |with: u8| block.iter().map(|byte| byte ^ with).collect::<Vec<_>>();
    let inner = Sha256::digest([pad(0x36), message.to_vec()].concat());
    let outer = Sha256::digest([pad(0x5c), inner.to_vec()].concat());
    data_encoding::HEXLOWER.encode(&outer)
}
