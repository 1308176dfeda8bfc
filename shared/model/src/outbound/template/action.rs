//! Buttons whose value is an action: catalog, products, flow, order.

use super::parameter::{Words, content};
use crate::outbound::Invalid;
use crate::outbound::interactive::products::sections;
use crate::outbound::place::Object;

pub(super) fn catalog(kind: &str, parameter: &Object<'_>) -> Words {
    of(kind, parameter, |action| match action.optional("thumbnail_product_retailer_id") {
        Some(thumbnail) => thumbnail.literal().map(drop),
        None => Ok(()),
    })
}

pub(super) fn products(kind: &str, parameter: &Object<'_>) -> Words {
    of(kind, parameter, |action| {
        action.required_literal("thumbnail_product_retailer_id")?;
        sections(action)
    })
}

pub(super) fn flow(kind: &str, parameter: &Object<'_>) -> Words {
    of(kind, parameter, |action| {
        action.optional_text("flow_token")?;
        action.optional_object("flow_action_data").map(drop)
    })
}

pub(super) fn order(kind: &str, parameter: &Object<'_>) -> Words {
    of(kind, parameter, |action| action.required("order_details")?.object().map(drop))
}

fn of(kind: &str, parameter: &Object<'_>, check: fn(&Object<'_>) -> Result<(), Invalid>) -> Words {
    (kind == "action").then(|| check(&content(parameter, kind)?).map(|()| None))
}
