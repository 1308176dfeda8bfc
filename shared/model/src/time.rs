//! Meta's times: seconds since 1970, as a string in messages and statuses, as an integer elsewhere, as either in places.

use serde::Deserialize;
use serde::de::Deserializer;
use serde_json::value::RawValue;

pub use jiff::Timestamp;

use crate::json::literal;

/// `None` for what is no time: a time that cannot be read is not worth a message.
pub fn from_meta(raw: &RawValue) -> Option<Timestamp> {
    from_seconds(&literal(raw)?)
}

pub fn from_seconds(text: &str) -> Option<Timestamp> {
    Timestamp::from_second(text.trim().parse().ok()?).ok()
}

/// For `#[serde(default, deserialize_with = "model::time::seconds")]` on an `Option<Timestamp>`.
pub fn seconds<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Timestamp>, D::Error> {
    let raw = Box::<RawValue>::deserialize(deserializer)?;
    Ok(from_meta(&raw))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Deserialize)]
    struct Timed {
        #[serde(default, deserialize_with = "seconds")]
        at: Option<Timestamp>,
    }

    #[test]
    fn seconds_come_quoted_or_not() {
        let at = |json: &str| serde_json::from_str::<Timed>(json).unwrap().at.map(|at| at.to_string());
        assert_eq!(at(r#"{"at":"1700000000"}"#).unwrap(), "2023-11-14T22:13:20Z");
        assert_eq!(at(r#"{"at":1700000000}"#).unwrap(), "2023-11-14T22:13:20Z");
        for other in [r#"{"at":"soon"}"#, r#"{"at":null}"#, "{}", r#"{"at":"99999999999999999"}"#, r#"{"at":{}}"#] {
            assert_eq!(at(other), None);
        }
    }
}
