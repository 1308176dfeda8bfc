use serde_json::{Value, json};

use super::*;
use crate::ids::SendId;

mod limits;
mod template;
mod unknown;

fn parse(message: &Value) -> Result<OutboundMessage, Invalid> {
    let text = message.to_string();
    OutboundMessage::parse(serde_json::from_str(&text).unwrap())
}

/// A whole message of that kind.
fn of(kind: &str, content: &Value) -> Value {
    json!({"to": "+15550100", "type": kind, kind: content})
}

fn interactive(kind: &str, extra: &Value, action: &Value) -> Value {
    let mut content = json!({"type": kind, "body": {"text": "Choose"}, "action": action});
    for (name, value) in extra.as_object().unwrap() {
        content[name] = value.clone();
    }
    of("interactive", &content)
}

/// One message of every kind that is documented, as short as Meta takes it.
fn documented() -> Vec<Value> {
    let none = json!({});
    let cta = json!({"name": "cta_url", "parameters": {"display_text": "Go", "url": "https://shop.example"}});
    let picture = json!({"type": "image", "image": {"link": "https://shop.example/a.png"}});
    let replies = json!({"buttons": [{"type": "quick_reply", "quick_reply": {"id": "1", "title": "Yes"}}]});
    let sku = json!({"product_retailer_id": "s", "catalog_id": "5"});
    vec![
        of("text", &json!({"body": "Hi"})),
        of("image", &json!({"id": "700000000000001", "caption": "c"})),
        of("video", &json!({"link": "https://shop.example/v.mp4"})),
        of("audio", &json!({"id": 700_000_000_000_001_u64, "voice": true})),
        of("document", &json!({"link": "http://shop.example/d.pdf", "filename": "d.pdf"})),
        of("sticker", &json!({"id": "7"})),
        of("location", &json!({"latitude": "12.5", "longitude": -3.25, "name": "Shop"})),
        of("contacts", &json!([{"name": {"formatted_name": "Ana Diaz", "first_name": "Ana"}}])),
        of("reaction", &json!({"message_id": "wamid.1", "emoji": ""})),
        of("template", &json!({"name": "order_ok", "language": {"code": "en_US"}})),
        of("template", &json!({"name": "n", "language": {"code": "en"}, "components": components()})),
        interactive(
            "button",
            &json!({"header": picture}),
            &json!({"buttons": [{"type": "reply", "reply": {"id": "1", "title": "Yes"}}]}),
        ),
        interactive("list", &none, &json!({"button": "Open", "sections": [{"rows": [{"id": "1", "title": "One"}]}]})),
        interactive("cta_url", &none, &cta),
        interactive("location_request_message", &none, &json!({"name": "send_location"})),
        interactive("request_contact_info", &none, &json!({"name": "request_contact_info"})),
        interactive("address_message", &none, &json!({"name": "address_message", "parameters": {"country": "IN"}})),
        of("interactive", &json!({"type": "product", "action": {"catalog_id": "5", "product_retailer_id": "sku-1"}})),
        interactive(
            "product_list",
            &json!({"header": {"type": "text", "text": "Our best"}}),
            &json!({"catalog_id": "5", "sections": [{"title": "t", "product_items": [{"product_retailer_id": "sku-1"}]}]}),
        ),
        interactive("catalog_message", &none, &json!({"name": "catalog_message"})),
        interactive(
            "flow",
            &none,
            &json!({"name": "flow", "parameters": {"flow_message_version": "3", "flow_id": "9", "flow_cta": "Start"}}),
        ),
        interactive(
            "carousel",
            &none,
            &json!({"cards": [{"card_index": 0, "type": "cta_url", "header": picture, "action": cta},
                {"card_index": 1, "type": "cta_url", "header": picture, "body": {"text": "b"}, "action": cta}]}),
        ),
        interactive(
            "carousel",
            &none,
            &json!({"cards": [{"card_index": 0, "header": picture, "action": replies},
                {"card_index": 1, "header": picture, "action": replies}]}),
        ),
        interactive(
            "carousel",
            &none,
            &json!({"cards": [{"card_index": 0, "type": "product", "action": sku}, {"card_index": 1, "type": "product", "action": sku}]}),
        ),
        interactive("voice_call", &none, &json!({"name": "voice_call", "parameters": {"display_text": "Call"}})),
        interactive("call_permission_request", &none, &json!({"name": "call_permission_request"})),
        interactive(
            "order_details",
            &none,
            &json!({"name": "review_and_pay", "parameters": {"reference_id": "r", "type": "digital-goods", "currency": "INR",
                "total_amount": {"value": 1100, "offset": 100}, "order": {"status": "pending"}}}),
        ),
        interactive(
            "order_status",
            &none,
            &json!({"name": "review_order", "parameters": {"reference_id": "r", "order": {"status": "shipped"}}}),
        ),
    ]
}

