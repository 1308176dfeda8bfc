//! Meta's media node and its file host.

use std::sync::{Arc, Mutex, PoisonError};

use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use data_encoding::HEXLOWER;
use serde_json::json;
use sha2::{Digest, Sha256};

#[derive(Default)]
pub(crate) struct File {
    pub(crate) bytes: Bytes,
    pub(crate) token: String,
    /// Instead of the file's own.
    pub(crate) sha256: Option<String>,
    /// The media node answers with this status and code.
    pub(crate) node_fails: Option<(u16, i64)>,
    /// So many downloads from now on answer 404, as expired URLs do.
    pub(crate) expired: usize,
    /// The connection breaks after so many bytes.
    pub(crate) breaks_after: Option<usize>,
    pub(crate) lookups: usize,
    pub(crate) downloads: usize,
}

#[derive(Clone, Default)]
pub(crate) struct Host {
    file: Arc<Mutex<File>>,
    url: Arc<Mutex<String>>,
}

impl Host {
    pub(crate) async fn start(&self) -> String {
        let app = Router::new().route("/v24.0/{id}", get(node)).route("/file", get(file)).with_state(self.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        self.url.lock().unwrap().clone_from(&url);
        tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        url
    }

    pub(crate) fn change<T>(&self, change: impl FnOnce(&mut File) -> T) -> T {
        change(&mut self.file.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

fn refused(file: &File, headers: &HeaderMap) -> bool {
    headers.get("authorization").is_none_or(|value| value.as_bytes() != format!("Bearer {}", file.token).as_bytes())
}

async fn node(State(host): State<Host>, Path(id): Path<String>, headers: HeaderMap) -> Response {
    let url = host.url.lock().unwrap().clone();
    host.change(|file| {
        file.lookups += 1;
        if refused(file, &headers) {
            return (StatusCode::UNAUTHORIZED, Json(json!({"error": {"code": 190}}))).into_response();
        }
        if let Some((status, code)) = file.node_fails {
            return (StatusCode::from_u16(status).unwrap(), Json(json!({"error": {"code": code}}))).into_response();
        }
        let digest = file.sha256.clone().unwrap_or_else(|| HEXLOWER.encode(&Sha256::digest(&file.bytes)));
        Json(
            json!({"messaging_product": "whatsapp", "url": format!("{url}/file"), "mime_type": "audio/ogg; codecs=opus",
            "sha256": digest, "file_size": file.bytes.len().to_string(), "id": id}),
        )
        .into_response()
    })
}

async fn file(State(host): State<Host>, headers: HeaderMap) -> Response {
    host.change(|file| {
        file.downloads += 1;
        if refused(file, &headers) {
            return StatusCode::UNAUTHORIZED.into_response();
        }
        if file.expired > 0 {
            file.expired -= 1;
            return StatusCode::NOT_FOUND.into_response();
        }
        let Some(breaks_after) = file.breaks_after else { return file.bytes.clone().into_response() };
        let pieces = [Ok(file.bytes.slice(..breaks_after)), Err(std::io::Error::other("breaks"))];
        let body = Body::from_stream(futures::stream::iter(pieces));
        ([("content-length", file.bytes.len())], body).into_response()
    })
}
