//! Meta's two listings and the node of an account, with pages that can be made to fail.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Value, json};

/// What this Meta knows and how it behaves; tests change it while it runs.
#[derive(Default)]
pub(crate) struct Meta {
    pub(crate) templates: BTreeMap<String, Vec<Value>>,
    pub(crate) numbers: BTreeMap<String, Vec<Value>>,
    /// Who owns which account.
    pub(crate) owners: BTreeMap<String, Value>,
    /// Answers (WABA, page of templates) with this status and error code.
    pub(crate) failing: BTreeMap<(String, usize), (u16, i64)>,
    /// The only token it takes.
    pub(crate) token: String,
    /// What it says of a token; nothing, where it does not.
    pub(crate) debugged: Option<Value>,
    /// `x-business-use-case-usage`, of the listings.
    pub(crate) usage: Option<String>,
    /// Of the listings.
    pub(crate) calls: Vec<String>,
}

#[derive(Clone, Default)]
pub(crate) struct Graph(Arc<Mutex<Meta>>);

impl Graph {
    pub(crate) async fn start(&self) -> String {
        let app = Router::new()
            .route("/v24.0/{waba}/{edge}", get(list))
            .route("/v24.0/debug_token", get(debug_token))
            .route("/v24.0/{waba}", get(node))
            .with_state(self.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        url
    }

    pub(crate) fn change<T>(&self, change: impl FnOnce(&mut Meta) -> T) -> T {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn calls(&self) -> usize {
        self.change(|meta| meta.calls.len())
    }
}

async fn list(
    State(graph): State<Graph>,
    Path((waba, edge)): Path<(String, String)>,
    Query(query): Query<BTreeMap<String, String>>,
    headers: HeaderMap,
) -> (HeaderMap, (StatusCode, Json<Value>)) {
    let usage = graph.change(|meta| meta.usage.clone()).map(|usage| ("x-business-use-case-usage", usage));
    let told = usage.into_iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect();
    (told, listed(&graph, &waba, &edge, &query, &headers))
}

fn listed(
    graph: &Graph,
    waba: &str,
    edge: &str,
    query: &BTreeMap<String, String>,
    headers: &HeaderMap,
) -> (StatusCode, Json<Value>) {
    graph.change(|meta| {
        meta.calls.push(format!("{waba}/{edge}"));
        let bearer = headers.get("authorization").and_then(|value| value.to_str().ok()).unwrap_or_default();
        if bearer != format!("Bearer {}", meta.token) {
            return refuse(401, 190);
        }
        let size: usize = query["limit"].parse().unwrap();
        let start: usize = query.get("after").map_or(0, |after| after.parse().unwrap());
        if edge == "message_templates"
            && let Some((status, code)) = meta.failing.get(&(waba.to_owned(), start / size + 1))
        {
            return refuse(*status, *code);
        }
        let all = if edge == "phone_numbers" { &meta.numbers } else { &meta.templates };
        let all = all.get(waba).cloned().unwrap_or_default();
        let end = (start + size).min(all.len());
        let mut page = json!({"data": all[start..end], "paging": {"cursors": {"after": end.to_string()}}});
        if end < all.len() {
            page["paging"]["next"] = json!("https://graph.facebook.com/?access_token=x");
        }
        (StatusCode::OK, Json(page))
    })
}

async fn node(State(graph): State<Graph>, Path(waba): Path<String>) -> (StatusCode, Json<Value>) {
    match graph.change(|meta| meta.owners.get(&waba).cloned()) {
        Some(owner) => (StatusCode::OK, Json(json!({"id": waba, "owner_business_info": owner}))),
        None => refuse(404, 803),
    }
}

async fn debug_token(State(graph): State<Graph>) -> (StatusCode, Json<Value>) {
    match graph.change(|meta| meta.debugged.clone()) {
        Some(data) => (StatusCode::OK, Json(json!({ "data": data }))),
        None => refuse(500, 2),
    }
}

fn refuse(status: u16, code: i64) -> (StatusCode, Json<Value>) {
    (StatusCode::from_u16(status).unwrap(), Json(json!({"error": {"message": "x", "code": code}})))
}
