//! Who may ask: whoever signs, with any key. Presigned addresses expire.

use std::collections::HashMap;

use http::request::Parts;
use jiff::{SignedDuration, Timestamp, civil::DateTime, tz::TimeZone};

use super::error::S3Error;

/// The longest a presigned address may live.
const LONGEST: i64 = 7 * 24 * 3600;

/// The bucket is private: without a signature nothing is answered. The signature itself cannot be checked, since any
/// credentials do here.
pub(super) fn check(parts: &Parts, now: Timestamp) -> Result<(), S3Error> {
    if parts.headers.contains_key("authorization") {
        return Ok(());
    }
    let query: HashMap<_, _> = url::form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes()).collect();
    if !query.contains_key("X-Amz-Signature") {
        return Err(S3Error::denied("Access Denied"));
    }
    let incomplete = || {
        S3Error::bad(
            "AuthorizationQueryParametersError",
            "Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters.",
        )
    };
    let signed_at = query.get("X-Amz-Date").and_then(|date| moment(date)).ok_or_else(incomplete)?;
    let lives = query.get("X-Amz-Expires").and_then(|seconds| seconds.parse::<i64>().ok()).ok_or_else(incomplete)?;
    if !(0..=LONGEST).contains(&lives) {
        return Err(S3Error::bad(
            "AuthorizationQueryParametersError",
            "X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than 604800 seconds",
        ));
    }
    if now > signed_at + SignedDuration::from_secs(lives) {
        return Err(S3Error::denied("Request has expired"));
    }
    Ok(())
}

/// Reads `20260131T235959Z`.
fn moment(text: &str) -> Option<Timestamp> {
    let date = DateTime::strptime("%Y%m%dT%H%M%SZ", text).ok()?;
    date.to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp())
}
