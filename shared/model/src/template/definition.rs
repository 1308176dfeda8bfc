//! A template as it is submitted (contract §1.5): Meta's own members, in a file, in a request, or as a listing has them.

mod likeness;

use serde_json::{Map, Value};

use super::Template;
use crate::ids::{TemplateId, WabaId};
use crate::outbound::Invalid;
use crate::time::Timestamp;

/// Name, category, language and components, and what else Meta takes at creation.
#[derive(Clone, PartialEq)]
pub struct Definition {
    pub name: String,
    pub language: String,
    pub category: String,
    /// Whether its parameters have names. Else they are numbered.
    pub named: bool,
    /// Meta's objects. The header of a file may have `sample`, the name of a file, in place of `example.header_handle`.
    pub components: Vec<Value>,
    /// The other members, as they are given to Meta.
    pub more: Map<String, Value>,
}

/// What Meta takes beside name, language, category, parameter format and components (contract §1.5).
const MORE: [&str; 7] = [
    "message_send_ttl_seconds",
    "sub_category",
    "display_format",
    "send_type",
    "cta_url_link_tracking_opted_out",
    "is_primary_device_delivery_only",
    "library_template_name",
];

/// What an edit may change (contract §1.5).
const EDITABLE: [&str; 5] = [
    "message_send_ttl_seconds",
    "sub_category",
    "display_format",
    "cta_url_link_tracking_opted_out",
    "is_primary_device_delivery_only",
];

impl Definition {
    /// Reads Meta's body of a creation. Only its outline is checked; what is in it is for [`super::lint`] to say.
    pub fn parse(value: &Value) -> Result<Self, Invalid> {
        let members = value.as_object().ok_or_else(|| invalid("", "must be an object"))?;
        let mut more = Map::new();
        for (name, value) in members.iter().filter(|(_, value)| !value.is_null()) {
            match name.as_str() {
                "name" | "language" | "category" | "parameter_format" | "components" => {}
                name if MORE.contains(&name) => _ = more.insert(name.to_owned(), value.clone()),
                name => {
                    let known = MORE.join(", ");
                    let rule =
                        format!("is not known; name, language, category, parameter_format, components, {known} are");
                    let name: String = name.chars().take(64).collect();
                    return Err(invalid(&name, &rule));
                }
            }
        }
        let text = |name: &str| match members.get(name) {
            Some(Value::String(text)) if !text.is_empty() => Ok(text.clone()),
            Some(Value::Null) | None => Err(invalid(name, "is required")),
            Some(_) => Err(invalid(name, "must be a string that is not empty")),
        };
        let named = match members.get("parameter_format") {
            None | Some(Value::Null) => false,
            Some(Value::String(word)) if word.eq_ignore_ascii_case("NAMED") => true,
            Some(Value::String(word)) if word.eq_ignore_ascii_case("POSITIONAL") => false,
            Some(_) => return Err(invalid("parameter_format", "must be POSITIONAL or NAMED")),
        };
        let components = match members.get("components") {
            Some(Value::Array(components)) => components.clone(),
            Some(_) => return Err(invalid("components", "must be an array")),
            None if more.contains_key("library_template_name") => Vec::new(),
            None => return Err(invalid("components", "is required")),
        };
        if let Some(at) = components.iter().position(|component| !component.is_object()) {
            return Err(invalid(&format!("components[{at}]"), "must be an object"));
        }
        let category = text("category")?.to_ascii_uppercase();
        Ok(Self { name: text("name")?, language: text("language")?, category, named, components, more })
    }

    /// As a listing has it. Samples of files are left out: Meta lists them by URLs that expire.
    pub fn of(template: &Template) -> Self {
        let components: Vec<Value> = serde_json::from_str(template.components.get()).unwrap_or_default();
        let more = template.extra.iter().filter(|(name, _)| EDITABLE.contains(&name.as_str()));
        let more = more.filter_map(|(name, raw)| {
            let value: Value = serde_json::from_str(raw.get()).ok()?;
            (!value.is_null()).then(|| (name.clone(), value))
        });
        Self {
            name: template.name.clone(),
            language: template.language.clone(),
            category: template.category.to_ascii_uppercase(),
            named: template.parameter_format.eq_ignore_ascii_case("NAMED"),
            components: components.into_iter().map(likeness::without_handles).collect(),
            more: more.collect(),
        }
    }

    /// As it stands once Meta has taken it for review, before any listing has it (T-17). Meta's answer may name another
    /// category than was asked for.
    pub fn submitted(&self, waba_id: &WabaId, id: TemplateId, status: &str, category: &str, at: Timestamp) -> Template {
        let raw = |value: &Value| serde_json::value::to_raw_value(value).ok();
        let components: Value = self.components.iter().cloned().map(likeness::without_handles).collect();
        Template {
            id,
            waba_id: waba_id.clone(),
            name: self.name.clone(),
            language: self.language.clone(),
            category: category.to_owned(),
            submitted_category: Some(self.category.clone()),
            status: status.to_owned(),
            rejected_reason: None,
            status_details: None,
            next_category: None,
            quality: None,
            parameter_format: self.parameter_format().to_owned(),
            components: raw(&components).unwrap_or_else(|| super::no_components().to_owned()),
            extra: self.more.iter().filter_map(|(name, value)| Some((name.clone(), raw(value)?))).collect(),
            updated_at: at,
            absent: false,
        }
    }

