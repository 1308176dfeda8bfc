//! A text with parameters, and its samples (T-06, T-15).

use serde_json::Value;

use super::{Found, broken, source};
use crate::template::definition::{member, members};
use crate::template::placeholder::{self, Part};

/// Where a text stands, and how its samples are given.
pub(super) struct Place<'a> {
    /// The component's path.
    pub(super) at: &'a str,
    /// `body` or `header`, as Meta's names of examples begin.
    pub(super) of: &'static str,
    pub(super) named: bool,
}

/// The parameters of a text, checked: how they are written, in which order, and that each has a sample.
pub(super) fn check(component: &Value, place: &Place<'_>, found: &mut Found) {
    let text = member(component, "text");
    let at = format!("{}.text", place.at);
    let variables = placeholder::of(text);
    written(text, &at, place.named, &variables, found);
    if place.named {
        named(&variables, &at, found);
    } else {
        numbered(&variables, &at, found);
    }
    samples(component, place, &variables, found);
}

/// Braces that close, and nothing else in them than a parameter.
fn written(text: &str, at: &str, named: bool, variables: &[String], found: &mut Found) {
    let (opening, closing) = (text.matches("{{").count(), text.matches("}}").count());
    let empty = text.contains("{{}}");
    if opening != closing || empty || text.contains("{{{") {
        let remedy = "Write each as {{1}} or {{name}}.";
        found.error(at, broken("parameter_braces", "a parameter's braces do not match", remedy, source::COMPONENTS));
    }
    let is_number = |name: &String| name.bytes().all(|byte| byte.is_ascii_digit());
    let odd = variables.iter().find(|name| is_number(name) == named);
    if let Some(odd) = odd {
        let format = if named { "NAMED" } else { "POSITIONAL" };
        let what = format!("parameter_format is {format}, and {{{{{odd}}}}} is not of it");
        let remedy = "Use numbers or names, one or the other, and say so in parameter_format.";
        found.error(at, broken("parameter_format", what, remedy, source::COMPONENTS));
    }
    let mut used = Vec::new();
    placeholder::each(text, |part| {
        if let Part::Placeholder(name) = part {
            used.push(name);
        }
    });
    if let Some(twice) = variables.iter().find(|name| used.iter().filter(|other| other == name).count() > 1) {
        let broken = broken(
            "parameter_repeated",
            format!("{{{{{twice}}}}} is used more than once"),
            "Give each place a parameter of its own.",
            source::COMPONENTS,
        );
        if named { found.error(at, broken) } else { found.warn(at, broken) }
    }
}

fn named(variables: &[String], at: &str, found: &mut Found) {
    let proper = |name: &str| name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
    if let Some(odd) = variables.iter().find(|name| !proper(name)) {
        let what = format!("a parameter's name has lower-case letters and underscores (given: {odd:?})");
        let remedy = "Rename it, here and in the samples.";
        found.error(at, broken("parameter_name", what, remedy, source::COMPONENTS));
    }
}

fn numbered(variables: &[String], at: &str, found: &mut Found) {
    let missing = (1..=variables.len()).find(|n| !variables.contains(&n.to_string()));
    let numbers = variables.iter().all(|name| name.bytes().all(|byte| byte.is_ascii_digit()));
    if let Some(missing) = missing.filter(|_| numbers) {
        let what = format!("parameters are numbered from 1 without a gap, and {{{{{missing}}}}} is missing");
        found.error(at, broken("parameter_gap", what, "Number them anew.", source::COMPONENTS));
    }
}

/// Exactly one for every parameter (T-15). A body's are a list of lists, a header's a list, named ones objects.
fn samples(component: &Value, Place { at, of, named }: &Place<'_>, variables: &[String], found: &mut Found) {
    let example = component.get("example").unwrap_or(&Value::Null);
    let (flat, by_name) = (format!("{of}_text"), format!("{of}_text_named_params"));
    let other = if *named { &flat } else { &by_name };
    if let Some(odd) = example.get(other) {
        let wanted = if *named { &by_name } else { &flat };
        let what = format!("samples are given as {other}, and the parameters need {wanted} (given: {odd})");
        found.error(format!("{at}.example"), broken("sample_shape", what, "Give them as that.", source::COMPONENTS));
        return;
    }
    let place = format!("{at}.example.{}", if *named { &by_name } else { &flat });
    let given: Vec<(Option<&str>, &str)> = if *named {
        members(example, &by_name)
            .iter()
            .map(|item| (item.get("param_name").and_then(Value::as_str), member(item, "example")))
            .collect()
    } else {
        let rows = members(example, &flat);
        let row =
            if *of == "body" { rows.first().and_then(Value::as_array).map_or(&[][..], Vec::as_slice) } else { rows };
        if *of == "body" && !rows.is_empty() && !rows[0].is_array() {
            let what = "the samples of a body are a list in a list: [[\"Ana\", \"A-17\"]]";
            found
                .error(place, broken("sample_shape", what, "Put another pair of brackets around.", source::COMPONENTS));
            return;
        }
        row.iter().map(|sample| (None, sample.as_str().unwrap_or_default())).collect()
    };
    if given.len() != variables.len() {
        let what = format!("{} parameters need a sample each (given: {})", variables.len(), given.len());
        let remedy = "Give one for every parameter, and none besides; reviewers see the message with them.";
        found.error(&place, broken("sample_count", what, remedy, source::COMPONENTS));
    } else if let Some((name, _)) =
        given.iter().find(|(name, _)| *named && !name.is_some_and(|name| variables.iter().any(|known| known == name)))
    {
        let what = format!("no parameter is called {:?}", name.unwrap_or_default());
        found.error(
            &place,
            broken("sample_name", what, "Name the parameter that it is a sample of.", source::COMPONENTS),
        );
    }
    if given.iter().any(|(_, sample)| sample.trim().is_empty()) {
        let remedy = "Write what a person would read there, as text.";
        found.error(&place, broken("sample_empty", "a sample is empty, or no text", remedy, source::COMPONENTS));
    } else if let Some((_, sample)) = given.iter().find(|(_, sample)| says_nothing(sample)) {
        let what = format!("{sample:?} tells a reviewer nothing");
        let remedy = "Write what a person would read there, with nobody's real data.";
        found.warn(&place, broken("sample_vague", what, remedy, source::REVIEW));
    }
}

fn says_nothing(sample: &str) -> bool {
    let word = sample.trim().to_lowercase();
    let same = word.chars().next().is_some_and(|first| word.chars().count() > 1 && word.chars().all(|c| c == first));
    let same_letter = same && word.starts_with(char::is_alphabetic);
    same_letter
        || word.contains("{{")
        || ["sample", "test", "example", "placeholder", "string", "text"].contains(&word.as_str())
}
