//! Items: attribute maps, written and read by name.

use std::collections::HashMap;
use std::fmt::Display;

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::Timestamp;
use serde_json::value::RawValue;

use crate::error::Error;
use crate::keys::Key;

/// An item under construction, or one that was read.
#[derive(Clone, Default)]
pub(crate) struct Item(pub(crate) HashMap<String, AttributeValue>);

impl Item {
    pub(crate) fn at(key: &Key) -> Self {
        Self::default().text("pk", &key.pk).text("sk", &key.sk)
    }

    pub(crate) fn text(mut self, name: &str, value: impl Into<String>) -> Self {
        self.0.insert(name.to_owned(), AttributeValue::S(value.into()));
        self
    }

    pub(crate) fn text_if<T: Into<String>>(self, name: &str, value: Option<T>) -> Self {
        match value {
            Some(value) => self.text(name, value),
            None => self,
        }
    }

    pub(crate) fn number(mut self, name: &str, value: impl Display) -> Self {
        self.0.insert(name.to_owned(), AttributeValue::N(format!("{value}")));
        self
    }

    pub(crate) fn flag(mut self, name: &str, value: bool) -> Self {
        self.0.insert(name.to_owned(), AttributeValue::Bool(value));
        self
    }

    pub(crate) fn time(self, name: &str, value: Timestamp) -> Self {
        self.number(name, value.as_millisecond())
    }

    pub(crate) fn value(mut self, name: &str, value: AttributeValue) -> Self {
        self.0.insert(name.to_owned(), value);
        self
    }

    /// Lives so many days from `now`.
    pub(crate) fn for_days(self, days: u32, now: Timestamp) -> Self {
        self.number("ttl", now.as_second() + i64::from(days) * 86_400)
    }

    pub(crate) fn str(&self, name: &str) -> Option<&str> {
        self.0.get(name).and_then(|value| value.as_s().ok()).map(String::as_str)
    }

    pub(crate) fn string(&self, name: &str) -> Option<String> {
        self.str(name).map(str::to_owned)
    }

    pub(crate) fn needed(&self, name: &str, kind: &'static str) -> Result<String, Error> {
        self.string(name).ok_or(Error::Corrupt(kind))
    }

    pub(crate) fn integer(&self, name: &str) -> Option<i64> {
        self.0.get(name).and_then(|value| value.as_n().ok()).and_then(|number| number.parse().ok())
    }

    pub(crate) fn instant(&self, name: &str) -> Option<Timestamp> {
        self.integer(name).and_then(|millis| Timestamp::from_millisecond(millis).ok())
    }

    /// A truth value, where there is one.
    pub(crate) fn flag_if(&self, name: &str) -> Option<bool> {
        self.0.get(name).and_then(|value| value.as_bool().ok()).copied()
    }

    pub(crate) fn truth(&self, name: &str) -> bool {
        self.0.get(name).and_then(|value| value.as_bool().ok()).copied().unwrap_or(false)
    }

    pub(crate) fn bytes(&self, name: &str) -> Option<&[u8]> {
        self.0.get(name).and_then(|value| value.as_b().ok()).map(AsRef::as_ref)
    }

    pub(crate) fn json(&self, name: &str) -> Option<Box<RawValue>> {
        self.string(name).and_then(|json| RawValue::from_string(json).ok())
    }

    /// A list of texts.
    pub(crate) fn strings(&self, name: &str) -> Option<Vec<String>> {
        let list = self.0.get(name).and_then(|value| value.as_l().ok())?;
        Some(list.iter().filter_map(|value| value.as_s().ok()).cloned().collect())
    }

    pub(crate) fn map(&self, name: &str) -> Option<Self> {
        self.0.get(name).and_then(|value| value.as_m().ok()).map(|map| Self(map.clone()))
    }

    pub(crate) fn key(&self) -> Option<Key> {
        Some(Key { pk: self.string("pk")?, sk: self.string("sk")? })
    }

    /// False once its `ttl` has passed: DynamoDB deletes up to days later.
    pub(crate) fn lives(&self, now: Timestamp) -> bool {
        self.integer("ttl").is_none_or(|ttl| ttl > now.as_second())
    }

    pub(crate) fn into_map(self) -> AttributeValue {
        AttributeValue::M(self.0)
    }
}

impl From<HashMap<String, AttributeValue>> for Item {
    fn from(item: HashMap<String, AttributeValue>) -> Self {
        Self(item)
    }
}

pub(crate) fn text(value: impl Into<String>) -> AttributeValue {
    AttributeValue::S(value.into())
}

pub(crate) fn texts(values: &[String]) -> AttributeValue {
    AttributeValue::L(values.iter().map(text).collect())
}

pub(crate) fn number(value: impl Display) -> AttributeValue {
    AttributeValue::N(format!("{value}"))
}

pub(crate) fn time(value: Timestamp) -> AttributeValue {
    number(value.as_millisecond())
}

/// A key as the SDK wants it.
pub(crate) fn key(key: &Key) -> HashMap<String, AttributeValue> {
    HashMap::from([("pk".to_owned(), text(&key.pk)), ("sk".to_owned(), text(&key.sk))])
}
