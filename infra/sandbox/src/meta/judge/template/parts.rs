//! A template's components against what was sent for them.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::meta::graph_error::GraphError;
use crate::meta::judge::content::{Facts, Later, location, media};
use crate::meta::judge::interactive::action;
use crate::meta::judge::shape::Object;
use crate::meta::judge::variables;

use super::{buttons, values};

pub(super) struct Kind {
    pub(super) named: bool,
    pub(super) authentication: bool,
}

/// `defined` are the template's components, or those of one of its cards.
pub(super) fn check(
    defined: &[Value],
    sent: &[Object<'_>],
    kind: &Kind,
    facts: &Facts<'_>,
) -> Result<Later, GraphError> {
    let known =
        ["header", "body", "button", "limited_time_offer", "carousel", "order_status", "tap_target_configuration"];
    for part in sent {
        part.only(&["type", "sub_type", "index", "parameters", "cards"])?;
        let kind = part.text("type")?.to_ascii_lowercase();
        if !known.contains(&kind.as_str()) {
            return Err(GraphError::value(&part.path("type"), &format!("must be one of {}", known.join(", "))));
        }
        match kind.as_str() {
            "order_status" => order_status(part)?,
            "tap_target_configuration" => tap_targets(part)?,
            _ => {}
        }
        let once = kind != "button";
        if once && sent.iter().filter(|other| is(other, &kind)).count() > 1 {
            return Err(mismatch(&kind, "is given more than once"));
        }
    }
    let later = header(component(defined, "HEADER"), one(sent, "header"), kind, facts)?;
    body(component(defined, "BODY"), one(sent, "body"), kind)?;
    let of_buttons = component(defined, "BUTTONS").and_then(|buttons| buttons.get("buttons")?.as_array());
    let sent_buttons: Vec<&Object<'_>> = sent.iter().filter(|part| is(part, "button")).collect();
    let offered = component(defined, "LIMITED_TIME_OFFER").is_some();
    buttons::check(of_buttons.map_or(&[], Vec::as_slice), &sent_buttons, kind, offered)?;
    offer(component(defined, "LIMITED_TIME_OFFER"), one(sent, "limited_time_offer"))?;
    Ok(later.or(carousel(component(defined, "CAROUSEL"), one(sent, "carousel"), kind, facts)?))
}

fn component<'d>(defined: &'d [Value], kind: &str) -> Option<&'d Value> {
    defined.iter().find(|component| text(component, "type").eq_ignore_ascii_case(kind))
}

fn is(part: &Object<'_>, kind: &str) -> bool {
    part.get("type").and_then(Value::as_str).is_some_and(|text| text.eq_ignore_ascii_case(kind))
}

fn one<'s, 'a>(sent: &'s [Object<'a>], kind: &str) -> Option<&'s Object<'a>> {
    sent.iter().find(|part| is(part, kind))
}

pub(super) fn text<'d>(value: &'d Value, key: &str) -> &'d str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}

pub(super) fn mismatch(place: &str, why: &str) -> GraphError {
    GraphError::new(132_000).details(format!("{place}: {why}."))
}

pub(super) fn parameters<'a>(part: &Object<'a>) -> Result<Vec<Object<'a>>, GraphError> {
    part.list_opt("parameters")?.map_or_else(|| Ok(Vec::new()), |_| part.objects("parameters", 0..=1024))
}

fn header(
    defined: Option<&Value>,
    sent: Option<&Object<'_>>,
    kind: &Kind,
    facts: &Facts<'_>,
) -> Result<Later, GraphError> {
    let Some(defined) = defined else {
        return match sent {
            Some(_) => Err(mismatch("header", "the template has none")),
            None => Ok(None),
        };
    };
    let format = text(defined, "format").to_ascii_uppercase();
    let given = sent.map(parameters).transpose()?;
    if format.is_empty() || format == "TEXT" {
        values::check("header", text(defined, "text"), given, kind.named, 60)?;
        return Ok(None);
    }
    let Some([parameter]) = given.as_deref() else {
        return match given {
            Some(many) if !many.is_empty() => Err(mismatch("header", "takes one parameter")),
            _ => Err(values::format("header", &format, "UNKNOWN")),
        };
    };
    let expected = format.to_ascii_lowercase();
    let kind = parameter.text("type")?;
    if kind != expected {
        return Err(values::format("header", &format, &kind.to_ascii_uppercase()));
    }
    let object = parameter.object(kind)?;
    match kind {
        "location" => location(&object).map(|()| None),
        "product" => {
            object.text("catalog_id")?;
            object.text("product_retailer_id").map(|_| None)
        }
        _ if object.has("caption") => Err(GraphError::param(&object.path("caption"), "is not allowed in a template")),
        _ => media(&object, kind, facts),
    }
}

