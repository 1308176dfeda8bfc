//! The action of each kind of interactive message: which members it cannot do without.

mod carousel;

use super::super::Invalid;
use super::super::media::link;
use super::super::place::Object;
pub(super) use carousel::carousel;

pub(super) type Check = fn(&Object<'_>) -> Result<(), Invalid>;

pub(super) fn reply_buttons(action: &Object<'_>) -> Result<(), Invalid> {
    for button in action.required("buttons")?.list()? {
        let button = button.object()?;
        if let Some(kind) = button.optional("type")
            && kind.text()? != "reply"
        {
            return Err(kind.invalid("must be \"reply\""));
        }
        choice(&button.required("reply")?.object()?)?;
    }
    Ok(())
}

pub(super) fn list(action: &Object<'_>) -> Result<(), Invalid> {
    action.required("button")?.filled_text()?;
    for section in action.required("sections")?.list()? {
        for row in section.object()?.required("rows")?.list()? {
            choice(&row.object()?)?;
        }
    }
    Ok(())
}

pub(super) fn cta_url(action: &Object<'_>) -> Result<(), Invalid> {
    let parameters = named(action, "cta_url")?;
    parameters.required("display_text")?.filled_text()?;
    link(&parameters.required("url")?).map(drop)
}

pub(super) fn send_location(action: &Object<'_>) -> Result<(), Invalid> {
    name(action, "send_location")
}

pub(super) fn request_contact_info(action: &Object<'_>) -> Result<(), Invalid> {
    name(action, "request_contact_info")
}

pub(super) fn address_message(action: &Object<'_>) -> Result<(), Invalid> {
    named(action, "address_message")?.required("country")?.filled_text().map(drop)
}

pub(super) fn product(action: &Object<'_>) -> Result<(), Invalid> {
    action.required("catalog_id")?.literal()?;
    action.required("product_retailer_id")?.literal().map(drop)
}

pub(super) fn product_list(action: &Object<'_>) -> Result<(), Invalid> {
    action.required("catalog_id")?.literal()?;
    for section in action.required("sections")?.list()? {
        for item in section.object()?.required("product_items")?.list()? {
            item.object()?.required("product_retailer_id")?.literal()?;
        }
    }
    Ok(())
}

pub(super) fn catalog_message(action: &Object<'_>) -> Result<(), Invalid> {
    name(action, "catalog_message")
}

pub(super) fn flow(action: &Object<'_>) -> Result<(), Invalid> {
    let parameters = named(action, "flow")?;
    parameters.required("flow_message_version")?.literal()?;
    parameters.required("flow_cta")?.filled_text()?;
    match (parameters.optional("flow_id"), parameters.optional("flow_name")) {
        (Some(id), None) => id.literal().map(drop),
        (None, Some(name)) => name.filled_text().map(drop),
        (None, None) => Err(parameters.invalid("flow_id", "is required, or flow_name")),
        (Some(_), Some(_)) => Err(parameters.invalid("flow_name", "must not be given beside flow_id")),
    }
}

pub(super) fn voice_call(action: &Object<'_>) -> Result<(), Invalid> {
    // The button has a label of its own where none is given.
    name(action, "voice_call")
}

pub(super) fn call_permission_request(action: &Object<'_>) -> Result<(), Invalid> {
    name(action, "call_permission_request")
}

pub(super) fn review_and_pay(action: &Object<'_>) -> Result<(), Invalid> {
    let parameters = named(action, "review_and_pay")?;
    for text in ["reference_id", "type", "currency"] {
        parameters.required(text)?.filled_text()?;
    }
    let total = parameters.required("total_amount")?.object()?;
    total.required("value")?.literal()?;
    total.required("offset")?.literal()?;
    parameters.required("order")?.object().map(drop)
}

pub(super) fn review_order(action: &Object<'_>) -> Result<(), Invalid> {
    let parameters = named(action, "review_order")?;
    parameters.required("reference_id")?.filled_text()?;
    parameters.required("order")?.object()?.required("status")?.filled_text().map(drop)
}

/// What comes back when the person chooses it, and what they read.
fn choice(choice: &Object<'_>) -> Result<(), Invalid> {
    choice.required("id")?.filled_text()?;
    choice.required("title")?.filled_text().map(drop)
}

fn name(action: &Object<'_>, expected: &str) -> Result<(), Invalid> {
    let place = action.required("name")?;
    if place.text()? == expected { Ok(()) } else { Err(place.invalid(&format!("must be {expected:?}"))) }
}

/// The parameters of an action with that name.
fn named<'a>(action: &Object<'a>, expected: &str) -> Result<Object<'a>, Invalid> {
    name(action, expected)?;
    action.required("parameters")?.object()
}
