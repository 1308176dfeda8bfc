//! The action of each kind of interactive message.

mod carousel;

use std::collections::BTreeSet;

use super::super::Invalid;
use super::super::media::link;
use super::super::place::{Object, Place};
use super::products;
use crate::limits::{self, Limit};
pub(super) use carousel::carousel;

pub(super) type Check = fn(&Object<'_>) -> Result<(), Invalid>;

pub(super) fn reply_buttons(action: &Object<'_>) -> Result<(), Invalid> {
    let (mut ids, mut titles) = (BTreeSet::new(), BTreeSet::new());
    for button in action.required("buttons")?.list_within(&limits::REPLY_BUTTONS)? {
        let button = button.object()?;
        if let Some(kind) = button.optional("type") {
            kind.one_of(&["reply"])?;
        }
        let reply = button.required("reply")?.object()?;
        unique(&reply.required("id")?, &limits::REPLY_ID, &mut ids)?;
        unique(&reply.required("title")?, &limits::REPLY_TITLE, &mut titles)?;
    }
    Ok(())
}

pub(super) fn list(action: &Object<'_>) -> Result<(), Invalid> {
    action.required("button")?.filled_within(&limits::LIST_BUTTON)?;
    let place = action.required("sections")?;
    let sections = place.list_within(&limits::LIST_SECTIONS)?;
    let (mut ids, mut rows) = (BTreeSet::new(), 0);
    for section in &sections {
        let section = section.object()?;
        products::title(&section, sections.len())?;
        for row in section.required("rows")?.list()? {
            let row = row.object()?;
            unique(&row.required("id")?, &limits::ROW_ID, &mut ids)?;
            row.required("title")?.filled_within(&limits::ROW_TITLE)?;
            if let Some(description) = row.optional("description") {
                description.text_within(&limits::ROW_DESCRIPTION)?;
            }
            rows += 1;
        }
    }
    place.total(&limits::LIST_ROWS, rows)
}

pub(super) fn cta_url(action: &Object<'_>) -> Result<(), Invalid> {
    let parameters = named(action, "cta_url")?;
    parameters.required("display_text")?.filled_within(&limits::CTA_TEXT)?;
    link(&parameters.required("url")?).map(drop)
}

pub(super) fn send_location(action: &Object<'_>) -> Result<(), Invalid> {
    name(action, "send_location")
}

pub(super) fn request_contact_info(action: &Object<'_>) -> Result<(), Invalid> {
    name(action, "request_contact_info")
}

pub(super) fn address_message(action: &Object<'_>) -> Result<(), Invalid> {
    named(action, "address_message")?.required_text("country").map(drop)
}

pub(super) fn flow(action: &Object<'_>) -> Result<(), Invalid> {
    let parameters = named(action, "flow")?;
    parameters.required_literal("flow_message_version")?;
    parameters.required("flow_cta")?.filled_within(&limits::FLOW_CTA)?;
    match (parameters.optional("flow_id"), parameters.optional("flow_name")) {
        (Some(id), None) => id.literal().map(drop),
        (None, Some(name)) => name.filled_text().map(drop),
        (None, None) => Err(parameters.invalid("flow_id", "is required, or flow_name")),
        (Some(_), Some(_)) => Err(parameters.invalid("flow_name", "must not be given beside flow_id")),
    }?;
    if let Some(mode) = parameters.optional("mode") {
        mode.one_of(&["draft", "published"])?;
    }
    if let Some(action) = parameters.optional("flow_action") {
        action.one_of(&["navigate", "data_exchange"])?;
    }
    let Some(payload) = parameters.optional_object("flow_action_payload")? else { return Ok(()) };
    payload.required_text("screen")?;
    match payload.optional("data") {
        Some(data) if data.object()?.is_empty() => Err(data.invalid("must not be empty: leave it out")),
        _ => Ok(()),
    }
}

pub(super) fn voice_call(action: &Object<'_>) -> Result<(), Invalid> {
    name(action, "voice_call")?;
    // The button has a label of its own where none is given.
    let Some(parameters) = action.optional_object("parameters")? else { return Ok(()) };
    if let Some(text) = parameters.optional("display_text") {
        text.filled_within(&limits::CALL_TEXT)?;
    }
    if let Some(minutes) = parameters.optional("ttl_minutes") {
        minutes.whole_within(&limits::CALL_MINUTES)?;
    }
    parameters.optional_text("payload").map(drop)
}

pub(super) fn call_permission_request(action: &Object<'_>) -> Result<(), Invalid> {
    name(action, "call_permission_request")
}

/// What comes back when it is chosen, or what is read, where each has to have its own.
fn unique(place: &Place<'_>, limit: &Limit, seen: &mut BTreeSet<String>) -> Result<(), Invalid> {
    if seen.insert(place.filled_within(limit)?) { Ok(()) } else { Err(place.invalid("is that of another one")) }
}

pub(super) fn name(action: &Object<'_>, expected: &str) -> Result<(), Invalid> {
    let place = action.required("name")?;
    if place.text()? == expected { Ok(()) } else { Err(place.invalid(&format!("must be {expected:?}"))) }
}

/// The parameters of an action with that name.
pub(super) fn named<'a>(action: &Object<'a>, expected: &str) -> Result<Object<'a>, Invalid> {
    name(action, expected)?;
    action.required("parameters")?.object()
}