fn body(defined: Option<&Value>, sent: Option<&Object<'_>>, kind: &Kind) -> Result<(), GraphError> {
    let given = sent.map(parameters).transpose()?;
    let Some(defined) = defined else {
        return if given.is_some() { Err(mismatch("body", "the template has none")) } else { Ok(()) };
    };
    let written = text(defined, "text");
    // The body of an authentication template is Meta's own, around the code.
    let own = if kind.authentication && variables::of(written).is_empty() { "{{1}}" } else { written };
    if kind.authentication
        && let Some(code) = given.as_ref().and_then(|given| given.first()).and_then(|first| first.get("text"))
        && code.as_str().is_some_and(|code| code.chars().count() > 15)
    {
        return Err(GraphError::new(132_005).details("body: a code may have 15 characters."));
    }
    values::check("body", own, given, kind.named, 1024)
}

fn offer(defined: Option<&Value>, sent: Option<&Object<'_>>) -> Result<(), GraphError> {
    let expires = defined.and_then(|offer| offer.get("limited_time_offer")?.get("has_expiration")?.as_bool());
    match (expires.unwrap_or(false), sent) {
        (true, None) => Err(mismatch("limited_time_offer", "its expiration is missing")),
        (false, Some(_)) => Err(mismatch("limited_time_offer", "the template has none that expires")),
        (false, None) => Ok(()),
        (true, Some(part)) => {
            let given = parameters(part)?;
            let [parameter] = given.as_slice() else {
                return Err(mismatch("limited_time_offer", "takes one parameter"));
            };
            parameter.choice("type", &["limited_time_offer"])?;
            let offer = parameter.object("limited_time_offer")?;
            // Seconds have ten digits, and would have ended in January 1970.
            offer.whole("expiration_time_ms", 1_000_000_000_000..=9_999_999_999_999).map(|_| ())
        }
    }
}

fn order_status(part: &Object<'_>) -> Result<(), GraphError> {
    for parameter in parameters(part)? {
        parameter.choice("type", &["order_status"])?;
        action::order_status(&parameter.object("order_status")?)?;
    }
    Ok(())
}

fn tap_targets(part: &Object<'_>) -> Result<(), GraphError> {
    for parameter in parameters(part)? {
        parameter.choice("type", &["tap_target_configuration"])?;
        for target in parameter.objects("tap_target_configuration", 1..=10)? {
            target.link("url", 2000)?;
            target.text("title")?;
        }
    }
    Ok(())
}

fn carousel(
    defined: Option<&Value>,
    sent: Option<&Object<'_>>,
    kind: &Kind,
    facts: &Facts<'_>,
) -> Result<Later, GraphError> {
    let cards = defined.and_then(|carousel| carousel.get("cards")?.as_array());
    let (cards, sent) = match (cards, sent) {
        (None, None) => return Ok(None),
        (None, Some(_)) => return Err(mismatch("carousel", "the template has none")),
        (Some(_), None) => return Err(mismatch("carousel", "its cards are missing")),
        (Some(cards), Some(sent)) => (cards, sent.objects("cards", 0..=10)?),
    };
    if cards.len() != sent.len() {
        return Err(mismatch(
            "carousel",
            &format!("the template has {} cards, and {} are given", cards.len(), sent.len()),
        ));
    }
    let mut later = None;
    let mut indexes = BTreeSet::new();
    for (card, sent) in cards.iter().zip(&sent) {
        if !indexes.insert(sent.whole("card_index", 0..=9)?) {
            return Err(GraphError::value(&sent.path("card_index"), "must be unique"));
        }
        let defined = card.get("components").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        later = later.or(check(defined, &sent.objects("components", 0..=10)?, kind, facts)?);
    }
    Ok(later)
}
