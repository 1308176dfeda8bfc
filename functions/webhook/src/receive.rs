//! A POST: verified over the exact bytes, then ingested, then answered.

use std::borrow::Cow;
use std::time::Duration;

use http::{Request, Response, StatusCode};
use jiff::Timestamp;
use lambda_http::Body;
use model::signature::verify;

use crate::{App, text};

/// Meta sends up to 3 MB.
const BODY_MAX: usize = 3_200_000;
/// One call to AWS, its retries included. What does not answer in that time is down.
pub(crate) const CALL: Duration = Duration::from_millis(2_500);
/// All calls of an ordinary POST: Meta is told within 3 s that it has to come again (fault matrix 5).
const BUDGET: Duration = Duration::from_millis(2_750);
/// What a large POST has beyond that: it makes a hundred times the calls, and cut short it would never be taken. The
/// largest still ends before Lambda ends the function.
const BUDGET_PER_MEGABYTE: Duration = Duration::from_secs(10);
const BUDGET_MAX: Duration = Duration::from_millis(9_250);

/// 200 once everything in it is stored and published; 401 for a signature that fits no secret; 413 over 3.2 MB; 503
/// where something could not be stored in time, so that Meta sends it again.
pub(crate) async fn answer(app: &App, request: Request<Body>, now: Timestamp) -> Response<Body> {
    let budget = budget(request.body().len());
    // Whatever is under way is dropped: every write may be repeated, and nothing runs after the response.
    tokio::time::timeout(budget, answer_in_time(app, request, now)).await.unwrap_or_else(|_| {
        tracing::error!(ms = budget.as_millis(), "no answer of AWS in time; Meta will send it again");
        text(StatusCode::SERVICE_UNAVAILABLE, "try again")
    })
}

fn budget(bytes: usize) -> Duration {
    let size = u32::try_from(bytes.min(BODY_MAX)).unwrap_or(0);
    (BUDGET + BUDGET_PER_MEGABYTE * size / 1_000_000).min(BUDGET_MAX)
}

async fn answer_in_time(app: &App, request: Request<Body>, now: Timestamp) -> Response<Body> {
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Within 3 s for what people write, and before Lambda's 10 s for the largest.
    #[test]
    fn a_large_post_has_more_time() {
        assert!(CALL < BUDGET && budget(20_000) < Duration::from_secs(3));
        assert_eq!(budget(500_000), Duration::from_millis(7_750));
        assert_eq!(budget(usize::MAX), BUDGET_MAX);
    }
}
