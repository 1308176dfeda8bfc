//! Where a replay goes on: its run, so that every part gives the same event ids, and its end, which may have been "now".

use data_encoding::BASE64URL_NOPAD;
use jiff::Timestamp;
use model::PhoneNumberId;
use serde::{Deserialize, Serialize};

use crate::problem::{Code, Problem};

/// A cursor of the store in it has at most 1,400 characters.
const LONGEST: usize = 4_000;

#[derive(Serialize, Deserialize)]
pub(super) struct Place {
    pub(super) run: String,
    pub(super) until: Timestamp,
    /// The channel whose messages are being walked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) number: Option<PhoneNumberId>,
    /// The store's own cursor.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) inside: Option<String>,
}

impl Place {
    pub(super) fn read(cursor: &str) -> Result<Self, Problem> {
        let bytes = if cursor.len() <= LONGEST { BASE64URL_NOPAD.decode(cursor.as_bytes()).ok() } else { None };
        let place: Option<Self> = bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok());
        let is_run = |place: &Self| place.run.strip_prefix("rpl_").is_some_and(|id| id.len() == 16);
        place
            .filter(|place| is_run(place) && place.run.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_'))
            .ok_or_else(|| Problem::new(Code::InvalidCursor, "This cursor is not one that a replay gave out."))
    }

    pub(super) fn text(&self) -> Result<String, Problem> {
        let json = serde_json::to_vec(self).map_err(|error| {
            tracing::error!(%error, "a cursor cannot be written");
            Problem::new(Code::Internal, "No cursor could be made.")
        })?;
        Ok(BASE64URL_NOPAD.encode(&json))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_cursor_of_ours_is_read() {
        let place = Place {
            run: String::from("rpl_aaaaaaaaaaaaaaaa"),
            until: Timestamp::UNIX_EPOCH,
            number: Some(PhoneNumberId::new("1")),
            inside: None,
        };
        let read = Place::read(&place.text().ok().unwrap()).ok().unwrap();
        assert_eq!((read.run, read.number), (place.run, place.number));
        let forged = BASE64URL_NOPAD.encode(br#"{"run":"x","until":"2026-01-01T00:00:00Z"}"#);
        for cursor in ["", "!", "YWJj", &forged, &"a".repeat(LONGEST + 1)] {
            assert!(Place::read(cursor).is_err());
        }
    }
}
