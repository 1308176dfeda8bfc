//! The values for the variables of a header or a body.

use std::collections::BTreeMap;

use super::{Given, count, invalid};
use crate::limits::Limit;
use crate::outbound::{Component, ComponentKind, Invalid, Parameter};
use crate::template::placeholder;
use crate::template::schema::{Schema, Text};

/// Whether the component fills the variables of `text`, and what comes out is not too long.
pub(super) fn check(
    schema: &Schema,
    text: &Text,
    longest: &Limit,
    kind: &ComponentKind,
    given: &Given<'_>,
) -> Result<(), Invalid> {
    let word = if *kind == ComponentKind::Header { "header" } else { "body" };
    let variables = &text.variables;
    let sent = match (given.one(kind), variables.as_slice()) {
        (None, []) => return Ok(()),
        (None, _) => return Err(given.lacks(word, &format!("a {word} with {}", need(variables)))),
        (Some(sent), []) => {
            let rule = format!("must be left out: the template's {word} has no variable");
            return Err(invalid(&sent.field, &rule, None));
        }
        (Some(sent), _) => sent,
    };
    if sent.parameters.len() != variables.len() {
        return Err(count(sent, &format!("must hold {}", need(variables))));
    }
    let mut lengths = BTreeMap::new();
    for (index, (parameter, variable)) in sent.parameters.iter().zip(variables).enumerate() {
        let Some(value) = &parameter.text else {
            let rule = "must be text, currency or date_time: the template has a text there";
            return Err(invalid(&format!("{}.type", sent.parameter_field(index)), rule, Some(&parameter.kind)));
        };
        let name = name(schema, sent, index, parameter, variable, variables)?;
        if lengths.insert(name, value.chars().count()).is_some() {
            return Err(invalid(&named(sent, index), "is given twice", None));
        }
    }
    let length = placeholder::filled_chars(&text.text, |name| lengths.get(name).copied().unwrap_or(0));
    if longest.allows(length) {
        return Ok(());
    }
    let rule = format!("must leave the template's {word} with at most {} {}", longest.most, longest.of);
    Err(invalid(&format!("{}.parameters", sent.field), &rule, Some(&length.to_string())))
}

fn need(variables: &[String]) -> String {
    let names: Vec<String> = variables.iter().map(|name| format!("{{{{{name}}}}}")).collect();
    let count = names.len();
    format!("{count} {} for {}", if count == 1 { "parameter" } else { "parameters" }, names.join(", "))
}

/// Named ones come in any order, positional ones in theirs; nothing is mixed.
fn name<'a>(
    schema: &Schema,
    sent: &Component,
    index: usize,
    parameter: &'a Parameter,
    positional: &'a str,
    variables: &[String],
) -> Result<&'a str, Invalid> {
    let field = || named(sent, index);
    match (schema.named, parameter.name.as_deref()) {
        (false, None) => Ok(positional),
        (false, Some(_)) => {
            let rule = "must be left out: the template's parameters are positional, and go by their order";
            Err(invalid(&field(), rule, None))
        }
        (true, Some(name)) if variables.iter().any(|known| known == name) => Ok(name),
        (true, Some(_)) => Err(invalid(&field(), &format!("must be one of {}", variables.join(", ")), None)),
        (true, None) => {
            let rule = format!("is required: the template's parameters are named {}", variables.join(", "));
            Err(invalid(&field(), &rule, None))
        }
    }
}

fn named(sent: &Component, index: usize) -> String {
    format!("{}.parameter_name", sent.parameter_field(index))
}