/// Every component, and every kind of parameter.
fn components() -> Value {
    let text = |text: &str| json!({"type": "text", "text": text});
    let button = |index: usize, sub_type: &str, parameters: Value| json!({"type": "button", "sub_type": sub_type, "index": index, "parameters": parameters});
    let action = |action: Value| json!([{"type": "action", "action": action}]);
    let order = json!({"reference_id": "r", "order": {"status": "shipped"}});
    json!([
        {"type": "header", "parameters": [{"type": "image", "image": {"id": "7"}}]},
        {"type": "body", "parameters": [text("Ana"),
            {"type": "currency", "currency": {"fallback_value": "$1", "code": "USD", "amount_1000": 1000}},
            {"type": "date_time", "date_time": {"fallback_value": "1 Jan"}}]},
        button(0, "quick_reply", json!([{"type": "payload", "payload": "p"}])),
        button(1, "url", json!([text("A17")])),
        button(2, "copy_code", json!([{"type": "coupon_code", "coupon_code": "SPRING26"}])),
        button(3, "catalog", action(json!({"thumbnail_product_retailer_id": "sku-1"}))),
        button(4, "mpm", action(json!({"thumbnail_product_retailer_id": "sku-1", "sections": [
            {"title": "t", "product_items": [{"product_retailer_id": "sku-1"}]}]}))),
        button(5, "flow", action(json!({"flow_token": "t", "flow_action_data": {"a": 1}}))),
        button(6, "voice_call", json!([{"type": "ttl_minutes", "ttl_minutes": 5}, {"type": "payload", "payload": "p"}])),
        button(7, "order_details", action(json!({"order_details": {}}))),
        {"type": "limited_time_offer", "parameters": [{"type": "limited_time_offer",
            "limited_time_offer": {"expiration_time_ms": 1_767_225_600_000_u64}}]},
        {"type": "order_status", "parameters": [{"type": "order_status", "order_status": order}]},
        {"type": "tap_target_configuration", "parameters": [{"type": "tap_target_configuration",
            "tap_target_configuration": [{"url": "https://shop.example", "title": "Shop"}]}]},
        {"type": "carousel", "cards": [
            {"card_index": 0, "components": [{"type": "header", "parameters": [
                {"type": "product", "product": {"product_retailer_id": "sku-1", "catalog_id": "5"}}]}]},
            {"card_index": 1, "components": [{"type": "header", "parameters": [
                {"type": "location", "location": {"latitude": 1, "longitude": 2}}]}]}]},
    ])
}

#[test]
fn every_documented_kind_is_taken() {
    for message in documented() {
        let parsed = parse(&message).unwrap_or_else(|invalid| panic!("{invalid}: {message}"));
        assert_eq!(parsed.kind, message["type"].as_str().unwrap());
        assert_eq!(parsed.is_template(), parsed.kind == "template");
        assert!(!parsed.display().text.is_empty());
        assert_eq!(format!("{parsed:?}"), "OutboundMessage(…)");
    }
}

/// Each member of those messages taken out in turn: where the rest is refused, the complaint names what is missing.
#[test]
fn what_is_missing_is_named() {
    let mut needed = 0;
    for message in documented() {
        for (pointer, field) in members(&message, "", "") {
            let mut less = message.clone();
            let (parent, name) = pointer.rsplit_once('/').unwrap();
            less.pointer_mut(parent).unwrap().as_object_mut().unwrap().remove(name);
            let Err(invalid) = parse(&less) else { continue };
            // Where one of two will do, the first of them is asked for.
            let first = field.replace("link", "id").replace("].action.name", "].action.buttons");
            let alternatives = [field.as_str(), first.as_str(), "contacts[0].name.first_name"];
            assert!(alternatives.contains(&invalid.field.as_str()), "{field}: {invalid}");
            assert!(invalid.rule.starts_with("is required"), "{invalid}");
            needed += 1;
        }
    }
    assert_eq!(needed, NEEDED);
}

/// How many members the messages above cannot do without.
const NEEDED: usize = 383;

