//! `limited_time_offer`: until when it holds, and how long its code may be.

use super::parameter::{Words, content};
use super::{Component, ComponentKind};
use crate::limits::{COUPON_CODE, OFFER_COUPON_CODE, OFFER_EXPIRATION};
use crate::outbound::Invalid;
use crate::outbound::place::Object;

pub(super) fn parameter(kind: &str, parameter: &Object<'_>) -> Words {
    (kind == "limited_time_offer").then(|| {
        let place = content(parameter, kind)?.required("expiration_time_ms")?;
        let literal = place.literal()?;
        if literal.parse().is_ok_and(|time| OFFER_EXPIRATION.takes(time)) {
            return Ok(None);
        }
        let rule = format!(
            "must be a time since 1970, in {} from {} to {}",
            OFFER_EXPIRATION.of, OFFER_EXPIRATION.least, OFFER_EXPIRATION.most
        );
        Err(Invalid { given: Some(literal.chars().take(64).collect()), ..place.invalid(&rule) })
    })
}

/// Codes have become longer since, but not those beside an offer.
pub(super) fn check_coupons(components: &[Component]) -> Result<(), Invalid> {
    if !components.iter().any(|component| component.kind == ComponentKind::LimitedTimeOffer) {
        return Ok(());
    }
    for component in components {
        for (index, parameter) in component.parameters.iter().enumerate() {
            let length = parameter.text.as_ref().map_or(0, |text| text.chars().count());
            if parameter.kind == "coupon_code" && !OFFER_COUPON_CODE.allows(length) {
                return Err(Invalid {
                    field: format!("{}.coupon_code", component.parameter_field(index)),
                    rule: format!(
                        "must have {} beside a limited-time offer, not the {} of other templates",
                        OFFER_COUPON_CODE.words(),
                        COUPON_CODE.most
                    ),
                    given: Some(length.to_string()),
                });
            }
        }
    }
    Ok(())
}
