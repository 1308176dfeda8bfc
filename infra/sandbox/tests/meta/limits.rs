//! Meta's limits on what is sent, each where it is kept to and where it is not.

use sandbox::meta::{Template, local};
use serde_json::{Value, json};

use crate::harness::{NUMBER, PERSON, World, template_to};

const TO: &str = "+15550123456";

/// A fake Meta that minds neither pace nor window.
async fn world() -> World {
    let world = World::quiet().await;
    world.meta.settings(|settings| {
        settings.enforce.pair = false;
        settings.enforce.throughput = false;
    });
    world.meta.open_window(NUMBER, PERSON);
    world
}

/// Sends each and compares Meta's code; `None`: taken.
async fn judged(world: &World, cases: impl IntoIterator<Item = (Value, Option<i64>)>) {
    for (message, code) in cases {
        let answer = world.send(message.clone()).await;
        assert_eq!(answer.code(), code, "{} {message}", answer.text);
        assert_eq!(answer.status == 200, code.is_none());
    }
}

fn interactive(kind: &str, extra: &Value, action: Value) -> Value {
    let mut content = json!({"type": kind, "body": {"text": "Choose"}, "action": action});
    for (name, value) in extra.as_object().unwrap() {
        content[name] = value.clone();
    }
    json!({"messaging_product": "whatsapp", "to": TO, "type": "interactive", "interactive": content})
}

fn letters(count: usize) -> String {
    "é".repeat(count)
}

/// At most so many characters.
fn at_most(most: usize, code: i64, message: fn(&str) -> Value) -> [(Value, Option<i64>); 2] {
    [(message(&letters(most)), None), (message(&letters(most + 1)), Some(code))]
}

fn replying(id: &str, title: &str) -> Value {
    interactive("button", &json!({}), json!({"buttons": [{"type": "reply", "reply": {"id": id, "title": title}}]}))
}

fn worded(extra: &Value) -> Value {
    let action = json!({"buttons": [{"type": "reply", "reply": {"id": "1", "title": "Yes"}}]});
    interactive("button", extra, action)
}

fn row(row: Value) -> Value {
    interactive("list", &json!({}), json!({"button": "Open", "sections": [{"rows": [row]}]}))
}

#[tokio::test]
async fn interactive_texts_have_their_lengths() {
    let world = world().await;
    let cases = [
        at_most(1024, 100, |text| worded(&json!({"body": {"text": text}}))),
        at_most(60, 100, |text| worded(&json!({"footer": {"text": text}}))),
        at_most(60, 100, |text| worded(&json!({"header": {"type": "text", "text": text}}))),
        at_most(256, 100, |id| replying(id, "Yes")),
        at_most(20, 100, |title| replying("1", title)),
        at_most(200, 100, |id| row(json!({"id": id, "title": "One"}))),
        at_most(24, 100, |title| row(json!({"id": "1", "title": title}))),
        at_most(72, 100, |text| row(json!({"id": "1", "title": "One", "description": text}))),
        at_most(4096, 100, |text| {
            let mut list = row(json!({"id": "1", "title": "One"}));
            list["interactive"]["body"]["text"] = json!(text);
            list
        }),
        at_most(20, 100, |text| {
            let parameters = json!({"display_text": text, "url": "https://shop.example"});
            interactive("cta_url", &json!({}), json!({"name": "cta_url", "parameters": parameters}))
        }),
        at_most(30, 100, |text| {
            let parameters = json!({"flow_message_version": "3", "flow_id": "9", "flow_cta": text});
            interactive("flow", &json!({}), json!({"name": "flow", "parameters": parameters}))
        }),
        at_most(20, 100, |text| {
            interactive("voice_call", &json!({}), json!({"name": "voice_call", "parameters": {"display_text": text}}))
        }),
    ];
    judged(&world, cases.into_iter().flatten()).await;
}

