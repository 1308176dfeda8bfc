//! A place in the caller's JSON that knows its own name, so that every complaint can say where.

mod within;

use serde_json::value::RawValue;

use super::Invalid;
use crate::json::{self, Fields};

#[derive(Clone)]
pub(crate) struct Place<'a> {
    path: String,
    raw: &'a RawValue,
    /// Whether a kind that is not known here is passed on as it is.
    passes_unknown: bool,
}

#[derive(Clone)]
pub(crate) struct Object<'a> {
    path: String,
    fields: Fields<'a>,
    passes_unknown: bool,
}

impl<'a> Place<'a> {
    pub(crate) fn root(raw: &'a RawValue) -> Self {
        Self::at("", raw)
    }

    /// Somewhere in a larger JSON, or in one that is not Meta's.
    pub(crate) fn at(path: &str, raw: &'a RawValue) -> Self {
        Self { path: path.to_owned(), raw, passes_unknown: false }
    }

    /// Its name, as complaints spell it.
    pub(crate) fn field(&self) -> &str {
        &self.path
    }

    /// Here and below, a kind that is not known is passed on.
    pub(crate) fn passing_unknown(self, passes_unknown: bool) -> Self {
        Self { passes_unknown, ..self }
    }

    pub(crate) fn raw(&self) -> &'a RawValue {
        self.raw
    }

    pub(crate) fn is_object(&self) -> bool {
        self.raw.get().starts_with('{')
    }

    pub(crate) fn invalid(&self, rule: &str) -> Invalid {
        Invalid { field: self.path.clone(), rule: rule.to_owned(), given: None }
    }

    pub(crate) fn object(&self) -> Result<Object<'a>, Invalid> {
        let fields = Fields::parse_any(self.raw).ok_or_else(|| self.mistyped("an object"))?;
        if let Some(name) = fields.repeated() {
            return Err(Invalid { field: join(&self.path, name), rule: "is given twice".to_owned(), given: None });
        }
        Ok(Object { path: self.path.clone(), fields, passes_unknown: self.passes_unknown })
    }

    /// An array with something in it.
    pub(crate) fn list(&self) -> Result<Vec<Place<'a>>, Invalid> {
        let elements = self.elements()?;
        if elements.is_empty() { Err(self.invalid("must not be empty")) } else { Ok(elements) }
    }

    pub(crate) fn elements(&self) -> Result<Vec<Place<'a>>, Invalid> {
        let elements = json::items(self.raw).ok_or_else(|| self.mistyped("an array"))?;
        let passes_unknown = self.passes_unknown;
        let place = |(index, raw)| Place { path: format!("{}[{index}]", self.path), raw, passes_unknown };
        Ok(elements.into_iter().enumerate().map(place).collect())
    }

    pub(crate) fn text(&self) -> Result<String, Invalid> {
        json::text(self.raw).ok_or_else(|| self.mistyped("a string"))
    }

    pub(crate) fn filled_text(&self) -> Result<String, Invalid> {
        let text = self.text()?;
        if text.trim().is_empty() { Err(self.invalid("must not be empty")) } else { Ok(text) }
    }

    /// A string or a number.
    pub(crate) fn literal(&self) -> Result<String, Invalid> {
        let literal = json::literal(self.raw).ok_or_else(|| self.mistyped("a string"))?;
        if literal.is_empty() { Err(self.invalid("must not be empty")) } else { Ok(literal) }
    }

    /// A string, which may be empty, or a number's own digits.
    pub(crate) fn value(&self) -> Result<String, Invalid> {
        json::literal(self.raw).ok_or_else(|| self.mistyped("a string"))
    }

    pub(crate) fn flag(&self) -> Result<bool, Invalid> {
        match self.raw.get() {
            "true" => Ok(true),
            "false" => Ok(false),
            _ => Err(self.mistyped("true or false")),
        }
    }

    fn mistyped(&self, expected: &str) -> Invalid {
        let given = match self.raw.get().as_bytes().first() {
            Some(b'{') => "an object",
            Some(b'[') => "an array",
            Some(b'"') => "a string",
            Some(b't' | b'f') => "true or false",
            Some(b'n') => "null",
            _ => "a number",
        };
        Invalid { given: Some(given.to_owned()), ..self.invalid(&format!("must be {expected}")) }
    }
}

impl<'a> Object<'a> {
    pub(crate) fn required(&self, name: &str) -> Result<Place<'a>, Invalid> {
        self.optional(name).ok_or_else(|| self.invalid(name, "is required"))
    }

    /// `null` is absent, as it is for Meta.
    pub(crate) fn optional(&self, name: &str) -> Option<Place<'a>> {
        let passes_unknown = self.passes_unknown;
        self.fields.get(name).map(|raw| Place { path: join(&self.path, name), raw, passes_unknown })
    }

    pub(crate) fn optional_text(&self, name: &str) -> Result<Option<String>, Invalid> {
        self.optional(name).map(|place| place.text()).transpose()
    }

    /// Every member that is not `null`, in its order.
    pub(crate) fn members(&self) -> impl Iterator<Item = (&str, Place<'a>)> {
        let given = self.fields.iter().filter(|(_, raw)| !json::is_null(raw));
        let passes_unknown = self.passes_unknown;
        given.map(move |(name, raw)| (name, Place { path: join(&self.path, name), raw, passes_unknown }))
    }

    /// Refuses every member that is not named.
    pub(crate) fn only(&self, names: &[&str]) -> Result<(), Invalid> {
        match self.fields.iter().find(|(name, _)| !names.contains(name)) {
            None => Ok(()),
            Some((name, _)) => {
                let name: String = name.chars().take(64).collect();
                Err(self.invalid(&name, &format!("is not known; {} are", names.join(", "))))
            }
        }
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.fields.get(name).is_some()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.fields.iter().next().is_none()
    }

    /// A complaint about a member, there or not.
    pub(crate) fn invalid(&self, name: &str, rule: &str) -> Invalid {
        Invalid { field: join(&self.path, name), rule: rule.to_owned(), given: None }
    }
}

fn join(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}
