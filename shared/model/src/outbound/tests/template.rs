//! The rules of templates that no number tells.
#![allow(clippy::needless_pass_by_value)]

use serde_json::{Value, json};

use super::{components, of, parse};
use crate::outbound::{ComponentKind, Invalid, OutboundContent, TemplateSend};

fn read(components: Value) -> Result<TemplateSend, Invalid> {
    let message = of("template", &json!({"name": "n", "language": {"code": "en"}, "components": components}));
    match parse(&message)?.content {
        OutboundContent::Template(template) => Ok(template),
        _ => unreachable!(),
    }
}

fn text(text: &str) -> Value {
    json!({"type": "text", "text": text})
}

fn body(parameters: Value) -> Value {
    json!({"type": "body", "parameters": parameters})
}

fn button(sub_type: &str, parameter: Value) -> Value {
    json!({"type": "BUTTON", "sub_type": sub_type, "index": "0", "parameters": [parameter]})
}

#[test]
fn what_is_sent_can_be_held_against_the_stored_template() {
    let template = read(components()).unwrap();
    let kinds: Vec<_> = template.components.iter().map(|component| &component.kind).collect();
    assert!(*kinds[0] == ComponentKind::Header && *kinds[1] == ComponentKind::Body);
    assert!(*kinds[4] == ComponentKind::Button { sub_type: "copy_code".into(), index: 2 });
    let words = |component: usize| -> Vec<_> {
        template.components[component].parameters.iter().map(|parameter| parameter.text.as_deref()).collect()
    };
    assert_eq!(words(1), [Some("Ana"), Some("$1"), Some("1 Jan")]);
    assert_eq!((words(4), words(0)), (vec![Some("SPRING26")], vec![None]));
    assert_eq!(template.components[4].parameter_field(0), "template.components[4].parameters[0]");
    let Some(ComponentKind::Carousel(cards)) = kinds.last() else { panic!() };
    assert_eq!((cards[1].index, cards[1].components[0].parameters[0].kind.as_str()), (1, "location"));
    assert_eq!(cards[1].components[0].field, "template.components[13].cards[1].components[0]");
    assert_eq!(format!("{template:?}"), "TemplateSend(…)");
}

#[test]
fn named_and_positional_do_not_mix() {
    let named = |name: &str| json!({"type": "text", "parameter_name": name, "text": "x"});
    let template = read(json!([body(json!([named("who"), named("ref")]))])).unwrap();
    assert_eq!(template.components[0].parameters[1].name.as_deref(), Some("ref"));
    let mixed = read(json!([body(json!([named("who"), text("x")]))])).unwrap_err();
    assert_eq!(mixed.field, "template.components[0].parameters[1].parameter_name");
    // The variable of a URL has its own way of counting.
    assert!(read(json!([body(json!([named("who")])), button("url", text("A17"))])).is_ok());
}

#[test]
fn what_meta_would_refuse_is_named() {
    let one = "template.components[0]";
    let currency = |code: &str, amount: Value| json!({"type": "currency", "currency": {"fallback_value": "$1", "code": code, "amount_1000": amount}});
    let order = json!({"reference_id": "r", "order": {"status": "lost"}});
    for (component, field) in [
        (body(json!([text("a\nb")])), ".parameters[0].text"),
        (body(json!([text("a\tb")])), ".parameters[0].text"),
        (body(json!([text("")])), ".parameters[0].text"),
        (body(json!([text("  ")])), ".parameters[0].text"),
        (body(json!([{"type": "text"}])), ".parameters[0].text"),
        (body(json!([])), ".parameters"),
        (json!({"type": "body"}), ".parameters"),
        (body(json!([{"type": "payload", "payload": "p"}])), ".parameters[0].type"),
        (body(json!([{"type": "emoji"}])), ".parameters[0].type"),
        (body(json!([currency("US", json!(1))])), ".parameters[0].currency.code"),
        (body(json!([currency("USD", json!(1.5))])), ".parameters[0].currency.amount_1000"),
        (
            body(json!([{"type": "date_time", "date_time": {"fallback_value": "a\nb"}}])),
            ".parameters[0].date_time.fallback_value",
        ),
        (json!({"type": "header", "parameters": [currency("USD", json!(1))]}), ".parameters[0].type"),
        (
            json!({"type": "header", "parameters": [{"type": "product", "product": {"catalog_id": "5"}}]}),
            ".parameters[0].product.product_retailer_id",
        ),
        (button("url", text("a b")), ".parameters[0].text"),
        (button("url", text("é")), ".parameters[0].text"),
        (button("url", json!({"type": "payload", "payload": "p"})), ".parameters[0].type"),
        (button("copy_code", json!({"type": "coupon_code", "coupon_code": "A-1"})), ".parameters[0].coupon_code"),
        (button("wave", text("x")), ".sub_type"),
        (button("order_details", json!({"type": "action", "action": {}})), ".parameters[0].action.order_details"),
        (json!({"type": "button", "sub_type": "url", "index": "first", "parameters": [text("x")]}), ".index"),
        (json!({"type": "footer", "parameters": [text("x")]}), ".type"),
        (
            json!({"type": "order_status", "parameters": [{"type": "order_status", "order_status": order}]}),
            ".parameters[0].order_status.order.status",
        ),
        (
            json!({"type": "carousel", "cards": [{"card_index": 1, "components": []}, {"card_index": 1, "components": []}]}),
            ".cards[1].card_index",
        ),
    ] {
        let invalid = read(json!([component])).err().unwrap_or_else(|| panic!("{component} was taken"));
        assert_eq!(invalid.field, format!("{one}{field}"), "{invalid}");
        assert!(!invalid.to_string().contains("a b"), "{invalid}");
    }
    let twice = read(json!([body(json!([text("a")])), body(json!([text("b")]))])).unwrap_err();
    assert_eq!(twice.to_string(), "template.components[1] is given twice");
    let same =
        read(json!([button("url", text("a")), button("quick_reply", json!({"type": "payload", "payload": "p"}))]));
    assert_eq!(same.unwrap_err().to_string(), "template.components[1] has the index of another button");
    let policy = json!({"name": "n", "language": {"code": "en", "policy": "fallback"}});
    assert_eq!(parse(&of("template", &policy)).unwrap_err().field, "template.language.policy");
}
