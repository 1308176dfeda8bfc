//! Errors go to logs: they must not carry a token, a phone number, a wamid or a signed URL there.

use model::{MediaId, PhoneNumberId};

use crate::server::{Reply, Server, client, http, token};

fn shown(error: &graph::Error) -> String {
    let mut text = format!("{error} {error:?} {}", error.remedy());
    let mut source = std::error::Error::source(error);
    while let Some(error) = source {
        text = format!("{text} {error} {error:?}");
        source = error.source();
    }
    text
}

#[tokio::test]
async fn an_error_names_nobody() {
    let refusal = r#"{"error":{"code":131030,"message":"+15550100 not in list","error_data":{"details":"15550100"},"fbtrace_id":"Tr"}}"#;
    let script = vec![
        Reply::Bytes(http("400 Bad Request", refusal)),
        Reply::Bytes(http("502 Bad Gateway", "EAA-secret 15550100")),
        Reply::Reset,
    ];
    let server = Server::start(script).await;
    let client = client(&server.url);
    let mut all = format!("{client:?}");
    for _ in 0..3 {
        let body = r#"{"to":"+15550100"}"#.to_owned();
        let error = client.send(&token(), &PhoneNumberId::new("1"), body).await.unwrap_err();
        all.push_str(&shown(&error));
    }
    assert!(all.contains("131030") && all.contains("Tr"), "{all}");
    for secret in ["EAA-secret", "15550100"] {
        assert!(!all.contains(secret), "{all}");
    }
}

#[tokio::test]
async fn a_failed_read_shows_no_url() {
    let server = Server::start(vec![Reply::Reset, Reply::Reset]).await;
    let client = client(&server.url);
    let media = client.media(&token(), &MediaId::new("900"), &PhoneNumberId::new("1")).await;
    let url = format!("{}/file?mid=900&hash=signed", server.url);
    let download = client.download(&token(), &url).await;
    for error in [media.err().unwrap(), download.err().unwrap()] {
        let shown = shown(&error);
        assert!(!shown.contains("127.0.0.1") && !shown.contains("signed"), "{shown}");
    }
}
