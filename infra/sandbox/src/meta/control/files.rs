//! Files on a host of anybody's: put there by a test, fetched without credentials. Reached at the Graph's own origin, the only
//! one that may be plain http.

use bytes::Bytes;
use http::request::Parts;
use http::{Method, header};

use crate::meta::call::Reply;
use crate::meta::shared::Shared;

/// `PUT` keeps a body under its name, with its content type; `GET` hands it out.
pub(crate) fn answer(shared: &Shared, parts: &Parts, name: &str, body: Bytes) -> Reply {
    let plain =
        |status: u16, text: &'static str| Reply::bytes(status, "text/plain", Bytes::from_static(text.as_bytes()));
    match parts.method {
        Method::PUT => {
            let kind = parts.headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
            let kind = kind.unwrap_or("application/octet-stream").to_owned();
            shared.state().files.insert(name.to_owned(), (kind, body));
            plain(200, "kept")
        }
        Method::GET => match shared.state().files.get(name) {
            // A stranger would see it, so nothing of ours may send it.
            Some(_) if parts.headers.contains_key(header::AUTHORIZATION) => plain(400, "a token for a stranger"),
            Some((kind, bytes)) => Reply::bytes(200, kind, bytes.clone()),
            None => plain(404, "Not Found"),
        },
        _ => plain(405, "Method Not Allowed"),
    }
}
