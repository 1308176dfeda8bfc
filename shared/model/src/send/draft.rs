//! A send with its variables filled: what is stored of it, and what Meta would get (T-18).

use serde_json::value::RawValue;

use super::{FallbackTemplate, SendOptions};
use crate::contact::Contact;
use crate::outbound::{Invalid, OutboundMessage, template_of, with_template};
use crate::redact::redacted_debug;
use crate::template::{Filled, Person, Unfilled};

/// A message and what was asked for beside it, frozen.
#[derive(Clone)]
pub struct Draft {
    /// Meta's message object.
    pub message: Box<RawValue>,
    /// Without variables.
    pub options: SendOptions,
    /// The value for want of which nothing is to be sent; of a message that is no template, for want of which its fallback
    /// is not.
    pub skipped: Option<Unfilled>,
}

redacted_debug!(Draft);

/// Why there is none.
#[derive(Debug)]
pub enum NotDrafted {
    /// The options do not fit the message.
    Invalid(Invalid),
    /// A variable without which it fails has no value.
    Unfilled(Unfilled),
}

impl Draft {
    /// Of a message as the caller gave it, with its options, which the caller calls `name`. `contact` is asked for only
    /// where there are variables.
    pub fn of(
        parsed: &OutboundMessage,
        message: Box<RawValue>,
        mut options: SendOptions,
        contact: Option<&Contact>,
        name: &str,
    ) -> Result<Self, NotDrafted> {
        let invalid = |option: &str, rule: &str| {
            let field = format!("{name}.{option}");
            NotDrafted::Invalid(Invalid { field, rule: rule.to_owned(), given: None })
        };
        if parsed.is_template() && options.fallback_template.is_some() {
            return Err(invalid("fallback_template", "must be left out: the message is a template itself"));
        }
        let Some(variables) = options.variables.take() else {
            return Ok(Self { message, options, skipped: None });
        };
        let fallback = format!("{name}.fallback_template");
        let (template, at) = match (template_of(&message).filter(|_| parsed.is_template()), &options.fallback_template)
        {
            (Some(template), _) => (template, "template"),
            (None, Some(template)) => (template.raw(), fallback.as_str()),
            (None, None) => return Err(invalid("variables", "needs a template, or a fallback_template, to fill")),
        };
        let person = Person::of(contact, &parsed.recipient);
        match variables.fill(template, at, &person).map_err(NotDrafted::Invalid)? {
            Filled::Missing(unfilled) if unfilled.skip => {
                options.fallback_template = None;
                Ok(Self { message, options, skipped: Some(unfilled) })
            }
            Filled::Missing(unfilled) => Err(NotDrafted::Unfilled(unfilled)),
            Filled::Template(filled) if parsed.is_template() => {
                let message = with_template(&message, &filled).unwrap_or(message);
                Ok(Self { message, options, skipped: None })
            }
            Filled::Template(filled) => {
                options.fallback_template = Some(FallbackTemplate::filled(filled));
                Ok(Self { message, options, skipped: None })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn draft(message: &Value, options: &Value) -> Result<Draft, NotDrafted> {
        let message = RawValue::from_string(message.to_string()).unwrap();
        let options = RawValue::from_string(options.to_string()).unwrap();
        let parsed = OutboundMessage::parse(&message).unwrap();
        Draft::of(&parsed, message, SendOptions::parse(&options, "waypost").unwrap(), None, "waypost")
    }

    fn text() -> Value {
        json!({"to": "+15550100", "type": "text", "text": {"body": "Hi"}})
    }

    fn template() -> Value {
        json!({"to": "+15550100", "type": "template", "template": {"name": "n", "language": {"code": "en"}}})
    }

    #[test]
    fn variables_are_frozen_into_what_they_fill() {
        let filled = draft(&template(), &json!({"variables": {"body": {"1": {"contact": "phone"}}}})).unwrap();
        let message: Value = serde_json::from_str(filled.message.get()).unwrap();
        assert_eq!(message["template"]["components"][0]["parameters"][0]["text"], "+15550100");
        assert!(filled.options.is_default());
        let fallback = json!({"name": "n", "language": {"code": "en"}});
        let options = json!({"variables": {"body": {"1": "x"}}, "fallback_template": fallback});
        let filled = draft(&text(), &options).unwrap();
        let json = serde_json::to_string(&filled.options).unwrap();
        let stored: Value = serde_json::from_str(&json).unwrap();
        assert_eq!(stored["fallback_template"]["components"][0]["parameters"][0]["text"], "x");
        assert_eq!(filled.message.get(), text().to_string());
        let again: SendOptions = serde_json::from_str(&json).unwrap();
        assert!(again == filled.options);
    }

    #[test]
    fn what_has_nothing_to_fill_or_to_fall_back_from_is_refused() {
        let fallback = json!({"name": "n", "language": {"code": "en"}});
        for (message, options, field) in [
            (text(), json!({"variables": {}}), "waypost.variables"),
            (template(), json!({"fallback_template": fallback}), "waypost.fallback_template"),
        ] {
            let Err(NotDrafted::Invalid(invalid)) = draft(&message, &options) else { panic!("{options}") };
            assert_eq!(invalid.field, field);
        }
    }

    #[test]
    fn a_missing_value_fails_or_skips() {
        let variables = |missing: &str| json!({"body": {"1": {"contact": "name", "missing": missing}}});
        assert!(matches!(
            draft(&template(), &json!({"variables": variables("fail")})),
            Err(NotDrafted::Unfilled(unfilled)) if unfilled.field == "waypost.variables.body.1"
        ));
        assert!(draft(&template(), &json!({"variables": variables("skip")})).unwrap().skipped.is_some());
        let options =
            json!({"variables": variables("skip"), "fallback_template": {"name": "n", "language": {"code": "en"}}});
        let skipped = draft(&text(), &options).unwrap();
        assert!(skipped.skipped.is_some() && skipped.options.fallback_template.is_none());
    }
}
