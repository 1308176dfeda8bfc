//! What reviewers often reject (T-16), as far as words tell. All of it is warned of only: people judge it, and these rules
//! know one language and no context.

use super::{Found, broken, source};
use crate::template::definition::{Definition, member, members};

/// Hosts that hide where a link leads.
const SHORTENERS: [&str; 9] =
    ["bit.ly", "tinyurl.com", "goo.gl", "t.co", "ow.ly", "is.gd", "cutt.ly", "rebrand.ly", "wa.me"];

/// What may not be asked for.
const SENSITIVE: [&str; 9] = [
    "card number",
    "cvv",
    "cvc",
    "your password",
    "your pin",
    "passport number",
    "social security",
    "bank account number",
    "id number",
];

/// What makes a utility template marketing in Meta's eyes.
const PROMOTION: [&str; 10] = [
    "% off",
    "discount",
    "special offer",
    "promo",
    "coupon",
    "voucher",
    "free gift",
    "sale ends",
    "buy now",
    "shop now",
];

const FILLER: [&str; 4] = ["lorem ipsum", "asdf", "test template", "this is a test"];

/// Letters of capitals in a text, from which on it shouts.
const LETTERS: usize = 12;

pub(super) fn check(definition: &Definition, found: &mut Found) {
    if definition.is_code() {
        return;
    }
    for (n, component) in definition.components.iter().enumerate() {
        let at = format!("components[{n}].text");
        let text = member(component, "text");
        let small = text.to_lowercase();
        let first = |words: &[&'static str]| words.iter().find(|word| small.contains(**word)).copied();
        if shouts(text) {
            let remedy = "Write it in small letters.";
            found.warn(&at, broken("reject_capitals", "most of it is in capital letters", remedy, source::REVIEW));
        }
        if let Some(word) = first(&SENSITIVE) {
            let what = format!("people may not be asked for such data in a chat ({word:?})");
            found.warn(&at, broken("reject_sensitive", what, "Send them to your own site for it.", source::REVIEW));
        }
        if let Some(word) = first(&FILLER) {
            let what = format!("{word:?} is no message to a person");
            found.warn(&at, broken("reject_filler", what, "Write what people will read.", source::REVIEW));
        }
        if let Some(word) = first(&PROMOTION).filter(|_| definition.category == "UTILITY") {
            let what = format!("{word:?} is marketing: Meta moves such a template to MARKETING, at another price");
            let remedy = "Take it out, or submit the template as MARKETING.";
            found.warn(&at, broken("reject_promotion", what, remedy, source::CATEGORIES));
        }
        if let Some(host) = shortened(&small) {
            found.warn(&at, short_link(host));
        }
        for (m, button) in members(component, "buttons").iter().enumerate() {
            if let Some(host) = shortened(&member(button, "url").to_lowercase()) {
                found.warn(format!("components[{n}].buttons[{m}].url"), short_link(host));
            }
        }
    }
}

fn short_link(host: &str) -> super::Broken {
    let what = format!("a link by {host} hides where it leads");
    broken("reject_short_link", what, "Link to your own domain.", source::REVIEW)
}

/// As a host, not within another's name.
fn shortened(text: &str) -> Option<&'static str> {
    SHORTENERS.iter().copied().find(|host| {
        text.match_indices(*host).any(|(at, _)| {
            let before = text[..at].chars().next_back();
            let after = text[at + host.len()..].chars().next();
            before.is_none_or(|c| c == '/' || c.is_whitespace()) && after.is_none_or(|c| c == '/' || c.is_whitespace())
        })
    })
}

fn shouts(text: &str) -> bool {
    let letters = text.chars().filter(|c| c.is_alphabetic() && (c.is_uppercase() || c.is_lowercase())).count();
    let capitals = text.chars().filter(|c| c.is_uppercase()).count();
    letters >= LETTERS && capitals * 2 > letters
}
