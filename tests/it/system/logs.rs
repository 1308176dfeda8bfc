//! Everything this process logs, to be searched for what must never be in it (design invariant 7).

use std::io::{self, Write};
use std::sync::{Mutex, Once, PoisonError};

use tracing_subscriber::EnvFilter;

/// Every person in these tests has a number that begins so, writes so, or is one of Meta's examples; and no secret,
/// and no wamid (it holds the number in base64), may be logged either.
const PERSONAL: [&str; 8] = [
    "15550177",
    "16505551234",
    "canary",
    "Canary",
    "wamid.",
    "local-app-secret",
    "local-verify-token",
    "local-access-token",
];

static LOGGED: Mutex<Vec<u8>> = Mutex::new(Vec::new());
static ONCE: Once = Once::new();

/// From now on, at the finest level that `LOG_LEVEL` can ask for.
pub(super) fn capture() {
    ONCE.call_once(|| {
        let ours = [
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
        let filter = ours.iter().fold(String::from("warn"), |filter, krate| format!("{filter},{krate}=trace"));
        let subscriber = tracing_subscriber::fmt().json().with_env_filter(EnvFilter::new(filter));
        subscriber.with_writer(|| Sink).init();
    });
}

/// What was logged so far, by every test of this process.
pub(crate) fn logged() -> String {
    String::from_utf8_lossy(&LOGGED.lock().unwrap_or_else(PoisonError::into_inner)).into_owned()
}

pub(super) fn hold_nothing_personal() {
    let logged = logged();
    for word in PERSONAL {
        let line = logged.lines().find(|line| line.contains(word));
        assert!(line.is_none(), "{word} was logged: {line:?}");
    }
}

struct Sink;

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        LOGGED.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
