//! A value for a template.

use super::super::location::Location;
use super::super::media::Media;
use crate::limits;
use crate::outbound::Invalid;
use crate::outbound::place::{Object, Place};
use crate::redact::redacted_debug;

#[derive(Clone, PartialEq, Eq)]
pub struct Parameter {
    /// Meta's `type`, in lower case.
    pub kind: String,
    /// `parameter_name`, where the template's variables have names.
    pub name: Option<String>,
    /// The words it puts into the template: `text`, the `fallback_value` of a currency or date, `coupon_code` or
    /// `payload`.
    pub text: Option<String>,
}

redacted_debug!(Parameter);

/// Every kind there is, wherever it belongs.
const KINDS: [&str; 16] = [
    "text",
    "currency",
    "date_time",
    "image",
    "video",
    "document",
    "gif",
    "location",
    "product",
    "payload",
    "coupon_code",
    "action",
    "ttl_minutes",
    "limited_time_offer",
    "order_status",
    "tap_target_configuration",
];

/// The words of a parameter. `None`: its kind has no business there.
pub(super) type Words = Option<Result<Option<String>, Invalid>>;

/// Reads a parameter of that kind.
pub(super) type Values = fn(&str, &Object<'_>) -> Words;

pub(super) fn read_all(given: &[Place<'_>], values: Values) -> Result<Vec<Parameter>, Invalid> {
    given.iter().map(|place| read(place, values)).collect()
}

/// The parameters of a component that is not known.
pub(super) fn read_any(component: &Object<'_>) -> Result<Vec<Parameter>, Invalid> {
    let Some(parameters) = component.optional("parameters") else { return Ok(Vec::new()) };
    read_all(&parameters.elements()?, |_, parameter| Some(parameter.optional_text("text")))
}

fn read(place: &Place<'_>, values: Values) -> Result<Parameter, Invalid> {
    let parameter = place.object()?;
    let kind_place = parameter.required("type")?;
    let word = kind_place.filled_text()?;
    let kind = word.to_ascii_lowercase();
    let text = match values(&kind, &parameter) {
        Some(read) => read?,
        None if KINDS.contains(&kind.as_str()) => {
            return Err(Invalid { given: Some(kind), ..kind_place.invalid("is not one that belongs here") });
        }
        None => {
            kind_place.unknown_kind(&word, &KINDS)?;
            None
        }
    };
    let name = parameter.optional("parameter_name").map(|name| name.filled_text()).transpose()?;
    Ok(Parameter { kind, name, text })
}

pub(super) fn header(kind: &str, parameter: &Object<'_>) -> Words {
    Some(match kind {
        "text" => parameter.required("text").and_then(|text| words(&text)).map(Some),
        "image" | "video" | "document" | "gif" => {
            content(parameter, kind).and_then(|file| Media::read(kind, &file)).map(|_| None)
        }
        "location" => content(parameter, kind).and_then(|place| Location::read(&place)).map(|_| None),
        "product" => content(parameter, kind).and_then(|product| {
            product.required_literal("product_retailer_id")?;
            product.required_literal("catalog_id").map(|_| None)
        }),
        _ => return None,
    })
}

pub(super) fn body(kind: &str, parameter: &Object<'_>) -> Words {
    Some(match kind {
        "text" => parameter.required("text").and_then(|text| words(&text)).map(Some),
        "currency" => content(parameter, kind).and_then(|amount| currency(&amount)).map(Some),
        "date_time" => content(parameter, kind).and_then(|time| words(&time.required("fallback_value")?)).map(Some),
        _ => return None,
    })
}

pub(super) fn content<'a>(parameter: &Object<'a>, kind: &str) -> Result<Object<'a>, Invalid> {
    parameter.required(kind)?.object()
}

/// Meta shows the fallback, whatever the amount.
fn currency(amount: &Object<'_>) -> Result<String, Invalid> {
    let code = amount.required("code")?;
    if !is_currency(&code.text()?) {
        return Err(code.invalid("must be the three letters of a currency, such as USD"));
    }
    let thousandths = amount.required("amount_1000")?;
    if thousandths.literal()?.parse::<i64>().is_err() {
        return Err(thousandths.invalid("must be the amount in thousandths, a whole number"));
    }
    words(&amount.required("fallback_value")?)
}

fn is_currency(code: &str) -> bool {
    code.len() == 3 && code.bytes().all(|byte| byte.is_ascii_alphabetic())
}

/// Words that go into the template's: not empty, on one line (contract §2.4; Meta answers 131008 and 132018).
pub(super) fn words(place: &Place<'_>) -> Result<String, Invalid> {
    let text = place.filled_text()?;
    if text.contains(['\n', '\r']) {
        return Err(place.invalid("must not contain a line break: Meta refuses it in a template's values"));
    }
    if text.contains('\t') {
        return Err(place.invalid("must not contain a tab: Meta refuses it in a template's values"));
    }
    let longest = text.split(|c| c != ' ').map(str::len).max().unwrap_or(0);
    if limits::PARAMETER_SPACES.allows(longest) {
        return Ok(text);
    }
    let rule = format!("must not have more than {} spaces in a row", limits::PARAMETER_SPACES.most);
    Err(Invalid { given: Some(longest.to_string()), ..place.invalid(&rule) })
}
