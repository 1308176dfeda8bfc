//! Carousels: cards with a link, cards with quick replies, or cards of products.

use super::super::header;
use super::{cta_url, product};
use crate::outbound::Invalid;
use crate::outbound::place::Object;

pub(in super::super) fn carousel(action: &Object<'_>) -> Result<(), Invalid> {
    for place in action.required("cards")?.list()? {
        let card = place.object()?;
        card.required("card_index")?.literal()?;
        if card.optional("type").map(|kind| kind.text()).transpose()?.as_deref() == Some("product") {
            product(&card.required("action")?.object()?)?;
        } else {
            media_card(&card)?;
        }
    }
    Ok(())
}

fn media_card(card: &Object<'_>) -> Result<(), Invalid> {
    header::header(&card.required("header")?)?;
    let action = card.required("action")?.object()?;
    let Some(buttons) = action.optional("buttons") else { return cta_url(&action) };
    for button in buttons.list()? {
        let reply = button.object()?.required("quick_reply")?.object()?;
        reply.required("id")?.filled_text()?;
        reply.required("title")?.filled_text()?;
    }
    Ok(())
}
