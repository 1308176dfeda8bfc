//! Whether a send was free because its recipient came from an advertisement (contract §5.1, W-07).

use super::StatusUpdate;
use crate::json::Fields;
use crate::time::{self, Timestamp};
use crate::window::FreeEntry;

const ORIGIN: &str = "referral_conversion";
const TYPE: &str = "free_entry_point";

impl StatusUpdate<'_> {
    /// `None` where it was not, as far as this status says. `at` is Meta's time of it.
    pub fn free_entry(&self, at: Timestamp) -> Option<FreeEntry> {
        let conversation = self.conversation.and_then(Fields::parse);
        let origin = conversation.as_ref().and_then(|conversation| conversation.object("origin")?.literal("type"));
        let pricing = self.pricing.and_then(Fields::parse);
        // Some clients have read the older spelling.
        let kind =
            pricing.as_ref().and_then(|pricing| pricing.literal("type").or_else(|| pricing.literal("pricing_type")));
        if origin.as_deref() != Some(ORIGIN) && kind.as_deref() != Some(TYPE) {
            return None;
        }
        let end = conversation.and_then(|conversation| conversation.get("expiration_timestamp"));
        Some(end.and_then(time::from_meta).map_or(FreeEntry::Answered(at), FreeEntry::Until))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::value::RawValue;

    use super::*;

    fn free(rest: &str) -> Option<FreeEntry> {
        let json = format!(r#"{{"id":"w","status":"sent","timestamp":"1"{rest}}}"#);
        let raw = RawValue::from_string(json).unwrap();
        StatusUpdate::parse(&raw).unwrap().free_entry(Timestamp::from_second(1).unwrap())
    }

    #[test]
    fn only_what_meta_says_is_free() {
        let answered = Some(FreeEntry::Answered(Timestamp::from_second(1).unwrap()));
        assert_eq!(free(r#","pricing":{"type":"free_entry_point","category":"referral_conversion"}"#), answered);
        assert_eq!(free(r#","conversation":{"id":"c","origin":{"type":"referral_conversion"}}"#), answered);
        let until = r#","conversation":{"id":"c","expiration_timestamp":"99","origin":{"type":"referral_conversion"}}"#;
        assert_eq!(free(until), Some(FreeEntry::Until(Timestamp::from_second(99).unwrap())));
        for paid in [
            "",
            r#","pricing":{"type":"free_customer_service"}"#,
            r#","pricing":7,"conversation":[]"#,
            r#","conversation":{"expiration_timestamp":"99","origin":{"type":"service"}}"#,
        ] {
            assert_eq!(free(paid), None, "{paid}");
        }
    }
}
