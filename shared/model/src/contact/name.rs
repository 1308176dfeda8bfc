//! A profile name as a person may see it (K-03). People write what they like into it.

/// Characters of a name that are shown.
const LONGEST: usize = 256;

/// Without control characters, and without those that turn the direction of the text around them: right-to-left names
/// and emoji stay as they are. `None` where nothing is left.
pub fn shown_name(name: &str) -> Option<String> {
    let shown: String = name.chars().filter(|letter| !misleads(*letter)).take(LONGEST).collect();
    let shown = shown.trim();
    (!shown.is_empty()).then(|| shown.to_owned())
}

/// Control characters, line and paragraph separators, and Unicode's explicit directional formatting (UAX #9, X1 to X8).
fn misleads(letter: char) -> bool {
    letter.is_control()
        || matches!(letter, '\u{2028}' | '\u{2029}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{FEFF}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stay_and_tricks_go() {
        for name in ["Ana", "👩‍👩‍👧 Ana 🇧🇷", "שלום", "علي", "José", "木村"] {
            assert_eq!(shown_name(name).as_deref(), Some(name));
        }
        assert_eq!(shown_name("A\0n\u{1b}[31ma\r\n\t").as_deref(), Some("An[31ma"));
        assert_eq!(shown_name("\u{202E}moc.knab\u{202C}").as_deref(), Some("moc.knab"));
        assert_eq!(shown_name("\u{2066}\u{0}\u{85} \u{2029}"), None);
        assert_eq!(shown_name("é".repeat(5_000).as_str()).map(|name| name.chars().count()), Some(256));
    }
}
