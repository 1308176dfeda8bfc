//! Reads Meta's JSON one level at a time, so that one odd member costs nothing but itself.
//!
//! Numbers may arrive quoted and strings may hold lone surrogates (both are well-formed JSON): every reader here
//! takes what is there or answers `None`, and none recurses.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt;

use serde::de::{Deserialize, DeserializeSeed, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::ids::WaId;

/// Deeper than this is not Meta's: real messages stay under ten levels, and readers of our events give up at 128.
pub(crate) const MAX_DEPTH: usize = 100;

/// Bytes of an id. Real ones have about a hundred; a key of DynamoDB has 1,024 with what stands around it.
pub(crate) const MAX_ID: usize = 512;

/// The members of a JSON object, in their order, each still raw.
#[derive(Clone)]
pub(crate) struct Fields<'a>(Vec<(Cow<'a, str>, &'a RawValue)>);

impl<'a> Fields<'a> {
    /// `None` where `raw` is no object, or where it names a member twice and so says two things at once.
    pub(crate) fn parse(raw: &'a RawValue) -> Option<Self> {
        Self::parse_any(raw).filter(|fields| fields.repeated().is_none())
    }

    /// As [`Fields::parse`], with repeated members kept.
    pub(crate) fn parse_any(raw: &'a RawValue) -> Option<Self> {
        // Most values asked for are strings or numbers: do not start a parser to learn that.
        raw.get().starts_with('{').then(|| serde_json::from_str(raw.get()).ok()).flatten()
    }

    pub(crate) fn repeated(&self) -> Option<&str> {
        let mut seen = BTreeSet::new();
        self.0.iter().map(|(name, _)| name.as_ref()).find(|name| !seen.insert(*name))
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &'a RawValue)> {
        self.0.iter().map(|(name, raw)| (name.as_ref(), *raw))
    }

    /// A member that is there and not `null`.
    pub(crate) fn get(&self, name: &str) -> Option<&'a RawValue> {
        self.iter().find(|(key, raw)| *key == name && !is_null(raw)).map(|(_, raw)| raw)
    }

    pub(crate) fn object(&self, name: &str) -> Option<Fields<'a>> {
        self.get(name).and_then(Fields::parse)
    }

    /// A string; also an empty one.
    pub(crate) fn text(&self, name: &str) -> Option<String> {
        self.get(name).and_then(text)
    }

    /// A string that is not empty, or the literal digits of a number.
    pub(crate) fn literal(&self, name: &str) -> Option<String> {
        self.get(name).and_then(literal).filter(|value| !value.is_empty())
    }

    /// Drafts of the username rollout sent `""` where the key is omitted today, so an empty id is an absent one.
    /// One too long to be Meta's is no id either: no table could have it for a key, and the POST around it would be
    /// refused for ever.
    pub(crate) fn id<T: From<String>>(&self, name: &str) -> Option<T> {
        self.literal(name).filter(|id| id.len() <= MAX_ID).map(T::from)
    }

    /// A phone number as WhatsApp has it: without a plus.
    pub(crate) fn wa_id(&self, name: &str) -> Option<WaId> {
        let id: String = self.id(name)?;
        Some(id.trim_start_matches('+')).filter(|digits| !digits.is_empty()).map(WaId::from)
    }

    pub(crate) fn flag(&self, name: &str) -> Option<bool> {
        match self.get(name)?.get() {
            "true" | "\"true\"" => Some(true),
            "false" | "\"false\"" => Some(false),
            _ => None,
        }
    }

    /// The elements of an array; none where there is no array.
    pub(crate) fn items(&self, name: &str) -> Vec<&'a RawValue> {
        self.get(name).and_then(items).unwrap_or_default()
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Fields<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members;
        impl<'de> Visitor<'de> for Members {
            type Value = Vec<(Cow<'de, str>, &'de RawValue)>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some(name) = map.next_key_seed(Lossy)? {
                    members.push((name, map.next_value()?));
                }
                Ok(members)
            }
        }
        deserializer.deserialize_map(Members).map(Fields)
    }
}

