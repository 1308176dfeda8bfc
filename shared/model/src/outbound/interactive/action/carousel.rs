//! Carousels: cards with a link, cards with quick replies, or cards of products.

use super::super::header;
use super::{cta_url, product};
use crate::outbound::Invalid;
use crate::outbound::place::Object;

pub(in super::super) fn carousel(action: &Object<'_>) -> Result<(), Invalid> {
    for place in action.required("cards")?.list()? {
        let card = place.object()?;
        card.required("card_index")?.literal()?;
        let action = card.required("action")?.object()?;
        let kind = card.optional_text("type")?;
        if kind.as_deref() == Some("product") {
            product(&action)?;
        } else if kind.is_none() && action.has("product_retailer_id") {
            return Err(card.invalid("type", "is required: \"product\""));
        } else {
            header::header(&card.required("header")?)?;
            link_or_replies(&action)?;
        }
    }
    Ok(())
}

fn link_or_replies(action: &Object<'_>) -> Result<(), Invalid> {
    let Some(buttons) = action.optional("buttons") else {
        if !action.has("name") {
            return Err(action.invalid("buttons", "is required, or an action named \"cta_url\""));
        }
        return cta_url(action);
    };
    for button in buttons.list()? {
        let reply = button.object()?.required("quick_reply")?.object()?;
        reply.required("id")?.filled_text()?;
        reply.required("title")?.filled_text()?;
    }
    Ok(())
}
