//! Puts the values into a template object.

use serde_json::json;
use serde_json::value::RawValue;

use super::value::{Media, Missing, SubType, Value, Variable};
use super::{Part, Person, Slots, Variables, encoded};
use crate::json::Fields;
use crate::outbound::Invalid;
use crate::outbound::place::{Object, Place};
use crate::redact::redacted_debug;

/// What came of it.
pub enum Filled {
    /// Meta's template object, with all that it had.
    Template(Box<RawValue>),
    /// A value is missing.
    Missing(Unfilled),
}

redacted_debug!(Filled);

/// A variable that there is no value for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unfilled {
    /// Where in the caller's JSON it stands.
    pub field: String,
    /// Why there is none; nothing personal.
    pub why: String,
    /// Whether the caller asked that nothing be sent then, rather than for an error.
    pub skip: bool,
}

/// Why there is nothing to send.
pub(super) enum Stop {
    Missing(Unfilled),
    Invalid(Invalid),
}

impl From<Invalid> for Stop {
    fn from(invalid: Invalid) -> Self {
        Self::Invalid(invalid)
    }
}

impl Variables {
    /// Adds the components that the mapping fills to a template object, which stands at `at`. What the caller wrote stays
    /// token for token; cards that are filled join those of the carousel that the caller wrote.
    pub fn fill(&self, template: &RawValue, at: &str, person: &Person) -> Result<Filled, Invalid> {
        match self.filled(template, at, person) {
            Ok(template) => Ok(Filled::Template(template)),
            Err(Stop::Missing(unfilled)) => Ok(Filled::Missing(unfilled)),
            Err(Stop::Invalid(invalid)) => Err(invalid),
        }
    }

    fn filled(&self, template: &RawValue, at: &str, person: &Person) -> Result<Box<RawValue>, Stop> {
        let object = Place::at(at, template).object()?;
        let mut given = object.optional("components").map_or_else(|| Ok(Vec::new()), |place| place.elements())?;
        let carousel = self.carousel(&mut given, person)?;
        let mut components = self.template.filled(self, &given, person)?;
        components.extend(carousel);
        let components = (!components.is_empty()).then(|| format!("[{}]", components.join(",")));
        let filled = with_member(template, "components", components);
        filled.ok_or_else(|| Stop::Invalid(Place::at(at, template).invalid("must be an object")))
    }
}

impl Part {
    /// Components as the caller wrote them, then those that are filled.
    pub(super) fn filled(&self, of: &Variables, given: &[Place<'_>], person: &Person) -> Result<Vec<String>, Stop> {
        for place in given {
            self.alone(place)?;
        }
        let mut components: Vec<String> = given.iter().map(|place| place.raw().get().to_owned()).collect();
        if let Some(media) = &self.media {
            components.push(json!({"type": "header", "parameters": [media.parameter(of, person)?]}).to_string());
        }
        for (kind, slots) in [("header", &self.header), ("body", &self.body)] {
            let parameters = slots.parameters(of, person)?;
            if !parameters.is_empty() {
                components.push(json!({"type": kind, "parameters": parameters}).to_string());
            }
        }
        for (index, button) in &self.buttons {
            let value = button.variable.needed(of, person)?;
            let (sub_type, kind, member) = button.sub_type.words();
            let url = button.sub_type == SubType::Url;
            let mut parameter =
                json!({"type": kind, member: if url { encoded(&value.text, value.personal) } else { value.text }});
            if let Some(name) = &button.parameter_name {
                parameter["parameter_name"] = name.as_str().into();
            }
            let index = index.to_string();
            components.push(
                json!({"type": "button", "sub_type": sub_type, "index": index, "parameters": [parameter]}).to_string(),
            );
        }
        Ok(components)
    }

    /// What the caller wrote out is not filled here too.
    fn alone(&self, component: &Place<'_>) -> Result<(), Invalid> {
        let object = component.object()?;
        let filled = match kind(&object)?.as_str() {
            "header" if self.media.is_some() => String::from("media"),
            "header" if !self.header.variables.is_empty() => String::from("header"),
            "body" if !self.body.variables.is_empty() => String::from("body"),
            "button" => {
                let index = object.optional("index").and_then(|place| place.literal().ok()?.parse().ok());
                match index.filter(|index| self.buttons.contains_key(index)) {
                    Some(index) => format!("buttons.{index}"),
                    None => return Ok(()),
                }
            }
            _ => return Ok(()),
        };
        let (field, place) = (format!("{}.{filled}", self.at), component.field());
        Err(Invalid { field, rule: format!("must be left out, or {place} must: both fill the same"), given: None })
    }
}

impl Slots {
    fn parameters(&self, of: &Variables, person: &Person) -> Result<Vec<serde_json::Value>, Stop> {
        let parameter = |(name, variable): &(String, Variable)| {
            let value = variable.needed(of, person)?;
            Ok(if self.named {
                json!({"type": "text", "parameter_name": name, "text": value.text})
            } else {
                json!({"type": "text", "text": value.text})
            })
        };
        self.variables.iter().map(parameter).collect()
    }
}

impl Media {
    /// A link, or the id of what is at Meta.
    fn parameter(&self, of: &Variables, person: &Person) -> Result<serde_json::Value, Stop> {
        let value = self.variable.needed(of, person)?.text;
        let member = if value.contains("://") { "link" } else { "id" };
        let mut media = json!({member: value});
        if let Some(filename) = &self.filename {
            media["filename"] = filename.needed(of, person)?.text.into();
        }
        Ok(json!({"type": self.kind, self.kind: media}))
    }
}

/// A component's type, as Meta compares it.
pub(super) fn kind(component: &Object<'_>) -> Result<String, Invalid> {
    let kind = component.optional("type").map(|place| place.text()).transpose()?;
    Ok(kind.unwrap_or_default().to_ascii_lowercase())
}

/// An object with one member replaced or left out; every other token stays. `None` where it is no object.
pub(super) fn with_member(object: &RawValue, name: &str, value: Option<String>) -> Option<Box<RawValue>> {
    let fields = Fields::parse(object);
    let others = fields.iter().flat_map(Fields::iter).filter(|(other, _)| *other != name);
    let member = |name: &str, json: &str| format!("{}:{json}", serde_json::Value::from(name));
    let mut members: Vec<String> = others.map(|(name, raw)| member(name, raw.get())).collect();
    members.extend(value.map(|value| member(name, &value)));
    RawValue::from_string(format!("{{{}}}", members.join(","))).ok()
}

impl Variable {
    pub(super) fn needed(&self, of: &Variables, person: &Person) -> Result<Value, Stop> {
        self.value(of, person).ok_or_else(|| Stop::Missing(self.unfilled()))
    }

    fn unfilled(&self) -> Unfilled {
        Unfilled { field: self.at.clone(), why: self.wanted(), skip: self.missing == Missing::Skip }
    }
}
