use serde_json::{Value, json};

use super::*;
use crate::WabaId;
use crate::template::Template;
use crate::time::Timestamp;

fn template(category: &str, format: &str, components: &Value) -> Schema {
    let listed = json!({"id": "1", "name": "n", "language": "en", "status": "APPROVED", "category": category,
        "parameter_format": format, "components": components})
    .to_string();
    let raw = serde_json::from_str(&listed).unwrap();
    Schema::of(&Template::parse(&WabaId::new("2"), raw, Timestamp::UNIX_EPOCH).unwrap())
}

fn utility(components: &Value) -> Schema {
    template("UTILITY", "POSITIONAL", components)
}

/// One that can be read: what holds for any template is tested where that is done.
fn read(components: &Value) -> Result<TemplateSend, Invalid> {
    let send = json!({"name": "n", "language": {"code": "en"}, "components": components}).to_string();
    TemplateSend::parse_with(serde_json::from_str(&send).unwrap(), "template", false)
}

fn send(schema: &Schema, components: &Value) -> Result<(), Invalid> {
    check(schema, &read(components).unwrap(), "template")
}

/// Those that fit, and those that do not, with the place and a part of what is said of it.
fn table(schema: &Schema, fit: &[Value], unfit: &[(Value, &str, &str)]) {
    for components in fit {
        assert_eq!(send(schema, components), Ok(()), "{components}");
    }
    for (components, field, says) in unfit {
        let invalid = send(schema, components).unwrap_err();
        let shown = invalid.to_string();
        assert_eq!(invalid.field, *field, "{components}: {shown}");
        assert!(shown.contains(says), "{components}: {shown}");
    }
}

fn text(value: &str) -> Value {
    json!({"type": "text", "text": value})
}

fn named(name: &str, value: &str) -> Value {
    json!({"type": "text", "parameter_name": name, "text": value})
}

fn of(kind: &str, parameters: &Value) -> Value {
    json!({"type": kind, "parameters": parameters})
}

fn button(sub_type: &str, index: &Value, parameters: &Value) -> Value {
    json!({"type": "button", "sub_type": sub_type, "index": index, "parameters": parameters})
}

fn buttons(buttons: &Value) -> Schema {
    utility(&json!([{"type": "BODY", "text": "B"}, {"type": "BUTTONS", "buttons": buttons}]))
}

const PARAMETERS: &str = "template.components[0].parameters";

#[test]
fn static_parts_need_nothing_and_take_nothing() {
    let schema = utility(&json!([{"type": "HEADER", "format": "TEXT", "text": "H"}, {"type": "BODY", "text": "B"},
        {"type": "FOOTER", "text": "F"}, {"type": "BUTTONS", "buttons": [{"type": "PHONE_NUMBER", "text": "Call"}]}]));
    let first = "template.components[0]";
    let offer =
        json!({"type": "limited_time_offer", "limited_time_offer": {"expiration_time_ms": 1_700_000_000_000_i64}});
    let card = |index: usize| json!({"card_index": index, "components": []});
    table(
        &schema,
        &[json!([]), Value::Null],
        &[
            (json!([of("body", &json!([text("x")]))]), first, "must be left out: the template's body has no variable"),
            (json!([of("header", &json!([text("x")]))]), first, "header has no variable"),
            (json!([button("url", &json!(0), &json!([text("x")]))]), first, "takes no parameters"),
            (json!([of("limited_time_offer", &json!([offer]))]), first, "no offer that expires"),
            (json!([{"type": "carousel", "cards": [card(0), card(1)]}]), first, "no carousel"),
        ],
    );
    let headless = utility(&json!([{"type": "FOOTER", "text": "F"}]));
    table(
        &headless,
        &[json!([])],
        &[
            (json!([of("header", &json!([text("x")]))]), first, "has no header"),
            (json!([of("body", &json!([text("x")]))]), first, "has no body"),
            (json!([button("url", &json!(0), &json!([text("x")]))]), "template.components[0].index", "has no buttons"),
        ],
    );
}

