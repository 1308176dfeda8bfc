//! The values that go into the variables of a text.

use std::collections::BTreeMap;

use crate::meta::graph_error::GraphError;
use crate::meta::judge::shape::Object;
use crate::meta::judge::variables;

use super::parts::mismatch;

/// Whether `given` fills the variables of `text`, and what comes out is not too long. `given` is `None` where the
/// component was left out, which is right only for a text without variables.
pub(super) fn check(
    place: &str,
    text: &str,
    given: Option<Vec<Object<'_>>>,
    named: bool,
    max: usize,
) -> Result<(), GraphError> {
    let variables = variables::of(text);
    let Some(given) = given else {
        return if variables.is_empty() { Ok(()) } else { Err(count(place, 0, variables.len())) };
    };
    // A component that has no variables must be left out.
    if given.len() != variables.len() || given.is_empty() {
        return Err(count(place, given.len(), variables.len()));
    }
    let mut values = BTreeMap::new();
    for (parameter, variable) in given.iter().zip(&variables) {
        let value = value(place, parameter)?;
        let name = match (named, parameter.text_opt("parameter_name")?) {
            (false, None) => variable.clone(),
            (true, Some(name)) if variables.iter().any(|known| known == name) => name.to_owned(),
            (true, Some(_)) => return Err(wrong(place, "parameter_name is not one of the template's")),
            (true, None) => {
                return Err(wrong(place, "the template's parameters are named, and parameter_name is missing"));
            }
            (false, Some(_)) => {
                return Err(wrong(place, "the template's parameters are positional, and this one has a name"));
            }
        };
        if values.insert(name, value).is_some() {
            return Err(wrong(place, "a parameter is given twice"));
        }
    }
    let filled = variables::fill(text, |name| values.get(name).map(|value| (*value).to_owned()));
    if filled.chars().count() > max {
        return Err(GraphError::new(132_005).details(format!("{place}: the text is longer than {max} characters.")));
    }
    Ok(())
}

/// What a parameter shows. Cloud API always shows the fallback of currencies and dates.
fn value<'a>(place: &str, parameter: &Object<'a>) -> Result<&'a str, GraphError> {
    let text = match parameter.text("type")? {
        "text" => parameter.text("text")?,
        "currency" => {
            let currency = parameter.object("currency")?;
            currency.text("code")?;
            currency.number("amount_1000")?;
            currency.text("fallback_value")?
        }
        "date_time" => parameter.object("date_time")?.text("fallback_value")?,
        other => return Err(format(place, "TEXT", &other.to_ascii_uppercase())),
    };
    clean(place, text).map(|()| text)
}

/// No line breaks, no tabs, no more than four spaces in a row.
pub(super) fn clean(place: &str, text: &str) -> Result<(), GraphError> {
    if text.contains(['\n', '\r', '\t']) || text.contains("     ") {
        let why = "Param text cannot have new-line/tab characters or more than 4 consecutive spaces";
        return Err(GraphError::new(132_018).details(format!("{place}: {why}.")));
    }
    Ok(())
}

fn count(place: &str, given: usize, expected: usize) -> GraphError {
    mismatch(
        place,
        &format!("number of localizable_params ({given}) does not match the expected number of params ({expected})"),
    )
}

pub(super) fn wrong(place: &str, why: &str) -> GraphError {
    GraphError::new(132_012).details(format!("{place}: {why}."))
}

pub(super) fn format(place: &str, expected: &str, received: &str) -> GraphError {
    wrong(place, &format!("Format mismatch, expected {expected}, received {received}"))
}
