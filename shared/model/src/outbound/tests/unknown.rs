//! Kinds that are newer than this build: refused with the way around it, or passed on where the caller asked for that.
#![allow(clippy::needless_pass_by_value)]

use serde_json::{Value, json};

use super::{interactive, of};
use crate::outbound::{Invalid, OutboundContent, OutboundMessage};

fn parse(message: &Value, passes_unknown: bool) -> Result<OutboundMessage, Invalid> {
    OutboundMessage::parse_with(serde_json::from_str(&message.to_string()).unwrap(), passes_unknown)
}

fn template(component: Value) -> Value {
    of("template", &json!({"name": "n", "language": {"code": "en"}, "components": [component]}))
}

#[test]
fn what_is_newer_is_passed_on_when_asked_for() {
    let button = |sub_type: &str, parameter: Value| json!({"type": "button", "sub_type": sub_type, "index": 0, "parameters": [parameter]});
    for (message, field) in [
        (of("poll", &json!({"question": "?"})), "type"),
        (of("poll", &json!("words")), "type"),
        (json!({"to": "G-1", "recipient_type": "group", "type": "poll", "poll": {}}), "type"),
        (interactive("quiz", &json!({"header": {"type": "gif"}}), &json!(7)), "interactive.type"),
        (template(json!({"type": "footer", "parameters": [{"type": "emoji"}]})), "template.components[0].type"),
        (
            template(json!({"type": "body", "parameters": [{"type": "emoji"}]})),
            "template.components[0].parameters[0].type",
        ),
        (template(button("app", json!({"type": "app", "app": {}}))), "template.components[0].sub_type"),
        (template(button("url", json!({"type": "app", "app": {}}))), "template.components[0].parameters[0].type"),
    ] {
        let invalid = parse(&message, false).unwrap_err();
        assert_eq!(invalid.field, field, "{invalid}");
        assert!(invalid.rule.contains("option raw"), "{invalid}");
        let passed = parse(&message, true).unwrap_or_else(|invalid| panic!("{invalid}: {message}"));
        assert!(!passed.display().text.is_empty());
    }
    let poll = parse(&of("poll", &json!({})), true).unwrap();
    assert!(matches!(poll.content, OutboundContent::Unknown) && !poll.is_template());
    assert_eq!(poll.display().text, "[poll]");
}

/// Whom it is for, and that what `type` names is there; and whatever is known.
#[test]
fn what_is_known_is_checked_all_the_same() {
    for (message, field) in [
        (json!({"type": "poll", "poll": {}}), "to"),
        (json!({"to": "1", "type": "poll", "poll": {}}), "to"),
        (json!({"to": "+15550100", "poll": {}}), "type"),
        (json!({"to": "+15550100", "type": "poll"}), "poll"),
        (of("text", &json!({"body": ""})), "text.body"),
        (interactive("button", &json!({}), &json!({"buttons": []})), "interactive.action.buttons"),
        (
            template(json!({"type": "body", "parameters": [{"type": "text", "text": "a\nb"}]})),
            "template.components[0].parameters[0].text",
        ),
        (
            template(json!({"type": "body", "parameters": [{"type": "payload", "payload": "p"}]})),
            "template.components[0].parameters[0].type",
        ),
    ] {
        assert_eq!(parse(&message, true).unwrap_err().field, field);
    }
}
