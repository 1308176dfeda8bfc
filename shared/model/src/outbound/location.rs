//! `location`: coordinates as strings or numbers; they go out as they came.

use std::ops::RangeInclusive;

use super::Invalid;
use super::place::{Object, Place};
use crate::limits;
use crate::redact::redacted_debug;

#[derive(Clone, PartialEq, Eq)]
pub struct Location {
    pub latitude: String,
    pub longitude: String,
    pub name: Option<String>,
    pub address: Option<String>,
}

redacted_debug!(Location);

impl Location {
    pub(super) fn read(location: &Object<'_>) -> Result<Self, Invalid> {
        Ok(Self {
            latitude: degrees(&location.required("latitude")?, &limits::LATITUDE)?,
            longitude: degrees(&location.required("longitude")?, &limits::LONGITUDE)?,
            name: location.optional_text("name")?,
            address: location.optional_text("address")?,
        })
    }
}

/// Checked as a number, kept as it was written. Where somebody is is not repeated in a complaint.
fn degrees(place: &Place<'_>, range: &RangeInclusive<f64>) -> Result<String, Invalid> {
    let literal = place.literal()?;
    match literal.trim().parse::<f64>() {
        Ok(number) if range.contains(&number) => Ok(literal),
        Ok(number) if number.is_finite() => {
            let rule = format!("must be {} to {} degrees", range.start(), range.end());
            Err(Invalid { given: Some("beyond them".to_owned()), ..place.invalid(&rule) })
        }
        _ => Err(place.invalid("must be a number")),
    }
}
