//! Header, body, footer and cards (T-05, T-07, T-09).

use serde_json::Value;

use super::text::{self, Place};
use super::{Found, broken, buttons, source};
use crate::limits::template::{TemplateLimits, fixed_words};
use crate::template::definition::{Definition, member, members};
use crate::template::placeholder::{self, Part};

const FORMATS: [&str; 7] = ["TEXT", "IMAGE", "VIDEO", "DOCUMENT", "GIF", "LOCATION", "PRODUCT"];

pub(super) fn check(definition: &Definition, limits: &TemplateLimits, found: &mut Found) {
    let has = |kind: &str| definition.component(kind).is_some();
    if !has("BODY") && !definition.more.contains_key("library_template_name") {
        let remedy = "Add a component of type BODY with a text.";
        found.error("components", broken("body_missing", "a template needs a body", remedy, source::COMPONENTS));
    }
    let offer = has("LIMITED_TIME_OFFER");
    let named = definition.named;
    let mut seen = Vec::new();
    for (n, component) in definition.components.iter().enumerate() {
        let at = format!("components[{n}]");
        let kind = member(component, "type").to_ascii_uppercase();
        match kind.as_str() {
            "" => {
                let remedy = "Say which: HEADER, BODY, FOOTER, BUTTONS, CAROUSEL …";
                found.error(
                    format!("{at}.type"),
                    broken("type_missing", "a component has a type", remedy, source::COMPONENTS),
                );
            }
            "HEADER" => header(component, &at, named, limits, found),
            "BODY" if definition.is_code() => code_body(component, &at, found),
            "BODY" => body(component, &at, named, if offer { &limits.offer_body } else { &limits.body }, limits, found),
            "FOOTER" if definition.is_code() => code_footer(component, &at, limits, found),
            "FOOTER" => footer(component, &at, offer, limits, found),
            "BUTTONS" => buttons::check(component, &at, &limits.buttons, limits, found),
            "CAROUSEL" => carousel(component, &at, named, limits, found),
            "LIMITED_TIME_OFFER" => {
                let text = component.pointer("/limited_time_offer/text").and_then(Value::as_str).unwrap_or_default();
                let at = format!("{at}.limited_time_offer.text");
                found.count("offer_length", at, &limits.offer_text, text.chars().count(), source::COMPONENTS);
            }
            _ => {}
        }
        if seen.contains(&kind) && !kind.is_empty() {
            let what = format!("there is a second {kind}");
            found.error(
                at,
                broken("component_repeated", what, "Put it into the first, or take it out.", source::COMPONENTS),
            );
        }
        seen.push(kind);
    }
}

fn header(header: &Value, at: &str, named: bool, limits: &TemplateLimits, found: &mut Found) {
    let format = Some(member(header, "format")).filter(|format| !format.is_empty()).unwrap_or("TEXT");
    let format = format.to_ascii_uppercase();
    if !FORMATS.contains(&format.as_str()) {
        let what = format!("{format} is none of the formats known here: {}", FORMATS.join(", "));
        let remedy = "Check the spelling; a newer one is for Meta to judge.";
        found.warn(format!("{at}.format"), broken("header_format", what, remedy, source::COMPONENTS));
    }
    if format != "TEXT" {
        return;
    }
    let words = member(header, "text");
    let place = format!("{at}.text");
    found.count("header_length", &place, &limits.header_text, words.chars().count(), source::COMPONENTS);
    let variables = placeholder::of(words);
    found.count("header_parameters", &place, &limits.header_parameters, variables.len(), source::COMPONENTS);
    if words.contains(['\n', '*', '~', '`']) || words.chars().any(is_emoji) {
        let what = "a header that has line breaks, formatting or emoji is often refused (2388047)";
        found.warn(&place, broken("header_plain", what, "Leave them out; a header is bold anyway.", source::CODES));
    }
    text::check(header, &Place { at, of: "header", named }, found);
}

fn body(
    body: &Value,
    at: &str,
    named: bool,
    length: &crate::limits::Limit,
    limits: &TemplateLimits,
    found: &mut Found,
) {
    let words = member(body, "text");
    let place = format!("{at}.text");
    found.count("body_length", &place, length, words.chars().count(), source::COMPONENTS);
    let newlines = words.split(|c| c != '\n').map(str::len).max().unwrap_or_default();
    found.count("body_newlines", &place, &limits.newlines, newlines, source::INTEGRATORS);
    found.count("body_emoji", &place, &limits.emoji, emoji(words), source::INTEGRATORS);
    arrangement(words, &place, found);
    text::check(body, &Place { at, of: "body", named }, found);
}