#[tokio::test]
async fn interactive_parts_have_their_numbers_and_shapes() {
    let world = world().await;
    let call = |minutes: u64| {
        interactive("voice_call", &json!({}), json!({"name": "voice_call", "parameters": {"ttl_minutes": minutes}}))
    };
    let flow = |data: Value| {
        let payload = json!({"screen": "DATE", "data": data});
        let parameters =
            json!({"flow_message_version": "3", "flow_id": "9", "flow_cta": "Go", "flow_action_payload": payload});
        interactive("flow", &json!({}), json!({"name": "flow", "parameters": parameters}))
    };
    let products = |items: usize| {
        let items: Vec<_> = (0..items).map(|n| json!({"product_retailer_id": format!("sku-{n}")})).collect();
        let extra = json!({"header": {"type": "text", "text": "Ours"}});
        interactive("product_list", &extra, json!({"catalog_id": "5", "sections": [{"product_items": items}]}))
    };
    let pay = |total: Value| {
        let parameters = json!({"reference_id": "r", "type": "digital-goods", "currency": "INR", "total_amount": total,
            "order": {"status": "pending"}});
        interactive("order_details", &json!({}), json!({"name": "review_and_pay", "parameters": parameters}))
    };
    judged(
        &world,
        [
            (call(43_200), None),
            (call(43_201), Some(131_009)),
            (call(0), Some(131_009)),
            (flow(json!({"a": 1})), None),
            (flow(json!({})), Some(131_009)),
            (products(30), None),
            (products(31), Some(131_009)),
            (pay(json!({"value": 1100, "offset": 100})), None),
            (pay(json!({"value": 11.5, "offset": 100})), Some(131_009)),
            (pay(json!({"value": 1100})), Some(131_008)),
            (
                interactive("catalog_message", &json!({}), json!({"name": "catalog_message", "parameters": {}})),
                Some(131_008),
            ),
        ],
    )
    .await;
}

fn card(index: usize, kind: &str, action: &Value) -> Value {
    json!({"card_index": index, "type": kind, "action": action,
        "header": {"type": "image", "image": {"link": "https://shop.example/a.jpg"}}})
}

#[tokio::test]
async fn cards_are_alike() {
    let world = world().await;
    let carousel = |cards: Vec<Value>| interactive("carousel", &json!({}), json!({"cards": cards}));
    let link = json!({"name": "cta_url", "parameters": {"display_text": "Go", "url": "https://shop.example"}});
    let links = |count: usize| carousel((0..count).map(|n| card(n, "cta_url", &link)).collect());
    let replies = |count: usize| {
        let reply = |n| json!({"type": "quick_reply", "quick_reply": {"id": format!("{n}"), "title": format!("T{n}")}});
        json!({"buttons": (0..count).map(reply).collect::<Vec<_>>()})
    };
    let product = |index: usize, catalog: &str| {
        json!({"card_index": index, "type": "product",
            "action": {"product_retailer_id": "sku", "catalog_id": catalog}})
    };
    let bodied = |text: &str| {
        let mut first = card(0, "cta_url", &link);
        first["body"] = json!({"text": text});
        carousel(vec![first, card(1, "cta_url", &link)])
    };
    judged(
        &world,
        [
            (links(2), None),
            (links(10), None),
            (links(1), Some(131_009)),
            (links(11), Some(131_009)),
            (carousel(vec![card(0, "cta_url", &link), card(0, "cta_url", &link)]), Some(131_009)),
            (carousel(vec![card(0, "cta_url", &link), card(10, "cta_url", &link)]), Some(131_009)),
            (carousel(vec![card(0, "quick_reply", &replies(2)), card(1, "quick_reply", &replies(2))]), None),
            (carousel(vec![card(0, "quick_reply", &replies(2)), card(1, "quick_reply", &replies(1))]), Some(131_009)),
            (carousel(vec![product(0, "5"), product(1, "5")]), None),
            (carousel(vec![product(0, "5"), product(1, "6")]), Some(131_009)),
            (carousel(vec![product(0, "5"), card(1, "cta_url", &link)]), Some(131_009)),
            (bodied(&letters(160)), None),
            (bodied(&letters(161)), Some(100)),
            (bodied("a\nb\nc"), None),
            (bodied("a\nb\nc\nd"), Some(131_009)),
        ],
    )
    .await;
}