#[test]
fn positional_parameters_are_counted_and_have_no_name() {
    let schema = utility(&json!([{"type": "BODY", "text": "Hi {{1}}, {{2}} and again {{1}}"}]));
    let body = |parameters: Value| json!([of("body", &parameters)]);
    let money = json!({"type": "currency", "currency": {"code": "USD", "amount_1000": 1000, "fallback_value": "$1"}});
    let day = json!({"type": "date_time", "date_time": {"fallback_value": "1 Jan"}});
    let name = "template.components[0].parameters[0].parameter_name";
    table(
        &schema,
        &[body(json!([text("Ana"), text("A-17")])), body(json!([money, day]))],
        &[
            (json!([]), "template.components", "must hold a body with 2 parameters for {{1}}, {{2}} (given: no body)"),
            (body(json!([text("Ana")])), PARAMETERS, "must hold 2 parameters for {{1}}, {{2}} (given: 1)"),
            (body(json!([text("a"), text("b"), text("c")])), PARAMETERS, "(given: 3)"),
            (body(json!([named("who", "Ana"), named("ref", "A-17")])), name, "must be left out: the template's"),
        ],
    );
    let header =
        utility(&json!([{"type": "HEADER", "format": "TEXT", "text": "{{1}}"}, {"type": "BODY", "text": "B"}]));
    table(
        &header,
        &[json!([of("header", &json!([text("x")]))])],
        &[(
            json!([of("header", &json!([{"type": "image", "image": {"id": "7"}}]))]),
            "template.components[0].parameters[0].type",
            "must be text, currency or date_time: the template has a text there (given: image)",
        )],
    );
}

#[test]
fn what_comes_out_fits() {
    let schema = utility(&json!([{"type": "HEADER", "format": "TEXT", "text": "Order {{1}}"},
        {"type": "BODY", "text": "{{1}}{{1}}"}]));
    let both = |header: usize, body: usize| {
        json!([of("header", &json!([text(&"é".repeat(header))])), of("body", &json!([text(&"é".repeat(body))]))])
    };
    table(
        &schema,
        &[both(54, 512)],
        &[
            (both(55, 512), PARAMETERS, "must leave the template's header with at most 60 characters (given: 61)"),
            (both(54, 513), "template.components[1].parameters", "with at most 1024 characters (given: 1026)"),
        ],
    );
}

#[test]
fn named_parameters_go_by_their_names() {
    let schema = template("UTILITY", "NAMED", &json!([{"type": "BODY", "text": "Hi {{who}}, at {{time}}"}]));
    let body = |parameters: Value| json!([of("body", &parameters)]);
    let name = "template.components[0].parameters[1].parameter_name";
    table(
        &schema,
        &[
            body(json!([named("time", "9:00"), named("who", "Ana")])),
            body(json!([named("who", "Ana"), named("time", "9:00")])),
        ],
        &[
            (body(json!([named("who", "Ana")])), PARAMETERS, "must hold 2 parameters for {{who}}, {{time}} (given: 1)"),
            (
                body(json!([text("Ana"), text("9:00")])),
                "template.components[0].parameters[0].parameter_name",
                "is required",
            ),
            (body(json!([named("who", "Ana"), named("day", "Mon")])), name, "must be one of who, time"),
            (body(json!([named("who", "Ana"), named("who", "Bea")])), name, "is given twice"),
        ],
    );
}

