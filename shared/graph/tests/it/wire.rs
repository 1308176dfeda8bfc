//! Every way a send can end on the wire. The question is always the same: may it be sent again?

use std::io::{Read, Write};
use std::time::Duration;

use graph::send::Accepted;
use graph::{Error, Kind, Reason, Verdict};
use model::{MessageId, PhoneNumberId};

use crate::server::{Reply, SENT, Server, client, http, token};

const BODY: &str = r#"{"messaging_product":"whatsapp","to":"+15550100","type":"text","text":{"body":"hi"}}"#;

async fn send_to(url: &str, body: String) -> Result<Accepted, Error> {
    client(url).send(&token(), &PhoneNumberId::new("1"), body).await
}

async fn send(reply: Reply) -> Result<Accepted, Error> {
    let server = Server::start(vec![reply.clone(), reply]).await;
    let result = send_to(&server.url, BODY.to_owned()).await;
    assert!(server.requests().len() <= 1, "sent more than once");
    result
}

async fn fails(reply: Reply) -> (Kind, Verdict) {
    let error = send(reply).await.unwrap_err();
    (error.kind(), error.verdict(1, 0.0))
}

fn is_soon(verdict: Verdict) -> bool {
    matches!(verdict, Verdict::Retry { after } if after <= Duration::from_secs(2))
}

#[tokio::test]
async fn an_accepted_send_names_its_wamid() {
    let server = Server::start(vec![Reply::Bytes(http("200 OK", SENT))]).await;
    let accepted = send_to(&server.url, BODY.to_owned()).await.unwrap();
    assert_eq!(accepted.wamid, MessageId::new("wamid.A"));
    assert_eq!(accepted.wa_id.unwrap().as_str(), "15550100");
    assert_eq!(accepted.message_status.as_deref(), Some("accepted"));
    assert!(accepted.user_id.is_none());

    let requests = server.requests();
    let (head, body) = requests[0].split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("POST /v24.0/1/messages HTTP/1.1\r\n"), "{head}");
    assert!(head.contains("authorization: Bearer EAA-secret"), "{head}");
    assert!(head.contains("user-agent: waypost/"), "{head}");
    assert!(head.contains(&format!("content-length: {}", BODY.len())), "{head}");
    assert_eq!(body, BODY);
}

#[tokio::test]
async fn an_answer_by_user_id_has_no_wa_id() {
    let body = r#"{"contacts":[{"input":"US.1","user_id":"US.1"}],"messages":[{"id":"wamid.A"}]}"#;
    let accepted = send(Reply::Bytes(http("200 OK", body))).await.unwrap();
    assert_eq!(accepted.user_id.unwrap().as_str(), "US.1");
    assert!(accepted.wa_id.is_none() && accepted.message_status.is_none());
}

#[tokio::test]
async fn nobody_listens_is_not_sent() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let error = send_to(&url, BODY.to_owned()).await.unwrap_err();
    assert_eq!(error.kind(), Kind::NotSent);
    assert!(is_soon(error.verdict(1, 0.0)));
}

#[tokio::test]
async fn a_failed_tls_handshake_is_not_sent() {
    let server = Server::start(vec![Reply::ResetAfter(1), Reply::Deaf]).await;
    let url = server.url.replace("http://", "https://");
    for _ in ["reset", "timeout"] {
        let error = send_to(&url, BODY.to_owned()).await.unwrap_err();
        assert_eq!(error.kind(), Kind::NotSent);
        assert!(is_soon(error.verdict(1, 0.0)));
    }
}

