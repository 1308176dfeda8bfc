//! Properties, read strictly: what is neither played nor known to make no difference here is refused.

use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

use super::Unplayable;
use super::resolve::Scope;

/// Reads `played` out of `written`, its functions worked out. A property that is in neither list is refused, so that
/// the laptop never quietly does less than AWS would.
pub(crate) fn read<T: DeserializeOwned>(
    scope: &Scope<'_>,
    written: &Map<String, Value>,
    played: &[&str],
    without_effect: &[&str],
) -> Result<T, Unplayable> {
    let mut kept = Map::new();
    for (name, value) in written {
        if played.contains(&name.as_str()) {
            if let Some(value) = scope.resolve(value)? {
                kept.insert(name.clone(), value);
            }
        } else if !without_effect.contains(&name.as_str()) {
            return Err(Unplayable(format!("the property {name} is not played on a laptop")));
        }
    }
    serde_json::from_value(Value::Object(kept)).map_err(|error| Unplayable(error.to_string()))
}

/// A number that a parameter may have made into text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Number(pub(crate) u32);

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let read = match Value::deserialize(deserializer)? {
            Value::Number(number) => number.as_u64(),
            Value::String(text) => text.parse().ok(),
            _ => None,
        };
        read.and_then(|number| u32::try_from(number).ok())
            .map(Self)
            .ok_or_else(|| D::Error::custom("a whole number is needed"))
    }
}
