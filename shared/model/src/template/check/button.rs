//! The parameters of buttons, by the place of the button in the template.

use super::{Given, count, invalid};
use crate::limits::OFFER_COUPON_CODE;
use crate::outbound::{Component, ComponentKind, Invalid};
use crate::template::schema::{Button, Parts, Schema};

pub(super) fn check(schema: &Schema, defined: &Parts, given: &Given<'_>) -> Result<(), Invalid> {
    let mut missing: Vec<usize> =
        (0..defined.buttons.len()).filter(|at| defined.buttons[*at].must_be_given()).collect();
    for sent in given.components {
        let ComponentKind::Button { sub_type, index } = &sent.kind else { continue };
        let Some(button) = defined.buttons.get(*index) else {
            let rule = match defined.buttons.len() {
                0 => String::from("must be left out: the template has no buttons"),
                count => format!("must be below {count}: so many buttons has the template"),
            };
            return Err(invalid(&format!("{}.index", sent.field), &rule, Some(&index.to_string())));
        };
        one(schema, defined, button, sub_type, sent)?;
        missing.retain(|at| at != index);
    }
    let Some(index) = missing.first() else { return Ok(()) };
    let sub_type = defined.buttons[*index].sub_type().unwrap_or_default();
    Err(given.lacks(
        &format!("button {index}"),
        &format!("a button with index {index}, sub_type {sub_type} and its parameter"),
    ))
}

fn one(schema: &Schema, defined: &Parts, button: &Button, sub_type: &str, sent: &Component) -> Result<(), Invalid> {
    match (button, button.sub_type()) {
        (Button::Unknown, _) => return Ok(()),
        (Button::Url(None), _) => {
            return Err(invalid(&sent.field, "must be left out: the template's URL has no variable", None));
        }
        (_, None) => {
            let rule = "must be left out: that button of the template takes no parameters";
            return Err(invalid(&sent.field, rule, None));
        }
        (_, Some(of_template)) if of_template != sub_type => {
            let rule = format!("must be {of_template}: that is the template's button at this index");
            return Err(invalid(&format!("{}.sub_type", sent.field), &rule, Some(sub_type)));
        }
        _ => {}
    }
    let [parameter] = sent.parameters.as_slice() else {
        // What may be more is so for every template, and was counted.
        return if *button == Button::VoiceCall { Ok(()) } else { Err(count(sent, "must hold one parameter")) };
    };
    match button {
        Button::Url(Some(variable)) => name(schema, variable, parameter.name.as_deref(), sent),
        Button::CopyCode if defined.offer.is_some() => {
            let length = parameter.text.as_ref().map_or(0, |code| code.chars().count());
            if OFFER_COUPON_CODE.allows(length) {
                return Ok(());
            }
            let rule = format!("must have {}: the template has a limited-time offer", OFFER_COUPON_CODE.words());
            Err(invalid(&format!("{}.coupon_code", sent.parameter_field(0)), &rule, Some(&length.to_string())))
        }
        _ => Ok(()),
    }
}

/// `{{1}}` is filled without a name, also in a template with named parameters; `{{some_name}}` with it.
fn name(schema: &Schema, variable: &str, given: Option<&str>, sent: &Component) -> Result<(), Invalid> {
    let wanted = Some(variable).filter(|variable| schema.named && *variable != "1");
    if given == wanted {
        return Ok(());
    }
    let rule = match wanted {
        Some(name) => format!("must be {name}"),
        None => String::from("must be left out: the variable of this URL has no name"),
    };
    Err(invalid(&format!("{}.parameter_name", sent.parameter_field(0)), &rule, None))
}
