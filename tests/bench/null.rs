//! AWS at no cost: the same bytes for every request of a kind. What a correct answer must repeat (how many statements,
//! how many entries) is counted, nothing else is read.

use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use rustls::{ServerConfig, ServerConnection, StreamOwned};

use crate::wire::{self, Wire};

/// The answers, whole.
pub(crate) struct Replies {
    secret: Vec<u8>,
    item: Vec<u8>,
    items: Vec<u8>,
    statements: Vec<Vec<u8>>,
    entries: Vec<Vec<u8>>,
    unknown: Vec<u8>,
}

/// One end of AWS on loopback.
pub(crate) struct Null {
    address: String,
    seen: Arc<Seen>,
}

/// What came in so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Calls {
    /// Connections that were opened; with TLS, handshakes that were finished.
    pub(crate) connections: u32,
    pub(crate) secrets: u32,
    pub(crate) reads: u32,
    pub(crate) writes: u32,
    pub(crate) publishes: u32,
    /// Requests this end has no answer for.
    pub(crate) unknown: u32,
    /// Statements in the writes.
    pub(crate) statements: u32,
    /// Events in the publishes.
    pub(crate) events: u32,
}

#[derive(Default)]
struct Seen {
    connections: AtomicU32,
    secrets: AtomicU32,
    reads: AtomicU32,
    writes: AtomicU32,
    publishes: AtomicU32,
    unknown: AtomicU32,
    statements: AtomicU32,
    events: AtomicU32,
}

impl Replies {
    /// `channel` is the item of the one number that is a channel, in DynamoDB's JSON. Everybody who writes is new.
    pub(crate) fn new(table: &str, channel: &str, secret: &str) -> Self {
        let json = |body: &str| wire::answer("200 OK", "content-type: application/x-amz-json-1.0\r\n", body.as_bytes());
        let secret = serde_json::json!({"ARN": "bench", "Name": "bench", "SecretString": secret});
        let list = |count: usize, entry: &dyn Fn(usize) -> String| (0..count).map(entry).collect::<Vec<_>>().join(",");
        let statements = |count| list(count, &|_| format!("{{\"TableName\":\"{table}\"}}"));
        let entries = |count| list(count, &|id| format!("{{\"Id\":\"{id}\",\"MessageId\":\"{id}\"}}"));
        Self {
            secret: json(&secret.to_string()),
            item: json("{}"),
            items: json(&format!("{{\"Responses\":{{\"{table}\":[{channel}]}},\"UnprocessedKeys\":{{}}}}")),
            statements: (0..=25).map(|count| json(&format!("{{\"Responses\":[{}]}}", statements(count)))).collect(),
            entries: (0..=10)
                .map(|count| json(&format!("{{\"Successful\":[{}],\"Failed\":[]}}", entries(count))))
                .collect(),
            unknown: wire::answer("400 Bad Request", "", b"{\"__type\":\"UnknownOperationException\"}"),
        }
    }
}

impl Null {
    pub(crate) fn start(replies: &Arc<Replies>, tls: Option<&Arc<ServerConfig>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let seen = Arc::new(Seen::default());
        let (replies, tls, counted) = (Arc::clone(replies), tls.cloned(), Arc::clone(&seen));
        // Ends with the program: a thread that waits costs nothing.
        std::thread::spawn(move || {
            while let Ok((stream, _)) = listener.accept() {
                let (replies, tls, seen) = (Arc::clone(&replies), tls.clone(), Arc::clone(&counted));
                std::thread::spawn(move || {
                    // The function closes when it likes.
                    let _: io::Result<()> = stream.set_nodelay(true).and_then(|()| match tls {
                        Some(config) => serve_tls(stream, config, &replies, &seen),
                        None => serve(stream, &replies, &seen),
                    });
                });
            }
        });
        Self { address, seen }
    }

    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    pub(crate) fn calls(&self) -> Calls {
        let of = |count: &AtomicU32| count.load(Ordering::Relaxed);
        Calls {
            connections: of(&self.seen.connections),
            secrets: of(&self.seen.secrets),
            reads: of(&self.seen.reads),
            writes: of(&self.seen.writes),
            publishes: of(&self.seen.publishes),
            unknown: of(&self.seen.unknown),
            statements: of(&self.seen.statements),
            events: of(&self.seen.events),
        }
    }
}

impl Calls {
    /// What came since `before`.
    pub(crate) fn since(self, before: Self) -> Self {
        Self {
            connections: self.connections - before.connections,
            secrets: self.secrets - before.secrets,
            reads: self.reads - before.reads,
            writes: self.writes - before.writes,
            publishes: self.publishes - before.publishes,
            unknown: self.unknown - before.unknown,
            statements: self.statements - before.statements,
            events: self.events - before.events,
        }
    }

    pub(crate) fn plus(self, other: Self) -> Self {
        Self {
            connections: self.connections + other.connections,
            secrets: self.secrets + other.secrets,
            reads: self.reads + other.reads,
            writes: self.writes + other.writes,
            publishes: self.publishes + other.publishes,
            unknown: self.unknown + other.unknown,
            statements: self.statements + other.statements,
            events: self.events + other.events,
        }
    }

    pub(crate) fn requests(self) -> u32 {
        self.secrets + self.reads + self.writes + self.publishes + self.unknown
    }
}

fn serve_tls(mut stream: TcpStream, config: Arc<ServerConfig>, replies: &Replies, seen: &Seen) -> io::Result<()> {
    let mut connection = ServerConnection::new(config).map_err(io::Error::other)?;
    while connection.is_handshaking() {
        connection.complete_io(&mut stream)?;
    }
    serve(StreamOwned::new(connection, stream), replies, seen)
}

fn serve(stream: impl Read + Write, replies: &Replies, seen: &Seen) -> io::Result<()> {
    seen.connections.fetch_add(1, Ordering::Relaxed);
    let mut wire = Wire::new(stream);
    while let Some(request) = wire.read()? {
        let target = request.header("x-amz-target").unwrap_or_default();
        let operation = target.rsplit_once('.').map_or("", |(_, operation)| operation);
        let (counter, answer) = match operation {
            "GetSecretValue" => (&seen.secrets, &replies.secret),
            "GetItem" => (&seen.reads, &replies.item),
            "BatchGetItem" => (&seen.reads, &replies.items),
            "BatchExecuteStatement" => {
                let count = occurrences(request.body, b"\"Statement\":");
                seen.statements.fetch_add(u32::try_from(count).unwrap(), Ordering::Relaxed);
                (&seen.writes, replies.statements.get(count).unwrap_or(&replies.unknown))
            }
            "SendMessageBatch" => {
                let count = occurrences(request.body, b"\"Id\":");
                seen.events.fetch_add(u32::try_from(count).unwrap(), Ordering::Relaxed);
                (&seen.publishes, replies.entries.get(count).unwrap_or(&replies.unknown))
            }
            _ => (&seen.unknown, &replies.unknown),
        };
        counter.fetch_add(1, Ordering::Relaxed);
        wire.write(answer)?;
    }
    Ok(())
}

/// Members of that name. Inside a string their quotes would be escaped, so that none of those counts.
fn occurrences(body: &[u8], member: &[u8]) -> usize {
    let mut rest = body;
    let mut count = 0;
    while let Some(quote) = rest.iter().position(|byte| *byte == b'"') {
        rest = &rest[quote..];
        if rest.starts_with(member) {
            count += 1;
        }
        rest = &rest[1..];
    }
    count
}
