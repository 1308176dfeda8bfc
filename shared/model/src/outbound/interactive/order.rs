//! Messages about an order: what to pay, and how it stands.

use super::action::named;
use crate::outbound::Invalid;
use crate::outbound::place::Object;

const TYPES: [&str; 2] = ["digital-goods", "physical-goods"];
const STATUSES: [&str; 6] = ["pending", "processing", "partially_shipped", "shipped", "completed", "canceled"];

pub(super) fn review_and_pay(action: &Object<'_>) -> Result<(), Invalid> {
    let parameters = named(action, "review_and_pay")?;
    parameters.required_text("reference_id")?;
    parameters.required("type")?.one_of(&TYPES)?;
    parameters.required_text("currency")?;
    let total = parameters.required("total_amount")?.object()?;
    for number in ["value", "offset"] {
        let place = total.required(number)?;
        if place.literal()?.parse::<i64>().is_err() {
            return Err(place.invalid("must be a whole number: value by offset is the amount"));
        }
    }
    parameters.required("order")?.object().map(drop)
}

pub(super) fn review_order(action: &Object<'_>) -> Result<(), Invalid> {
    status(&named(action, "review_order")?)
}

/// Also what a template's `order_status` holds.
pub(in super::super) fn status(parameters: &Object<'_>) -> Result<(), Invalid> {
    parameters.required_text("reference_id")?;
    let order = parameters.required("order")?.object()?;
    order.optional_text("description")?;
    order.required("status")?.one_of(&STATUSES).map(drop)
}
