//! Where one value comes from, and what holds where there is none.

use super::{ContactField, Person, Variables, clean};
use crate::outbound::Invalid;
use crate::outbound::place::{Object, Place};
use crate::redact::redacted_debug;

/// One variable.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Variable {
    source: Source,
    default: Option<String>,
    pub(super) missing: Missing,
    /// Where it stands.
    pub(super) at: String,
}

#[derive(Clone, PartialEq, Eq)]
enum Source {
    Literal(String),
    /// One of the request's `values`, by its name.
    Value(String),
    Contact(ContactField),
}

/// What to do where there is no value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Missing {
    Fail,
    Default,
    Skip,
}

/// The one variable of a button.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Button {
    pub(super) variable: Variable,
    pub(super) sub_type: SubType,
    /// Of a URL whose variable has a name.
    pub(super) parameter_name: Option<String>,
}

/// The picture, video or document of a header.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Media {
    pub(super) kind: &'static str,
    /// A link, or a media id.
    pub(super) variable: Variable,
    pub(super) filename: Option<Variable>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SubType {
    Url,
    CopyCode,
    QuickReply,
}

redacted_debug!(Variable, Button, Media, Source);

/// The value of a variable.
pub(super) struct Value {
    pub(super) text: String,
    /// Whether a person said it of themselves.
    pub(super) personal: bool,
}

const SOURCES: [&str; 3] = ["contact", "value", "literal"];

impl Variable {
    /// A text or number, or an object that says where to take it from.
    pub(super) fn read(place: &Place<'_>) -> Result<Self, Invalid> {
        if !place.is_object() {
            let (source, at) = (Source::Literal(place.value()?), place.field().to_owned());
            return Ok(Self { source, default: None, missing: Missing::Fail, at });
        }
        let object = place.object()?;
        object.only(&["contact", "value", "literal", "default", "missing"])?;
        Self::of(place, &object)
    }

    fn of(place: &Place<'_>, object: &Object<'_>) -> Result<Self, Invalid> {
        let given: Vec<&str> = SOURCES.into_iter().filter(|name| object.has(name)).collect();
        let source = match given.as_slice() {
            ["contact"] => {
                let field = object.required("contact")?;
                let name = field.text()?;
                let known = ContactField::ALL.iter().find(|(known, _)| *known == name);
                let (_, known) = known.ok_or_else(|| field.invalid("must be name, phone, wa_id or user_id"))?;
                Source::Contact(*known)
            }
            ["value"] => Source::Value(object.required("value")?.filled_text()?),
            ["literal"] => Source::Literal(object.required("literal")?.value()?),
            _ => {
                let given = if given.is_empty() { String::from("none") } else { given.join(" and ") };
                return Err(Invalid {
                    given: Some(given),
                    ..place.invalid("must have one of contact, value and literal")
                });
            }
        };
        let default = object.optional("default").map(|place| place.value()).transpose()?;
        let missing = match object.optional("missing") {
            None if default.is_some() => Missing::Default,
            None => Missing::Fail,
            Some(policy) => match policy.text()?.as_str() {
                "fail" => Missing::Fail,
                "skip" => Missing::Skip,
                "default" if default.is_some() => Missing::Default,
                "default" => return Err(object.invalid("default", "is required, since missing is default")),
                _ => return Err(policy.invalid("must be fail, default or skip")),
            },
        };
        Ok(Self { source, default, missing, at: place.field().to_owned() })
    }

    /// Cleaned. `None` where there is none.
    pub(super) fn value(&self, of: &Variables, person: &Person) -> Option<Value> {
        let (text, personal) = match &self.source {
            Source::Literal(text) => (Some(text.as_str()), false),
            Source::Value(name) => (of.values.get(name).map(String::as_str), false),
            Source::Contact(field) => (person.field(*field), true),
        };
        let default = || self.default.as_deref().filter(|_| self.missing == Missing::Default).and_then(clean);
        match text.and_then(clean) {
            Some(text) => Some(Value { text, personal }),
            None => default().map(|text| Value { text, personal: false }),
        }
    }

    /// What there is no value of, in words.
    pub(super) fn wanted(&self) -> String {
        match &self.source {
            Source::Literal(_) => String::from("the literal is empty"),
            Source::Value(_) => String::from("the request has no such value"),
            Source::Contact(field) => {
                let name = ContactField::ALL.iter().find(|(_, known)| known == field).map_or("field", |(name, _)| name);
                format!("the {name} of this person is not known")
            }
        }
    }
}

impl Button {
    pub(super) fn read(place: &Place<'_>) -> Result<Self, Invalid> {
        if !place.is_object() {
            return Ok(Self { variable: Variable::read(place)?, sub_type: SubType::Url, parameter_name: None });
        }
        let object = place.object()?;
        object.only(&["contact", "value", "literal", "default", "missing", "sub_type", "parameter_name"])?;
        let sub_type = match object.optional("sub_type") {
            None => SubType::Url,
            Some(place) => match place.text()?.as_str() {
                "url" => SubType::Url,
                "copy_code" => SubType::CopyCode,
                "quick_reply" => SubType::QuickReply,
                _ => return Err(place.invalid("must be url, copy_code or quick_reply")),
            },
        };
        let parameter_name = object.optional("parameter_name").map(|place| place.filled_text()).transpose()?;
        if parameter_name.is_some() && sub_type != SubType::Url {
            return Err(object.invalid("parameter_name", "must be left out: only the variable of a URL has a name"));
        }
        Ok(Self { variable: Variable::of(place, &object)?, sub_type, parameter_name })
    }
}

impl Media {
    const KINDS: [&str; 4] = ["image", "video", "document", "gif"];

    pub(super) fn read(place: &Place<'_>) -> Result<Self, Invalid> {
        let object = place.object()?;
        object.only(&["image", "video", "document", "gif", "filename"])?;
        let mut given = Self::KINDS.into_iter().filter(|kind| object.has(kind));
        let (Some(kind), None) = (given.next(), given.next()) else {
            return Err(place.invalid("must have one of image, video, document and gif"));
        };
        let filename = object.optional("filename");
        if kind != "document" && filename.is_some() {
            return Err(object.invalid("filename", "must be left out: only a document has one"));
        }
        let filename = filename.map(|place| Variable::read(&place)).transpose()?;
        Ok(Self { kind, variable: Variable::read(&object.required(kind)?)?, filename })
    }
}

impl SubType {
    /// Its name, and type and member of its parameter.
    pub(super) fn words(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::Url => ("url", "text", "text"),
            Self::CopyCode => ("copy_code", "coupon_code", "coupon_code"),
            Self::QuickReply => ("quick_reply", "payload", "payload"),
        }
    }
}
