//! A POST: verified over the exact bytes, then ingested, then answered.

use std::borrow::Cow;

use http::{Request, Response, StatusCode};
use jiff::Timestamp;
use lambda_http::Body;
use model::signature::verify;

use crate::{App, text};

/// Meta sends up to 3 MB.
const BODY_MAX: usize = 3_200_000;

/// 200 once everything in it is stored and published; 401 for a signature that fits no secret; 413 over 3.2 MB; 503
/// where something could not be stored, so that Meta sends it again.
pub(crate) async fn answer(app: &App, request: Request<Body>, now: Timestamp) -> Response<Body> {
    let body: Cow<'_, [u8]> = match request.body() {
        Body::Text(text) => Cow::Borrowed(text.as_bytes()),
        // API Gateway's base64 is decoded by now.
        Body::Binary(bytes) => Cow::Borrowed(bytes),
        _ => Cow::Borrowed(&[]),
    };
    if body.len() > BODY_MAX {
        return text(StatusCode::PAYLOAD_TOO_LARGE, "over 3.2 MB");
    }
    match is_signed(app, signature(&request), &body, now).await {
        Ok(true) => {}
        Ok(false) => {
            tracing::warn!(bytes = body.len(), metric = "BadSignature", "a POST whose signature fits no app secret");
            return text(StatusCode::UNAUTHORIZED, "the signature does not fit");
        }
        Err(error) => {
            tracing::error!(%error, "the app secret cannot be read");
            return text(StatusCode::SERVICE_UNAVAILABLE, "try again");
        }
    }
    match app.ingest.body(&body, now).await {
        Ok(counts) => {
            tracing::info!(
                bytes = body.len(),
                messages = counts.messages,
                statuses = counts.statuses,
                kept = counts.kept,
                quarantined = counts.quarantined,
                events = counts.events,
                "ingested"
            );
            text(StatusCode::OK, "")
        }
        Err(error) => {
            tracing::error!(%error, bytes = body.len(), "could not ingest; Meta will send it again");
            text(StatusCode::SERVICE_UNAVAILABLE, "try again")
        }
    }
}

/// The header, where there is exactly one.
fn signature(request: &Request<Body>) -> Option<&str> {
    let mut all = request.headers().get_all("x-hub-signature-256").iter();
    let first = all.next()?;
    if all.next().is_some() { None } else { first.to_str().ok() }
}

/// Only after a mismatch, and at most every 30 s, is the secret read again: it may have been rotated.
async fn is_signed(app: &App, header: Option<&str>, body: &[u8], now: Timestamp) -> Result<bool, runtime::SecretError> {
    if header.is_none() {
        return Ok(false);
    }
    let secret = app.secret.get(now).await?;
    if verify(&secret.app_secret, header, body) {
        return Ok(true);
    }
    Ok(app.secret.newer_than(&secret, now).await?.is_some_and(|newer| verify(&newer.app_secret, header, body)))
}
