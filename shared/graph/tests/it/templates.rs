//! Templates and their samples: what is on the wire, and what the answers mean.

use std::time::Duration;

use bytes::Bytes;
use graph::upload::Upload;
use graph::{Kind, Verdict};
use model::{TemplateId, WabaId};
use serde_json::json;

use crate::server::{Reply, Server, client, http, token};

fn waba() -> WabaId {
    WabaId::new("200000000000001")
}

async fn answering(body: &str) -> Server {
    Server::start(vec![Reply::Bytes(http("200 OK", body))]).await
}

#[tokio::test]
async fn a_template_is_created_edited_and_deleted() {
    let server = answering(r#"{"id":"900000000000001","status":"PENDING","category":"MARKETING"}"#).await;
    let body = json!({"name": "order_ok", "language": "en_US"});
    let created = client(&server.url).create_template(&token(), &waba(), &body).await.unwrap();
    assert_eq!((created.id.as_str(), created.category.as_deref()), ("900000000000001", Some("MARKETING")));
    let request = server.requests().remove(0);
    assert!(request.starts_with("POST /v24.0/200000000000001/message_templates HTTP/1.1\r\n"), "{request}");
    assert!(request.ends_with(&body.to_string()), "{request}");

    let server = answering(r#"{"success":true}"#).await;
    client(&server.url).edit_template(&token(), &TemplateId::new("9"), &json!({"components": []})).await.unwrap();
    assert!(server.requests()[0].starts_with("POST /v24.0/9 HTTP/1.1\r\n"));

    // By id and name, in the query: by name alone every language would go (contract §6, 25).
    let server = answering(r#"{"success":true}"#).await;
    client(&server.url).delete_template(&token(), &waba(), "order_ok", &TemplateId::new("9")).await.unwrap();
    let line = "DELETE /v24.0/200000000000001/message_templates?hsm_id=9&name=order_ok HTTP/1.1\r\n";
    assert!(server.requests()[0].starts_with(line), "{}", server.requests()[0]);

    let server = answering(r#"{"success":false}"#).await;
    let error = client(&server.url).edit_template(&token(), &TemplateId::new("9"), &json!({})).await.unwrap_err();
    assert_eq!(error.kind(), Kind::Unreadable);
}

#[tokio::test]
async fn a_template_that_is_there_is_told_apart() {
    for (subcode, there, taken) in [(2_388_024, true, false), (2_388_023, false, true), (2_388_299, false, false)] {
        let document = json!({"error": {"code": 100, "error_subcode": subcode, "message": "x"}}).to_string();
        let server = Server::start(vec![Reply::Bytes(http("400 Bad Request", &document))]).await;
        let error = client(&server.url).create_template(&token(), &waba(), &json!({})).await.unwrap_err();
        assert_eq!((error.is_template_there(), error.is_template_name_taken()), (there, taken), "{subcode}");
    }
}

fn sample(
    content: Vec<Result<Bytes, std::io::Error>>,
) -> Upload<impl futures::Stream<Item = Result<Bytes, std::io::Error>>> {
    Upload { mime_type: "image/png".to_owned(), bytes: 6, content: futures::stream::iter(content) }
}

fn whole() -> Vec<Result<Bytes, std::io::Error>> {
    vec![Ok(Bytes::from_static(b"can")), Ok(Bytes::from_static(b"ary"))]
}

const WITHIN: Duration = Duration::from_secs(5);

/// Two requests: the second to the id as it came, with its query, and the token under the scheme that this edge wants.
#[tokio::test]
async fn a_sample_is_uploaded_in_two_steps() {
    let session = Reply::Bytes(http("200 OK", r#"{"id":"upload:MTphd==?sig=ARa_B-1"}"#));
    let handle = Reply::Bytes(http("200 OK", r#"{"h":"4:aW1n:e:ARb"}"#));
    let server = Server::start(vec![session, handle]).await;
    let uploaded =
        client(&server.url).upload_sample(&token(), "300000000000001", "a b.png", sample(whole()), WITHIN).await;
    assert_eq!(uploaded.unwrap(), "4:aW1n:e:ARb");
    let requests = server.requests();
    let first =
        "POST /v24.0/300000000000001/uploads?file_name=a+b.png&file_length=6&file_type=image%2Fpng HTTP/1.1\r\n";
    assert!(requests[0].starts_with(first), "{}", requests[0]);
    assert!(requests[1].starts_with("POST /v24.0/upload:MTphd==?sig=ARa_B-1 HTTP/1.1\r\n"), "{}", requests[1]);
    for part in ["authorization: OAuth EAA-secret\r\n", "file_offset: 0\r\n", "content-length: 6\r\n", "\r\n\r\ncanary"]
    {
        assert!(requests[1].contains(part), "{part:?} in {}", requests[1]);
    }
}

#[tokio::test]
async fn an_id_that_leads_elsewhere_is_not_followed() {
    for id in ["https://evil.example/", "upload:../../me", "upload:a#b", "upload:a b", ""] {
        let server = answering(&json!({ "id": id }).to_string()).await;
        let error = client(&server.url).upload_sample(&token(), "3", "a", sample(whole()), WITHIN).await.unwrap_err();
        assert_eq!((error.kind(), server.requests().len()), (Kind::Unreadable, 1), "{id}");
    }
}

/// A sample that breaks off is none, and may be uploaded again.
#[tokio::test]
async fn half_a_sample_is_none() {
    let session = || Reply::Bytes(http("200 OK", r#"{"id":"upload:a?sig=b"}"#));
    let broken = vec![Ok(Bytes::from_static(b"can")), Err(std::io::Error::other("gone"))];
    let server = Server::start(vec![session(), Reply::Mute]).await;
    let error = client(&server.url).upload_sample(&token(), "3", "a", sample(broken), WITHIN).await.unwrap_err();
    assert!(matches!(error.verdict(1, 0.0), Verdict::Retry { .. }), "{error:?}");
    let server = Server::start(vec![session(), Reply::Bytes(http("200 OK", r#"{"h":""}"#))]).await;
    let error = client(&server.url).upload_sample(&token(), "3", "a", sample(whole()), WITHIN).await.unwrap_err();
    assert_eq!(error.kind(), Kind::Unreadable);
}
