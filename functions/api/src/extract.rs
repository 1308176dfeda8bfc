//! What a request says, read so that every refusal is a problem document.

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use axum::http::StatusCode;
use axum::http::request::Parts;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use crate::BODY_MAX;
use crate::problem::{Code, Problem};

/// Longer than any path that means something, and short enough that what it names fits into a key of the table.
const PATH_MAX: usize = 1_024;

/// The variable parts of the path.
pub(crate) struct Segments<T>(pub(crate) T);

/// The query; a parameter that the list does not know is refused, since a filter that is misspelt would show
/// everything.
pub(crate) struct Params<T>(pub(crate) T);

/// The body's bytes, at most [`BODY_MAX`].
pub(crate) struct Payload(pub(crate) Bytes);

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for Segments<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let nothing = || Problem::not_found("Nothing has this id.");
        if parts.uri.path().len() > PATH_MAX {
            return Err(nothing());
        }
        Path::from_request_parts(parts, state).await.map(|Path(segments)| Self(segments)).map_err(|_| nothing())
    }
}

impl<S: Sync, T: DeserializeOwned> FromRequestParts<S> for Params<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        match Query::try_from_uri(&parts.uri) {
            Ok(Query(params)) => Ok(Self(params)),
            Err(rejection) => Err(Problem::new(Code::InvalidQuery, rejection.body_text())),
        }
    }
}

impl<S: Send + Sync> FromRequest<S> for Payload {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        Bytes::from_request(request, state).await.map(Self).map_err(|rejection| refused(&rejection))
    }
}

/// Any JSON, token for token.
pub(crate) fn json(body: &[u8]) -> Result<&RawValue, Problem> {
    serde_json::from_slice(body).map_err(|error| {
        let at = format!("The body is not JSON: see line {}, column {}.", error.line(), error.column());
        Problem::new(Code::InvalidJson, at)
    })
}

/// JSON of a shape of ours.
pub(crate) fn shaped<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    let raw = json(body)?;
    serde_json::from_str(raw.get()).map_err(|error| Problem::new(Code::InvalidRequest, error.to_string()))
}

fn refused(rejection: &BytesRejection) -> Problem {
    if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
        return Problem::new(Code::TooLarge, format!("A body has at most {BODY_MAX} bytes."));
    }
    Problem::new(Code::InvalidJson, "The body broke off.")
}
