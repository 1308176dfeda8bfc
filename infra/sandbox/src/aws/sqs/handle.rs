//! Receipt handles: which message of which queue, and which receive of it.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};

use super::error::SqsError;

#[derive(Debug, PartialEq, Eq)]
pub(super) struct Handle {
    pub(super) queue: String,
    /// The message's place in the queue.
    pub(super) place: u64,
    pub(super) receipt: u64,
}

impl Handle {
    pub(super) fn encode(&self) -> String {
        BASE64_URL_SAFE_NO_PAD.encode(format!("{} {} {}", self.queue, self.place, self.receipt))
    }

    /// Reads a handle of this queue; anything else is not a receipt handle here.
    pub(super) fn decode(text: &str, queue: &str) -> Result<Self, SqsError> {
        if text.is_empty() {
            return Err(SqsError::missing("ReceiptHandle"));
        }
        Self::read(text).filter(|handle| handle.queue == queue).ok_or_else(|| SqsError::receipt_handle(text))
    }

    fn read(text: &str) -> Option<Self> {
        let text = String::from_utf8(BASE64_URL_SAFE_NO_PAD.decode(text).ok()?).ok()?;
        let mut words = text.split(' ');
        let handle = Self {
            queue: words.next()?.to_owned(),
            place: words.next()?.parse().ok()?,
            receipt: words.next()?.parse().ok()?,
        };
        words.next().is_none().then_some(handle)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_handle_is_good_for_its_queue_only() {
        let handle = Handle { queue: "a.fifo".to_owned(), place: 7, receipt: 3 };
        let text = handle.encode();
        assert_eq!(Handle::decode(&text, "a.fifo").unwrap(), handle);
        assert!(Handle::decode(&text, "b.fifo").is_err());
        assert!(Handle::decode("garbage", "a.fifo").is_err());
    }
}