/// A JSON string, with U+FFFD where it holds half of a surrogate pair. People's emoji are cut in half at times.
struct Lossy;

impl<'de> DeserializeSeed<'de> for Lossy {
    type Value = Cow<'de, str>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        // serde_json validates surrogates only when asked for a str.
        deserializer.deserialize_bytes(self)
    }
}

impl<'de> Visitor<'de> for Lossy {
    type Value = Cow<'de, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_borrowed_bytes<E>(self, bytes: &'de [u8]) -> Result<Self::Value, E> {
        Ok(String::from_utf8_lossy(bytes))
    }

    fn visit_bytes<E>(self, bytes: &[u8]) -> Result<Self::Value, E> {
        Ok(Cow::Owned(String::from_utf8_lossy(bytes).into_owned()))
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Cow::Borrowed(text))
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Cow::Owned(text.to_owned()))
    }
}

pub(crate) fn is_null(raw: &RawValue) -> bool {
    raw.get() == "null"
}

pub(crate) fn text(raw: &RawValue) -> Option<String> {
    if !raw.get().starts_with('"') {
        return None;
    }
    let mut reader = serde_json::Deserializer::from_str(raw.get());
    Lossy.deserialize(&mut reader).ok().map(Cow::into_owned)
}

/// A string's content or a number's own digits, so that `7.90` stays `7.90` and a long id stays exact.
pub(crate) fn literal(raw: &RawValue) -> Option<String> {
    match raw.get().as_bytes().first()? {
        b'"' => text(raw),
        b'-' | b'0'..=b'9' => Some(raw.get().to_owned()),
        _ => None,
    }
}

pub(crate) fn items(raw: &RawValue) -> Option<Vec<&RawValue>> {
    raw.get().starts_with('[').then(|| serde_json::from_str(raw.get()).ok()).flatten()
}

pub(crate) fn too_deep(raw: &RawValue) -> bool {
    let (mut depth, mut in_string, mut escaped) = (0_usize, false, false);
    for byte in raw.get().bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = in_string,
            b'"' => in_string = !in_string,
            b'{' | b'[' if !in_string => {
                depth += 1;
                if depth > MAX_DEPTH {
                    return true;
                }
            }
            b'}' | b']' if !in_string => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raw(json: &str) -> &RawValue {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn numbers_keep_their_digits() {
        let fields = Fields::parse(raw(r#"{"a":7.90,"b":"x","c":123456789012345678901,"d":null,"e":""}"#)).unwrap();
        assert_eq!(fields.literal("a").unwrap(), "7.90");
        assert_eq!(fields.literal("c").unwrap(), "123456789012345678901");
        assert_eq!(fields.text("a"), None);
        assert_eq!(fields.literal("d"), None);
        assert_eq!(fields.literal("e"), None);
        assert_eq!(fields.text("e").unwrap(), "");
    }

    #[test]
    fn half_a_surrogate_pair_costs_one_character() {
        let fields = Fields::parse(raw(r#"{"bo\ud83ddy":"hi \ud83d!"}"#)).unwrap();
        let (name, value) = fields.iter().next().unwrap();
        assert!(name.starts_with("bo") && name.ends_with("dy"));
        assert!(text(value).unwrap().ends_with('!'));
    }

    #[test]
    fn a_member_named_twice_is_no_object() {
        assert!(Fields::parse(raw(r#"{"a":1,"\u0061":2}"#)).is_none());
        assert!(Fields::parse_any(raw(r#"{"a":1,"a":2}"#)).is_some());
        assert!(Fields::parse(raw("[]")).is_none());
    }

    #[test]
    fn depth_counts_brackets_outside_strings() {
        assert!(!too_deep(raw(&format!("\"{}\"", "[".repeat(500)))));
        let deep = format!("{}{}", "[".repeat(101), "]".repeat(101));
        assert!(too_deep(raw(&deep)));
        assert!(!too_deep(raw(&deep[1..201])));
    }
}
