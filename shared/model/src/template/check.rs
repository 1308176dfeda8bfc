//! Whether a send fits its template, so that Meta's 132000 and 132012 cannot be ours (contract §2.4, §4.5). What holds for
//! any template was checked when the message was read.
//!
//! A complaint names the place in the caller's JSON, what the template needs there, and what was given instead, where
//! that is no content.

mod button;
mod carousel;
mod text;

use super::Template;
use super::schema::{Header, Parts, Schema};
use crate::limits::{HEADER_TEXT, OTP_CODE, TEMPLATE_BODY};
use crate::outbound::{Component, ComponentKind, Invalid, Recipient, TemplateSend};

/// What a template that is stored takes, where a send of it fits, and goes to somebody who can get it. The send stands at
/// `at` in the caller's JSON.
pub fn fits(template: &Template, send: &TemplateSend, at: &str, recipient: &Recipient) -> Result<Schema, Invalid> {
    let schema = Schema::of(template);
    if schema.code && matches!(recipient, Recipient::User(_)) {
        let rule = "must be a phone number, in to: a one-time code goes to no business-scoped user id";
        return Err(Invalid { field: String::from("recipient"), rule: rule.to_owned(), given: None });
    }
    check(&schema, send, at).map(|()| schema)
}

/// Whether a send fits a template of this shape. What the schema does not know is passed.
pub fn check(schema: &Schema, send: &TemplateSend, at: &str) -> Result<(), Invalid> {
    let Some(parts) = &schema.parts else { return Ok(()) };
    let given = Given { at, components: &send.components };
    part(schema, parts, &given)?;
    if schema.code { same_code(&given) } else { Ok(()) }
}

/// What was sent for a template, or for one of its cards.
struct Given<'a> {
    /// The object that has the components.
    at: &'a str,
    components: &'a [Component],
}

impl Given<'_> {
    fn one(&self, kind: &ComponentKind) -> Option<&Component> {
        self.components.iter().find(|component| component.kind == *kind)
    }

    /// A component that the template needs is not there.
    fn lacks(&self, what: &str, need: &str) -> Invalid {
        invalid(&format!("{}.components", self.at), &format!("must hold {need}"), Some(&format!("no {what}")))
    }
}

fn part(schema: &Schema, defined: &Parts, given: &Given<'_>) -> Result<(), Invalid> {
    header(schema, defined, given)?;
    match &defined.body {
        Some(text) => text::check(schema, text, &TEMPLATE_BODY, &ComponentKind::Body, given)?,
        None => not_wanted(given.one(&ComponentKind::Body), "the template has no body")?,
    }
    button::check(schema, defined, given)?;
    offer(defined, given)?;
    carousel::check(schema, defined, given)
}

fn header(schema: &Schema, defined: &Parts, given: &Given<'_>) -> Result<(), Invalid> {
    let sent = given.one(&ComponentKind::Header);
    match &defined.header {
        Header::Unknown => Ok(()),
        Header::None => not_wanted(sent, "the template has no header"),
        Header::Text(text) => text::check(schema, text, &HEADER_TEXT, &ComponentKind::Header, given),
        Header::Given(kind) => {
            let need = format!("a header with one parameter of type {kind}, which is given with every send");
            let Some(sent) = sent else { return Err(given.lacks("header", &need)) };
            let [parameter] = sent.parameters.as_slice() else {
                return Err(count(sent, &format!("must hold one parameter of type {kind}")));
            };
            if parameter.kind == *kind {
                return Ok(());
            }
            let rule = format!("must be {kind}: that is the header of this template");
            Err(invalid(&format!("{}.type", sent.parameter_field(0)), &rule, Some(&parameter.kind)))
        }
    }
}

fn offer(defined: &Parts, given: &Given<'_>) -> Result<(), Invalid> {
    match (defined.offer == Some(true), given.one(&ComponentKind::LimitedTimeOffer)) {
        (false, sent) => not_wanted(sent, "the template has no offer that expires"),
        (true, None) => Err(given.lacks("limited_time_offer", "a limited_time_offer with its expiration_time_ms")),
        (true, Some(sent)) if sent.parameters.len() != 1 => {
            Err(count(sent, "must hold one parameter of type limited_time_offer"))
        }
        (true, Some(_)) => Ok(()),
    }
}

/// The code stands in the body and again in the button, and has at most 15 characters.
fn same_code(given: &Given<'_>) -> Result<(), Invalid> {
    let value = |component: &Component| component.parameters.first().and_then(|parameter| parameter.text.clone());
    let field = |component: &Component| format!("{}.text", component.parameter_field(0));
    let Some((body, code)) = given.one(&ComponentKind::Body).and_then(|body| Some((body, value(body)?))) else {
        return Ok(());
    };
    let length = code.chars().count();
    if !OTP_CODE.allows(length) {
        let rule = format!("must have {}: it is a one-time code", OTP_CODE.words());
        return Err(invalid(&field(body), &rule, Some(&length.to_string())));
    }
    let is_url =
        |component: &&Component| matches!(&component.kind, ComponentKind::Button { sub_type, .. } if sub_type == "url");
    match given.components.iter().filter(is_url).find(|button| value(button).as_ref() != Some(&code)) {
        Some(button) => Err(invalid(&field(button), "must be the same code as in the body", None)),
        None => Ok(()),
    }
}

fn not_wanted(sent: Option<&Component>, why: &str) -> Result<(), Invalid> {
    sent.map_or(Ok(()), |sent| Err(invalid(&sent.field, &format!("must be left out: {why}"), None)))
}

/// Its parameters are not as many as the rule says.
fn count(sent: &Component, rule: &str) -> Invalid {
    invalid(&format!("{}.parameters", sent.field), rule, Some(&sent.parameters.len().to_string()))
}

fn invalid(field: &str, rule: &str, given: Option<&str>) -> Invalid {
    Invalid { field: field.to_owned(), rule: rule.to_owned(), given: given.map(str::to_owned) }
}

#[cfg(test)]
mod tests;