#[test]
fn a_header_that_is_no_text_is_given_with_every_send() {
    let header = |parameter: &Value| json!([of("header", &json!([parameter]))]);
    let kind = "template.components[0].parameters[0].type";
    let image = json!({"type": "image", "image": {"link": "https://shop.example/a.jpg"}});
    let place = json!({"latitude": "12.5", "longitude": -3, "name": "Shop", "address": "1 Demo St"});
    for (format, fits) in [
        ("IMAGE", image.clone()),
        ("VIDEO", json!({"type": "video", "video": {"id": "7"}})),
        ("DOCUMENT", json!({"type": "document", "document": {"id": "7", "filename": "a.pdf"}})),
        ("GIF", json!({"type": "gif", "gif": {"id": "7"}})),
        ("LOCATION", json!({"type": "location", "location": place})),
        ("PRODUCT", json!({"type": "product", "product": {"product_retailer_id": "sku-1", "catalog_id": "5"}})),
    ] {
        let schema = utility(&json!([{"type": "HEADER", "format": format}, {"type": "BODY", "text": "B"}]));
        let word = format.to_lowercase();
        let other = if format == "IMAGE" { json!({"type": "video", "video": {"id": "7"}}) } else { image.clone() };
        table(
            &schema,
            &[header(&fits)],
            &[
                (json!([]), "template.components", &format!("must hold a header with one parameter of type {word}")),
                (header(&other), kind, &format!("must be {word}: that is the header of this template")),
                (header(&text("x")), kind, "(given: text)"),
            ],
        );
    }
    // What the format means is for Meta to say.
    let hologram = utility(&json!([{"type": "HEADER", "format": "HOLOGRAM"}, {"type": "BODY", "text": "B"}]));
    table(&hologram, &[json!([]), header(&image)], &[]);
}

#[test]
fn url_buttons() {
    let schema = buttons(&json!([{"type": "QUICK_REPLY", "text": "Q"},
        {"type": "URL", "text": "T", "url": "https://shop.example/t/{{1}}"},
        {"type": "URL", "text": "U", "url": "https://shop.example"}]));
    let url = |index: Value, parameter: Value| button("url", &index, &json!([parameter]));
    table(
        &schema,
        &[
            json!([url(json!(1), text("A17"))]),
            json!([
                button("URL", &json!("1"), &json!([text("a%20b")])),
                button("quick_reply", &json!("0"), &json!([{"type": "payload", "payload": "p"}]))
            ]),
        ],
        &[
            (json!([]), "template.components", "must hold a button with index 1, sub_type url and its parameter"),
            (json!([url(json!(0), text("x"))]), "template.components[0].sub_type", "must be quick_reply"),
            (json!([url(json!(2), text("x"))]), "template.components[0]", "the template's URL has no variable"),
            (json!([url(json!(3), text("x"))]), "template.components[0].index", "must be below 3"),
            (
                json!([url(json!(1), named("ref", "x"))]),
                "template.components[0].parameters[0].parameter_name",
                "has no name",
            ),
        ],
    );
}

#[test]
fn the_variable_of_a_url_may_have_a_name() {
    let of_url = |url: &str| {
        let buttons = json!([{"type": "URL", "text": "T", "url": url}]);
        template("UTILITY", "NAMED", &json!([{"type": "BODY", "text": "B"}, {"type": "BUTTONS", "buttons": buttons}]))
    };
    let url = |parameter: Value| json!([button("url", &json!(0), &json!([parameter]))]);
    let name = "template.components[0].parameters[0].parameter_name";
    table(&of_url("https://shop.example/{{1}}"), &[url(text("x"))], &[(url(named("ref", "x")), name, "has no name")]);
    table(
        &of_url("https://shop.example/{{ref}}"),
        &[url(named("ref", "x"))],
        &[(url(text("x")), name, "must be ref"), (url(named("other", "x")), name, "must be ref")],
    );
}

#[test]
fn the_other_buttons() {
    let action = |action: Value| json!({"type": "action", "action": action});
    let products = json!({"thumbnail_product_retailer_id": "1",
        "sections": [{"title": "S", "product_items": [{"product_retailer_id": "1"}]}]});
    for (kind, sub_type, needed, parameter) in [
        ("FLOW", "flow", false, action(json!({"flow_token": "t"}))),
        ("CATALOG", "catalog", false, action(json!({"thumbnail_product_retailer_id": "1"}))),
        ("MPM", "mpm", true, action(products)),
        ("COPY_CODE", "copy_code", true, json!({"type": "coupon_code", "coupon_code": "SAVE20"})),
        ("VOICE_CALL", "voice_call", false, json!({"type": "ttl_minutes", "ttl_minutes": 5})),
        ("QUICK_REPLY", "quick_reply", false, json!({"type": "payload", "payload": "p"})),
    ] {
        let schema = buttons(&json!([{"type": kind, "text": "T"}]));
        assert_eq!(send(&schema, &json!([])).is_err(), needed, "{kind}");
        table(
            &schema,
            &[json!([button(sub_type, &json!(0), &json!([parameter]))])],
            &[(
                json!([button("url", &json!(0), &json!([text("x")]))]),
                "template.components[0].sub_type",
                &format!("must be {sub_type}: that is the template's button at this index (given: url)"),
            )],
        );
    }
}

