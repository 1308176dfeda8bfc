//! The cards of a carousel: those that the caller wrote and those that are filled, each once, in their order.

use std::collections::BTreeMap;

use super::fill::{Stop, kind, with_member};
use super::{Part, Person, Variables};
use crate::outbound::Invalid;
use crate::outbound::place::Place;

impl Variables {
    /// The carousel with what the mapping fills of it, taken out of what the caller wrote. `None` where no card is filled.
    pub(super) fn carousel(&self, given: &mut Vec<Place<'_>>, person: &Person) -> Result<Option<String>, Stop> {
        if self.cards.is_empty() {
            return Ok(None);
        }
        let mut written = None;
        for (n, place) in given.iter().enumerate() {
            if kind(&place.object()?)? == "carousel" {
                written = Some(n);
            }
        }
        let written = written.map(|n| given.remove(n));
        let empty = Part::default();
        let mut cards = BTreeMap::new();
        for place in written.iter().map(cards_of).collect::<Result<Vec<_>, _>>()?.into_iter().flatten() {
            let card = place.object()?;
            let index = index(&place)?;
            let given = card.optional("components").map_or_else(|| Ok(Vec::new()), |place| place.elements())?;
            let components = self.cards.get(&index).unwrap_or(&empty).filled(self, &given, person)?;
            let filled = with_member(place.raw(), "components", Some(format!("[{}]", components.join(","))));
            let filled = filled.ok_or_else(|| place.invalid("must be an object"))?;
            if cards.insert(index, filled.get().to_owned()).is_some() {
                return Err(place.invalid("is given twice").into());
            }
        }
        for (index, part) in &self.cards {
            if !cards.contains_key(index) {
                let components = part.filled(self, &[], person)?;
                cards.insert(*index, format!(r#"{{"card_index":{index},"components":[{}]}}"#, components.join(",")));
            }
        }
        let cards = format!("[{}]", cards.into_values().collect::<Vec<_>>().join(","));
        Ok(Some(match written.and_then(|place| with_member(place.raw(), "cards", Some(cards.clone()))) {
            Some(written) => written.get().to_owned(),
            None => format!(r#"{{"type":"carousel","cards":{cards}}}"#),
        }))
    }
}

fn cards_of<'a>(carousel: &Place<'a>) -> Result<Vec<Place<'a>>, Invalid> {
    carousel.object()?.optional("cards").map_or_else(|| Ok(Vec::new()), |place| place.elements())
}

fn index(card: &Place<'_>) -> Result<usize, Invalid> {
    let place = card.object()?.required("card_index")?;
    place.literal()?.parse().map_err(|_| place.invalid("must be a whole number from 0"))
}
