//! Events as AWS sends them, written from AWS's documentation and not from ours.

use aws_sdk_sqs::types::Message;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

/// A request as API Gateway's HTTP API hands it over (payload format 2.0).
pub(super) struct Request<'a> {
    pub(super) method: &'a str,
    /// Percent-decoded, as the gateway does it.
    pub(super) path: &'a str,
    pub(super) query: &'a str,
    pub(super) headers: &'a [(&'a str, &'a str)],
    pub(super) body: &'a str,
    /// The gateway encodes what it does not take for text.
    pub(super) base64: bool,
}

impl Request<'_> {
    pub(super) fn event(&self) -> Value {
        let Self { method, path, query, headers, body, base64 } = self;
        let route = if path.starts_with("/v1/") { "/v1/{proxy+}" } else { path };
        let verb = if route == *path { method } else { "ANY" };
        let mut all: Map<String, Value> =
            headers.iter().map(|(name, value)| (name.to_lowercase(), Value::from(*value))).collect();
        all.extend([
            ("content-length".to_owned(), Value::from(body.len().to_string())),
            ("host".to_owned(), "a1b2c3d4e5.execute-api.us-east-1.amazonaws.com".into()),
            ("x-amzn-trace-id".to_owned(), "Root=1-67891233-abcdef012345678912345678".into()),
            ("x-forwarded-for".to_owned(), "173.252.127.1".into()),
            ("x-forwarded-port".to_owned(), "443".into()),
            ("x-forwarded-proto".to_owned(), "https".into()),
        ]);
        let mut event = json!({
            "version": "2.0",
            "routeKey": format!("{verb} {route}"),
            "rawPath": path,
            "rawQueryString": query,
            "headers": all,
            "requestContext": {
                "accountId": "000000000000",
                "apiId": "a1b2c3d4e5",
                "domainName": "a1b2c3d4e5.execute-api.us-east-1.amazonaws.com",
                "domainPrefix": "a1b2c3d4e5",
                "http": {
                    "method": method,
                    "path": path,
                    "protocol": "HTTP/1.1",
                    "sourceIp": "173.252.127.1",
                    "userAgent": "facebookexternalua",
                },
                "requestId": "JKJaXmPLvHcESHA=",
                "routeKey": format!("{verb} {route}"),
                "stage": "$default",
                "time": "12/Mar/2026:19:03:58 +0000",
                "timeEpoch": 1_773_342_238_000_i64,
            },
            "isBase64Encoded": base64,
        });
        if !query.is_empty() {
            let pairs = url::form_urlencoded::parse(query.as_bytes()).into_owned();
            event["queryStringParameters"] = pairs.map(|(name, value)| (name, Value::from(value))).collect();
        }
        if !body.is_empty() {
            event["body"] = if *base64 { STANDARD.encode(body).into() } else { (*body).into() };
        }
        event
    }
}

/// A batch of messages that were really received.
pub(super) fn batch(queue_url: &str, messages: &[Message]) -> Value {
    let name = queue_url.rsplit('/').next().unwrap();
    let record = |message: &Message| {
        let attributes: Map<String, Value> = message
            .attributes()
            .into_iter()
            .flatten()
            .map(|(name, value)| (name.as_str().to_owned(), value.as_str().into()))
            .collect();
        json!({
            "messageId": message.message_id(),
            "receiptHandle": message.receipt_handle(),
            "body": message.body(),
            "attributes": attributes,
            "messageAttributes": {},
            "md5OfBody": message.md5_of_body(),
            "eventSource": "aws:sqs",
            "eventSourceARN": format!("arn:aws:sqs:us-east-1:000000000000:{name}"),
            "awsRegion": "us-east-1",
        })
    };
    json!({ "Records": messages.iter().map(record).collect::<Vec<_>>() })
}

/// What a plain EventBridge rule sends; our schedules send their own `Input` in its place.
pub(super) fn scheduled() -> Value {
    json!({
        "version": "0",
        "id": "53dc4d37-cffa-4f76-80c9-8b7d4a4d2eaa",
        "detail-type": "Scheduled Event",
        "source": "aws.events",
        "account": "000000000000",
        "time": "2026-03-12T19:03:58Z",
        "region": "us-east-1",
        "resources": ["arn:aws:events:us-east-1:000000000000:rule/sync"],
        "detail": {},
    })
}
