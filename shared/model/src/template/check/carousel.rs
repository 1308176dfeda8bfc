//! The cards of a carousel: as many as were approved, each with what it needs.

use super::{Given, invalid, not_wanted, part};
use crate::outbound::{ComponentKind, Invalid};
use crate::template::schema::{Parts, Schema};

pub(super) fn check(schema: &Schema, defined: &Parts, given: &Given<'_>) -> Result<(), Invalid> {
    let sent = given.components.iter().find_map(|component| match &component.kind {
        ComponentKind::Carousel(cards) => Some((component, cards)),
        _ => None,
    });
    let (component, cards, defined) = match (sent, &defined.cards) {
        (sent, None) => return not_wanted(sent.map(|(component, _)| component), "the template has no carousel"),
        (None, Some(cards)) => {
            return Err(given.lacks("carousel", &format!("a carousel with its {} cards", cards.len())));
        }
        (Some((component, sent)), Some(cards)) => (component, sent, cards),
    };
    if cards.len() != defined.len() {
        let rule = format!("must hold {}: so many cards has the template", defined.len());
        return Err(invalid(&format!("{}.cards", component.field), &rule, Some(&cards.len().to_string())));
    }
    for (place, card) in cards.iter().enumerate() {
        let at = format!("{}.cards[{place}]", component.field);
        match defined.get(card.index) {
            // It could not be read.
            Some(None) => {}
            Some(Some(parts)) => part(schema, parts, &Given { at: &at, components: &card.components })?,
            None => {
                let rule = format!("must be 0 to {}, each once", defined.len().saturating_sub(1));
                return Err(invalid(&format!("{at}.card_index"), &rule, Some(&card.index.to_string())));
            }
        }
    }
    Ok(())
}