    /// `name` and `language`, which are its identity.
    pub fn identity(&self) -> (&str, &str) {
        (&self.name, &self.language)
    }

    pub fn parameter_format(&self) -> &'static str {
        if self.named { "NAMED" } else { "POSITIONAL" }
    }

    pub(super) fn is_code(&self) -> bool {
        self.category == "AUTHENTICATION"
    }

    /// The body of `POST /{waba_id}/message_templates`, or of `/{template_id}` where it is an edit: that names neither name
    /// nor language, and the category only where it is to change.
    pub fn to_body(&self, edit: bool, category: bool) -> Value {
        let mut body = Map::new();
        if !edit {
            body.insert("name".into(), self.name.as_str().into());
            body.insert("language".into(), self.language.as_str().into());
        }
        if !edit || category {
            body.insert("category".into(), self.category.as_str().into());
        }
        body.insert("parameter_format".into(), self.parameter_format().into());
        let more = self.more.iter().filter(|(name, _)| !edit || EDITABLE.contains(&name.as_str()));
        body.extend(more.map(|(name, value)| (name.clone(), value.clone())));
        body.insert("components".into(), self.components.clone().into());
        Value::Object(body)
    }

    /// All of it, as it is given to Waypost's API and stands in a file.
    pub fn to_json(&self) -> Value {
        self.to_body(false, true)
    }

    /// The members in which it is not what Meta has, by name; none where Meta would have nothing to change. Case, order and
    /// what Meta adds by itself do not count, and neither do samples of files.
    pub fn differences(&self, listed: &Self) -> Vec<String> {
        let mut found = Vec::new();
        if self.category != listed.category {
            found.push("category".to_owned());
        }
        if self.named != listed.named {
            found.push("parameter_format".to_owned());
        }
        for name in EDITABLE.iter().filter(|name| self.more.contains_key(**name)) {
            if self.more.get(*name) != listed.more.get(*name) {
                found.push((*name).to_owned());
            }
        }
        let code = self.is_code() || listed.is_code();
        let (ours, theirs) = (likeness::of(&self.components, code), likeness::of(&listed.components, code));
        let kinds: std::collections::BTreeSet<&String> = ours.keys().chain(theirs.keys()).collect();
        found.extend(kinds.into_iter().filter(|kind| ours.get(*kind) != theirs.get(*kind)).cloned());
        found
    }

    /// The component of a type, and where it stands.
    pub(super) fn component(&self, kind: &str) -> Option<(usize, &Value)> {
        let is = |component: &Value| member(component, "type").eq_ignore_ascii_case(kind);
        self.components.iter().position(is).map(|at| (at, &self.components[at]))
    }

    /// The format of its header, and where that stands, where a file is its sample.
    pub fn media_header(&self) -> Option<(usize, String)> {
        let (at, header) = self.component("HEADER")?;
        let format = member(header, "format").to_ascii_uppercase();
        let takes_file = crate::limits::template::SAMPLE_TYPES.iter().any(|(known, _)| *known == format);
        takes_file.then_some((at, format))
    }

    /// The file that its header names as its sample.
    pub fn sample(&self) -> Option<&str> {
        let (at, _) = self.media_header()?;
        self.components[at].get("sample")?.as_str()
    }

    /// With a file named as its header's sample.
    pub fn name_sample(&mut self, file: &str) {
        let Some((at, _)) = self.media_header() else { return };
        if let Some(header) = self.components.get_mut(at).and_then(Value::as_object_mut) {
            header.insert("sample".to_owned(), file.into());
        }
    }

    /// With Meta's own link to the sample of its header, as a listing gave it: for whoever wants to see it.
    pub fn show_sample_of(&mut self, listed: &Template) {
        let components: Vec<Value> = serde_json::from_str(listed.components.get()).unwrap_or_default();
        let header = components.iter().find(|one| member(one, "type").eq_ignore_ascii_case("HEADER"));
        let handle = header.and_then(|header| header.pointer("/example/header_handle/0")?.as_str());
        if let Some(handle) = handle {
            self.set_sample(handle);
        }
    }

    /// With the handle of an uploaded file in place of the file's name.
    pub fn set_sample(&mut self, handle: &str) {
        let Some((at, _)) = self.media_header() else { return };
        if let Some(header) = self.components.get_mut(at).and_then(Value::as_object_mut) {
            header.remove("sample");
            header.insert("example".to_owned(), serde_json::json!({"header_handle": [handle]}));
        }
    }
}

impl std::fmt::Debug for Definition {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Definition({}, {}, {})", self.name, self.language, self.category)
    }
}

/// A text of a component; empty where there is none.
pub(super) fn member<'v>(component: &'v Value, name: &str) -> &'v str {
    component.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// A list in a component; empty where there is none.
pub(super) fn members<'v>(component: &'v Value, name: &str) -> &'v [Value] {
    component.get(name).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn invalid(field: &str, rule: &str) -> Invalid {
    Invalid { field: field.to_owned(), rule: rule.to_owned(), given: None }
}

#[cfg(test)]
mod tests;