#[tokio::test]
async fn a_body_cut_off_while_it_is_written_is_not_sent() {
    let large = format!(r#"{{"text":"{}"}}"#, "x".repeat(20 << 20));
    for reply in [Reply::ResetAfter(2000), Reply::Deaf] {
        let server = Server::start(vec![reply]).await;
        let error = send_to(&server.url, large.clone()).await.unwrap_err();
        assert_eq!(error.kind(), Kind::NotSent);
        assert!(is_soon(error.verdict(1, 0.0)));
    }
}

#[tokio::test]
async fn silence_after_writing_is_uncertain() {
    assert_eq!(fails(Reply::Mute).await, (Kind::Timeout, Verdict::Uncertain));
    assert_eq!(fails(Reply::Deaf).await, (Kind::Timeout, Verdict::Uncertain));
    let head = "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n".to_owned();
    assert_eq!(fails(Reply::Bytes(head)).await, (Kind::Timeout, Verdict::Uncertain));
}

#[tokio::test]
async fn a_connection_lost_after_writing_is_uncertain() {
    assert_eq!(fails(Reply::Reset).await, (Kind::Lost, Verdict::Uncertain));
    assert_eq!(fails(Reply::BytesThenClose(String::new())).await, (Kind::Lost, Verdict::Uncertain));
    assert_eq!(fails(Reply::BytesThenClose("HTTP/1.1 2".to_owned())).await, (Kind::Lost, Verdict::Uncertain));
}

#[tokio::test]
async fn an_answer_cut_short_is_uncertain() {
    let whole = http("200 OK", SENT);
    assert_eq!(
        fails(Reply::BytesThenClose(whole[..whole.len() - 5].to_owned())).await,
        (Kind::Lost, Verdict::Uncertain)
    );
    let refusal = http("400 Bad Request", r#"{"error":{"code":131047,"message":"x"}}"#);
    let cut = refusal[..refusal.len() - 5].to_owned();
    assert_eq!(fails(Reply::BytesThenClose(cut)).await, (Kind::Lost, Verdict::Uncertain));
    let chunked = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\n{\"mes\r\n".to_owned();
    assert_eq!(fails(Reply::BytesThenClose(chunked)).await, (Kind::Lost, Verdict::Uncertain));
}

#[tokio::test]
async fn an_answer_that_says_nothing_is_uncertain() {
    for (status, body) in [
        ("200 OK", ""),
        ("200 OK", "{}"),
        ("200 OK", r#"{"messages":[]}"#),
        ("200 OK", r#"{"messages":[{}]}"#),
        ("200 OK", r#"{"messages":[{"id":""}]}"#),
        ("200 OK", r#"{"messages":[{"id":"wamid"#),
        ("200 OK", "<html>ok</html>"),
        ("302 Found", ""),
        ("400 Bad Request", "<html>no</html>"),
        ("400 Bad Request", "{}"),
        ("400 Bad Request", r#"{"error":"no"}"#),
        ("400 Bad Request", r#"{"error":{"message":"no"}}"#),
        ("401 Unauthorized", ""),
        ("429 Too Many Requests", "slow down"),
        ("502 Bad Gateway", "<html>bad gateway</html>"),
        ("503 Service Unavailable", ""),
    ] {
        let outcome = fails(Reply::Bytes(http(status, body))).await;
        assert_eq!(outcome, (Kind::Unreadable, Verdict::Uncertain), "{status} {body}");
    }
}

#[tokio::test]
async fn what_is_not_http_is_uncertain() {
    assert_eq!(fails(Reply::BytesThenClose("nonsense\r\n\r\n".to_owned())).await, (Kind::Lost, Verdict::Uncertain));
}

#[tokio::test]
async fn an_error_document_is_a_refusal_whatever_the_status() {
    for status in ["200 OK", "400 Bad Request", "500 Internal Server Error", "503 Service Unavailable"] {
        let body = r#"{"error":{"code":131016,"message":"x","fbtrace_id":"Tr"}}"#;
        let error = send(Reply::Bytes(http(status, body))).await.unwrap_err();
        assert_eq!((error.kind(), error.code()), (Kind::Refused, Some(131_016)), "{status}");
        assert_eq!(error.verdict(1, 0.0), Verdict::Retry { after: Duration::from_secs(30) });
        assert_eq!(error.verdict(6, 0.0), Verdict::Reject { reason: Reason::Exhausted });
        assert_eq!(error.raw_body(), body.as_bytes());
    }
}

#[tokio::test]
async fn only_so_much_of_an_answer_is_kept() {
    let body = format!("<html>{}</html>", "x".repeat(1 << 20));
    let error = send(Reply::Bytes(http("502 Bad Gateway", &body))).await.unwrap_err();
    assert_eq!(error.raw_body().len(), 64 * 1024);
}

/// Lambda freezes a function between two events, and Meta closes the connection meanwhile.
#[tokio::test]
async fn a_connection_closed_while_frozen_is_not_written_to() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (freeze, frozen) = std::sync::mpsc::channel();
    let (closed, thawed) = std::sync::mpsc::channel();
    let server = std::thread::spawn(move || {
        for _ in 0..2 {
            let (mut stream, _) = listener.accept().unwrap();
            let mut request = [0; 4096];
            let size = stream.read(&mut request).unwrap();
            assert!(String::from_utf8_lossy(&request[..size]).ends_with(BODY));
            stream.write_all(http("200 OK", SENT).as_bytes()).unwrap();
            frozen.recv().unwrap();
            drop(stream);
            closed.send(()).unwrap();
        }
    });
    let client = client(&url);
    for _ in 0..2 {
        client.send(&token(), &PhoneNumberId::new("1"), BODY.to_owned()).await.unwrap();
        // As the work after a send does: lets the connection go back to the pool.
        for _ in 0..10 {
            tokio::task::yield_now().await;
        }
        // Blocks the whole runtime, as freezing does: nothing of ours sees the connection close.
        freeze.send(()).unwrap();
        thawed.recv().unwrap();
    }
    server.join().unwrap();
}

#[tokio::test]
async fn an_id_that_is_none_reaches_nobody() {
    let server = Server::start(vec![]).await;
    let number = PhoneNumberId::new("1/../2");
    let error = client(&server.url).send(&token(), &number, BODY.to_owned()).await.unwrap_err();
    assert_eq!(error.verdict(1, 0.0), Verdict::Reject { reason: Reason::Request });
    assert!(server.requests().is_empty());
}

#[tokio::test]
async fn marking_read_may_always_be_repeated() {
    let fine = Reply::Bytes(http("200 OK", r#"{"success":true}"#));
    let server = Server::start(vec![Reply::Reset, Reply::Bytes(http("502 Bad Gateway", "")), fine]).await;
    let client = client(&server.url);
    let (number, wamid) = (PhoneNumberId::new("1"), MessageId::new("wamid.B/+="));
    for _ in 0..2 {
        let error = client.mark_read(&token(), &number, &wamid, true).await.unwrap_err();
        assert!(is_soon(error.verdict(1, 0.0)));
    }
    client.mark_read(&token(), &number, &wamid, true).await.unwrap();
    let body = server.requests()[2].split_once("\r\n\r\n").unwrap().1.to_owned();
    let body: serde_json::Value = serde_json::from_str(&body).unwrap();
    assert_eq!(
        body,
        serde_json::json!({
            "messaging_product": "whatsapp",
            "status": "read",
            "message_id": "wamid.B/+=",
            "typing_indicator": {"type": "text"},
        })
    );
}
