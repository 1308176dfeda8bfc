use axum::http::Method;

use crate::world::{NUMBER, WABA, World};

#[tokio::test]
async fn every_refusal_is_a_problem_document() {
    let world = World::new().await;
    for path in ["/", "/v1", "/v2/channels", "/v1/channels/", "/v1/broadcasts/1", "/v1/costs"] {
        world.get(path).await.is(404, "not_found");
    }
    let wrong = world.delete("/v1/channels").await;
    wrong.is(405, "method_not_allowed");
    assert_eq!(wrong.headers["allow"], "GET,HEAD,POST");
    assert_eq!(wrong.headers["cache-control"], "no-store");
    for path in ["/v1/channels", "/v1/replay"] {
        for body in ["", "{", "{} x", "\u{feff}{}", "{'a':1}"] {
            world.ask(Method::POST, path, &[], body).await.is(400, "invalid_json");
        }
    }
    let problem = world.get("/v1/channels/9").await.json();
    assert_eq!(problem["type"], "urn:waypost:problem:unknown_channel");
}

#[tokio::test]
async fn lists_refuse_what_they_cannot_read() {
    let world = World::new().await;
    for list in [
        "/v1/channels".to_owned(),
        format!("/v1/channels/{NUMBER}/contacts"),
        format!("/v1/channels/{NUMBER}/inbox"),
        format!("/v1/channels/{NUMBER}/contacts/+15550101/messages"),
        format!("/v1/wabas/{WABA}/templates"),
        "/v1/quarantine".to_owned(),
    ] {
        for query in ["limit=0", "limit=101", "limit=x", "limit=-1", "stauts=APPROVED", "limit=1&limit=2"] {
            world.get(&format!("{list}?{query}")).await.is(400, "invalid_query");
        }
        for cursor in ["%21", "not+a+cursor", &"A".repeat(4_000)] {
            world.get(&format!("{list}?cursor={cursor}")).await.is(400, "invalid_cursor");
        }
    }
}

#[tokio::test]
async fn a_body_has_a_limit() {
    let world = World::new().await;
    let path = format!("/v1/channels/{NUMBER}/messages");
    let body = |length: usize| {
        let frame = r#"{"to":"+15550101","type":"template","template":{"name":"a","language":{"code":"en"}},"x":""}"#;
        frame.replace(r#""x":"""#, &format!(r#""x":"{}""#, "a".repeat(length - frame.len())))
    };
    world.ask(Method::POST, &path, &[], &body(256 * 1024 + 1)).await.is(413, "too_large");
    let fits = world.ask(Method::POST, &path, &[], &body(256 * 1024)).await;
    assert_eq!(fits.status, 202, "{}", fits.text);
}
