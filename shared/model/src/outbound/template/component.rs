//! A part of a template that gets values. One that gets none is left out: Meta answers 132000 to it.

use super::carousel::{self, Card};
use super::{Parameter, button, offer, order, parameter};
use crate::limits;
use crate::outbound::Invalid;
use crate::outbound::place::{Object, Place};
use crate::redact::redacted_debug;

#[derive(Clone, PartialEq, Eq)]
pub struct Component {
    /// Where it stands in the message: `template.components[1]`.
    pub field: String,
    pub kind: ComponentKind,
    /// None for a carousel, whose cards have them.
    pub parameters: Vec<Parameter>,
}

#[derive(Clone, PartialEq, Eq)]
pub enum ComponentKind {
    Header,
    Body,
    Button {
        /// In lower case, as in `quick_reply`.
        sub_type: String,
        /// Its place among the template's buttons, from 0.
        index: usize,
    },
    LimitedTimeOffer,
    Carousel(Vec<Card>),
    OrderStatus,
    TapTarget,
    /// Of a kind not known here, which goes out as it came.
    Other(String),
}

redacted_debug!(Component, ComponentKind);

const KINDS: [&str; 7] =
    ["header", "body", "button", "limited_time_offer", "carousel", "order_status", "tap_target_configuration"];

/// The components of a template or of a card.
pub(super) fn read_all(components: &Place<'_>) -> Result<Vec<Component>, Invalid> {
    let mut all: Vec<Component> = Vec::new();
    for place in components.elements()? {
        let component = Component::read(&place)?;
        if all.iter().any(|other| other.kind.is_same(&component.kind)) {
            let rule = match component.kind {
                ComponentKind::Button { .. } => "has the index of another button",
                _ => "is given twice",
            };
            return Err(place.invalid(rule));
        }
        all.push(component);
    }
    Ok(all)
}

impl Component {
    fn read(place: &Place<'_>) -> Result<Self, Invalid> {
        let component = place.object()?;
        let kind_place = component.required("type")?;
        let word = kind_place.filled_text()?;
        let kind = match word.to_ascii_lowercase().as_str() {
            "header" => ComponentKind::Header,
            "body" => ComponentKind::Body,
            "button" => button::read(&component)?,
            "limited_time_offer" => ComponentKind::LimitedTimeOffer,
            "carousel" => ComponentKind::Carousel(carousel::read(&component)?),
            "order_status" => ComponentKind::OrderStatus,
            "tap_target_configuration" => ComponentKind::TapTarget,
            _ => {
                kind_place.unknown_kind(&word, &KINDS)?;
                ComponentKind::Other(word)
            }
        };
        let parameters = parameters(&kind, &component)?;
        Ok(Self { field: place.field().to_owned(), kind, parameters })
    }

    /// How complaints call one of its parameters.
    pub fn parameter_field(&self, index: usize) -> String {
        format!("{}.parameters[{index}]", self.field)
    }
}

impl ComponentKind {
    /// There is one header, one body; buttons are told apart by their place. Of what is not known there may be many.
    fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Button { index, .. }, Self::Button { index: other, .. }) => index == other,
            (Self::Other(_), _) => false,
            _ => std::mem::discriminant(self) == std::mem::discriminant(other),
        }
    }
}

fn parameters(kind: &ComponentKind, component: &Object<'_>) -> Result<Vec<Parameter>, Invalid> {
    match kind {
        ComponentKind::Carousel(_) => {
            component.forbid("parameters", "must be left out: the cards have them")?;
            return Ok(Vec::new());
        }
        ComponentKind::Other(_) => return parameter::read_any(component),
        _ => {}
    }
    let place = component.required("parameters")?;
    let given = place.elements()?;
    if given.is_empty() {
        return Err(place.invalid("must not be empty: a component that gets no values is left out"));
    }
    let all = match kind {
        ComponentKind::Header => {
            place.count(&limits::HEADER_PARAMETERS, given.len())?;
            parameter::read_all(&given, parameter::header)?
        }
        ComponentKind::Body => parameter::read_all(&given, parameter::body)?,
        ComponentKind::Button { sub_type, .. } => button::parameters(sub_type, &place, &given)?,
        ComponentKind::LimitedTimeOffer => parameter::read_all(&given, offer::parameter)?,
        ComponentKind::OrderStatus => parameter::read_all(&given, order::status)?,
        ComponentKind::TapTarget => parameter::read_all(&given, button::tap_target)?,
        ComponentKind::Carousel(_) | ComponentKind::Other(_) => Vec::new(),
    };
    named_or_not(&given, &all)?;
    Ok(all)
}

/// Named and positional parameters do not go together in one component.
fn named_or_not(places: &[Place<'_>], all: &[Parameter]) -> Result<(), Invalid> {
    let named = all.first().is_some_and(|first| first.name.is_some());
    match all.iter().position(|parameter| parameter.name.is_some() != named) {
        Some(odd) => Err(places[odd].object()?.invalid(
            "parameter_name",
            "must be given for all parameters of a component, or for none: named and positional do not go together",
        )),
        None => Ok(()),
    }
}
