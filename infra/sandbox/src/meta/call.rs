//! One request to the Graph API, taken apart, and the answer to it.

use axum::body::Body;
use bytes::Bytes;
use http::{HeaderMap, Method, Response, StatusCode, header};
use jiff::Timestamp;
use serde_json::{Map, Value};

use super::faults::Fault;
use super::graph_error::GraphError;

/// A request whose body has been read.
pub(crate) struct Call {
    pub(crate) method: Method,
    /// `v24.0`; `None` for the few hosts and paths without one.
    pub(crate) version: Option<String>,
    /// The path after the version, decoded.
    pub(crate) path: Vec<String>,
    pub(crate) query: Vec<(String, String)>,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    pub(crate) now: Timestamp,
    /// What a test wants to happen to this call.
    pub(crate) fault: Option<Fault>,
}

impl Call {
    pub(crate) fn new(parts: &http::request::Parts, body: Bytes, now: Timestamp) -> Self {
        let mut path: Vec<String> =
            parts.uri.path().split('/').filter(|segment| !segment.is_empty()).map(decoded).collect();
        let version = path.first().filter(|first| is_version(first)).cloned();
        if version.is_some() {
            path.remove(0);
        }
        let query = parts.uri.query().unwrap_or_default();
        let query = url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        Self {
            method: parts.method.clone(),
            version,
            path,
            query,
            headers: parts.headers.clone(),
            body,
            now,
            fault: None,
        }
    }

    pub(crate) fn param(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The token, from the header (`Bearer`, or `OAuth` as resumable upload has it) or from the query.
    pub(crate) fn token(&self) -> Option<&str> {
        let header = self.header("authorization").and_then(|value| {
            let (scheme, token) = value.split_once(' ')?;
            (scheme.eq_ignore_ascii_case("bearer") || scheme.eq_ignore_ascii_case("oauth")).then_some(token.trim())
        });
        header.or_else(|| self.param("access_token")).filter(|token| !token.is_empty())
    }

    /// The JSON object in the body.
    pub(crate) fn json(&self) -> Result<Map<String, Value>, GraphError> {
        if self.body.is_empty() {
            return Ok(Map::new());
        }
        match serde_json::from_slice(&self.body) {
            Ok(Value::Object(map)) => Ok(map),
            Ok(_) => Err(GraphError::new(100).details("The body must be a JSON object.")),
            Err(error) => Err(GraphError::new(100).details(format!("The body is not valid JSON: {error}."))),
        }
    }

    /// What management calls take from query, form and JSON body alike.
    pub(crate) fn params(&self) -> Result<Map<String, Value>, GraphError> {
        let mut params: Map<String, Value> =
            self.query.iter().map(|(key, value)| (key.clone(), Value::from(value.as_str()))).collect();
        let form =
            self.header("content-type").is_some_and(|kind| kind.starts_with("application/x-www-form-urlencoded"));
        if form {
            params.extend(url::form_urlencoded::parse(&self.body).map(|(key, value)| (key.into(), value.into())));
        } else {
            params.extend(self.json()?);
        }
        params.remove("access_token");
        Ok(params)
    }

    pub(crate) fn joined(&self) -> String {
        self.path.join("/")
    }

    /// Major version, for the few things that changed with one.
    pub(crate) fn major(&self) -> u32 {
        let digits = self.version.as_deref().and_then(|version| version[1..].split('.').next());
        digits.and_then(|digits| digits.parse().ok()).unwrap_or(24)
    }
}

fn is_version(segment: &str) -> bool {
    segment.strip_prefix('v').and_then(|rest| rest.split_once('.')).is_some_and(|(major, minor)| {
        [major, minor].iter().all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()))
    })
}

/// Percent-decoding of a path segment; `+` stays a plus there.
fn decoded(segment: &str) -> String {
    let escaped = segment.replace('+', "%2B");
    let mut pairs = url::form_urlencoded::parse(escaped.as_bytes());
    // `=` and `&` would split the segment into pairs: then it holds nothing to decode that we care for.
    match (segment.contains(['=', '&']), pairs.next()) {
        (false, Some((name, _))) => name.into_owned(),
        _ => segment.to_owned(),
    }
}

/// An answer before a fault may spoil it.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) content_type: String,
    pub(crate) body: Bytes,
    pub(crate) headers: Vec<(&'static str, String)>,
    /// Graph's error code, for the record.
    pub(crate) code: Option<i64>,
}

pub(crate) type Answer = Result<Reply, GraphError>;

impl Reply {
    pub(crate) fn json(value: &Value) -> Self {
        Self::bytes(200, "application/json; charset=UTF-8", Bytes::from(value.to_string()))
    }

    pub(crate) fn success() -> Self {
        Self::json(&serde_json::json!({"success": true}))
    }

    pub(crate) fn bytes(status: u16, content_type: &str, body: Bytes) -> Self {
        Self { status, content_type: content_type.to_owned(), body, headers: Vec::new(), code: None }
    }

    pub(crate) fn error(error: &GraphError, trace: &str) -> Self {
        let mut reply = Self::json(&error.document(trace));
        reply.status = error.http;
        reply.code = Some(error.code);
        reply
    }

    pub(crate) fn into_response(self) -> Response<Body> {
        self.with_body(Body::from)
    }

    pub(crate) fn with_body(self, make: impl FnOnce(Bytes) -> Body) -> Response<Body> {
        let mut response = Response::new(make(self.body));
        *response.status_mut() = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        if let Ok(kind) = self.content_type.parse() {
            response.headers_mut().insert(header::CONTENT_TYPE, kind);
        }
        for (name, value) in self.headers {
            if let Ok(value) = value.parse() {
                response.headers_mut().insert(name, value);
            }
        }
        response
    }
}
