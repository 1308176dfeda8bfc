//! Button parameters, by the place of the button in the template.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::meta::graph_error::GraphError;
use crate::meta::judge::interactive::action::products;
use crate::meta::judge::shape::Object;
use crate::meta::judge::variables;

use super::parts::{Kind, mismatch, parameters, text};
use super::values::{clean, wrong};

/// `offered`: beside a limited-time offer, whose codes are shorter.
pub(super) fn check(defined: &[Value], sent: &[&Object<'_>], kind: &Kind, offered: bool) -> Result<(), GraphError> {
    let coupon = if offered { 15 } else { 20 };
    let mut given = BTreeSet::new();
    for part in sent {
        let sub_type = part.text("sub_type")?.to_ascii_lowercase();
        let index = index(part)?;
        let Some(button) = defined.get(index) else {
            return Err(GraphError::value(&part.path("index"), "is not a button of the template"));
        };
        if !given.insert(index) {
            return Err(mismatch("button", &format!("index {index} is given more than once")));
        }
        let of_template = sub_type_of(&text(button, "type").to_ascii_uppercase());
        if of_template.is_none() {
            return Err(mismatch("button", &format!("the one at index {index} takes no parameters")));
        }
        if of_template != Some(sub_type.as_str()) {
            return Err(wrong("button", &format!("the one at index {index} is not of sub_type {sub_type}")));
        }
        values(button, &sub_type, &parameters(part)?, kind, coupon)?;
    }
    let missing = defined.iter().enumerate().find(|(index, button)| needs(button) && !given.contains(index));
    missing.map_or(Ok(()), |(index, _)| Err(mismatch("button", &format!("the parameter at index {index} is missing"))))
}

/// String or integer.
fn index(part: &Object<'_>) -> Result<usize, GraphError> {
    let index = match part.get("index") {
        None => return Err(GraphError::missing(&part.path("index"))),
        Some(Value::String(text)) => text.parse().ok(),
        Some(value) => value.as_u64().and_then(|index| usize::try_from(index).ok()),
    };
    index.ok_or_else(|| GraphError::value(&part.path("index"), "must be a whole number from 0"))
}

fn sub_type_of(kind: &str) -> Option<&'static str> {
    match kind {
        "QUICK_REPLY" => Some("quick_reply"),
        "URL" | "OTP" => Some("url"),
        "COPY_CODE" => Some("copy_code"),
        "FLOW" => Some("flow"),
        "CATALOG" => Some("catalog"),
        "MPM" => Some("mpm"),
        "VOICE_CALL" => Some("voice_call"),
        "ORDER_DETAILS" => Some("order_details"),
        _ => None,
    }
}

fn needs(button: &Value) -> bool {
    match text(button, "type").to_ascii_uppercase().as_str() {
        "URL" => !variables::of(text(button, "url")).is_empty(),
        "OTP" | "COPY_CODE" | "MPM" | "ORDER_DETAILS" => true,
        _ => false,
    }
}

fn values(button: &Value, sub_type: &str, given: &[Object<'_>], kind: &Kind, coupon: usize) -> Result<(), GraphError> {
    let expected = match sub_type {
        "url" if text(button, "type").eq_ignore_ascii_case("URL") => variables::of(text(button, "url")).len(),
        "voice_call" => given.len(),
        _ => 1,
    };
    if given.len() != expected || (expected == 0 && sub_type != "voice_call") {
        return Err(mismatch("button", &format!("{} parameters are given, and it takes {expected}", given.len())));
    }
    for parameter in given {
        match sub_type {
            "url" => {
                of_type(parameter, "text")?;
                let suffix = parameter.text("text")?;
                clean("button", suffix)?;
                if !suffix.chars().all(|c| c.is_ascii_graphic() && c != '|') {
                    return Err(GraphError::new(132_018).details("button: the URL is not valid: encode its values."));
                }
                let variable = variables::of(text(button, "url")).into_iter().next();
                let by_name = kind.named && variable.is_some_and(|name| name != "1");
                if by_name != parameter.has("parameter_name") {
                    return Err(wrong("button", "the URL's variable has a name just where its parameter has one"));
                }
            }
            "quick_reply" => {
                of_type(parameter, "payload")?;
                parameter.text_max("payload", 256)?;
            }
            "copy_code" => {
                of_type(parameter, "coupon_code")?;
                if !parameter.text_max("coupon_code", coupon)?.chars().all(char::is_alphanumeric) {
                    return Err(GraphError::value(&parameter.path("coupon_code"), "must be alphanumeric"));
                }
            }
            "flow" | "catalog" | "mpm" | "order_details" => {
                of_type(parameter, "action")?;
                acting(sub_type, &parameter.object("action")?)?;
            }
            _ => match parameter.choice("type", &["ttl_minutes", "payload"])? {
                "ttl_minutes" => parameter.whole("ttl_minutes", 1..=43_200).map(|_| ())?,
                _ => parameter.text("payload").map(|_| ())?,
            },
        }
    }
    Ok(())
}

fn acting(sub_type: &str, action: &Object<'_>) -> Result<(), GraphError> {
    match sub_type {
        "flow" => {
            action.only(&["flow_token", "flow_action_data"])?;
            action.text_opt("flow_token")?;
            action.object_opt("flow_action_data").map(|_| ())
        }
        "catalog" => {
            action.only(&["thumbnail_product_retailer_id"])?;
            action.text_opt("thumbnail_product_retailer_id").map(|_| ())
        }
        "mpm" => {
            action.only(&["thumbnail_product_retailer_id", "sections"])?;
            action.text("thumbnail_product_retailer_id")?;
            products(action)
        }
        _ => action.object("order_details").map(|_| ()),
    }
}

fn of_type(parameter: &Object<'_>, kind: &str) -> Result<(), GraphError> {
    if parameter.text("type")? == kind {
        return Ok(());
    }
    Err(wrong("button", &format!("its parameter must be of type {kind}")))
}
