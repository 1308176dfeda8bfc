//! Buttons: how many, in which groups, and what is on them (T-10 to T-13).

use serde_json::Value;

use super::{Found, broken, source};
use crate::limits::Limit;
use crate::limits::template::{BUTTONS_SHOWN, GUIDE, TemplateLimits};
use crate::template::definition::{member, members};
use crate::template::placeholder;

/// Buttons that have no label of their own, or one that Meta writes.
const LABELLED: [&str; 6] = ["QUICK_REPLY", "URL", "PHONE_NUMBER", "FLOW", "CATALOG", "MPM"];
const ONE_EACH: [&str; 5] = ["FLOW", "CATALOG", "MPM", "SPM", "VOICE_CALL"];

pub(super) fn check(component: &Value, at: &str, most: &Limit, limits: &TemplateLimits, found: &mut Found) {
    let buttons = members(component, "buttons");
    let at = format!("{at}.buttons");
    found.count("buttons_count", &at, most, buttons.len(), told_by(most, limits));
    let kinds: Vec<String> = buttons.iter().map(|button| member(button, "type").to_ascii_uppercase()).collect();
    let of = |kind: &str| kinds.iter().filter(|other| *other == kind).count();
    for (id, kind, limit) in [
        ("quick_replies_count", "QUICK_REPLY", &limits.quick_replies),
        ("urls_count", "URL", &limits.urls),
        ("phone_numbers_count", "PHONE_NUMBER", &limits.phone_numbers),
        ("copy_codes_count", "COPY_CODE", &limits.copy_codes),
    ] {
        found.count(id, &at, limit, of(kind), told_by(limit, limits));
    }
    for kind in ONE_EACH.into_iter().filter(|kind| of(kind) > 0) {
        found.count("button_type_count", &at, &limits.other_buttons, of(kind), told_by(&limits.other_buttons, limits));
    }
    grouping(&kinds, &at, limits, found);
    for (n, button) in buttons.iter().enumerate() {
        one(button, &kinds[n], &format!("{at}[{n}]"), limits, found);
    }
    let labels: Vec<&str> = buttons.iter().map(|button| member(button, "text")).collect();
    if let Some(n) = (1..labels.len()).find(|n| !labels[*n].is_empty() && labels[..*n].contains(&labels[*n])) {
        let what = format!("two buttons are called {:?}", labels[n]);
        let remedy = "Call one of them something else.";
        found.warn(format!("{at}[{n}].text"), broken("button_text_repeated", what, remedy, source::REVIEW));
    }
}

/// Quick replies stand together: all before or all after the others (T-10).
fn grouping(kinds: &[String], at: &str, limits: &TemplateLimits, found: &mut Found) {
    let quick = |kind: &String| kind == "QUICK_REPLY";
    let changes = kinds.windows(2).filter(|two| quick(&two[0]) != quick(&two[1])).count();
    if changes > 1 {
        let remedy = "Put them all first, or all last.";
        let what = "quick replies stand together, and others stand between them";
        found.error(at, broken("buttons_interleaved", what, remedy, source::COMPONENTS));
    }
    let mixed = changes > 0;
    if mixed && !limits.mixes_buttons {
        let remedy = "Make two templates.";
        let what = "quick replies and other buttons do not stand in one template";
        found.error(at, broken("buttons_mixed", what, remedy, source::GUIDE));
    } else if mixed || kinds.len() > BUTTONS_SHOWN {
        let what = format!(
            "more than {BUTTONS_SHOWN} buttons, or quick replies beside others, cannot be seen whole: phones show the rest \
             behind \"See all options\", desktops show nothing"
        );
        found.warn(at, broken("buttons_shown", what, "Use fewer, of one group.", source::COMPONENTS));
    }
}

fn one(button: &Value, kind: &str, at: &str, limits: &TemplateLimits, found: &mut Found) {
    if kind.is_empty() {
        let remedy = "Say which: QUICK_REPLY, URL, PHONE_NUMBER, COPY_CODE …";
        found.error(format!("{at}.type"), broken("type_missing", "a button has a type", remedy, source::COMPONENTS));
    }
    let label = member(button, "text");
    let most = if kind == "QUICK_REPLY" { &limits.quick_reply_text } else { &limits.button_text };
    if !label.is_empty() || LABELLED.contains(&kind) {
        let count = label.chars().count();
        found.count("button_text_length", format!("{at}.text"), most, count, told_by(most, limits));
        if most.allows(count) && kind == "QUICK_REPLY" && !GUIDE.quick_reply_text.allows(count) {
            let what = format!("some of Meta's pages allow {} only (given: {count})", GUIDE.quick_reply_text.words());
            found.warn(format!("{at}.text"), broken("quick_reply_text", what, "Shorten it.", source::GUIDE));
        }
    }
    match kind {
        "URL" => url(button, at, limits, found),
        "PHONE_NUMBER" => {
            let count = member(button, "phone_number").chars().count();
            found.count("phone_number", format!("{at}.phone_number"), &limits.phone_number, count, source::COMPONENTS);
        }
        "COPY_CODE" => {
            let example = button.get("example").map(|example| example.get(0).unwrap_or(example));
            let count = example.and_then(Value::as_str).unwrap_or_default().chars().count();
            found.count("copy_code", format!("{at}.example"), &limits.copy_code, count, source::COMPONENTS);
        }
        _ => {}
    }
}

/// One parameter, at the end, with a sample that is a whole URL (T-12).
fn url(button: &Value, at: &str, limits: &TemplateLimits, found: &mut Found) {
    let url = member(button, "url");
    let place = format!("{at}.url");
    found.count("url_length", &place, &limits.url, url.chars().count(), source::COMPONENTS);
    if !url.is_empty() && !url.starts_with("https://") && !url.starts_with("http://") {
        let remedy = "Begin it with https://.";
        found.error(&place, broken("url_scheme", "a URL begins with https://", remedy, source::COMPONENTS));
    }
    let variables = placeholder::of(url);
    if variables.len() > 1 || (variables.len() == 1 && !url.ends_with("}}")) {
        let remedy = "Move it to the end, and put the rest into its value.";
        let what = format!("a URL has one parameter, at its end (given: {})", variables.len());
        found.error(&place, broken("url_parameter", what, remedy, source::COMPONENTS));
    }
    let example = button.get("example");
    let given = match example {
        Some(Value::Array(list)) => list.first().and_then(Value::as_str),
        other => other.and_then(Value::as_str),
    };
    let place = format!("{at}.example");
    match (variables.is_empty(), given) {
        (false, None | Some("")) => {
            let remedy = "Give the whole URL as a person would open it.";
            let what = "a URL with a parameter needs a sample (2388043)";
            found.error(place, broken("url_sample", what, remedy, source::COMPONENTS));
        }
        (true, Some(_)) => {
            let what = "a URL without a parameter has no sample";
            found.error(place, broken("url_sample", what, "Leave it out.", source::COMPONENTS));
        }
        _ => {}
    }
}

/// Whose number it is: today's, or the guide's.
fn told_by(limit: &Limit, limits: &TemplateLimits) -> &'static str {
    use crate::limits::template::TODAY;
    let older = limits.mixes_buttons != TODAY.mixes_buttons;
    let same = [
        &TODAY.buttons,
        &TODAY.quick_replies,
        &TODAY.urls,
        &TODAY.phone_numbers,
        &TODAY.copy_codes,
        &TODAY.other_buttons,
        &TODAY.button_text,
        &TODAY.quick_reply_text,
        &TODAY.card_buttons,
    ];
    if older && !same.contains(&limit) { source::GUIDE } else { source::COMPONENTS }
}
