//! The caller's message with another template in it. Everything that stays, stays token for token.

use serde_json::value::RawValue;

use crate::json::Fields;

/// The `template` object of a message.
pub fn template_of(message: &RawValue) -> Option<&RawValue> {
    Fields::parse_any(message)?.get("template")
}

/// The same message with its `template` filled.
pub fn with_template(message: &RawValue, template: &RawValue) -> Option<Box<RawValue>> {
    rewritten(message, |name| name != "template", &[("template", template.get())])
}

/// To the same person, the template instead of what was to be sent. What it quoted is left out: the bubble is not shown
/// above a template (contract §2.1).
pub fn as_template(message: &RawValue, kind: &str, template: &RawValue) -> Option<Box<RawValue>> {
    let kept = |name: &str| !["type", "template", "context", "messaging_product"].contains(&name) && name != kind;
    rewritten(message, kept, &[("type", "\"template\""), ("template", template.get())])
}

fn rewritten(message: &RawValue, kept: impl Fn(&str) -> bool, more: &[(&str, &str)]) -> Option<Box<RawValue>> {
    let fields = Fields::parse_any(message)?;
    let same = fields.iter().filter(|(name, _)| kept(name)).map(|(name, raw)| (name, raw.get()));
    let members: Vec<String> = same
        .chain(more.iter().copied())
        .map(|(name, value)| format!("{}:{value}", serde_json::Value::from(name)))
        .collect();
    RawValue::from_string(format!("{{{}}}", members.join(","))).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raw(json: &str) -> &RawValue {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn the_person_stays_and_the_content_goes() {
        let message = raw(r#"{ "to":"+1 555", "recipient_type" : "individual", "type":"text","text":{"body":"secret"},
            "context":{"message_id":"wamid.1"},"biz_opaque_callback_data":"order-\u0037"}"#);
        let template = raw(r#"{"name" : "n","language":{"code":"en"}}"#);
        assert_eq!(
            as_template(message, "text", template).unwrap().get(),
            r#"{"to":"+1 555","recipient_type":"individual","biz_opaque_callback_data":"order-\u0037","type":"template","template":{"name" : "n","language":{"code":"en"}}}"#
        );
        let template = raw(r#"{"name":"n","components":[]}"#);
        let message = raw(r#"{"template":{"name":"n"},"to": "1.50","type":"template"}"#);
        assert_eq!(
            with_template(message, template).unwrap().get(),
            r#"{"to":"1.50","type":"template","template":{"name":"n","components":[]}}"#
        );
        assert!(with_template(raw("7"), template).is_none());
    }
}