/// Where parameters may not stand, and how many words have to stand around them.
fn arrangement(text: &str, at: &str, found: &mut Found) {
    let variables = placeholder::of(text);
    if variables.is_empty() {
        return;
    }
    let trimmed = text.trim();
    if trimmed.starts_with("{{") || trimmed.ends_with("}}") {
        let remedy = "Put words around it; a full stop behind the last one is enough.";
        let what = "a parameter stands at the beginning or the end (2388299)";
        found.error(at, broken("parameter_edge", what, remedy, source::CODES));
    }
    if adjacent(text) {
        let remedy = "Put a word between them.";
        found.error(at, broken("parameter_adjacent", "two parameters stand side by side", remedy, source::COMPONENTS));
    }
    let mut words = 0;
    placeholder::each(text, |part| {
        if let Part::Words(part) = part {
            words += part.split_whitespace().filter(|word| word.contains(char::is_alphanumeric)).count();
        }
    });
    if words == 0 {
        let remedy = "Say what it is about.";
        found.error(
            at,
            broken("body_parameters_only", "the body is made of parameters only", remedy, source::INTEGRATORS),
        );
    } else if words < fixed_words(variables.len()) {
        let what = format!(
            "{} parameters in {words} words: Meta may find that too many for the length (2388293)",
            variables.len()
        );
        let remedy = format!("Use {} words or more, or fewer parameters.", fixed_words(variables.len()));
        found.warn(at, broken("parameter_density", what, remedy, source::CODES));
    }
}

fn adjacent(text: &str) -> bool {
    let mut parts = Vec::new();
    placeholder::each(text, |part| match part {
        Part::Words(words) if words.trim().is_empty() => {}
        Part::Words(_) => parts.push(false),
        Part::Placeholder(_) => parts.push(true),
    });
    parts.windows(2).any(|two| two == [true, true])
}

fn footer(footer: &Value, at: &str, offer: bool, limits: &TemplateLimits, found: &mut Found) {
    let words = member(footer, "text");
    let place = format!("{at}.text");
    found.count("footer_length", &place, &limits.footer, words.chars().count(), source::COMPONENTS);
    if !placeholder::of(words).is_empty() {
        let remedy = "Move it into the body.";
        found.error(&place, broken("footer_parameter", "a footer has no parameters", remedy, source::COMPONENTS));
    }
    if offer {
        let remedy = "Leave it out.";
        found.error(at, broken("offer_footer", "a limited-time offer has no footer", remedy, source::COMPONENTS));
    }
}

/// The text around a one-time code is Meta's own.
fn code_body(body: &Value, at: &str, found: &mut Found) {
    let theirs = member(body, "text");
    if !theirs.is_empty() && !theirs.contains("{{1}}") {
        let remedy = "Leave the text out; add_security_recommendation adds a sentence.";
        let what = "of an authentication template the body's text is Meta's own";
        found.error(format!("{at}.text"), broken("code_body", what, remedy, source::COMPONENTS));
    }
}

fn code_footer(footer: &Value, at: &str, limits: &TemplateLimits, found: &mut Found) {
    let minutes = footer.get("code_expiration_minutes");
    let allowed = minutes.is_none_or(|minutes| minutes.as_u64().is_some_and(|n| limits.code_minutes.takes(n)));
    if !allowed {
        let what = format!("a code lives {}", limits.code_minutes.words());
        let place = format!("{at}.code_expiration_minutes");
        found.error(place, broken("code_expiration", what, "Correct it.", source::COMPONENTS));
    }
}

fn carousel(carousel: &Value, at: &str, named: bool, limits: &TemplateLimits, found: &mut Found) {
    let cards = members(carousel, "cards");
    found.count("cards_count", format!("{at}.cards"), &limits.cards, cards.len(), source::COMPONENTS);
    let mut shapes = Vec::new();
    for (n, card) in cards.iter().enumerate() {
        let mut shape = Vec::new();
        for (m, part) in members(card, "components").iter().enumerate() {
            let at = format!("{at}.cards[{n}].components[{m}]");
            let kind = member(part, "type").to_ascii_uppercase();
            match kind.as_str() {
                "BODY" => body(part, &at, named, &limits.card_body, limits, found),
                "BUTTONS" => buttons::check(part, &at, &limits.card_buttons, limits, found),
                _ => {}
            }
            let buttons = members(part, "buttons").iter().map(|one| member(one, "type").to_ascii_uppercase());
            shape.push((kind, member(part, "format").to_ascii_uppercase(), buttons.collect::<Vec<_>>()));
        }
        shape.sort();
        shapes.push(shape);
    }
    if let Some(odd) = shapes.iter().position(|shape| Some(shape) != shapes.first()) {
        let remedy = "Give every card the same components, formats and buttons.";
        let what = "all cards of a carousel are made alike";
        found.error(format!("{at}.cards[{odd}]"), broken("cards_alike", what, remedy, source::COMPONENTS));
    }
}

/// One for a sequence that is shown as one.
fn emoji(text: &str) -> usize {
    let mut count = 0;
    let mut joined = false;
    for c in text.chars() {
        match c {
            '\u{200d}' => joined = true,
            '\u{fe0f}' | '\u{1f3fb}'..='\u{1f3ff}' => {}
            c => {
                count += usize::from(is_emoji(c) && !joined);
                joined = false;
            }
        }
    }
    count
}

fn is_emoji(c: char) -> bool {
    matches!(c, '\u{1f300}'..='\u{1faff}' | '\u{2600}'..='\u{27bf}' | '\u{1f1e6}'..='\u{1f1ff}' | '\u{2b50}' | '\u{2b55}')
}
