//! A server that answers each request with the next line of a script, byte for byte.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use graph::{Client, Timeouts, Token};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

pub(crate) const SENT: &str = r#"{"messaging_product":"whatsapp","contacts":[{"input":"+15550100","wa_id":"15550100"}],"messages":[{"id":"wamid.A","message_status":"accepted"}]}"#;

#[derive(Clone)]
pub(crate) enum Reply {
    /// These bytes, then the connection stays open.
    Bytes(String),
    /// These bytes, then the connection is closed.
    BytesThenClose(String),
    /// The request is read, then the connection is reset.
    Reset,
    /// So many bytes of the request are read, then the connection is reset.
    ResetAfter(usize),
    /// Nothing is read or written.
    Deaf,
    /// The request is read, and never answered.
    Mute,
}

/// Ends with the test's runtime.
pub(crate) struct Server {
    pub(crate) url: String,
    seen: Arc<Mutex<Vec<String>>>,
}

impl Server {
    pub(crate) async fn start(script: Vec<Reply>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let seen = Arc::new(Mutex::new(Vec::new()));
        let script = Arc::new(Mutex::new(script.into_iter()));
        let requests = Arc::clone(&seen);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(play(stream, Arc::clone(&script), Arc::clone(&requests)));
            }
        });
        Self { url, seen }
    }

    pub(crate) fn requests(&self) -> Vec<String> {
        self.seen.lock().unwrap().clone()
    }
}

type Script = Arc<Mutex<std::vec::IntoIter<Reply>>>;

async fn play(mut stream: TcpStream, script: Script, seen: Arc<Mutex<Vec<String>>>) {
    loop {
        // A connection that brings no request takes nothing from the script.
        if stream.peek(&mut [0]).await.unwrap_or(0) == 0 {
            return;
        }
        let Some(reply) = script.lock().unwrap().next() else { return };
        match reply {
            Reply::Deaf => std::future::pending().await,
            Reply::ResetAfter(count) => {
                let mut some = vec![0; count];
                stream.read_exact(&mut some).await.unwrap();
                stream.set_zero_linger().unwrap();
                return;
            }
            reply => {
                let Some(request) = request(&mut stream).await else { return };
                seen.lock().unwrap().push(request);
                match reply {
                    Reply::Bytes(bytes) => stream.write_all(bytes.as_bytes()).await.unwrap(),
                    Reply::BytesThenClose(bytes) => {
                        stream.write_all(bytes.as_bytes()).await.unwrap();
                        return;
                    }
                    Reply::Reset => {
                        stream.set_zero_linger().unwrap();
                        return;
                    }
                    _ => std::future::pending().await,
                }
            }
        }
    }
}

async fn request(stream: &mut TcpStream) -> Option<String> {
    let mut bytes = Vec::new();
    loop {
        if let Some(head) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            let text = String::from_utf8_lossy(&bytes[..head]).to_lowercase();
            let length = text.lines().find_map(|line| line.strip_prefix("content-length:"));
            let length: usize = length.map_or(0, |length| length.trim().parse().unwrap());
            if bytes.len() >= head + 4 + length {
                return Some(String::from_utf8(bytes).unwrap());
            }
        }
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    }
}

pub(crate) fn http(status: &str, body: &str) -> String {
    let length = body.len();
    format!("HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}")
}

/// Short, so that a test of a timeout is short.
pub(crate) fn client(url: &str) -> Client {
    let timeouts = Timeouts {
        connect: Duration::from_millis(400),
        call: Duration::from_millis(800),
        silence: Duration::from_millis(600),
    };
    Client::new(url, "v24.0", timeouts).unwrap()
}

pub(crate) fn token() -> Token {
    Token::new("EAA-secret")
}
