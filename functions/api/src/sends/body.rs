//! The body of a send: Meta's own message object, and beside it our `waypost` options, which Meta never sees.

use std::fmt;

use model::SendOptions;
use model::send::OptionRefused;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::problem::{Code, Problem};

/// What a request calls them.
pub(super) const OPTIONS: &str = "waypost";

/// A body, cut in two.
pub(super) struct Body {
    /// Meta's, token for token.
    pub(super) message: Box<RawValue>,
    /// Ours.
    pub(super) options: SendOptions,
}

impl Body {
    /// Cuts `waypost` out. Whether the rest is a message is for the model to say.
    pub(super) fn read(body: &RawValue) -> Result<Self, Problem> {
        let members = match serde_json::from_str::<Members<'_>>(body.get()) {
            Ok(members) if members.names(OPTIONS) > 0 => members,
            // No object at all, or nothing of ours in it.
            _ => return Ok(Self { message: body.to_owned(), options: SendOptions::default() }),
        };
        if members.names(OPTIONS) > 1 {
            return Err(Problem::invalid(Code::InvalidMessage, OPTIONS, "is given twice"));
        }
        let options = members.0.iter().find(|(name, _)| name == OPTIONS);
        let options = options.map_or_else(|| Ok(SendOptions::default()), |(_, options)| read_options(options))?;
        let rest = members.0.iter().filter(|(name, _)| name != OPTIONS);
        let texts: Vec<String> = rest.map(|(name, value)| format!("{}:{}", quoted(name), value.get())).collect();
        let message = RawValue::from_string(format!("{{{}}}", texts.join(",")))
            .map_err(|_| Problem::new(Code::InvalidMessage, "The message cannot be told from its options."))?;
        Ok(Self { message, options })
    }
}

/// An option that is not built is refused, never ignored.
fn read_options(options: &RawValue) -> Result<SendOptions, Problem> {
    if options.get() == "null" {
        return Ok(SendOptions::default());
    }
    SendOptions::parse(options, OPTIONS).map_err(|refused| match refused {
        OptionRefused::NotSupported(invalid) => Problem::not_supported(&invalid.field, &format!("{invalid}.")),
        OptionRefused::Invalid(invalid) => Problem::of_invalid(Code::InvalidMessage, invalid),
    })
}

/// The members of an object in their order, values raw.
struct Members<'a>(Vec<(String, &'a RawValue)>);

impl Members<'_> {
    fn names(&self, name: &str) -> usize {
        self.0.iter().filter(|(known, _)| known == name).count()
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Members<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entries;
        impl<'de> Visitor<'de> for Entries {
            type Value = Vec<(String, &'de RawValue)>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(members)
            }
        }
        deserializer.deserialize_map(Entries).map(Members)
    }
}

fn quoted(name: &str) -> String {
    serde_json::Value::from(name).to_string()
}

#[cfg(test)]
mod tests {
    use model::WindowPolicy;

    use super::*;

    fn read(json: &str) -> Result<Body, Problem> {
        Body::read(serde_json::from_str(json).unwrap())
    }

    #[test]
    fn what_is_metas_stays_token_for_token() {
        let object = read(r#"{ "b":1.50, "waypost": {"window":"meta"}, "a" : { "z": 1e400, "y":"\u00e9" } }"#);
        let object = object.ok().unwrap();
        assert_eq!(object.message.get(), r#"{"b":1.50,"a":{ "z": 1e400, "y":"\u00e9" }}"#);
        assert_eq!(object.options.window, Some(WindowPolicy::Meta));
        let untouched = r#"{ "b":1.50,"b" :2 }"#;
        assert_eq!(read(untouched).ok().unwrap().message.get(), untouched);
    }

    #[test]
    fn options_are_checked_one_by_one() {
        for fine in [r#"{"waypost":null}"#, r#"{"waypost":{}}"#, r#"{"waypost":{"send_at":null}}"#] {
            assert!(read(fine).ok().unwrap().options.is_default(), "{fine}");
        }
        for bad in [
            r#"{"waypost":1}"#,
            r#"{"waypost":{},"waypost":{}}"#,
            r#"{"waypost":{"window":"open"}}"#,
            r#"{"waypost":{"window":"meta","window":"meta"}}"#,
            r#"{"waypost":{"tomorrow":1}}"#,
        ] {
            assert!(read(bad).is_err(), "{bad}");
        }
    }
}
