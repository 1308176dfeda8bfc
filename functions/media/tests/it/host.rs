//! Meta's media node and its file host.

use std::sync::{Arc, Mutex, PoisonError};

use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use data_encoding::HEXLOWER;
use futures::StreamExt;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

#[derive(Default)]
pub(crate) struct File {
    pub(crate) bytes: Bytes,
    pub(crate) token: String,
    /// Instead of the file's own.
    pub(crate) sha256: Option<String>,
    /// Neither the node nor the file's own says one.
    pub(crate) no_sha256: bool,
    /// Instead of the file's own, as a string.
    pub(crate) declared_bytes: Option<Value>,
    /// Instead of a voice note's.
    pub(crate) mime_type: Option<String>,
    /// The media node answers with this status and code.
    pub(crate) node_fails: Option<(u16, i64)>,
    /// So many downloads from now on answer 404, as expired URLs do.
    pub(crate) expired: usize,
    /// So many downloads from now on come with a wrong byte.
    pub(crate) garbled: usize,
    /// The connection breaks after so many bytes.
    pub(crate) breaks_after: Option<usize>,
    /// Nothing comes after so many bytes.
    pub(crate) stalls_after: Option<usize>,
    pub(crate) lookups: usize,
    pub(crate) downloads: usize,
    /// Which of the URLs that the node gave were asked, counted from 1.
    pub(crate) asked: Vec<usize>,
}

#[derive(Clone, Default)]
pub(crate) struct Host {
    file: Arc<Mutex<File>>,
    url: Arc<Mutex<String>>,
}

impl Host {
    pub(crate) async fn start(&self) -> String {
        let app =
            Router::new().route("/v24.0/{id}", get(node)).route("/file/{url}", get(file)).with_state(self.clone());
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
        let own = (!file.no_sha256).then(|| HEXLOWER.encode(&Sha256::digest(&file.bytes)));
        let mut answer = json!({"messaging_product": "whatsapp", "url": format!("{url}/file/{}", file.lookups), "id": id,
            "mime_type": file.mime_type.as_deref().unwrap_or("audio/ogg; codecs=opus"),
            "file_size": file.declared_bytes.clone().unwrap_or_else(|| json!(file.bytes.len().to_string()))});
        if let Some(digest) = file.sha256.clone().or(own) {
            answer["sha256"] = digest.into();
        }
        Json(answer).into_response()
    })
}

async fn file(State(host): State<Host>, Path(url): Path<usize>, headers: HeaderMap) -> Response {
    host.change(|file| {
        file.downloads += 1;
        file.asked.push(url);
        if refused(file, &headers) {
            return StatusCode::UNAUTHORIZED.into_response();
        }
        if file.expired > 0 {
            file.expired -= 1;
            return StatusCode::NOT_FOUND.into_response();
        }
        if file.garbled > 0 {
            file.garbled -= 1;
            let mut bytes = file.bytes.to_vec();
            bytes[0] ^= 1;
            return bytes.into_response();
        }
        let length = [("content-length", file.bytes.len())];
        if let Some(at) = file.stalls_after {
            let some = futures::stream::iter([Ok::<_, std::io::Error>(file.bytes.slice(..at))]);
            return (length, Body::from_stream(some.chain(futures::stream::pending()))).into_response();
        }
        let Some(at) = file.breaks_after else { return file.bytes.clone().into_response() };
        let pieces = [Ok(file.bytes.slice(..at)), Err(std::io::Error::other("breaks"))];
        (length, Body::from_stream(futures::stream::iter(pieces))).into_response()
    })
}
