//! What may leave the house: members that are named here, and sentences without what others may not read.

use serde_json::{Map, Value};

/// Pages that remedies lead to; every other address is cut to its origin, since a path may be a secret.
const KNOWN: [&str; 6] = [
    "https://developers.facebook.com/",
    "https://business.facebook.com/",
    "https://metastatus.com/",
    "https://console.aws.amazon.com/",
    "https://graph.facebook.com/",
    "https://docs.aws.amazon.com/",
];
/// A word this long that mixes letters and digits is no word.
const SECRET_LENGTH: usize = 24;

/// The members of an object that are named, where they are there.
pub(super) fn picked(value: &Value, members: &[&str]) -> Value {
    let picked = members.iter().filter_map(|member| {
        let found = value.get(*member).filter(|found| !found.is_null())?;
        Some(((*member).to_owned(), found.clone()))
    });
    Value::Object(picked.collect::<Map<_, _>>())
}

/// What is known not to be for others: secrets, numbers, names.
pub(super) struct Redactor {
    known: Vec<String>,
}

impl Redactor {
    pub(super) fn new(known: impl IntoIterator<Item = String>) -> Self {
        let mut known: Vec<String> = known.into_iter().filter(|text| text.chars().count() >= 3).collect();
        // The longer first: one may be a part of another.
        known.sort_by_key(|text| std::cmp::Reverse(text.len()));
        Self { known }
    }

    /// A sentence of ours, which may quote others.
    pub(super) fn sentence(&self, text: &str) -> String {
        let known = self.known.iter().fold(text.to_owned(), |text, known| text.replace(known, "(redacted)"));
        let mut words = Vec::new();
        let mut in_number = false;
        for word in known.split_whitespace() {
            let is_number = word.starts_with('+') && word.contains(|letter: char| letter.is_ascii_digit());
            // A phone number is often written in several.
            in_number =
                is_number || in_number && word.chars().all(|letter| letter.is_ascii_digit() || "-().".contains(letter));
            match in_number {
                true if is_number => words.push(String::from("(phone)")),
                true => {}
                false => words.push(plain(word)),
            }
        }
        words.join(" ")
    }
}

fn plain(word: &str) -> String {
    let bare = word.trim_matches(|letter: char| !letter.is_alphanumeric() && letter != '_');
    if bare.starts_with("http://") || bare.starts_with("https://") {
        return if KNOWN.iter().any(|known| bare.starts_with(known)) {
            word.to_owned()
        } else {
            word.replace(bare, &origin(bare))
        };
    }
    let is_person = ["wamid.", "wa:", "user:"].iter().any(|start| bare.starts_with(start));
    let is_mixed =
        bare.contains(|letter: char| letter.is_ascii_digit()) && bare.contains(|letter: char| letter.is_alphabetic());
    if is_person || is_mixed && bare.len() >= SECRET_LENGTH && !bare.contains('_') {
        return word.replace(bare, "(redacted)");
    }
    word.to_owned()
}

fn origin(url: &str) -> String {
    url::Url::parse(url).map_or_else(|_| String::from("(address)"), |url| url.origin().ascii_serialization())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_what_is_named_is_picked() {
        let channel = json!({"phone_number_id": "1", "name": "Shop", "status": null});
        assert_eq!(picked(&channel, &["phone_number_id", "status"]), json!({"phone_number_id": "1"}));
    }

    #[test]
    fn sentences_lose_what_is_not_for_others() {
        let redactor = Redactor::new([String::from("s3cret"), String::from("Bäckerei"), String::from("x")]);
        for (said, told) in [
            ("The number is registered.", "The number is registered."),
            ("Bäckerei: it is s3cret, x.", "(redacted): it is (redacted), x."),
            ("Write to +1 555-0100 now.", "Write to (phone) now."),
            (
                "The callback is https://shop.example/hook?key=1, not ours.",
                "The callback is https://shop.example, not ours.",
            ),
            ("See https://business.facebook.com/billing_hub.", "See https://business.facebook.com/billing_hub."),
            ("It quotes wamid.HBgL= of wa:15550101.", "It quotes (redacted)= of (redacted)."),
            ("Token EAAG1234567890abcdefghijkl.", "Token (redacted)."),
            ("Until 2026-01-31T08:00:00Z, code 190/460.", "Until 2026-01-31T08:00:00Z, code 190/460."),
            ("The account 200000000000001.", "The account 200000000000001."),
        ] {
            assert_eq!(redactor.sentence(said), told);
        }
    }
}
