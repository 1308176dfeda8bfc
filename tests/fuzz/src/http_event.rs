//! F1: an event of API Gateway, to an answer. Whatever it is, it is answered with one of the statuses we know, and 200 to a
//! POST only where the bytes are signed.

use std::sync::LazyLock;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use lambda_http::Request;
use serde_json::Value;

use super::world::{World, sign};

static WORLD: LazyLock<World> = LazyLock::new(World::new);

pub fn http_event(data: &[u8]) {
    let Ok(event) = serde_json::from_slice(data) else { return };
    let request = Request::from(webhook::tamed(event));
    let method = request.method().clone();
    let answer = WORLD.answer(request);
    WORLD.stub.published();
    let status = answer.status().as_u16();
    match method.as_str() {
        "POST" => {
            assert!([200, 401, 413].contains(&status), "{status}");
            assert!(status != 200 || is_signed(data), "200 for what is not signed");
        }
        "GET" => assert!([200, 400, 403].contains(&status), "{status}"),
        _ => assert_eq!(status, 405),
    }
}

/// By a reading of its own: the header is there, and is the HMAC of the bytes.
fn is_signed(event: &[u8]) -> bool {
    let event: Value = serde_json::from_slice(event).unwrap();
    let body = event["body"].as_str().unwrap_or_default();
    let body = match event["isBase64Encoded"].as_bool() {
        Some(true) => STANDARD.decode(body).unwrap_or_else(|_| body.as_bytes().to_vec()),
        _ => body.as_bytes().to_vec(),
    };
    let right = sign(&body);
    let headers = event["headers"].as_object().into_iter().flatten();
    headers
        .filter(|(name, _)| name.eq_ignore_ascii_case("x-hub-signature-256"))
        .any(|(_, value)| value == right.as_str())
}
