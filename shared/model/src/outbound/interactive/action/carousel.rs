//! Carousels: cards with a link, cards with quick replies, or cards of products; all of one kind.

use std::collections::BTreeSet;

use super::super::{header, products};
use super::cta_url;
use crate::limits;
use crate::outbound::Invalid;
use crate::outbound::place::{Object, Place};

/// What all cards of a message have in common.
#[derive(PartialEq)]
enum Shape {
    Link,
    Replies(usize),
    /// Of this catalog.
    Product(String),
}

pub(in super::super) fn carousel(action: &Object<'_>) -> Result<(), Invalid> {
    let (mut indexes, mut first) = (BTreeSet::new(), None);
    for place in action.required("cards")?.list_within(&limits::CAROUSEL_CARDS)? {
        let card = place.object()?;
        let index = card.required("card_index")?;
        if !indexes.insert(index.index_within(&limits::CARD_INDEX)?) {
            return Err(index.invalid("is that of another card"));
        }
        let shape = shape(&card)?;
        match &first {
            None => first = Some(shape),
            Some(first) if *first == shape => {}
            Some(first) => return Err(unlike(first, &place)),
        }
    }
    Ok(())
}

fn shape(card: &Object<'_>) -> Result<Shape, Invalid> {
    let action = card.required("action")?.object()?;
    let kind = card.optional_text("type")?;
    if kind.as_deref() == Some("product") {
        products::one(&action)?;
        return action.required_literal("catalog_id").map(Shape::Product);
    }
    if kind.is_none() && action.has("product_retailer_id") {
        return Err(card.invalid("type", "is required: \"product\""));
    }
    header::of_card(&card.required("header")?)?;
    if let Some(body) = card.optional_object("body")? {
        let text = body.required("text")?;
        let breaks = text.filled_within(&limits::CARD_BODY)?.matches('\n').count();
        text.count(&limits::CARD_BODY_BREAKS, breaks)?;
    }
    link_or_replies(&action)
}

fn link_or_replies(action: &Object<'_>) -> Result<Shape, Invalid> {
    let Some(buttons) = action.optional("buttons") else {
        if !action.has("name") {
            return Err(action.invalid("buttons", "is required, or an action named \"cta_url\""));
        }
        return cta_url(action).map(|()| Shape::Link);
    };
    let buttons = buttons.list()?;
    for button in &buttons {
        let reply = button.object()?.required("quick_reply")?.object()?;
        reply.required("id")?.filled_within(&limits::CARD_REPLY_ID)?;
        reply.required("title")?.filled_within(&limits::CARD_REPLY_TITLE)?;
    }
    Ok(Shape::Replies(buttons.len()))
}

fn unlike(first: &Shape, card: &Place<'_>) -> Invalid {
    card.invalid(match first {
        Shape::Link => "must have a link, as the first card has",
        Shape::Replies(_) => "must have as many quick replies as the first card",
        Shape::Product(_) => "must have a product of the same catalog as the first card",
    })
}
