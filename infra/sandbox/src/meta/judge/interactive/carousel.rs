//! Carousels: cards of one kind, all built alike.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::meta::graph_error::GraphError;
use crate::meta::judge::content::{Facts, Later, media};
use crate::meta::judge::shape::Object;

use super::action::cta_url;

pub(super) fn check(action: &Object<'_>, facts: &Facts<'_>) -> Result<Later, GraphError> {
    let cards = action.objects("cards", 2..=10)?;
    let mut later = None;
    let mut shape = None;
    let mut indexes = BTreeSet::new();
    for card in &cards {
        card.only(&["card_index", "type", "header", "body", "action"])?;
        if !indexes.insert(card.whole("card_index", 0..=9)?) {
            return Err(GraphError::value(&card.path("card_index"), "must be unique"));
        }
        let this = if card.get("type").and_then(Value::as_str) == Some("product") {
            product(card)?
        } else {
            later = later.or(header(card, facts)?);
            medium(card)?
        };
        if *shape.get_or_insert(this) != this {
            return Err(GraphError::value(card.here(), "must be built like the other cards"));
        }
    }
    Ok(later)
}

/// What all cards must have in common.
#[derive(Clone, Copy, PartialEq)]
enum Shape<'a> {
    Product(&'a str),
    Link,
    Replies(usize),
}

fn product<'a>(card: &Object<'a>) -> Result<Shape<'a>, GraphError> {
    let action = card.object("action")?;
    action.text("product_retailer_id")?;
    action.text("catalog_id").map(Shape::Product)
}

fn header(card: &Object<'_>, facts: &Facts<'_>) -> Result<Later, GraphError> {
    let header = card.object("header")?;
    let medium = header.choice("type", &["image", "video"])?;
    media(&header.object(medium)?, medium, facts)
}

/// A card with a picture or a film. Quick replies are told by their buttons; cards with a link name their type.
fn medium<'a>(card: &Object<'a>) -> Result<Shape<'a>, GraphError> {
    if let Some(body) = card.object_opt("body")? {
        let text = body.text_max("text", 160)?;
        if text.matches('\n').count() > 2 {
            return Err(GraphError::value(&body.path("text"), "may have two line breaks at most"));
        }
    }
    let action = card.object("action")?;
    if action.has("buttons") {
        return quick_replies(&action).map(Shape::Replies);
    }
    card.choice("type", &["cta_url"])?;
    cta_url(&action).map(|()| Shape::Link)
}

fn quick_replies(action: &Object<'_>) -> Result<usize, GraphError> {
    let buttons = action.objects("buttons", 1..=3)?;
    for button in &buttons {
        button.choice("type", &["quick_reply"])?;
        let reply = button.object("quick_reply")?;
        reply.text_max("id", 20)?;
        reply.text_max("title", 20)?;
    }
    Ok(buttons.len())
}