/// Templates with the buttons and components that the local ones lack.
fn templates() -> Vec<Template> {
    let body = json!({"type": "BODY", "text": "Spring has come."});
    let buttons = |buttons: Value| json!({"type": "BUTTONS", "buttons": buttons});
    let coupon = json!({"type": "COPY_CODE", "example": "SPRING26"});
    let url = json!({"type": "URL", "text": "See", "url": "https://shop.example/{{1}}", "example": ["https://shop.example/a"]});
    let template = |id: &str, name: &str, components: Value| Template::new(id, name, "en_US", "MARKETING", components);
    let offer =
        json!({"type": "LIMITED_TIME_OFFER", "limited_time_offer": {"text": "Ends soon", "has_expiration": true}});
    let one = |kind: &str| buttons(json!([{"type": kind, "text": "Go"}]));
    vec![
        template("9100", "coupon", json!([body, buttons(json!([coupon]))])),
        template("9101", "link", json!([body, buttons(json!([url]))])),
        template("9102", "offer", json!([body, offer, buttons(json!([coupon]))])),
        template("9103", "choice", json!([body, one("QUICK_REPLY")])),
        template("9104", "call", json!([body, one("VOICE_CALL")])),
        template("9105", "shelf", json!([body, one("MPM")])),
        template("9106", "form", json!([body, one("FLOW")])),
    ]
}

fn button(name: &str, sub_type: &str, parameter: Value) -> Value {
    template_to(TO, name, json!([{"type": "button", "sub_type": sub_type, "index": "0", "parameters": [parameter]}]))
}

#[tokio::test]
async fn values_of_templates_have_their_limits() {
    let world = world().await;
    world.meta.waba(local::WABA_ID, |waba| waba.templates.extend(templates()));
    let coupon = |code: String| button("coupon", "copy_code", json!({"type": "coupon_code", "coupon_code": code}));
    let link = |text: &str| button("link", "url", json!({"type": "text", "text": text}));
    let payload = |count| button("choice", "quick_reply", json!({"type": "payload", "payload": letters(count)}));
    let call = |minutes: u64| button("call", "voice_call", json!({"type": "ttl_minutes", "ttl_minutes": minutes}));
    let shelf = |items: usize| {
        let items: Vec<_> = (0..items).map(|n| json!({"product_retailer_id": format!("sku-{n}")})).collect();
        let sections = json!([{"title": "All", "product_items": items}]);
        let action = json!({"thumbnail_product_retailer_id": "sku-1", "sections": sections});
        button("shelf", "mpm", json!({"type": "action", "action": action}))
    };
    let offer = |time: u64, code: &str| {
        let coupon = json!([{"type": "coupon_code", "coupon_code": code}]);
        let limited = json!([{"type": "limited_time_offer", "limited_time_offer": {"expiration_time_ms": time}}]);
        template_to(
            TO,
            "offer",
            json!([{"type": "limited_time_offer", "parameters": limited},
                {"type": "button", "sub_type": "copy_code", "index": 0, "parameters": coupon}]),
        )
    };
    let form = |data: Value| button("form", "flow", json!({"type": "action", "action": {"flow_action_data": data}}));
    judged(
        &world,
        [
            (coupon("A".repeat(20)), None),
            (coupon("A".repeat(21)), Some(100)),
            (coupon("A-1".to_owned()), Some(131_009)),
            (link("a%20b"), None),
            (link("a b"), Some(132_018)),
            (link("é"), Some(132_018)),
            (payload(256), None),
            (payload(257), Some(100)),
            (call(43_200), None),
            (call(43_201), Some(131_009)),
            (shelf(30), None),
            (shelf(31), Some(131_009)),
            (offer(1_767_225_600_000, "SPRING26"), None),
            (offer(1_767_225_600, "SPRING26"), Some(131_009)),
            (offer(1_767_225_600_000, &"A".repeat(16)), Some(100)),
            (form(json!({"a": 1})), None),
            (form(json!("a")), Some(100)),
        ],
    )
    .await;
}
