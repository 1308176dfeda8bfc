//! Ids as Meta makes them: decimal strings, and wamids that look like base64 because they are.

use data_encoding::{BASE64, HEXUPPER};

/// Counts, so that ids of one run are distinct, and draws the rest.
#[derive(Default)]
pub(crate) struct Ids {
    last: u64,
}

impl Ids {
    /// A Graph id whose first digit says what it is of.
    pub(crate) fn graph(&mut self, kind: u64) -> String {
        self.last += 1;
        (kind * 100_000_000_000_000 + 1_000_000 + self.last).to_string()
    }

    /// A message id: opaque, of varying length, with the number in it and any character of base64.
    pub(crate) fn wamid(&mut self, address: &str, outbound: bool) -> String {
        self.last += 1;
        let length = u8::try_from(address.len()).unwrap_or(u8::MAX);
        let mut bytes = vec![0x1c, 0x18, length];
        bytes.extend_from_slice(address.as_bytes());
        bytes.extend_from_slice(&[0x15, 0x02, 0x00, if outbound { 0x11 } else { 0x12 }, 0x18, 0x10]);
        bytes.extend_from_slice(&random::<12>());
        bytes.extend_from_slice(&self.last.to_be_bytes()[4..]);
        bytes.push(0);
        format!("wamid.{}", BASE64.encode(&bytes))
    }

    pub(crate) fn trace() -> String {
        format!("A{}", BASE64.encode(&random::<15>()).replace(['+', '/'], "x"))
    }

    pub(crate) fn hash() -> String {
        HEXUPPER.encode(&random::<16>())
    }
}

/// Randomness; where the machine has none, sameness is good enough for a sandbox.
fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0x5f; N];
    if getrandom::fill(&mut bytes).is_err() {
        tracing::warn!("no randomness: ids repeat themselves");
    }
    bytes
}
