//! What a number may send to whom, and when: registration, allow list, window (contract §5.1, §5.11).

use jiff::{SignedDuration, Timestamp};

use crate::meta::config::Number;
use crate::meta::graph_error::GraphError;

use super::envelope::Recipient;

const WINDOW: SignedDuration = SignedDuration::from_hours(24);

/// The number must be registered, and a test number may write to its list only: spelled as it was entered there.
pub(crate) fn check(number: &Number, recipient: &Recipient) -> Result<(), GraphError> {
    if !number.registered {
        return Err(GraphError::new(133_010).details("The phone number is not registered: call register first."));
    }
    let Recipient::Phone(digits) = recipient else { return Ok(()) };
    if *digits == number.digits() {
        return Err(GraphError::new(131_021).details("The recipient is the sender."));
    }
    let listed = |entry: &String| entry.chars().filter(char::is_ascii_digit).eq(digits.chars());
    if number.allow_list.as_ref().is_some_and(|list| !list.iter().any(listed)) {
        return Err(GraphError::new(131_030)
            .details("The recipient is not in the allowed list of this test number: add it in API Setup."));
    }
    Ok(())
}

/// Anything but a template needs a person who wrote or called within the last 24 hours.
pub(crate) fn window(heard: Option<Timestamp>, now: Timestamp) -> Result<(), GraphError> {
    if heard.is_some_and(|at| now.duration_since(at) < WINDOW) {
        return Ok(());
    }
    Err(GraphError::new(131_047)
        .details("Message failed to send because more than 24 hours have passed since the customer last replied."))
}

/// Which inbound types open the window: people's messages do; `system`, edits, revocations, reactions and kinds
/// nobody knows do not.
pub(crate) fn opens_window(kind: &str) -> bool {
    matches!(
        kind,
        "text"
            | "image"
            | "video"
            | "audio"
            | "voice"
            | "document"
            | "sticker"
            | "location"
            | "contacts"
            | "button"
            | "interactive"
            | "order"
            | "unsupported"
            | "request_welcome"
    )
}

/// Messages a second: what the number's level allows.
pub(crate) fn per_second(number: &Number, setting: Option<f64>) -> f64 {
    let level = number.node.get("throughput").and_then(|throughput| throughput.get("level")?.as_str());
    let on_the_app = number.node.get("is_on_biz_app").and_then(serde_json::Value::as_bool).unwrap_or(false);
    setting.unwrap_or(match level {
        _ if on_the_app => 20.0,
        Some("HIGH") => 1000.0,
        _ => 80.0,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_window_closes_after_a_day() {
        let at = Timestamp::UNIX_EPOCH;
        assert!(window(None, at).is_err());
        assert!(window(Some(at), at + SignedDuration::from_secs(86_399)).is_ok());
        assert_eq!(window(Some(at), at + SignedDuration::from_hours(24)).unwrap_err().code, 131_047);
    }

    #[test]
    fn a_test_number_takes_the_spelling_on_its_list() {
        let mut number = Number::new("1", "+1 555-0100", "Shop");
        number.allow_list = Some(vec!["+54 11 5555 0100".to_owned()]);
        let code = |digits: &str| check(&number, &Recipient::Phone(digits.to_owned())).err().map(|error| error.code);
        assert_eq!(code("541155550100"), None);
        assert_eq!(code("5491155550100"), Some(131_030));
        assert_eq!(code("15550100"), Some(131_021));
    }
}
