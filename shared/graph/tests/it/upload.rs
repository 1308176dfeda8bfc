//! A file handed to Meta: what is on the wire, what the answer means, and what a broken file does.

use std::time::Duration;

use bytes::Bytes;
use graph::upload::Upload;
use graph::{Cause, Kind, Verdict};
use model::PhoneNumberId;

use crate::server::{Reply, Server, client, http, token};

const WITHIN: Duration = Duration::from_secs(5);

type Content = futures::stream::Iter<std::vec::IntoIter<Result<Bytes, std::io::Error>>>;

fn file(bytes: u64, content: Vec<Result<Bytes, std::io::Error>>) -> Upload<Content> {
    Upload { mime_type: "audio/ogg; codecs=opus".to_owned(), bytes, content: futures::stream::iter(content) }
}

fn whole() -> Upload<Content> {
    file(6, vec![Ok(Bytes::from_static(b"Ogg")), Ok(Bytes::from_static(b"Sxx"))])
}

#[tokio::test]
async fn the_part_says_what_it_is_and_the_request_how_long_it_is() {
    let server = Server::start(vec![Reply::Bytes(http("200 OK", r#"{"id":"1037543291543636"}"#))]).await;
    let number = PhoneNumberId::new("100000000000001");
    let id = client(&server.url).upload(&token(), &number, whole(), WITHIN).await.unwrap();
    assert_eq!(id.as_str(), "1037543291543636");
    let request = server.requests().remove(0);
    assert!(request.starts_with("POST /v24.0/100000000000001/media HTTP/1.1\r\n"), "{request}");
    assert!(request.contains("authorization: Bearer EAA-secret\r\n"));
    assert!(!request.contains("transfer-encoding"), "{request}");
    for part in [
        "name=\"messaging_product\"\r\n\r\nwhatsapp\r\n",
        "name=\"type\"\r\n\r\naudio/ogg; codecs=opus\r\n",
        "name=\"file\"; filename=\"file.ogg\"\r\nContent-Type: audio/ogg; codecs=opus\r\n\r\nOggSxx\r\n",
    ] {
        assert!(request.contains(part), "{part:?} in {request}");
    }
}

/// Nothing of an upload is uncertain: uploaded twice it is two files that nobody sees.
#[tokio::test]
async fn what_is_not_uploaded_is_tried_again() {
    let number = PhoneNumberId::new("1");
    for reply in [Reply::Reset, Reply::Bytes(http("200 OK", r#"{"id":""}"#)), Reply::Bytes(http("200 OK", "<html>"))] {
        let server = Server::start(vec![reply]).await;
        let error = client(&server.url).upload(&token(), &number, whole(), WITHIN).await.unwrap_err();
        assert!(matches!(error.verdict(1, 0.0), Verdict::Retry { .. }), "{error:?}");
    }
    let server = Server::start(vec![Reply::Bytes(http("401 Unauthorized", r#"{"error":{"code":190}}"#))]).await;
    let error = client(&server.url).upload(&token(), &number, whole(), WITHIN).await.unwrap_err();
    assert_eq!(error.verdict(1, 0.0), Verdict::Park { cause: Cause::Token });
}

/// A file that breaks off, or is shorter than it says, is no upload.
#[tokio::test]
async fn half_a_file_is_none() {
    let number = PhoneNumberId::new("1");
    let broken = file(6, vec![Ok(Bytes::from_static(b"Ogg")), Err(std::io::Error::other("breaks off"))]);
    for upload in [broken, file(6, vec![Ok(Bytes::from_static(b"Ogg"))])] {
        let server = Server::start(vec![Reply::Bytes(http("200 OK", r#"{"id":"1"}"#))]).await;
        let error = client(&server.url).upload(&token(), &number, upload, WITHIN).await.unwrap_err();
        assert!(matches!(error.kind(), Kind::NotSent | Kind::Lost), "{error:?}");
        assert!(server.requests().is_empty());
    }
}

/// While a large file is written nobody answers, and that is no silence of Meta's; a call that hangs still ends.
#[tokio::test]
async fn time_is_counted_for_the_whole_of_it() {
    let server = Server::start(vec![Reply::Bytes(http("200 OK", r#"{"id":"1"}"#)), Reply::Mute]).await;
    let (client, number) = (client(&server.url), PhoneNumberId::new("1"));
    // Longer than any call and any silence may be here.
    let slow = futures::stream::unfold(0, |count| async move {
        if count == 6 {
            return None;
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
        Some((Ok::<_, std::io::Error>(Bytes::from_static(b"x")), count + 1))
    });
    let upload = Upload { mime_type: "text/plain".to_owned(), bytes: 6, content: slow };
    assert!(client.upload(&token(), &number, upload, WITHIN).await.is_ok());
    let error = client.upload(&token(), &number, whole(), Duration::from_millis(300)).await.unwrap_err();
    assert_eq!(error.kind(), Kind::Timeout);
}
