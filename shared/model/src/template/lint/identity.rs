//! Name, language, category, and how long a message may wait (T-02 to T-04).

use serde_json::Value;

use super::{Found, broken, source};
use crate::limits::template::{CATEGORIES, LANGUAGES, TIME_TO_LIVE, TemplateLimits};
use crate::template::definition::Definition;

pub(super) fn check(definition: &Definition, limits: &TemplateLimits, found: &mut Found) {
    let name = &definition.name;
    let proper = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    if let Some(odd) = name.chars().find(|c| !proper(*c)) {
        let what = format!("a name has lower-case letters, digits and underscores only (given: {odd:?})");
        found.error("name", broken("name_characters", what, format!("Call it {}.", tidied(name)), source::OVERVIEW));
    }
    found.count("name_length", "name", &limits.name, name.chars().count(), source::OVERVIEW);
    let category = &definition.category;
    if !CATEGORIES.contains(&category.as_str()) {
        let what = format!("a category is {} (given: {category})", CATEGORIES.join(", "));
        found.error("category", broken("category_unknown", what, "Choose one of these.", source::CATEGORIES));
    }
    language(&definition.language, found);
    if let Some(seconds) = definition.more.get("message_send_ttl_seconds") {
        time_to_live(category, seconds, found);
    }
}

/// The list is open, so another code is no error, but for one that is only misspelt.
fn language(language: &str, found: &mut Found) {
    if LANGUAGES.contains(&language) {
        return;
    }
    let plain = |code: &str| code.replace('-', "_").to_ascii_lowercase();
    let meant = LANGUAGES.iter().find(|known| plain(known) == plain(language));
    if let Some(meant) = meant {
        let what = format!("Meta's code of this language is {meant} (given: {language})");
        found.error("language", broken("language_spelling", what, format!("Write {meant}."), source::LANGUAGES));
    } else {
        let what = format!("{language} is not among the codes that Meta lists");
        let remedy = "Compare it with Meta's list; en is not en_US.";
        found.warn("language", broken("language_unknown", what, remedy, source::LANGUAGES));
    }
}

fn time_to_live(category: &str, seconds: &Value, found: &mut Found) {
    let Some((_, range)) = TIME_TO_LIVE.iter().find(|(known, _)| *known == category) else { return };
    let forever = category != "MARKETING";
    let allowed = seconds.as_i64().is_some_and(|seconds| range.contains(&seconds) || (forever && seconds == -1));
    if !allowed {
        let or = if forever { ", or -1 for 30 days" } else { "" };
        let what = format!(
            "of {category} it is a whole number from {} to {}{or} (given: {seconds})",
            range.start(),
            range.end()
        );
        let remedy = "Correct it, or leave it out for Meta's default.";
        found.error("message_send_ttl_seconds", broken("time_to_live", what, remedy, source::TIME_TO_LIVE));
    }
}

/// The nearest name that would do.
fn tidied(name: &str) -> String {
    let mut tidy = String::new();
    for c in name.chars().flat_map(char::to_lowercase) {
        let c = if c.is_ascii_alphanumeric() { c } else { '_' };
        if c != '_' || !tidy.ends_with('_') {
            tidy.push(c);
        }
    }
    tidy.trim_matches('_').to_owned()
}