/// Every object's members at any depth: as a JSON pointer, and as complaints spell it.
fn members(value: &Value, pointer: &str, field: &str) -> Vec<(String, String)> {
    match value {
        Value::Object(object) => object
            .iter()
            .flat_map(|(name, value)| {
                let pointer = format!("{pointer}/{name}");
                let field = if field.is_empty() { name.clone() } else { format!("{field}.{name}") };
                let below = members(value, &pointer, &field);
                std::iter::once((pointer, field)).chain(below)
            })
            .collect(),
        Value::Array(list) => list
            .iter()
            .enumerate()
            .flat_map(|(i, value)| members(value, &format!("{pointer}/{i}"), &format!("{field}[{i}]")))
            .collect(),
        _ => Vec::new(),
    }
}

#[test]
fn what_is_wrong_is_named() {
    let text = of("text", &json!({"body": "Hi"}));
    let with = |name: &str, value: Value| {
        let mut message = text.clone();
        message[name] = value;
        message
    };
    let user = |recipient: &str| json!({"recipient": recipient, "type": "text", "text": {"body": "Hi"}});
    let button = |reply: Value| interactive("button", &json!({}), &json!({"buttons": [reply]}));
    let cases = [
        (json!([]), ""),
        (json!({"type": "text", "text": {"body": "Hi"}}), "to"),
        (with("to", json!("US.1000000001")), "to"),
        (with("to", json!("1555")), "to"),
        (with("to", json!("+1 555 0100 0000 0000 00")), "to"),
        (with("to", json!({})), "to"),
        (user("15550100"), "recipient"),
        (user("us.1"), "recipient"),
        (user("US."), "recipient"),
        (user("US.ENT."), "recipient"),
        (with("type", json!("fax")), "type"),
        (with("type", json!("")), "type"),
        (with("type", json!("image")), "image"),
        (with("recipient_type", json!("crowd")), "recipient_type"),
        (with("messaging_product", json!("sms")), "messaging_product"),
        (with("context", json!({"message_id": ""})), "context.message_id"),
        (with("context", json!("wamid.1")), "context"),
        (with("biz_opaque_callback_data", json!("x".repeat(513))), "biz_opaque_callback_data"),
        (with("biz_opaque_callback_data", json!(7)), "biz_opaque_callback_data"),
        (of("text", &json!({"body": ""})), "text.body"),
        (of("text", &json!({"body": "é".repeat(4097)})), "text.body"),
        (of("text", &json!({"body": "x", "preview_url": "yes"})), "text.preview_url"),
        (of("text", &json!("Hi")), "text"),
        (of("image", &json!({"id": "1", "link": "https://x.example"})), "image.link"),
        (of("image", &json!({})), "image.id"),
        (of("image", &json!({"link": "ftp://x.example"})), "image.link"),
        (of("image", &json!({"link": "https://"})), "image.link"),
        (of("image", &json!({"link": "https://a b"})), "image.link"),
        (of("image", &json!({"id": ""})), "image.id"),
        (of("location", &json!({"latitude": "north", "longitude": 1})), "location.latitude"),
        (of("contacts", &json!([])), "contacts"),
        (of("contacts", &json!([{"name": {"formatted_name": "Ana"}}])), "contacts[0].name.first_name"),
        (of("interactive", &json!({"type": "quiz"})), "interactive.type"),
        (button(json!({"reply": {"id": "1", "title": ""}})), "interactive.action.buttons[0].reply.title"),
        (button(json!({"type": "url"})), "interactive.action.buttons[0].type"),
        (interactive("button", &json!({"body": "x"}), &json!({})), "interactive.body"),
        (interactive("button", &json!({}), &json!({"buttons": []})), "interactive.action.buttons"),
        (
            interactive("list", &json!({"header": {"type": "image", "image": {"id": "1"}}}), &json!({})),
            "interactive.header",
        ),
        (
            interactive("catalog_message", &json!({"header": {"type": "text", "text": "x"}}), &json!({})),
            "interactive.header",
        ),
        (interactive("flow", &json!({}), &json!({"name": "cta_url"})), "interactive.action.name"),
    ];
    for (message, field) in cases {
        let invalid = parse(&message).err().unwrap_or_else(|| panic!("{field} was taken"));
        assert_eq!(invalid.field, field, "{invalid}");
        let told = invalid.to_string();
        assert!(!told.contains("éé") && !told.contains("555"), "{told}");
    }
    let twice = serde_json::from_str(r#"{"to":"+15550100","type":"text","text":{"body":"a","body":"b"}}"#).unwrap();
    assert_eq!(OutboundMessage::parse(twice).unwrap_err().to_string(), "text.body is given twice");
    let long = parse(&of("text", &json!({"body": "x".repeat(4097)}))).unwrap_err();
    assert_eq!(long.to_string(), "text.body must have 1 to 4096 characters (given: 4097)");
}

/// Each member of those messages replaced by what nobody expects there: it is taken or refused by a name, and what is
/// taken can be shown and sent.
#[test]
fn nothing_odd_breaks_the_reader() {
    let odd = [
        "null",
        "true",
        "-0",
        "1e400",
        "18446744073709551616",
        "\"\"",
        "\" \"",
        "\"\\ud83d\"",
        "[]",
        "[[]]",
        "{}",
        "[null]",
    ];
    let (mut taken, mut refused) = (0, 0);
    for message in documented() {
        for (pointer, _) in members(&message, "", "") {
            let mut other = message.clone();
            *other.pointer_mut(&pointer).unwrap() = json!("ODD");
            for value in odd {
                let text = other.to_string().replacen("\"ODD\"", value, 1);
                let raw: &RawValue = serde_json::from_str(&text).unwrap();
                for passes_unknown in [false, true] {
                    match OutboundMessage::parse_with(raw, passes_unknown) {
                        Ok(parsed) => {
                            taken += 1;
                            parsed.display();
                            let sent = to_graph(raw, &SendId::from_random([1; 20]), None);
                            assert!(serde_json::from_str::<&RawValue>(&sent).is_ok(), "{sent}");
                        }
                        Err(invalid) => {
                            refused += 1;
                            assert!(!invalid.field.is_empty() && !invalid.rule.is_empty(), "{text}");
                        }
                    }
                }
            }
        }
    }
    assert!(taken > 500 && refused > 1_000, "{taken} {refused}");
}

#[test]
fn recipients_come_in_three_forms() {
    let to = |value: Value| parse(&value).unwrap().recipient;
    let text = json!({"body": "Hi"});
    for number in [json!("+1 (555) 01-00"), json!("15550100"), json!(15_550_100)] {
        assert!(to(json!({"to": number, "type": "text", "text": text})) == Recipient::Phone("15550100".into()));
    }
    for user in ["US.1000000001", "BR.ENT.aB9"] {
        let message = json!({"recipient": user, "type": "text", "text": text});
        assert!(to(message) == Recipient::User(user.into()));
    }
    let both = json!({"to": "15550100", "recipient": "US.1", "type": "text", "text": text});
    assert_eq!(parse(&both).unwrap().contact_key().unwrap().as_str(), "wa:15550100");
    let group = json!({"to": "G-1", "recipient_type": "group", "type": "text", "text": text});
    assert!(to(group.clone()) == Recipient::Group("G-1".into()));
    assert!(parse(&group).unwrap().contact_key().is_none());
}

#[test]
fn meta_gets_what_the_caller_wrote() {
    let id = SendId::from_random([1; 20]);
    let graph = |json: &str| to_graph(serde_json::from_str(json).unwrap(), &id, None);
    let given = r#"{"type":"location","to":"1 555 0100","location":{"latitude":1.50,"x":"\u00e9\/"},"biz_opaque_callback_data":"job-42",
        "waypost":{"window":"meta"},"context":{"message_id":"wamid.1"},"recipient_type":"individual"}"#;
    let expected = format!(
        r#"{{"messaging_product":"whatsapp","recipient_type":"individual","type":"location","to":"+15550100","location":{{"latitude":1.50,"x":"\u00e9\/"}},"context":{{"message_id":"wamid.1"}},"biz_opaque_callback_data":"{id}"}}"#
    );
    assert_eq!(graph(given), expected);
    let user = graph(r#"{"recipient":"US.1","type":"text","text":{"body":"Hi"}}"#);
    assert!(user.contains(r#""recipient":"US.1""#) && !user.contains("\"to\""), "{user}");
    let group = graph(r#"{"recipient_type":"group","to":"G-1","type":"text"}"#);
    assert!(group.contains(r#""recipient_type":"group","to":"G-1""#), "{group}");
    for message in documented() {
        let sent: Value = serde_json::from_str(&graph(&message.to_string())).unwrap();
        assert_eq!(sent[sent["type"].as_str().unwrap()], message[message["type"].as_str().unwrap()]);
    }
}
