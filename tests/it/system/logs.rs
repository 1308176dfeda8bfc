//! Everything this process logs, to be searched for what must never be in it (design invariant 7).

use std::io::{self, Write};
use std::sync::{Mutex, Once, PoisonError};

use tracing_subscriber::EnvFilter;

/// Every person in these tests has a number or a user id that begins so, writes so, or is one of Meta's examples; and no
/// secret, and no wamid (it holds the number in base64), may be logged either.
const PERSONAL: [&str; 9] = [
    "15550177",
    "16505551234",
    "US.1",
    "canary",
    "Canary",
    "wamid.",
    "local-app-secret",
    "local-verify-token",
    "local-access-token",
];

/// All of ours, at the finest level that `LOG_LEVEL` can ask for.
const OURS: [&str; 12] = [
    "webhook",
    "sender",
    "template_sync",
    "api",
    "media",
    "ingest",
    "model",
    "graph",
    "store",
    "queue",
    "runtime",
    "local",
];

static LOGGED: Mutex<Vec<u8>> = Mutex::new(Vec::new());
static ONCE: Once = Once::new();

/// Looks through the logs when it is dropped: every test with a system of its own is looked through, whether it asks for
/// it or not.
pub(super) struct Watch;

impl Watch {
    pub(super) fn begin() -> Self {
        ONCE.call_once(|| {
            let subscriber = tracing_subscriber::fmt().json().with_env_filter(filter());
            subscriber.with_writer(|| Sink(&LOGGED)).init();
        });
        Self
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            hold_nothing_personal();
        }
    }
}

/// What was logged so far, by every test of this process.
pub(crate) fn logged() -> String {
    String::from_utf8_lossy(&LOGGED.lock().unwrap_or_else(PoisonError::into_inner)).into_owned()
}

pub(super) fn hold_nothing_personal() {
    let logged = logged();
    let found = personal(&logged);
    assert!(found.is_none(), "it was logged: {found:?}");
}

/// The first line with a word that must not be in it.
fn personal(logged: &str) -> Option<(&'static str, &str)> {
    PERSONAL.into_iter().find_map(|word| logged.lines().find(|line| line.contains(word)).map(|line| (word, line)))
}

fn filter() -> EnvFilter {
    EnvFilter::new(OURS.iter().fold(String::from("warn"), |filter, krate| format!("{filter},{krate}=trace")))
}

struct Sink(&'static Mutex<Vec<u8>>);

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The watch is tested too: what one of ours logs is captured and found, at whatever level.
#[test]
fn a_planted_leak_is_found() {
    static PLANTED: Mutex<Vec<u8>> = Mutex::new(Vec::new());
    let subscriber = tracing_subscriber::fmt().json().with_env_filter(filter()).with_writer(|| Sink(&PLANTED));
    tracing::subscriber::with_default(subscriber.finish(), || {
        tracing::trace!(target: "ingest::fold", "one message");
        tracing::trace!(target: "ingest::fold", from = "15550177001", "one message");
    });
    let logged = String::from_utf8_lossy(&PLANTED.lock().unwrap()).into_owned();
    assert_eq!(logged.lines().count(), 2);
    let (word, line) = personal(&logged).unwrap();
    assert_eq!((word, line), ("15550177", logged.lines().last().unwrap()));
    for word in PERSONAL {
        assert!(personal(&format!("a line\nanother with {word}…")).is_some());
    }
}
