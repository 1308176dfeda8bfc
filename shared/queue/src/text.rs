//! What SQS accepts as text.

use std::borrow::Cow;

/// SQS refuses U+FFFE and U+FFFF, which JSON encoders leave as they are: one odd message would make Meta redeliver for
/// a week. In JSON both can only stand inside a string, so the escaped form means the same. (Control characters cannot
/// stand in valid JSON unescaped.)
pub(crate) fn allowed(json: String) -> String {
    match escape(&json) {
        Cow::Borrowed(_) => json,
        Cow::Owned(escaped) => escaped,
    }
}

fn escape(json: &str) -> Cow<'_, str> {
    if !json.contains(['\u{fffe}', '\u{ffff}']) {
        return Cow::Borrowed(json);
    }
    Cow::Owned(json.replace('\u{fffe}', "\\ufffe").replace('\u{ffff}', "\\uffff"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn noncharacters_are_escaped_and_mean_the_same() {
        let json = serde_json::to_string("a\u{fffe}b\u{ffff}c\u{1F44D}").unwrap();
        let escaped = allowed(json);
        assert!(!escaped.contains(['\u{fffe}', '\u{ffff}']));
        assert_eq!(serde_json::from_str::<String>(&escaped).unwrap(), "a\u{fffe}b\u{ffff}c\u{1F44D}");
    }
}
