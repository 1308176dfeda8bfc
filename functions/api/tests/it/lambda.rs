use data_encoding::BASE64;
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::seed::WAMID;
use crate::world::{NUMBER, World, at};

/// What API Gateway (HTTP API, format 2.0) hands over, through the crate that reads it in Lambda.
async fn invoke(world: &World, method: &str, path: &str, body: Option<(&str, bool)>) -> (u16, Value) {
    let event = json!({
        "version": "2.0", "routeKey": "ANY /v1/{proxy+}", "rawPath": path, "rawQueryString": "",
        "headers": {"host": "api.example", "x-forwarded-proto": "https"},
        "requestContext": {"accountId": "000000000000", "apiId": "a", "domainName": "api.example",
            "http": {"method": method, "path": path, "protocol": "HTTP/1.1", "sourceIp": "192.0.2.1", "userAgent": "t"},
            "requestId": "r", "routeKey": "ANY /v1/{proxy+}", "stage": "$default",
            "time": "05/Jan/2026:12:00:00 +0000", "timeEpoch": 1_767_614_400_000_u64},
        "body": body.map(|(text, _)| text), "isBase64Encoded": body.is_some_and(|(_, base64)| base64),
    });
    let request = lambda_http::request::from_str(&event.to_string()).unwrap();
    let response = world.router.clone().oneshot(request).await.unwrap();
    let status = response.status().as_u16();
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    (status, serde_json::from_slice(&bytes).unwrap())
}

#[tokio::test]
async fn the_router_answers_api_gateway() {
    let world = World::new().await;
    world.wrote_text("15550101", WAMID, at("2026-01-05T11:00:00Z"), "hi").await;
    // The path comes percent-decoded.
    let (status, message) = invoke(&world, "GET", &format!("/v1/messages/{WAMID}"), None).await;
    assert_eq!((status, &message["id"]), (200, &json!(WAMID)), "{message}");
    let (status, contact) = invoke(&world, "GET", &format!("/v1/channels/{NUMBER}/contacts/+1 555 0101"), None).await;
    assert_eq!((status, &contact["key"]), (200, &json!("wa:15550101")), "{contact}");

    let body = r#"{"to":"+15550101","type":"text","text":{"body":"hello"}}"#;
    let encoded = BASE64.encode(body.as_bytes());
    for body in [(body, false), (encoded.as_str(), true)] {
        let path = format!("/v1/channels/{NUMBER}/messages");
        let (status, queued) = invoke(&world, "POST", &path, Some(body)).await;
        assert_eq!((status, &queued["state"]), (202, &json!("queued")), "{queued}");
    }
    assert_eq!(world.queued(&world.outbound).len(), 2);
}
