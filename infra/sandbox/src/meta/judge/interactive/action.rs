//! `interactive.action`, kind by kind.

use std::collections::BTreeSet;

use crate::meta::graph_error::GraphError;
use crate::meta::judge::content::{Facts, Later};
use crate::meta::judge::shape::Object;

use super::carousel;

pub(super) fn check(kind: &str, action: &Object<'_>, facts: &Facts<'_>) -> Result<Later, GraphError> {
    match kind {
        "button" => buttons(action)?,
        "list" => list(action)?,
        "cta_url" => cta_url(action)?,
        "location_request_message" => named(action, "send_location")?,
        "request_contact_info" | "call_permission_request" => named(action, kind)?,
        "catalog_message" => {
            named(action, kind)?;
            if let Some(parameters) = action.object_opt("parameters")? {
                parameters.only(&["thumbnail_product_retailer_id"])?;
                parameters.text("thumbnail_product_retailer_id")?;
            }
        }
        "address_message" => {
            named(action, kind)?;
            action.object("parameters")?.text("country")?;
        }
        "product" => {
            action.text("catalog_id")?;
            action.text("product_retailer_id")?;
        }
        "product_list" => {
            action.text("catalog_id")?;
            products(action)?;
        }
        "flow" => flow(action)?,
        "voice_call" => {
            named(action, kind)?;
            if let Some(parameters) = action.object_opt("parameters")? {
                parameters.only(&["display_text", "ttl_minutes", "payload"])?;
                if parameters.has("display_text") {
                    parameters.text_max("display_text", 20)?;
                }
                parameters.whole_opt("ttl_minutes", 1..=43_200)?;
                parameters.text_opt("payload")?;
            }
        }
        "order_details" => {
            named(action, "review_and_pay")?;
            let parameters = action.object("parameters")?;
            parameters.text("reference_id")?;
            parameters.choice("type", &["digital-goods", "physical-goods"])?;
            parameters.text("currency")?;
            let total = parameters.object("total_amount")?;
            total.whole("value", 0..=u64::MAX)?;
            total.whole("offset", 1..=u64::MAX)?;
            parameters.object("order")?;
        }
        "order_status" => {
            named(action, "review_order")?;
            order_status(&action.object("parameters")?)?;
        }
        "carousel" => return carousel::check(action, facts),
        _ => {}
    }
    Ok(None)
}

/// How an order stands, in an interactive message and in a template.
pub(crate) fn order_status(parameters: &Object<'_>) -> Result<(), GraphError> {
    parameters.text("reference_id")?;
    let order = parameters.object("order")?;
    order.text_opt("description")?;
    let states = ["pending", "processing", "partially_shipped", "shipped", "completed", "canceled"];
    order.choice("status", &states).map(|_| ())
}

fn named(action: &Object<'_>, name: &str) -> Result<(), GraphError> {
    action.choice("name", &[name]).map(|_| ())
}

fn buttons(action: &Object<'_>) -> Result<(), GraphError> {
    action.only(&["buttons"])?;
    let (mut ids, mut titles) = (BTreeSet::new(), BTreeSet::new());
    for button in action.objects("buttons", 1..=3)? {
        button.choice("type", &["reply"])?;
        let reply = button.object("reply")?;
        reply.only(&["id", "title"])?;
        if !ids.insert(reply.text_max("id", 256)?) || !titles.insert(reply.text_max("title", 20)?) {
            return Err(GraphError::value(reply.here(), "must have an id and a title of its own"));
        }
    }
    Ok(())
}

fn list(action: &Object<'_>) -> Result<(), GraphError> {
    action.only(&["button", "sections"])?;
    action.text_max("button", 20)?;
    let sections = action.objects("sections", 1..=10)?;
    let mut ids = BTreeSet::new();
    let mut rows = 0;
    for section in &sections {
        section.only(&["title", "rows"])?;
        if section.text_opt_max("title", 24)?.is_none_or(str::is_empty) && sections.len() > 1 {
            return Err(GraphError::missing(&section.path("title")));
        }
        for row in section.objects("rows", 1..=usize::MAX)? {
            rows += 1;
            row.only(&["id", "title", "description"])?;
            if !ids.insert(row.text_max("id", 200)?) {
                return Err(GraphError::value(&row.path("id"), "must be unique"));
            }
            row.text_max("title", 24)?;
            row.text_opt_max("description", 72)?;
        }
    }
    if rows > 10 {
        return Err(GraphError::value(&action.path("sections"), &format!("may have 10 rows in all, and has {rows}")));
    }
    Ok(())
}

pub(super) fn cta_url(action: &Object<'_>) -> Result<(), GraphError> {
    named(action, "cta_url")?;
    let parameters = action.object("parameters")?;
    parameters.text_max("display_text", 20)?;
    parameters.link("url", 2000).map(|_| ())
}

/// The sections of a message about products, and of a template's button that opens one.
pub(crate) fn products(action: &Object<'_>) -> Result<(), GraphError> {
    let sections = action.objects("sections", 1..=10)?;
    let mut items = 0;
    for section in &sections {
        if section.text_opt_max("title", 24)?.is_none_or(str::is_empty) && sections.len() > 1 {
            return Err(GraphError::missing(&section.path("title")));
        }
        for item in section.objects("product_items", 1..=usize::MAX)? {
            items += 1;
            item.text("product_retailer_id")?;
        }
    }
    if items > 30 {
        return Err(GraphError::value(&action.path("sections"), &format!("may have 30 items in all, and has {items}")));
    }
    Ok(())
}

fn flow(action: &Object<'_>) -> Result<(), GraphError> {
    named(action, "flow")?;
    let parameters = action.object("parameters")?;
    parameters.choice("flow_message_version", &["3"])?;
    match (parameters.has("flow_id"), parameters.has("flow_name")) {
        (false, false) => return Err(GraphError::missing(&parameters.path("flow_id"))),
        (true, true) => return Err(GraphError::param(parameters.here(), "must have either flow_id or flow_name")),
        _ => {}
    }
    parameters.text_max("flow_cta", 30)?;
    if parameters.has("mode") {
        parameters.choice("mode", &["draft", "published"])?;
    }
    if parameters.has("flow_action") {
        parameters.choice("flow_action", &["navigate", "data_exchange"])?;
    }
    if let Some(payload) = parameters.object_opt("flow_action_payload")? {
        payload.text("screen")?;
        if payload.object_opt("data")?.is_some_and(|data| data.is_empty()) {
            return Err(GraphError::value(&payload.path("data"), "must not be empty"));
        }
    }
    Ok(())
}
