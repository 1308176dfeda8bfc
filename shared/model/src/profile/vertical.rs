//! The industry: Meta's words, and the names that people know them by (P-07).

use crate::limits::profile::VERTICALS;

/// What Meta says where none is set.
pub(super) const UNDEFINED: &str = "UNDEFINED";

/// What people know Meta's word by; the word itself where it is newer than this build.
pub fn label(word: &str) -> &str {
    VERTICALS.iter().find(|(known, _)| *known == word).map_or(word, |(_, label)| label)
}

/// Meta's word for a name, or for the word itself, whatever its case. What is neither is left as it is.
pub fn word(given: &str) -> &str {
    let is = |known: &str| known.eq_ignore_ascii_case(given);
    VERTICALS.iter().find(|(word, label)| is(word) || is(label)).map_or(given, |(word, _)| word)
}

/// Whether Meta lets it be set.
pub fn is_known(word: &str) -> bool {
    VERTICALS.iter().any(|(known, _)| *known == word)
}
