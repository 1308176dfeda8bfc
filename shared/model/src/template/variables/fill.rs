//! Puts the values into a template object.

use serde_json::json;
use serde_json::value::RawValue;

use super::value::{Missing, SubType, Variable};
use super::{Person, Slots, Variables, encoded};
use crate::json::Fields;
use crate::outbound::Invalid;
use crate::outbound::place::Place;
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

impl Variables {
    /// Adds the components that the mapping fills to a template object, which stands at `at`. What the caller wrote stays
    /// token for token.
    pub fn fill(&self, template: &RawValue, at: &str, person: &Person) -> Result<Filled, Invalid> {
        let object = Place::at(at, template).object()?;
        let given = object.optional("components").map_or_else(|| Ok(Vec::new()), |place| place.elements())?;
        for place in &given {
            self.alone(place)?;
        }
        let mut components: Vec<String> = given.iter().map(|place| place.raw().get().to_owned()).collect();
        for (kind, slots) in [("header", &self.header), ("body", &self.body)] {
            match self.parameters(slots, person) {
                Ok(parameters) if parameters.is_empty() => {}
                Ok(parameters) => components.push(json!({"type": kind, "parameters": parameters}).to_string()),
                Err(unfilled) => return Ok(Filled::Missing(unfilled)),
            }
        }
        for (index, button) in &self.buttons {
            let Some(value) = button.variable.value(self, person) else {
                return Ok(Filled::Missing(button.variable.unfilled()));
            };
            let (sub_type, kind, member) = button.sub_type.words();
            let url = button.sub_type == SubType::Url;
            let text = if url { encoded(&value.text, value.personal) } else { value.text };
            let parameter = json!({"type": kind, member: text});
            let index = index.to_string();
            components.push(
                json!({"type": "button", "sub_type": sub_type, "index": index, "parameters": [parameter]}).to_string(),
            );
        }
        let fields = Fields::parse(template);
        let others = fields.iter().flat_map(Fields::iter).filter(|(name, _)| *name != "components");
        let mut members: Vec<String> =
            others.map(|(name, raw)| format!("{}:{}", serde_json::Value::from(name), raw.get())).collect();
        if !components.is_empty() {
            members.push(format!("\"components\":[{}]", components.join(",")));
        }
        let filled = RawValue::from_string(format!("{{{}}}", members.join(",")));
        filled.map(Filled::Template).map_err(|_| Place::at(at, template).invalid("must be an object"))
    }

    /// What the caller wrote out is not filled here too.
    fn alone(&self, component: &Place<'_>) -> Result<(), Invalid> {
        let object = component.object()?;
        let kind =
            object.optional("type").map(|place| place.text()).transpose()?.unwrap_or_default().to_ascii_lowercase();
        let filled = match kind.as_str() {
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

    fn parameters(&self, slots: &Slots, person: &Person) -> Result<Vec<serde_json::Value>, Unfilled> {
        let parameter = |(name, variable): &(String, Variable)| {
            let value = variable.value(self, person).ok_or_else(|| variable.unfilled())?;
            Ok(if slots.named {
                json!({"type": "text", "parameter_name": name, "text": value.text})
            } else {
                json!({"type": "text", "text": value.text})
            })
        };
        slots.variables.iter().map(parameter).collect()
    }
}

impl Variable {
    fn unfilled(&self) -> Unfilled {
        Unfilled { field: self.at.clone(), why: self.wanted(), skip: self.missing == Missing::Skip }
    }
}
