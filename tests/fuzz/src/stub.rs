//! An AWS that says yes: every statement is carried out, every message taken, every number a channel. What it was told to
//! publish is counted, and the item it answers reads with can be set.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use serde_json::{Value, json};

use super::world::{APP_SECRET, VERIFY_TOKEN};

pub(super) struct Stub {
    pub(super) url: String,
    state: Arc<State>,
}

#[derive(Default)]
struct State {
    /// Entries taken by the events queue.
    published: AtomicUsize,
    /// What reads answer, as it stands on the wire.
    item: Mutex<Vec<u8>>,
}

impl Stub {
    pub(super) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let state = Arc::new(State::default());
        let serving = Arc::clone(&state);
        thread::spawn(move || {
            for connection in listener.incoming().map_while(Result::ok) {
                let state = Arc::clone(&serving);
                thread::spawn(move || _ = serve(&connection, &state));
            }
        });
        Self { url, state }
    }

    /// How many events it took since it was last asked.
    pub(super) fn published(&self) -> usize {
        self.state.published.swap(0, Ordering::SeqCst)
    }

    pub(super) fn holds(&self, item: &[u8]) {
        *self.state.item.lock().unwrap_or_else(PoisonError::into_inner) = item.to_vec();
    }
}

/// Requests of one connection, until it is closed.
fn serve(connection: &TcpStream, state: &State) -> std::io::Result<()> {
    let mut reader = BufReader::new(connection);
    loop {
        let (mut target, mut length) = (String::new(), 0);
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 {
            return Ok(());
        }
        loop {
            line.clear();
            if reader.read_line(&mut line)? <= 2 {
                break;
            }
            let (name, value) = line.split_once(':').unwrap_or_default();
            match name.to_ascii_lowercase().as_str() {
                "x-amz-target" => value.rsplit('.').next().unwrap_or_default().trim().clone_into(&mut target),
                "content-length" => length = value.trim().parse().unwrap_or(0),
                _ => {}
            }
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body)?;
        let answer = state.answer(&target, &body);
        let head = format!(
            "HTTP/1.1 200 OK\r\ncontent-type: application/x-amz-json-1.0\r\ncontent-length: {}\r\n\r\n",
            answer.len()
        );
        let mut writer = connection;
        writer.write_all(&[head.as_bytes(), &answer].concat())?;
    }
}

impl State {
    fn answer(&self, target: &str, body: &[u8]) -> Vec<u8> {
        let request: Value = serde_json::from_slice(body).unwrap_or_default();
        let item = || self.item.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let answer = match target {
            "GetSecretValue" => {
                let secret = json!({"app_secret": [APP_SECRET], "verify_token": VERIFY_TOKEN});
                json!({"SecretString": secret.to_string()})
            }
            "BatchExecuteStatement" => {
                let count = request["Statements"].as_array().map_or(0, Vec::len);
                json!({"Responses": vec![json!({"TableName": "table"}); count]})
            }
            "SendMessageBatch" => {
                let entries = request["Entries"].as_array().cloned().unwrap_or_default();
                if request["QueueUrl"].as_str().is_some_and(|url| url.contains("events")) {
                    self.published.fetch_add(entries.len(), Ordering::SeqCst);
                }
                let taken = |entry: &Value| json!({"Id": entry["Id"], "MessageId": "m", "MD5OfMessageBody": "0"});
                json!({"Successful": entries.iter().map(taken).collect::<Vec<_>>(), "Failed": []})
            }
            "BatchGetItem" => json!({"Responses": {"table": channels(&request)}, "UnprocessedKeys": {}}),
            // The bytes as they are: they may be no JSON at all.
            "GetItem" if !item().is_empty() => return [b"{\"Item\":".as_slice(), &item(), b"}"].concat(),
            "Query" if !item().is_empty() => {
                return [b"{\"Count\":1,\"Items\":[".as_slice(), &item(), b"]}"].concat();
            }
            "Query" => json!({"Count": 0, "Items": []}),
            // S3: an object that is JSON, or taken.
            _ => json!({}),
        };
        answer.to_string().into_bytes()
    }
}

/// The channel items among the keys that are asked for.
fn channels(request: &Value) -> Vec<Value> {
    let keys = request["RequestItems"]["table"]["Keys"].as_array().cloned().unwrap_or_default();
    let channel = |key: Value| key["pk"]["S"].as_str().is_some_and(|pk| pk.starts_with("CH#")).then_some(key);
    keys.into_iter().filter_map(channel).collect()
}
