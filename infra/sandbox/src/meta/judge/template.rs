//! Sending a template: is it there, may it go, and do the parameters fit it (contract §2.4, §4.5).

use serde_json::Value;

use crate::meta::config::Template;
use crate::meta::graph_error::GraphError;

use super::content::{Facts, Later};
use super::shape::Object;

mod buttons;
mod parts;
mod values;

/// A template that may be sent as asked.
pub(crate) struct Fits<'t> {
    pub(crate) template: &'t Template,
    pub(crate) later: Later,
}

pub(crate) fn check<'t>(
    object: &Object<'_>,
    templates: &'t [Template],
    by_user_id: bool,
    facts: &Facts<'_>,
) -> Result<Fits<'t>, GraphError> {
    object.only(&["name", "namespace", "language", "components"])?;
    let name = object.text_max("name", 512)?;
    let language = object.object("language")?;
    language.only(&["code", "policy"])?;
    let code = language.text("code")?;
    if language.has("policy") {
        language.choice("policy", &["deterministic"])?;
    }
    let template = find(templates, name, code)?;
    if by_user_id && has_otp_button(template) {
        return Err(GraphError::new(131_062).details("One-time passwords can only be sent to a phone number."));
    }
    let sent = match object.list_opt("components")? {
        None => Vec::new(),
        Some(_) => object.objects("components", 0..=20)?,
    };
    let kind = parts::Kind {
        named: template.text("parameter_format").eq_ignore_ascii_case("NAMED"),
        authentication: template.text("category").eq_ignore_ascii_case("AUTHENTICATION"),
    };
    let later = parts::check(template.components(), &sent, &kind, facts)?;
    Ok(Fits { template, later })
}

/// Identity is (name, language), exactly; only what is approved can be sent.
fn find<'t>(templates: &'t [Template], name: &str, language: &str) -> Result<&'t Template, GraphError> {
    let found =
        templates.iter().find(|template| template.text("name") == name && template.text("language") == language);
    let Some(template) = found else {
        return Err(GraphError::new(132_001).details(format!(
            "Template name ({name}) does not exist in {language} on this WhatsApp Business Account."
        )));
    };
    match template.text("status") {
        "APPROVED" => Ok(template),
        "PAUSED" => Err(GraphError::new(132_015).details(format!("Template {name} ({language}) is paused."))),
        "DISABLED" => Err(GraphError::new(132_016).details(format!("Template {name} ({language}) is disabled."))),
        status => {
            Err(GraphError::new(132_001).details(format!("Template {name} ({language}) is not approved: {status}.")))
        }
    }
}

fn has_otp_button(template: &Template) -> bool {
    let buttons = template.components().iter().filter_map(|component| component.get("buttons")?.as_array()).flatten();
    buttons.into_iter().any(|button| button.get("type").and_then(Value::as_str) == Some("OTP"))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use jiff::Timestamp;
    use serde_json::json;

    use super::*;

    fn templates() -> Vec<Template> {
        crate::meta::local::templates()
    }

    fn judged(name: &str, components: &Value) -> Option<i64> {
        let (media, templates) = (BTreeMap::new(), templates());
        let facts = Facts { media: &media, phone_number_id: "1", now: Timestamp::UNIX_EPOCH };
        let value = json!({"name": name, "language": {"code": "en_US"}, "components": components});
        let object = Object::of(&value, "template".to_owned()).unwrap();
        check(&object, &templates, false, &facts).err().map(|error| error.code)
    }

    fn text(text: &str) -> Value {
        json!({"type": "text", "text": text})
    }

    fn named(name: &str, text: &str) -> Value {
        json!({"type": "text", "parameter_name": name, "text": text})
    }

    #[test]
    fn only_what_is_approved_in_that_language() {
        assert_eq!(judged("hello_world", &json!([])), None);
        assert_eq!(judged("hello", &json!([])), Some(132_001));
        assert_eq!(judged("spring_sale", &json!([])), Some(132_001));
        assert_eq!(judged("back_in_stock", &json!([])), Some(132_001));
        assert_eq!(judged("weekly_digest", &json!([])), Some(132_015));
    }

    #[test]
    fn positional_parameters() {
        let body = |parameters: Value| json!([{"type": "body", "parameters": parameters}]);
        for (components, expected) in [
            (body(json!([text("Ana"), text("A-17")])), None),
            (body(json!([text("Ana")])), Some(132_000)),
            (json!([]), Some(132_000)),
            (body(json!([text("Ana"), named("ref", "A-17")])), Some(132_012)),
            (body(json!([text("Ana"), {"type": "image", "image": {"link": "https://a.example/b"}}])), Some(132_012)),
            (body(json!([text("Ana"), text("")])), Some(131_008)),
            (body(json!([text("Ana"), text("a\nb")])), Some(132_018)),
            (body(json!([text("Ana"), text("a     b")])), Some(132_018)),
            (body(json!([text("Ana"), text(&"x".repeat(1100))])), Some(132_005)),
            (
                json!([{"type": "header", "parameters": [text("x")]},
                {"type": "body", "parameters": [text("Ana"), text("A-17")]}]),
                Some(132_000),
            ),
        ] {
            assert_eq!(judged("order_shipped", &components), expected, "{components}");
        }
    }

    #[test]
    fn named_parameters_in_any_order() {
        let body = |parameters: Value| json!([{"type": "body", "parameters": parameters}]);
        assert_eq!(judged("appointment_reminder", &body(json!([named("time", "9:00"), named("who", "Ana")]))), None);
        assert_eq!(judged("appointment_reminder", &body(json!([text("9:00"), text("Ana")]))), Some(132_012));
        assert_eq!(judged("appointment_reminder", &body(json!([named("who", "Ana")]))), Some(132_000));
        let wrong = body(json!([named("who", "Ana"), named("day", "Mon")]));
        assert_eq!(judged("appointment_reminder", &wrong), Some(132_012));
    }

    #[test]
    fn media_header_and_buttons() {
        let header = json!({"type": "header", "parameters": [
            {"type": "image", "image": {"link": "https://shop.example/a.jpg"}}]});
        let body = json!({"type": "body", "parameters": [text("Ana")]});
        let button = json!({"type": "button", "sub_type": "url", "index": "0", "parameters": [text("A17")]});
        assert_eq!(judged("receipt", &json!([header, body, button])), None);
        assert_eq!(judged("receipt", &json!([body, button])), Some(132_012));
        assert_eq!(judged("receipt", &json!([header, body])), Some(132_000));
        let video = json!({"type": "header", "parameters": [
            {"type": "video", "video": {"link": "https://shop.example/a.mp4"}}]});
        assert_eq!(judged("receipt", &json!([video, body, button])), Some(132_012));
        let stray = json!({"type": "button", "sub_type": "url", "index": 4, "parameters": [text("A17")]});
        assert_eq!(judged("receipt", &json!([header, body, stray])), Some(131_009));
    }
}
