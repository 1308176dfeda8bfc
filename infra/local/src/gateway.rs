//! API Gateway's HTTP API, played: the template's routes, payload format 2.0, its limits and its own error answers.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use bytes::Bytes;
use http::{HeaderValue, StatusCode, header};
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::function::{Failure, Function};
use crate::stack::Route;

mod event;
mod route;

/// The largest body the HTTP API takes.
const BODY_MAX: usize = 10 * 1024 * 1024;
/// The largest event, and the largest answer, of a function that is called synchronously.
const PAYLOAD_MAX: usize = 6 * 1024 * 1024;

/// The routes, each with its function.
pub(crate) struct Gateway {
    pub(crate) routes: Vec<(Route, Arc<Function>)>,
}

impl Gateway {
    /// Answers on `listener` until told to stop; then lets running requests end.
    pub(crate) async fn serve(self, listener: TcpListener, mut stop: watch::Receiver<bool>) {
        let router = Router::new().fallback(answer).with_state(Arc::new(self));
        let stopped = async move {
            // An error says that the sender is gone, which is as good a reason to stop.
            drop(stop.wait_for(|stop| *stop).await);
        };
        if let Err(error) = axum::serve(listener, router).with_graceful_shutdown(stopped).await {
            tracing::error!(%error, "the API stopped listening");
        }
    }
}

async fn answer(State(gateway): State<Arc<Gateway>>, request: http::Request<Body>) -> Response {
    let (parts, body) = request.into_parts();
    let path = route::decoded(parts.uri.path());
    let Some((found, function)) = route::find(&gateway.routes, &parts.method, &path) else {
        return refusal(StatusCode::NOT_FOUND, "Not Found");
    };
    let Ok(body) = axum::body::to_bytes(body, BODY_MAX).await else {
        return refusal(StatusCode::PAYLOAD_TOO_LARGE, "Request Entity Too Large");
    };
    let event = event::of(&parts, &path, found, &body).to_string();
    if event.len() > PAYLOAD_MAX {
        return refusal(StatusCode::PAYLOAD_TOO_LARGE, "Request Entity Too Large");
    }
    match function.answer(event).await {
        Ok(response) if response.body().len() <= PAYLOAD_MAX => passed_on(response),
        Ok(response) => {
            tracing::error!(function = function.name, bytes = response.body().len(), "an answer over 6 MB");
            refusal(StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error")
        }
        Err(failure) => {
            tracing::error!(function = function.name, %failure, "a request failed");
            match failure {
                Failure::TimedOut | Failure::Stopped => refusal(StatusCode::SERVICE_UNAVAILABLE, "Service Unavailable"),
                Failure::Returned(_) | Failure::Panicked => {
                    refusal(StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error")
                }
            }
        }
    }
}

fn passed_on(response: http::Response<Bytes>) -> Response {
    let mut response = response.map(Body::from);
    // The connection's own business, which the server says by itself.
    for name in [header::CONNECTION, header::CONTENT_LENGTH, header::TRANSFER_ENCODING] {
        response.headers_mut().remove(name);
    }
    response
}

/// An answer of API Gateway's own.
fn refusal(status: StatusCode, message: &str) -> Response {
    let mut response = Response::new(Body::from(serde_json::json!({ "message": message }).to_string()));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}