#[test]
fn a_code_is_the_same_in_body_and_button() {
    let otp = |button: Value| {
        let components = json!([{"type": "BODY", "text": "*{{1}}* is your code."},
            {"type": "BUTTONS", "buttons": [button]}]);
        template("AUTHENTICATION", "POSITIONAL", &components)
    };
    let sent = |body: &str, code: &str| {
        json!([of("body", &json!([text(body)])), button("url", &json!(0), &json!([text(code)]))])
    };
    let listed = json!({"type": "URL", "url": "https://www.whatsapp.com/otp/code/?otp_type=COPY_CODE&code=otp{{1}}"});
    for button in [json!({"type": "OTP", "otp_type": "COPY_CODE"}), listed] {
        table(
            &otp(button),
            &[sent("123456", "123456"), sent(&"1".repeat(15), &"1".repeat(15))],
            &[
                (
                    sent("123456", "123457"),
                    "template.components[1].parameters[0].text",
                    "must be the same code as in the body",
                ),
                (
                    sent(&"1".repeat(16), &"1".repeat(16)),
                    "template.components[0].parameters[0].text",
                    "1 to 15 characters: it is a one-time code (given: 16)",
                ),
                (
                    json!([of("body", &json!([text("1")]))]),
                    "template.components",
                    "a button with index 0, sub_type url",
                ),
            ],
        );
    }
}

#[test]
fn a_code_goes_to_a_phone_only() {
    let listed = |category: &str| {
        let listed = json!({"id": "1", "name": "n", "language": "en", "status": "APPROVED", "category": category,
            "components": [{"type": "BODY", "text": "Hi"}]})
        .to_string();
        Template::parse(&WabaId::new("2"), serde_json::from_str(&listed).unwrap(), Timestamp::UNIX_EPOCH).unwrap()
    };
    let (phone, user) = (Recipient::Phone("15550100".into()), Recipient::User("US.1".to_owned().into()));
    let code = read(&json!([of("body", &json!([text("123")]))])).unwrap();
    assert!(fits(&listed("AUTHENTICATION"), &code, "template", &phone).is_ok());
    let Err(invalid) = fits(&listed("AUTHENTICATION"), &code, "template", &user) else { panic!("it does not fit") };
    assert_eq!(invalid.field, "recipient");
    assert!(fits(&listed("UTILITY"), &read(&json!([])).unwrap(), "template", &user).is_ok());
}

#[test]
fn an_offer_that_expires_says_when() {
    let offer = |expires: bool| {
        utility(&json!([{"type": "BODY", "text": "B"},
            {"type": "LIMITED_TIME_OFFER", "limited_time_offer": {"text": "Now", "has_expiration": expires}},
            {"type": "BUTTONS", "buttons": [{"type": "COPY_CODE"}]}]))
    };
    let code = |code: &str| button("copy_code", &json!(0), &json!([{"type": "coupon_code", "coupon_code": code}]));
    let at = json!({"type": "limited_time_offer", "limited_time_offer": {"expiration_time_ms": 1_700_000_000_000_i64}});
    let until = of("limited_time_offer", &json!([at]));
    table(
        &offer(true),
        &[json!([until, code("SAVE")])],
        &[
            (json!([code("SAVE")]), "template.components", "with its expiration_time_ms"),
            (json!([of("limited_time_offer", &json!([at, at])), code("SAVE")]), PARAMETERS, "one parameter of type"),
        ],
    );
    table(
        &offer(false),
        &[json!([code("SAVE")])],
        &[
            (json!([until, code("SAVE")]), "template.components[0]", "no offer that expires"),
            (
                json!([code(&"x".repeat(16))]),
                "template.components[0].parameters[0].coupon_code",
                "1 to 15 characters: the template has a limited-time offer (given: 16)",
            ),
        ],
    );
}

