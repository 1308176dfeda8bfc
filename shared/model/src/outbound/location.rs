//! `location`: coordinates as strings or numbers; they go out as they came.

use super::Invalid;
use super::place::Object;
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
        let degrees = |name| {
            let place = location.required(name)?;
            let literal = place.literal()?;
            // Checked as a number, kept as it was written.
            match literal.trim().parse::<f64>() {
                Ok(number) if number.is_finite() => Ok(literal),
                _ => Err(place.invalid("must be a number")),
            }
        };
        Ok(Self {
            latitude: degrees("latitude")?,
            longitude: degrees("longitude")?,
            name: location.optional_text("name")?,
            address: location.optional_text("address")?,
        })
    }
}
