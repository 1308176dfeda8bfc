//! Every limit at its ends: what Meta takes is taken, one more is refused with the field, the limit and what was given.
#![allow(clippy::needless_pass_by_value)]

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{interactive, of, parse};
use crate::limits::{self, Limit};

/// A message with so many of what the limit is about, and what a complaint has to name.
type Case = (Limit, &'static str, fn(usize) -> Value);

/// Two bytes each.
fn letters(count: usize) -> String {
    "é".repeat(count)
}

fn text(text: &str) -> Value {
    json!({"type": "text", "text": text})
}

fn template(components: Value) -> Value {
    of("template", &json!({"name": "n", "language": {"code": "en"}, "components": components}))
}

fn button(sub_type: &str, parameters: Value) -> Value {
    json!({"type": "button", "sub_type": sub_type, "index": 0, "parameters": parameters})
}

fn offer(time: usize) -> Value {
    json!({"type": "limited_time_offer", "parameters": [
        {"type": "limited_time_offer", "limited_time_offer": {"expiration_time_ms": time}}]})
}

fn coupon(code: String) -> Value {
    button("copy_code", json!([{"type": "coupon_code", "coupon_code": code}]))
}

fn worded(part: &str, words: Value) -> Value {
    let action = json!({"buttons": [{"type": "reply", "reply": {"id": "1", "title": "Yes"}}]});
    interactive("button", &json!({ part: words }), &action)
}

fn replies(count: usize) -> Value {
    let reply = |n| json!({"type": "reply", "reply": {"id": format!("{n}"), "title": format!("T{n}")}});
    interactive("button", &json!({}), &json!({"buttons": (0..count).map(reply).collect::<Vec<_>>()}))
}

fn reply(id: &str, title: &str) -> Value {
    interactive("button", &json!({}), &json!({"buttons": [{"type": "reply", "reply": {"id": id, "title": title}}]}))
}

fn rows(from: usize, count: usize) -> Vec<Value> {
    (from..from + count).map(|n| json!({"id": format!("r{n}"), "title": "Row"})).collect()
}

fn list(button: &str, sections: Value) -> Value {
    interactive("list", &json!({}), &json!({"button": button, "sections": sections}))
}

fn row(row: Value) -> Value {
    list("Open", json!([{"rows": [row]}]))
}

fn products(sections: Vec<Value>) -> Value {
    interactive("product_list", &json!({"header": text("Ours")}), &json!({"catalog_id": "5", "sections": sections}))
}

fn items(count: usize) -> Vec<Value> {
    (0..count).map(|n| json!({"product_retailer_id": format!("sku-{n}")})).collect()
}

fn section(n: usize, items: Vec<Value>) -> Value {
    json!({"title": format!("S{n}"), "product_items": items})
}

/// An `mpm` button of a template.
fn mpm(sections: Vec<Value>) -> Value {
    let action = json!({"thumbnail_product_retailer_id": "sku-1", "sections": sections});
    template(json!([button("mpm", json!([{"type": "action", "action": action}]))]))
}

fn link(words: &str) -> Value {
    json!({"name": "cta_url", "parameters": {"display_text": words, "url": "https://shop.example"}})
}

fn card(index: usize, action: &Value) -> Value {
    json!({"card_index": index, "header": {"type": "image", "image": {"id": "7"}}, "action": action})
}

/// A carousel whose cards are `first` and one of the same kind.
fn beside(first: Value) -> Value {
    let other = card(usize::from(first["card_index"] == 0), &first["action"]);
    interactive("carousel", &json!({}), &json!({"cards": [first, other]}))
}

fn bodied(text: &str) -> Value {
    let mut card = card(0, &link("Go"));
    card["body"] = json!({"text": text});
    beside(card)
}

fn answering(id: &str, title: &str) -> Value {
    let replies = json!({"buttons": [{"type": "quick_reply", "quick_reply": {"id": id, "title": title}}]});
    beside(card(0, &replies))
}

fn template_cards(indexes: impl IntoIterator<Item = usize>) -> Value {
    let cards: Vec<_> = indexes.into_iter().map(|n| json!({"card_index": n, "components": []})).collect();
    template(json!([{"type": "carousel", "cards": cards}]))
}

fn flow(cta: &str) -> Value {
    let parameters = json!({"flow_message_version": "3", "flow_id": "9", "flow_cta": cta});
    interactive("flow", &json!({}), &json!({"name": "flow", "parameters": parameters}))
}

fn call(parameters: Value) -> Value {
    interactive("voice_call", &json!({}), &json!({"name": "voice_call", "parameters": parameters}))
}

fn with(name: &str, value: Value) -> Value {
    let mut message = of("text", &json!({"body": "Hi"}));
    message[name] = value;
    message
}

const HEADER: &str = "interactive.header.text";
const BODY: &str = "interactive.body.text";
const FOOTER: &str = "interactive.footer.text";
const SECTIONS: &str = "interactive.action.sections";
const VALUES: &str = "template.components[0].parameters";

#[rustfmt::skip]
const CASES: &[Case] = &[
    (limits::REFERENCE, "biz_opaque_callback_data", |n| with("biz_opaque_callback_data", json!(letters(n)))),
    (limits::PHONE_DIGITS, "to", |n| with("to", json!(format!("+{}", "1".repeat(n))))),
    (limits::USER_ID, "recipient",
        |n| json!({"recipient": format!("US.{}", "a".repeat(n)), "type": "text", "text": {"body": "Hi"}})),
    (limits::USER_ID, "recipient",
        |n| json!({"recipient": format!("US.ENT.{}", "a".repeat(n)), "type": "text", "text": {"body": "Hi"}})),
    (limits::TEXT_BODY, "text.body", |n| of("text", &json!({"body": letters(n)}))),
    (limits::CAPTION, "image.caption", |n| of("image", &json!({"id": "7", "caption": letters(n)}))),
    (limits::CAPTION, "video.caption", |n| of("video", &json!({"id": "7", "caption": letters(n)}))),
    (limits::CAPTION, "document.caption", |n| of("document", &json!({"id": "7", "caption": letters(n)}))),
    (limits::FILENAME, "document.filename", |n| of("document", &json!({"id": "7", "filename": letters(n)}))),
    (limits::CONTACTS, "contacts",
        |n| of("contacts", &json!(vec![json!({"name": {"formatted_name": "Ana", "first_name": "Ana"}}); n]))),
    (limits::PIN_DAYS, "pin.expiration_days", |n| {
        let mut pin = of("pin", &json!({"type": "pin", "message_id": "wamid.1", "expiration_days": n}));
        pin["recipient_type"] = json!("group");
        pin
    }),

    (limits::HEADER_TEXT, HEADER, |n| worded("header", text(&letters(n)))),
    (limits::INTERACTIVE_BODY, BODY, |n| worded("body", text(&letters(n)))),
    (limits::LIST_BODY, BODY, |n| {
        let mut message = row(json!({"id": "1", "title": "One"}));
        message["interactive"]["body"]["text"] = json!(letters(n));
        message
    }),
    (limits::FOOTER, FOOTER, |n| worded("footer", text(&letters(n)))),
    (limits::REPLY_BUTTONS, "interactive.action.buttons", replies),
    (limits::REPLY_ID, "interactive.action.buttons[0].reply.id", |n| reply(&letters(n), "Yes")),
    (limits::REPLY_TITLE, "interactive.action.buttons[0].reply.title", |n| reply("1", &letters(n))),
    (limits::LIST_BUTTON, "interactive.action.button", |n| list(&letters(n), json!([{"rows": rows(0, 1)}]))),
    (limits::LIST_SECTIONS, SECTIONS, |n| {
        let section = |n| json!({"title": format!("S{n}"), "rows": rows(n, 1)});
        list("Open", (0..n).map(section).collect())
    }),
    (limits::LIST_ROWS, SECTIONS, |n| list("Open", json!([{"title": "All", "rows": rows(0, n)}]))),
    (limits::ROW_ID, "interactive.action.sections[0].rows[0].id", |n| row(json!({"id": letters(n), "title": "One"}))),
    (limits::ROW_TITLE, "interactive.action.sections[0].rows[0].title",
        |n| row(json!({"id": "1", "title": letters(n)}))),
    (limits::ROW_DESCRIPTION, "interactive.action.sections[0].rows[0].description",
        |n| row(json!({"id": "1", "title": "One", "description": letters(n)}))),
    (limits::SECTION_TITLE, "interactive.action.sections[0].title",
        |n| list("Open", json!([{"title": letters(n), "rows": rows(0, 1)}]))),
    (limits::SECTION_TITLE, "interactive.action.sections[0].title",
        |n| products(vec![json!({"title": letters(n), "product_items": items(1)})])),
    (limits::CTA_TEXT, "interactive.action.parameters.display_text",
        |n| interactive("cta_url", &json!({}), &link(&letters(n)))),
    (limits::PRODUCT_SECTIONS, SECTIONS, |n| products((0..n).map(|n| section(n, items(1))).collect())),
    (limits::PRODUCT_SECTIONS, "template.components[0].parameters[0].action.sections",
        |n| mpm((0..n).map(|n| section(n, items(1))).collect())),
    (limits::PRODUCT_ITEMS, SECTIONS, |n| products(vec![section(0, items(n))])),
    (limits::PRODUCT_ITEMS, "template.components[0].parameters[0].action.sections",
        |n| mpm(vec![section(0, items(n))])),
    (limits::FLOW_CTA, "interactive.action.parameters.flow_cta", |n| flow(&letters(n))),
    (limits::CAROUSEL_CARDS, "interactive.action.cards", |n| {
        let cards: Vec<_> = (0..n).map(|n| card(n, &link("Go"))).collect();
        interactive("carousel", &json!({}), &json!({"cards": cards}))
    }),
    (limits::CAROUSEL_CARDS, "template.components[0].cards", |n| template_cards(0..n)),
    (limits::CARD_INDEX, "interactive.action.cards[0].card_index", |n| beside(card(n, &link("Go")))),
    (limits::CARD_INDEX, "template.components[0].cards[0].card_index",
        |n| template_cards([n, usize::from(n == 0)])),
    (limits::CARD_BODY, "interactive.action.cards[0].body.text", |n| bodied(&letters(n))),
    (limits::CARD_BODY_BREAKS, "interactive.action.cards[0].body.text", |n| bodied(&format!("a{}b", "\n".repeat(n)))),
    (limits::CARD_REPLY_ID, "interactive.action.cards[0].action.buttons[0].quick_reply.id",
        |n| answering(&letters(n), "Yes")),
    (limits::CARD_REPLY_TITLE, "interactive.action.cards[0].action.buttons[0].quick_reply.title",
        |n| answering("1", &letters(n))),
    (limits::CALL_TEXT, "interactive.action.parameters.display_text", |n| call(json!({"display_text": letters(n)}))),
    (limits::CALL_MINUTES, "interactive.action.parameters.ttl_minutes", |n| call(json!({"ttl_minutes": n}))),
    (limits::CALL_MINUTES, "template.components[0].parameters[0].ttl_minutes",
        |n| template(json!([button("voice_call", json!([{"type": "ttl_minutes", "ttl_minutes": n}]))]))),

    (limits::TEMPLATE_NAME, "template.name",
        |n| of("template", &json!({"name": "a".repeat(n), "language": {"code": "en"}}))),
    (limits::HEADER_PARAMETERS, VALUES,
        |n| template(json!([{"type": "header", "parameters": vec![text("a"); n]}]))),
    (limits::BUTTON_PARAMETERS, VALUES, |n| template(json!([button("url", json!(vec![text("a"); n]))]))),
    (limits::CALL_PARAMETERS, VALUES, |n| {
        let minutes = json!({"type": "ttl_minutes", "ttl_minutes": 5});
        let mut parameters = vec![json!({"type": "payload", "payload": "p"}); n];
        parameters.iter_mut().take(1).for_each(|first| *first = minutes.clone());
        template(json!([button("voice_call", json!(parameters))]))
    }),
    (limits::PARAMETER_SPACES, "template.components[0].parameters[0].text",
        |n| template(json!([{"type": "body", "parameters": [text(&format!("a{}b", " ".repeat(n)))]}]))),
    (limits::BUTTON_INDEX, "template.components[0].index", |n| {
        let mut button = button("url", json!([text("a")]));
        button["index"] = json!(n.to_string());
        template(json!([button]))
    }),
    (limits::BUTTON_PAYLOAD, "template.components[0].parameters[0].payload",
        |n| template(json!([button("quick_reply", json!([{"type": "payload", "payload": letters(n)}]))]))),
    (limits::COUPON_CODE, "template.components[0].parameters[0].coupon_code", |n| template(json!([coupon(letters(n))]))),
    (limits::OFFER_COUPON_CODE, "template.components[1].parameters[0].coupon_code",
        |n| template(json!([offer(1_767_225_600_000), coupon(letters(n))]))),
    (limits::OFFER_EXPIRATION, "template.components[0].parameters[0].limited_time_offer.expiration_time_ms",
        |n| template(json!([offer(n)]))),
];

#[test]
fn every_limit_holds_at_its_ends() {
    for (limit, field, message) in CASES {
        let (least, most) = (usize::try_from(limit.least).unwrap(), usize::try_from(limit.most).unwrap());
        for count in [least, most] {
            let taken = parse(&message(count)).map(drop);
            assert!(taken.is_ok(), "{} of {count}: {taken:?}", limit.name);
        }
        let invalid = parse(&message(most + 1)).err().unwrap_or_else(|| panic!("{} takes one more", limit.name));
        assert_eq!(invalid.field, *field, "{}", limit.name);
        assert!(invalid.rule.contains(&most.to_string()), "{}: {invalid}", limit.name);
        let given = invalid.given.unwrap_or_default();
        assert!(given.contains(&(most + 1).to_string()), "{}: {given}", limit.name);
        if let Some(fewer) = least.checked_sub(1) {
            let invalid = parse(&message(fewer)).err().unwrap_or_else(|| panic!("{} takes one less", limit.name));
            assert!(invalid.field.starts_with(field), "{}: {invalid}", limit.name);
        }
    }
}

#[test]
fn no_limit_is_left_out() {
    let tested: BTreeSet<_> = CASES.iter().map(|(limit, ..)| limit.name).collect();
    let known: BTreeSet<_> = limits::OUTBOUND.iter().map(|limit| limit.name).collect();
    assert_eq!(tested, known);
}

#[test]
fn coordinates_are_on_the_globe() {
    let at = |latitude: Value, longitude: Value| of("location", &json!({"latitude": latitude, "longitude": longitude}));
    for (latitude, longitude) in [(json!(90), json!("-180")), (json!("-90.0"), json!(180.0)), (json!(0), json!(0))] {
        assert!(parse(&at(latitude, longitude)).is_ok());
    }
    for (latitude, longitude, field) in [
        (json!("90.0001"), json!(0), "location.latitude"),
        (json!(-90.1), json!(0), "location.latitude"),
        (json!(0), json!(180.1), "location.longitude"),
        (json!(0), json!("NaN"), "location.longitude"),
    ] {
        let invalid = parse(&at(latitude, longitude)).unwrap_err();
        assert_eq!(invalid.field, field);
    }
}
