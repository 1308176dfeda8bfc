//! Reading a JSON object by its rules, with refusals that name the parameter as Meta does: `text['body']`.

use serde_json::{Map, Value};

use crate::meta::graph_error::GraphError;

/// An object and where it stands.
pub(crate) struct Object<'a> {
    at: String,
    map: &'a Map<String, Value>,
}

impl<'a> Object<'a> {
    pub(crate) fn root(map: &'a Map<String, Value>) -> Self {
        Self { at: String::new(), map }
    }

    pub(crate) fn of(value: &'a Value, at: String) -> Result<Self, GraphError> {
        match value {
            Value::Object(map) => Ok(Self { at, map }),
            _ => Err(GraphError::param(&at, "must be a JSON object")),
        }
    }

    pub(crate) fn path(&self, key: &str) -> String {
        if self.at.is_empty() { key.to_owned() } else { format!("{}['{key}']", self.at) }
    }

    pub(crate) fn here(&self) -> &str {
        &self.at
    }

    /// `null` counts as absent.
    pub(crate) fn get(&self, key: &str) -> Option<&'a Value> {
        self.map.get(key).filter(|value| !value.is_null())
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.map.is_empty()
    }

    pub(crate) fn has(&self, key: &str) -> bool {
        self.get(key).is_some()
    }

    /// Refuses every key that is not listed.
    pub(crate) fn only(&self, keys: &[&str]) -> Result<(), GraphError> {
        match self.map.keys().find(|key| !keys.contains(&key.as_str())) {
            None => Ok(()),
            Some(key) => {
                let on = if self.at.is_empty() { "the message" } else { &self.at };
                Err(GraphError::new(100).details(format!("Unexpected key \"{key}\" on param \"{on}\".")))
            }
        }
    }

    /// A string, which may be empty.
    pub(crate) fn text_opt(&self, key: &str) -> Result<Option<&'a str>, GraphError> {
        match self.get(key) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(GraphError::param(&self.path(key), "must be a string")),
        }
    }

    /// A string that is there and not empty.
    pub(crate) fn text(&self, key: &str) -> Result<&'a str, GraphError> {
        self.text_opt(key)?.filter(|text| !text.is_empty()).ok_or_else(|| GraphError::missing(&self.path(key)))
    }

    pub(crate) fn text_max(&self, key: &str, max: usize) -> Result<&'a str, GraphError> {
        let text = self.text(key)?;
        self.within(key, text, max).map(|()| text)
    }

    pub(crate) fn text_opt_max(&self, key: &str, max: usize) -> Result<Option<&'a str>, GraphError> {
        let text = self.text_opt(key)?;
        text.map_or(Ok(()), |text| self.within(key, text, max))?;
        Ok(text)
    }

    fn within(&self, key: &str, text: &str, max: usize) -> Result<(), GraphError> {
        let length = text.chars().count();
        if length <= max {
            return Ok(());
        }
        Err(GraphError::param(&self.path(key), &format!("must be at most {max} characters long, and has {length}")))
    }

    pub(crate) fn flag_opt(&self, key: &str) -> Result<Option<bool>, GraphError> {
        match self.get(key) {
            None => Ok(None),
            Some(Value::Bool(flag)) => Ok(Some(*flag)),
            Some(_) => Err(GraphError::param(&self.path(key), "must be a boolean")),
        }
    }

    pub(crate) fn object_opt(&self, key: &str) -> Result<Option<Self>, GraphError> {
        self.get(key).map(|value| Self::of(value, self.path(key))).transpose()
    }

    pub(crate) fn object(&self, key: &str) -> Result<Self, GraphError> {
        self.object_opt(key)?.ok_or_else(|| GraphError::missing(&self.path(key)))
    }

    pub(crate) fn list_opt(&self, key: &str) -> Result<Option<&'a [Value]>, GraphError> {
        match self.get(key) {
            None => Ok(None),
            Some(Value::Array(items)) => Ok(Some(items)),
            Some(_) => Err(GraphError::param(&self.path(key), "must be an array")),
        }
    }

    /// The objects of a list that is there and has this many.
    pub(crate) fn objects(&self, key: &str, count: std::ops::RangeInclusive<usize>) -> Result<Vec<Self>, GraphError> {
        let items = self.list_opt(key)?.ok_or_else(|| GraphError::missing(&self.path(key)))?;
        if !count.contains(&items.len()) {
            let (least, most) = (count.start(), count.end());
            let why = format!("must have between {least} and {most} elements, and has {}", items.len());
            return Err(GraphError::value(&self.path(key), &why));
        }
        items.iter().enumerate().map(|(n, item)| Self::of(item, format!("{}[{n}]", self.path(key)))).collect()
    }

    /// A number, or a string that is one.
    pub(crate) fn number(&self, key: &str) -> Result<f64, GraphError> {
        let number = match self.get(key) {
            None => return Err(GraphError::missing(&self.path(key))),
            Some(Value::Number(number)) => number.as_f64(),
            Some(Value::String(text)) => text.parse().ok(),
            Some(_) => None,
        };
        number.ok_or_else(|| GraphError::param(&self.path(key), "must be a number"))
    }

    /// A whole number in this range, as a number or a string.
    pub(crate) fn whole(&self, key: &str, range: std::ops::RangeInclusive<u64>) -> Result<u64, GraphError> {
        let number = match self.get(key) {
            None => return Err(GraphError::missing(&self.path(key))),
            Some(Value::Number(number)) => number.as_u64(),
            Some(Value::String(text)) => text.parse().ok(),
            Some(_) => None,
        };
        number.filter(|number| range.contains(number)).ok_or_else(|| {
            let why = format!("must be a whole number between {} and {}", range.start(), range.end());
            GraphError::value(&self.path(key), &why)
        })
    }

    pub(crate) fn whole_opt(&self, key: &str, range: std::ops::RangeInclusive<u64>) -> Result<(), GraphError> {
        if self.has(key) { self.whole(key, range).map(|_| ()) } else { Ok(()) }
    }

    /// One of a closed set.
    pub(crate) fn choice(&self, key: &str, choices: &[&str]) -> Result<&'a str, GraphError> {
        let text = self.text(key)?;
        if choices.contains(&text) {
            return Ok(text);
        }
        Err(GraphError::value(&self.path(key), &format!("must be one of {}", choices.join(", "))))
    }

    /// A link Meta would fetch or open.
    pub(crate) fn link(&self, key: &str, max: usize) -> Result<&'a str, GraphError> {
        let link = self.text_max(key, max)?;
        let known = url::Url::parse(link).is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
        if known { Ok(link) } else { Err(GraphError::value(&self.path(key), "must be an http or https URL")) }
    }
}