#[test]
fn a_carousel_has_every_card_with_what_it_needs() {
    let card = json!({"components": [{"type": "HEADER", "format": "IMAGE"}, {"type": "BODY", "text": "{{1}}"},
        {"type": "BUTTONS", "buttons": [{"type": "URL", "url": "https://shop.example/{{1}}"}]}]});
    let schema = utility(&json!([{"type": "BODY", "text": "B"}, {"type": "CAROUSEL", "cards": [card, card]}]));
    let header = of("header", &json!([{"type": "image", "image": {"id": "7"}}]));
    let full = json!([header, of("body", &json!([text("x")])), button("url", &json!(0), &json!([text("x")]))]);
    let cards = |cards: Value| json!([{"type": "carousel", "cards": cards}]);
    let sent = |index: usize, components: &Value| json!({"card_index": index, "components": components});
    table(
        &schema,
        &[cards(json!([sent(0, &full), sent(1, &full)])), cards(json!([sent(1, &full), sent(0, &full)]))],
        &[
            (json!([]), "template.components", "must hold a carousel with its 2 cards"),
            (
                cards(json!([sent(0, &full), sent(1, &full), sent(2, &full)])),
                "template.components[0].cards",
                "must hold 2: so many cards has the template (given: 3)",
            ),
            (
                cards(json!([sent(0, &full), sent(2, &full)])),
                "template.components[0].cards[1].card_index",
                "must be 0 to 1, each once (given: 2)",
            ),
            (
                cards(json!([sent(0, &full), sent(1, &json!([header]))])),
                "template.components[0].cards[1].components",
                "must hold a body with 1 parameter for {{1}}",
            ),
        ],
    );
}

#[test]
fn what_is_not_known_is_for_meta_to_judge() {
    let body = read(&json!([of("body", &json!([text("x")]))])).unwrap().components.remove(0);
    let poll = Component { kind: ComponentKind::Other("poll".into()), field: String::new(), parameters: Vec::new() };
    let with = |schema: &Schema, components: &[&Component]| {
        let components = components.iter().map(|component| (*component).clone()).collect();
        check(schema, &TemplateSend { name: "n".into(), language: "en".into(), components }, "template")
    };
    assert_eq!(with(&utility(&json!([])), &[&poll, &body]), Ok(()));
    let with_poll = utility(&json!([{"type": "BODY", "text": "{{1}}"}, {"type": "POLL"}]));
    assert_eq!(with(&with_poll, &[&poll, &body]), Ok(()));
    assert!(with(&with_poll, &[&poll]).is_err());
    let teleport = buttons(&json!([{"type": "TELEPORT"}]));
    assert_eq!(send(&teleport, &json!([button("url", &json!(0), &json!([text("x")]))])), Ok(()));
    let cards = utility(&json!([{"type": "BODY", "text": "B"}, {"type": "CAROUSEL", "cards": [{}, {}]}]));
    let card = |index: usize| json!({"card_index": index, "components": [of("body", &json!([text("x")]))]});
    assert_eq!(send(&cards, &json!([{"type": "carousel", "cards": [card(0), card(1)]}])), Ok(()));
}

#[test]
fn no_complaint_repeats_what_a_person_would_read() {
    let schema = utility(&json!([{"type": "BODY", "text": "Hi {{1}}"}]));
    for components in [
        json!([of("body", &json!([text(&"secret ".repeat(300))]))]),
        json!([of("body", &json!([named("x", "secret")]))]),
    ] {
        let shown = send(&schema, &components).unwrap_err().to_string();
        assert!(!shown.contains("secret"), "{shown}");
    }
}
