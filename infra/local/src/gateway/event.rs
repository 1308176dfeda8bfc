//! The event of payload format 2.0.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::HeaderMap;
use http::header::{CONTENT_ENCODING, CONTENT_TYPE, COOKIE, HOST, USER_AGENT};
use http::request::Parts;
use jiff::Timestamp;
use sandbox::aws::ACCOUNT;
use serde_json::{Map, Value, json};

use crate::stack::Route;

pub(super) fn of(parts: &Parts, path: &str, route: &Route, body: &Bytes) -> Value {
    let route_key = format!("{} {}", route.method, route.path);
    let host = text(&parts.headers, &HOST).unwrap_or_else(|| String::from("127.0.0.1"));
    let now = Timestamp::now();
    let mut event = json!({
        "version": "2.0",
        "routeKey": route_key,
        "rawPath": path,
        "rawQueryString": parts.uri.query().unwrap_or_default(),
        "headers": headers(&parts.headers),
        "requestContext": {
            "accountId": ACCOUNT,
            "apiId": "local",
            "domainName": host,
            "domainPrefix": "local",
            "http": {
                "method": parts.method.as_str(),
                "path": path,
                "protocol": "HTTP/1.1",
                "sourceIp": "127.0.0.1",
                "userAgent": text(&parts.headers, &USER_AGENT).unwrap_or_default(),
            },
            "requestId": uuid::Uuid::new_v4().simple().to_string(),
            "routeKey": route_key,
            "stage": "$default",
            "time": now.strftime("%d/%b/%Y:%H:%M:%S +0000").to_string(),
            "timeEpoch": now.as_millisecond(),
        },
        "isBase64Encoded": false,
    });
    if let Value::Object(event) = &mut event {
        if let Some(cookies) = text(&parts.headers, &COOKIE) {
            event.insert("cookies".into(), cookies.split("; ").collect());
        }
        put_body(event, &parts.headers, body);
    }
    event
}

/// Text as it is, anything else in base64, as the content type says. JSON cannot hold what is not UTF-8.
fn put_body(event: &mut Map<String, Value>, headers: &HeaderMap, body: &Bytes) {
    if body.is_empty() {
        return;
    }
    match std::str::from_utf8(body) {
        Ok(text) if is_text(headers) => {
            event.insert("body".into(), text.into());
        }
        _ => {
            event.insert("body".into(), STANDARD.encode(body).into());
            event.insert("isBase64Encoded".into(), true.into());
        }
    }
}

fn is_text(headers: &HeaderMap) -> bool {
    let kind = text(headers, &CONTENT_TYPE).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let named = ["application/json", "application/javascript", "application/xml"].contains(&kind.as_str());
    (named || kind.starts_with("text/")) && !headers.contains_key(CONTENT_ENCODING)
}

/// Names in lower case, several values of one name joined by commas. Cookies have a list of their own.
fn headers(given: &HeaderMap) -> Map<String, Value> {
    let mut headers = Map::new();
    for name in given.keys().filter(|name| **name != COOKIE) {
        if let Some(value) = text(given, name) {
            headers.insert(name.as_str().to_owned(), value.into());
        }
    }
    headers.insert("x-forwarded-for".into(), "127.0.0.1".into());
    headers.insert("x-forwarded-proto".into(), "http".into());
    headers
}

fn text(headers: &HeaderMap, name: &http::HeaderName) -> Option<String> {
    let all: Vec<_> = headers.get_all(name).iter().map(|value| String::from_utf8_lossy(value.as_bytes())).collect();
    (!all.is_empty()).then(|| all.join(","))
}

#[cfg(test)]
mod tests {
    use http::Request;

    use super::*;

    fn event(request: http::request::Builder, body: &'static [u8]) -> Value {
        let (parts, ()) = request.body(()).unwrap().into_parts();
        let route = Route { method: "POST".into(), path: "/webhook".into() };
        of(&parts, "/webhook", &route, &Bytes::from_static(body))
    }

    #[test]
    fn json_stays_text_and_the_rest_is_base64() {
        let json =
            event(Request::post("/webhook?a=1").header("content-type", "application/json; charset=utf-8"), b"{}");
        assert_eq!((&json["body"], &json["isBase64Encoded"]), (&Value::from("{}"), &Value::from(false)));
        assert_eq!(json["rawQueryString"], "a=1");
        let bytes = event(Request::post("/webhook"), b"{}");
        assert_eq!((&bytes["body"], &bytes["isBase64Encoded"]), (&Value::from("e30="), &Value::from(true)));
        let odd = event(Request::post("/webhook").header("content-type", "text/plain"), b"\xff");
        assert_eq!(odd["isBase64Encoded"], true);
        let none = event(Request::post("/webhook"), b"");
        assert!(none.get("body").is_none());
    }

    #[test]
    fn repeated_headers_are_joined_and_cookies_listed() {
        let request =
            Request::post("/webhook").header("X-Twice", "a").header("x-twice", "b").header("cookie", "c=1; d=2");
        let event = event(request, b"");
        assert_eq!(event["headers"]["x-twice"], "a,b");
        assert_eq!(event["cookies"], json!(["c=1", "d=2"]));
        assert!(event["headers"].get("cookie").is_none());
    }

    /// What Lambda's own adapter makes of it is what the handlers see.
    #[test]
    fn lambda_reads_it() {
        let event = event(Request::post("/webhook").header("host", "127.0.0.1:8787"), b"\x00\x01");
        let request = lambda_http::request::from_str(&event.to_string()).unwrap();
        assert_eq!(request.uri(), "http://127.0.0.1:8787/webhook");
        assert_eq!(request.body().as_ref(), b"\x00\x01");
    }
}
