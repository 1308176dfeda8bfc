//! Interactive messages (contract §2.3).

use crate::meta::graph_error::GraphError;

use super::content::{Facts, Later, media};
use super::shape::Object;

pub(super) mod action;
mod carousel;

/// Which parts a kind has, and how long its body may be.
struct Rules {
    header: Header,
    body: Body,
    footer: bool,
}

#[derive(PartialEq)]
enum Header {
    None,
    Text,
    TextRequired,
    Image,
    Any,
}

enum Body {
    Required(usize),
    Optional(usize),
}

pub(crate) fn check(object: &Object<'_>, facts: &Facts<'_>) -> Result<Later, GraphError> {
    object.only(&["type", "header", "body", "footer", "action"])?;
    let kind = object.text("type")?;
    let Some(rules) = rules(kind) else {
        return Err(GraphError::value(&object.path("type"), "is not a kind of interactive message"));
    };
    let later = header(object, &rules.header, facts)?;
    body(object, &rules.body)?;
    if let Some(footer) = object.object_opt("footer")? {
        if !rules.footer {
            return Err(GraphError::param(&object.path("footer"), &format!("is not allowed for {kind}")));
        }
        footer.only(&["text"])?;
        footer.text_max("text", 60)?;
    }
    let action = object.object("action")?;
    Ok(later.or(action::check(kind, &action, facts)?))
}

fn rules(kind: &str) -> Option<Rules> {
    let (header, body, footer) = match kind {
        "button" | "cta_url" | "flow" | "address_message" => (Header::Any, Body::Required(1024), true),
        "list" => (Header::Text, Body::Required(4096), true),
        "location_request_message" | "request_contact_info" | "voice_call" | "call_permission_request" | "carousel" => {
            (Header::None, Body::Required(1024), false)
        }
        "product" => (Header::None, Body::Optional(1024), true),
        "product_list" => (Header::TextRequired, Body::Required(1024), true),
        "catalog_message" | "order_status" => (Header::None, Body::Required(1024), true),
        "order_details" => (Header::Image, Body::Required(1024), true),
        _ => return None,
    };
    Some(Rules { header, body, footer })
}

fn header(object: &Object<'_>, rule: &Header, facts: &Facts<'_>) -> Result<Later, GraphError> {
    let Some(header) = object.object_opt("header")? else {
        return match rule {
            Header::TextRequired => Err(GraphError::missing(&object.path("header"))),
            _ => Ok(None),
        };
    };
    let kinds: &[&str] = match rule {
        Header::None => return Err(GraphError::param(header.here(), "is not allowed for this type")),
        Header::Text | Header::TextRequired => &["text"],
        Header::Image => &["image"],
        Header::Any => &["text", "image", "video", "document"],
    };
    let kind = header.choice("type", kinds)?;
    header.only(&["type", kind, "sub_text"])?;
    if kind == "text" {
        header.text_max("text", 60)?;
        return Ok(None);
    }
    media(&header.object(kind)?, kind, facts)
}

fn body(object: &Object<'_>, rule: &Body) -> Result<(), GraphError> {
    let (body, max) = match rule {
        Body::Required(max) => (Some(object.object("body")?), *max),
        Body::Optional(max) => (object.object_opt("body")?, *max),
    };
    if let Some(body) = body {
        body.only(&["text"])?;
        body.text_max("text", max)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use jiff::Timestamp;
    use serde_json::{Value, json};

    use super::*;

    fn judged(value: &Value) -> Option<i64> {
        let media = BTreeMap::new();
        let facts = Facts { media: &media, phone_number_id: "1", now: Timestamp::UNIX_EPOCH };
        let object = Object::of(value, "interactive".to_owned()).unwrap();
        check(&object, &facts).err().map(|error| error.code)
    }

    fn with(kind: &str, action: &Value) -> Value {
        json!({"type": kind, "body": {"text": "Choose"}, "action": action})
    }

    #[test]
    fn every_kind_as_documented() {
        let reply = |n: usize| json!({"type": "reply", "reply": {"id": format!("id{n}"), "title": format!("T{n}")}});
        let rows = |n: usize| (0..n).map(|n| json!({"id": format!("r{n}"), "title": "Row"})).collect::<Vec<_>>();
        let list = |n: usize| json!({"button": "Open", "sections": [{"title": "All", "rows": rows(n)}]});
        let cards = |n: usize| {
            let card = |n: usize| {
                json!({"card_index": n, "type": "cta_url",
                "header": {"type": "image", "image": {"link": "https://shop.example/a.jpg"}},
                "action": {"name": "cta_url", "parameters": {"display_text": "Go", "url": "https://shop.example"}}})
            };
            json!({"cards": (0..n).map(card).collect::<Vec<_>>()})
        };
        for (kind, action, expected) in [
            ("button", json!({"buttons": [reply(1), reply(2), reply(3)]}), None),
            ("button", json!({"buttons": [reply(1), reply(2), reply(3), reply(4)]}), Some(131_009)),
            ("button", json!({"buttons": [reply(1), reply(1)]}), Some(131_009)),
            (
                "button",
                json!({"buttons": [{"type": "reply", "reply": {"id": "1", "title": "x".repeat(21)}}]}),
                Some(100),
            ),
            ("list", list(10), None),
            ("list", list(11), Some(131_009)),
            (
                "cta_url",
                json!({"name": "cta_url", "parameters": {"display_text": "Go", "url": "https://a.example"}}),
                None,
            ),
            ("cta_url", json!({"name": "cta_url", "parameters": {"display_text": "Go"}}), Some(131_008)),
            ("location_request_message", json!({"name": "send_location"}), None),
            ("location_request_message", json!({"name": "send"}), Some(131_009)),
            ("request_contact_info", json!({"name": "request_contact_info"}), None),
            ("product", json!({"catalog_id": "1", "product_retailer_id": "2"}), None),
            ("catalog_message", json!({"name": "catalog_message"}), None),
            (
                "flow",
                json!({"name": "flow", "parameters": {"flow_message_version": "3", "flow_id": "1", "flow_cta": "Go"}}),
                None,
            ),
            (
                "flow",
                json!({"name": "flow", "parameters": {"flow_message_version": "3", "flow_cta": "Go"}}),
                Some(131_008),
            ),
            ("voice_call", json!({"name": "voice_call", "parameters": {"display_text": "Call"}}), None),
            ("carousel", cards(2), None),
            ("carousel", cards(1), Some(131_009)),
            ("poll", json!({}), Some(131_009)),
        ] {
            assert_eq!(judged(&with(kind, &action)), expected, "{kind} {action}");
        }
    }

    #[test]
    fn body_and_header_have_their_shapes() {
        let mut message = with("list", &json!({"button": "Open", "sections": [{"rows": [{"id": "1", "title": "A"}]}]}));
        assert_eq!(judged(&message), None);
        message["header"] = json!({"type": "image", "image": {"link": "https://a.example/b.jpg"}});
        assert_eq!(judged(&message), Some(131_009));
        message["header"] = json!({"type": "text", "text": "Menu"});
        message["body"] = json!("Choose");
        assert_eq!(judged(&message), Some(100));
    }
}
