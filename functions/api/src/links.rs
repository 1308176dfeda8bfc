//! `GET /f/{token}`: a file that was sent as a link (M-05). Public: whoever has the token may download the file, for as long
//! as the link lives.
//!
//! The answer leads to a fresh presigned URL, since one that a function signs dies with the function's session. People follow
//! it from a chat, so what is wrong is said on a page.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Path, State};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use model::file::LinkToken;

use crate::App;

/// Only to be followed at once.
const URL_LIVES: Duration = Duration::from_mins(5);

pub(crate) async fn follow(State(app): State<Arc<App>>, Path(token): Path<String>) -> Response {
    let now = app.now();
    let Some(token) = LinkToken::parse(&token) else { return unknown() };
    let link = match app.store.link(&token, now).await {
        Ok(Some(link)) => link,
        Ok(None) => return unknown(),
        Err(error) => return unavailable(&error),
    };
    if link.expires_at <= now {
        return page(
            StatusCode::GONE,
            "This link has expired",
            "Please ask whoever sent it to you to send the file again.",
        );
    }
    match app.store.download_url(&link.key, &link.filename, now, URL_LIVES).await {
        Ok(url) => guarded((StatusCode::FOUND, [(header::LOCATION, url)]).into_response()),
        Err(error) => unavailable(&error),
    }
}

fn unknown() -> Response {
    page(StatusCode::NOT_FOUND, "There is no such file", "The link may be incomplete, or the file is gone.")
}

fn unavailable(error: &store::Error) -> Response {
    tracing::error!(%error, "a link could not be followed");
    page(StatusCode::SERVICE_UNAVAILABLE, "This does not work just now", "Please try again in a minute.")
}

fn page(status: StatusCode, title: &str, words: &str) -> Response {
    let html = format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" \
         content=\"width=device-width\">\n<title>{title}</title>\n<h1>{title}</h1>\n<p>{words}</p>\n</html>\n"
    );
    guarded((status, [(header::CONTENT_TYPE, "text/html; charset=utf-8")], html).into_response())
}

/// Nobody learns the token from where the person goes next, no search engine keeps it, and the page can do nothing.
fn guarded(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'"),
    );
    headers.insert(HeaderName::from_static("x-robots-tag"), HeaderValue::from_static("noindex, nofollow"));
    response
}
