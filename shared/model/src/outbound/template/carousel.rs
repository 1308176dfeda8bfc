//! The cards of a template's carousel. How many it was approved with is for the stored template to say.

use std::collections::BTreeSet;

use super::Component;
use super::component::read_all;
use crate::limits;
use crate::outbound::Invalid;
use crate::outbound::place::Object;
use crate::redact::redacted_debug;

#[derive(Clone, PartialEq, Eq)]
pub struct Card {
    /// `card_index`, from 0.
    pub index: usize,
    pub components: Vec<Component>,
}

redacted_debug!(Card);

pub(super) fn read(carousel: &Object<'_>) -> Result<Vec<Card>, Invalid> {
    let (mut seen, mut cards) = (BTreeSet::new(), Vec::new());
    for place in carousel.required("cards")?.list_within(&limits::CAROUSEL_CARDS)? {
        let card = place.object()?;
        let place = card.required("card_index")?;
        let index = place.index_within(&limits::CARD_INDEX)?;
        if !seen.insert(index) {
            return Err(place.invalid("is that of another card"));
        }
        cards.push(Card { index, components: read_all(&card.required("components")?)? });
    }
    Ok(cards)
}
