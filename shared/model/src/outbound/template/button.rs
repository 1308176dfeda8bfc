//! The values of a template's buttons, by what kind of button it is.

use super::action;
use super::component::ComponentKind;
use super::parameter::{self, Parameter, Values, Words};
use crate::limits;
use crate::outbound::Invalid;
use crate::outbound::place::{Object, Place};

const KINDS: [&str; 9] =
    ["quick_reply", "url", "copy_code", "catalog", "mpm", "flow", "voice_call", "order_details", "review_order"];

pub(super) fn read(component: &Object<'_>) -> Result<ComponentKind, Invalid> {
    let place = component.required("sub_type")?;
    let word = place.filled_text()?;
    let sub_type = word.to_ascii_lowercase();
    if values(&sub_type).is_none() {
        place.unknown_kind(&word, &KINDS)?;
    }
    let index = component.required("index")?.index_within(&limits::BUTTON_INDEX)?;
    Ok(ComponentKind::Button { sub_type, index })
}

fn values(sub_type: &str) -> Option<Values> {
    Some(match sub_type {
        "quick_reply" => payload,
        "url" => url,
        "copy_code" => coupon,
        "catalog" => action::catalog,
        "mpm" => action::products,
        "flow" => action::flow,
        "voice_call" => call,
        "order_details" | "review_order" => action::order,
        _ => return None,
    })
}

pub(super) fn parameters(sub_type: &str, place: &Place<'_>, given: &[Place<'_>]) -> Result<Vec<Parameter>, Invalid> {
    let Some(values) = values(sub_type) else {
        return parameter::read_all(given, |_, parameter| Some(parameter.optional_text("text")));
    };
    let all = parameter::read_all(given, values)?;
    let most = if sub_type == "voice_call" { &limits::CALL_PARAMETERS } else { &limits::BUTTON_PARAMETERS };
    place.count(most, given.len())?;
    match all.as_slice() {
        [first, second] if first.kind == second.kind => Err(given[1].invalid("is of the kind of the one before")),
        _ => Ok(all),
    }
}

fn payload(kind: &str, parameter: &Object<'_>) -> Words {
    (kind == "payload").then(|| parameter.required("payload")?.filled_within(&limits::BUTTON_PAYLOAD).map(Some))
}

/// Put in as it is: Meta encodes nothing, and a URL that is none fails the send.
fn url(kind: &str, parameter: &Object<'_>) -> Words {
    (kind == "text").then(|| {
        let place = parameter.required("text")?;
        let text = parameter::words(&place)?;
        // Meta's page also names the colon, which a URL may well have.
        match text.chars().find(|c| !c.is_ascii_graphic() || *c == '|') {
            None => Ok(Some(text)),
            Some(_) => {
                Err(place.invalid("must be percent-encoded: it becomes part of a URL, and Meta encodes nothing"))
            }
        }
    })
}

/// How long it may be beside a limited-time offer is checked where both are known.
fn coupon(kind: &str, parameter: &Object<'_>) -> Words {
    (kind == "coupon_code").then(|| {
        let place = parameter.required("coupon_code")?;
        let code = place.filled_within(&limits::COUPON_CODE)?;
        if code.chars().all(char::is_alphanumeric) {
            Ok(Some(code))
        } else {
            Err(place.invalid("must have letters and digits only"))
        }
    })
}

fn call(kind: &str, parameter: &Object<'_>) -> Words {
    Some(match kind {
        "ttl_minutes" => {
            parameter.required(kind).and_then(|minutes| minutes.whole_within(&limits::CALL_MINUTES)).map(|_| None)
        }
        "payload" => parameter.required_text(kind).map(Some),
        _ => return None,
    })
}

/// The title under which a message with a link opens it; given to few businesses.
pub(super) fn tap_target(kind: &str, parameter: &Object<'_>) -> Words {
    (kind == "tap_target_configuration").then(|| {
        for target in parameter.required(kind)?.list()? {
            let target = target.object()?;
            crate::outbound::media::link(&target.required("url")?)?;
            target.required_text("title")?;
        }
        Ok(None)
    })
}
