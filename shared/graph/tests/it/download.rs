//! Files: who sees the token, where redirects may lead, and that a broken stream says so.

use futures::TryStreamExt;
use graph::{Cause, Kind, Reason, Verdict};

use crate::server::{Reply, Server, client, http, token};

fn redirect(to: &str) -> Reply {
    Reply::Bytes(format!("HTTP/1.1 302 Found\r\nlocation: {to}\r\ncontent-length: 0\r\n\r\n"))
}

#[tokio::test]
async fn a_file_streams_with_its_type_and_length() {
    let answer = "HTTP/1.1 200 OK\r\ncontent-type: audio/ogg; codecs=opus\r\ncontent-length: 5\r\n\r\nbytes".to_owned();
    let server = Server::start(vec![redirect("/there?x=1"), Reply::Bytes(answer)]).await;
    let url = format!("{}/file", server.url);
    let file = client(&server.url).download(&token(), &url).await.unwrap();
    assert_eq!(file.content_length, Some(5));
    assert_eq!(file.content_type.as_deref(), Some("audio/ogg; codecs=opus"));
    let bytes: Vec<_> = file.bytes.try_collect().await.unwrap();
    assert_eq!(bytes.concat(), b"bytes");
    let requests = server.requests();
    assert!(requests[1].starts_with("GET /there?x=1 "));
    assert!(requests.iter().all(|request| request.contains("authorization: Bearer EAA-secret")));
}

#[tokio::test]
async fn a_redirect_cannot_leave_for_another_service() {
    let other = Server::start(vec![Reply::Bytes(http("200 OK", "x"))]).await;
    for target in [other.url.as_str(), "http://10.0.0.1/x", "https://169.254.169.254/x", "file:///etc/passwd"] {
        let server = Server::start(vec![redirect(target)]).await;
        let url = format!("{}/file", server.url);
        let error = client(&server.url).download(&token(), &url).await.err().unwrap();
        assert_eq!(error.kind(), Kind::Invalid, "{target}");
        assert_eq!(error.verdict(1, 0.0), Verdict::Reject { reason: Reason::Request });
    }
    assert!(other.requests().is_empty());
}

#[tokio::test]
async fn redirects_end() {
    let server = Server::start(vec![redirect("/again"); 9]).await;
    let url = format!("{}/file", server.url);
    assert!(client(&server.url).download(&token(), &url).await.is_err());
    assert_eq!(server.requests().len(), 4);
}

#[tokio::test]
async fn the_hosts_refusals_mean_what_they_say() {
    for (status, verdict) in [
        ("404 Not Found", Verdict::Reject { reason: Reason::Gone }),
        ("401 Unauthorized", Verdict::Park { cause: Cause::Token }),
        ("403 Forbidden", Verdict::Park { cause: Cause::Token }),
    ] {
        let server = Server::start(vec![Reply::Bytes(http(status, "<html>"))]).await;
        let url = format!("{}/file", server.url);
        let error = client(&server.url).download(&token(), &url).await.err().unwrap();
        assert_eq!(error.verdict(1, 0.0), verdict, "{status}");
    }
    for status in ["429 Too Many Requests", "500 Internal Server Error", "502 Bad Gateway"] {
        let server = Server::start(vec![Reply::Bytes(http(status, ""))]).await;
        let url = format!("{}/file", server.url);
        let error = client(&server.url).download(&token(), &url).await.err().unwrap();
        assert!(matches!(error.verdict(1, 0.0), Verdict::Retry { .. }), "{status}");
    }
}

#[tokio::test]
async fn half_a_file_is_an_error() {
    let half = "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nbytes".to_owned();
    for reply in [Reply::BytesThenClose(half.clone()), Reply::Bytes(half)] {
        let server = Server::start(vec![reply]).await;
        let url = format!("{}/file", server.url);
        let file = client(&server.url).download(&token(), &url).await.unwrap();
        let error = file.bytes.try_collect::<Vec<_>>().await.unwrap_err();
        assert!(matches!(error.verdict(1, 0.0), Verdict::Retry { .. }));
    }
}
