//! Carousels: cards of one kind, all built alike.

use crate::meta::graph_error::GraphError;
use crate::meta::judge::content::{Facts, Later, media};
use crate::meta::judge::shape::Object;

use super::action::cta_url;

pub(super) fn check(action: &Object<'_>, facts: &Facts<'_>) -> Result<Later, GraphError> {
    let cards = action.objects("cards", 2..=10)?;
    let mut later = None;
    let mut shape = None;
    for (n, card) in cards.iter().enumerate() {
        let index = card.number("card_index")?;
        if (index - f64::from(u32::try_from(n).unwrap_or(u32::MAX))).abs() > f64::EPSILON {
            return Err(GraphError::value(&card.path("card_index"), &format!("must be {n}")));
        }
        let kind = card.choice("type", &["cta_url", "quick_reply", "product"])?;
        let of_card = card.object("action")?;
        if kind == "product" {
            of_card.text("product_retailer_id")?;
            of_card.text("catalog_id")?;
            continue;
        }
        let header = card.object("header")?;
        let medium = header.choice("type", &["image", "video"])?;
        later = later.or(media(&header.object(medium)?, medium, facts)?);
        if let Some(body) = card.object_opt("body")? {
            let text = body.text_max("text", 160)?;
            if text.matches('\n').count() > 2 {
                return Err(GraphError::value(&body.path("text"), "may have two line breaks at most"));
            }
        }
        let buttons = if of_card.has("buttons") { quick_replies(&of_card)? } else { cta_url(&of_card).map(|()| 0)? };
        let this = (kind, medium, buttons);
        if *shape.get_or_insert(this) != this {
            return Err(GraphError::value(card.here(), "must be built like the other cards"));
        }
    }
    Ok(later)
}

fn quick_replies(action: &Object<'_>) -> Result<usize, GraphError> {
    let buttons = action.objects("buttons", 1..=2)?;
    for button in &buttons {
        button.choice("type", &["quick_reply"])?;
        let reply = button.object("quick_reply")?;
        reply.text_max("id", 20)?;
        reply.text_max("title", 20)?;
    }
    Ok(buttons.len())
}
