//! S3 over REST, path style.
use std::path::Path;
use axum::body::Body;
use http::{Response, request::Parts};
use super::{Error, reply};
use crate::{call::Call, clock::Clock};
#[derive(Debug)]
pub(super) struct S3 {}
impl S3 {
    pub(super) fn open(_: Option<&Path>, _: Clock) -> Result<Self, Error> { Ok(Self {}) }
    pub(super) async fn answer(&self, call: &Call, _: Parts, body: Body) -> Response<Body> {
        reply::swallow(body).await;
        reply::not_played(&call.operation)
    }
}
