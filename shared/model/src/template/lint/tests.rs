//! Each rule, just kept and just broken.

mod buttons;

use serde_json::{Value, json};

use super::*;
use crate::limits::template::TODAY;

const MB: u64 = 1024 * 1024;

fn utility() -> Value {
    json!({"name": "order_ok", "language": "en_US", "category": "UTILITY", "components": [
        {"type": "BODY", "text": "Your order is on the way and arrives soon."}]})
}

/// With one component in place of the body, or beside it.
fn with(component: Value) -> Value {
    let mut value = utility();
    let components = value["components"].as_array_mut().unwrap();
    if component["type"] == "BODY" {
        components.clear();
    }
    components.push(component);
    value
}

fn body(text: &str) -> Value {
    let samples: Vec<&str> = crate::template::placeholder::of(text).iter().map(|_| "Ana").collect();
    let example = if samples.is_empty() { Value::Null } else { json!({"body_text": [samples]}) };
    with(json!({"type": "BODY", "text": text, "example": example}))
}

fn buttons(buttons: &Value) -> Value {
    with(json!({"type": "BUTTONS", "buttons": buttons}))
}

fn set(pointer: &str, to: Value) -> Value {
    let mut value = utility();
    match value.pointer_mut(pointer) {
        Some(place) => *place = to,
        None => value[pointer.trim_start_matches('/')] = to,
    }
    value
}

fn found_by(value: &Value, limits: &TemplateLimits, sample: Option<&Sample>) -> Vec<(&'static str, Level)> {
    let definition = Definition::parse(value).unwrap();
    lint(&definition, limits, sample).iter().map(|finding| (finding.id, finding.level)).collect()
}

fn ids(value: &Value) -> Vec<&'static str> {
    found_by(value, &TODAY, None).into_iter().map(|(id, _)| id).collect()
}

#[track_caller]
fn keeps(value: &Value) {
    assert_eq!(ids(value), Vec::<&str>::new(), "{value}");
}

#[track_caller]
fn breaks(value: &Value, id: &str) {
    assert!(ids(value).contains(&id), "{id}: {:?} of {value}", ids(value));
}

/// Every finding says where, what, what to do and whose rule it is.
#[test]
fn a_finding_is_whole() {
    let findings = lint(&Definition::parse(&body("Hi {{1}}")).unwrap(), &TODAY, None);
    let edge = findings.iter().find(|finding| finding.id == "parameter_edge").unwrap();
    let json = serde_json::to_value(edge).unwrap();
    assert_eq!((&json["level"], &json["where"]), (&json!("error"), &json!("components[0].text")));
    for member in ["what", "remedy"] {
        assert!(!json[member].as_str().unwrap().is_empty());
    }
    assert!(json["source"].as_str().unwrap().starts_with("https://"));
    assert!(refuses(&findings));
    keeps(&utility());
}

/// T-02
#[test]
fn names() {
    for (name, expected) in [
        ("order_ok_2", None),
        ("Order", Some("name_characters")),
        ("order-ok", Some("name_characters")),
        ("order ok", Some("name_characters")),
        ("größe", Some("name_characters")),
        (&"x".repeat(512), None),
        (&"x".repeat(513), Some("name_length")),
    ] {
        assert_eq!(ids(&set("/name", name.into())).first().copied(), expected, "{name}");
    }
    assert!(Definition::parse(&set("/name", "".into())).is_err());
    let told = lint(&Definition::parse(&set("/name", "Order  OK!".into())).unwrap(), &TODAY, None);
    assert_eq!(told[0].remedy, "Call it order_ok.");
}

/// T-03, T-04, contract §5.7
#[test]
fn categories_languages_and_times() {
    keeps(&set("/category", "marketing".into()));
    breaks(&set("/category", "TRANSACTIONAL".into()), "category_unknown");
    for (language, expected) in
        [("en", None), ("pt_BR", None), ("en-US", Some("language_spelling")), ("xx", Some("language_unknown"))]
    {
        assert_eq!(ids(&set("/language", language.into())).first().copied(), expected, "{language}");
    }
    for (category, seconds, fine) in [
        ("UTILITY", 30, true),
        ("UTILITY", 29, false),
        ("UTILITY", 43_200, true),
        ("UTILITY", 43_201, false),
        ("UTILITY", -1, true),
        ("MARKETING", 43_200, true),
        ("MARKETING", 43_199, false),
        ("MARKETING", 2_592_000, true),
        ("MARKETING", 2_592_001, false),
        ("MARKETING", -1, false),
    ] {
        let mut value = set("/category", category.into());
        value["message_send_ttl_seconds"] = seconds.into();
        assert_eq!(ids(&value).is_empty(), fine, "{category} {seconds}");
    }
}

/// T-05
#[test]
fn bodies() {
    keeps(&body(&"x".repeat(1024)));
    breaks(&body(&"x".repeat(1025)), "body_length");
    breaks(&body(""), "body_length");
    breaks(&set("/components", json!([{"type": "FOOTER", "text": "F"}])), "body_missing");
    keeps(&body("One thing.\n\nAnother thing."));
    breaks(&body("One thing.\n\n\nAnother thing."), "body_newlines");
    keeps(&body(&format!("Well done! {}", "🎉".repeat(10))));
    breaks(&body(&format!("Well done! {}", "🎉".repeat(11))), "body_emoji");
    keeps(&body(&format!("Families: {}", "👨‍👩‍👧".repeat(10))));
    breaks(&body("{{1}} - {{2}}"), "body_parameters_only");
    let mut twice = body("Your order is on the way.");
    twice["components"].as_array_mut().unwrap().push(json!({"type": "body", "text": "More of it."}));
    breaks(&twice, "component_repeated");
    breaks(&with(json!({"text": "no type"})), "type_missing");
    // What is newer than this build is Meta's to judge.
    keeps(&with(json!({"type": "SOMETHING_NEW"})));
}

/// T-06
#[test]
fn parameters() {
    keeps(&body("Hi {{1}}, your order {{2}} is on the way."));
    breaks(&body("Hi {{1}}, your order {{3}} is on the way."), "parameter_gap");
    breaks(&body("Hi {{2}}, your order is on the way."), "parameter_gap");
    keeps(&body("Hi {{2}}, your order {{1}} is on the way."));
    breaks(&body("{{1}}, your order is on the way."), "parameter_edge");
    breaks(&body("Your order is on the way, {{1}}"), "parameter_edge");
    keeps(&body("Your order is on the way, {{1}}."));
    breaks(&body("Your order {{1}} {{2}} is on the way now."), "parameter_adjacent");
    keeps(&body("Your order {{1}} of {{2}} is on the way now."));
    breaks(&body("Hi {{1}}, {{1}} is on the way to you."), "parameter_repeated");
    breaks(&body("Hi {{1}, your order is on the way."), "parameter_braces");
    breaks(&body("Hi {{}}, your order is on the way."), "parameter_braces");
    breaks(&body("Hi {{who}}, your order is on the way."), "parameter_format");
    // 2n + 1 words.
    keeps(&body("Hi {{1}}, welcome back."));
    breaks(&body("Hi {{1}}, welcome."), "parameter_density");

    let named = |text: &str, names: &[&str]| {
        let samples: Vec<Value> = names.iter().map(|name| json!({"param_name": name, "example": "Ana"})).collect();
        let mut value = with(json!({"type": "BODY", "text": text, "example": {"body_text_named_params": samples}}));
        value["parameter_format"] = "NAMED".into();
        value
    };
    keeps(&named("Hi {{who}}, your order is on the way.", &["who"]));
    breaks(&named("Hi {{Who}}, your order is on the way.", &["Who"]), "parameter_name");
    breaks(&named("Hi {{1}}, your order is on the way.", &["1"]), "parameter_format");
    breaks(&named("Hi {{who}}, your {{who}} is on the way.", &["who"]), "parameter_repeated");
    breaks(&named("Hi {{who}}, your order is on the way.", &["whom"]), "sample_name");
    breaks(&named("Hi {{who}}, your order is on the way.", &[]), "sample_count");
}

/// T-15: none, one less, exactly, one more.
#[test]
fn samples() {
    let text = "Hi {{1}}, your order {{2}} is on the way.";
    let sampled = |example: Value| with(json!({"type": "BODY", "text": text, "example": example}));
    keeps(&sampled(json!({"body_text": [["Ana", "A-17"]]})));
    for short in [Value::Null, json!({"body_text": [[]]}), json!({"body_text": [["Ana"]]})] {
        breaks(&sampled(short), "sample_count");
    }
    breaks(&sampled(json!({"body_text": [["Ana", "A-17", "more"]]})), "sample_count");
    breaks(&sampled(json!({"body_text": ["Ana", "A-17"]})), "sample_shape");
    breaks(&sampled(json!({"body_text_named_params": []})), "sample_shape");
    breaks(&sampled(json!({"body_text": [["Ana", " "]]})), "sample_empty");
    breaks(&sampled(json!({"body_text": [["Ana", 17]]})), "sample_empty");
    breaks(&sampled(json!({"body_text": [["Ana", "xxx"]]})), "sample_vague");
    breaks(
        &with(json!({"type": "BODY", "text": "No parameter is here.", "example": {"body_text": [["Ana"]]}})),
        "sample_count",
    );
}

/// T-07
#[test]
fn headers() {
    let header = |text: &str| with(json!({"type": "HEADER", "format": "TEXT", "text": text}));
    keeps(&header(&"x".repeat(60)));
    breaks(&header(&"x".repeat(61)), "header_length");
    breaks(&header(""), "header_length");
    let sampled = |text: &str, samples: &Value| {
        with(json!({"type": "HEADER", "format": "TEXT", "text": text, "example": {"header_text": samples}}))
    };
    keeps(&sampled("Order {{1}}", &json!(["A-17"])));
    breaks(&sampled("Order {{1}} of {{2}}", &json!(["A-17", "May"])), "header_parameters");
    breaks(&sampled("Order {{1}}", &json!([])), "sample_count");
    breaks(&header("*Order*"), "header_plain");
    breaks(&with(json!({"type": "HEADER", "format": "HOLOGRAM"})), "header_format");
    keeps(&with(json!({"type": "HEADER", "format": "LOCATION"})));
}

/// T-08: the smaller of 20 MB and of Meta's own for the kind, to the byte, by what the file is.
#[test]
fn header_samples() {
    let header = |format: &str| with(json!({"type": "HEADER", "format": format, "sample": "a.bin"}));
    for (format, mime, most) in [
        ("IMAGE", "image/jpeg", 5 * MB),
        ("image", "image/png", 5 * MB),
        ("VIDEO", "video/mp4", 16 * MB),
        ("DOCUMENT", "application/pdf", 20 * MB),
        ("GIF", "video/mp4", 3_670_016),
    ] {
        let judged = |mime: &str, bytes: u64| {
            let sample = Sample::File { mime: Some(mime.to_owned()), bytes };
            found_by(&header(format), &TODAY, Some(&sample)).first().map(|(id, _)| *id)
        };
        assert_eq!(judged(mime, most), None, "{format}");
        assert_eq!(judged(mime, most + 1), Some("header_sample_size"), "{format}");
        assert_eq!(judged(mime, 1), None);
        assert_eq!(judged(mime, 0), Some("header_sample_empty"));
        assert_eq!(judged("image/webp", 1), Some("header_sample_type"));
    }
    let smaller = TemplateLimits { sample_bytes: 10, ..TODAY };
    let pdf = |bytes| Sample::File { mime: Some("application/pdf".into()), bytes };
    assert_eq!(found_by(&header("DOCUMENT"), &smaller, Some(&pdf(10))), []);
    assert_eq!(found_by(&header("DOCUMENT"), &smaller, Some(&pdf(11)))[0].0, "header_sample_size");
    let gone = Sample::Unreadable("no such file".into());
    assert_eq!(found_by(&header("IMAGE"), &TODAY, Some(&gone))[0].0, "header_sample_unreadable");
    keeps(&header("IMAGE"));
    breaks(&with(json!({"type": "HEADER", "format": "IMAGE"})), "header_sample_missing");
    let handle =
        |handle: &str| with(json!({"type": "HEADER", "format": "IMAGE", "example": {"header_handle": [handle]}}));
    keeps(&handle("4:aW1n:e:ARb"));
    breaks(&handle("https://shop.example/a.jpg"), "header_sample_link");
    breaks(&handle("https://scontent.whatsapp.net/v/a.jpg?oe=0"), LISTED_SAMPLE);
    breaks(&handle("https://evilwhatsapp.net/a.jpg"), "header_sample_link");
    breaks(&handle("https://shop.example/scontent.whatsapp.net"), "header_sample_link");
}

/// T-09
#[test]
fn footers() {
    let footer = |text: &str| with(json!({"type": "FOOTER", "text": text}));
    keeps(&footer(&"x".repeat(60)));
    breaks(&footer(&"x".repeat(61)), "footer_length");
    breaks(&footer("Shop {{1}}"), "footer_parameter");
}

#[test]
fn cards_and_offers() {
    let card = |text: &str, format: &str| json!({"components": [{"type": "HEADER", "format": format}, {"type": "BODY", "text": text}]});
    let cards =
        |count: usize| with(json!({"type": "CAROUSEL", "cards": vec![card("One of our hats.", "IMAGE"); count]}));
    for (count, fine) in [(1, false), (2, true), (10, true), (11, false)] {
        assert_eq!(ids(&cards(count)).is_empty(), fine, "{count}");
    }
    let two = |one: Value, other: Value| with(json!({"type": "CAROUSEL", "cards": [one, other]}));
    keeps(&two(card(&"x".repeat(160), "IMAGE"), card("x", "IMAGE")));
    breaks(&two(card(&"x".repeat(161), "IMAGE"), card("x", "IMAGE")), "body_length");
    breaks(&two(card("x", "VIDEO"), card("x", "IMAGE")), "cards_alike");
    let with_buttons = |count: usize| {
        let labels = (0..count).map(|n| json!({"type": "QUICK_REPLY", "text": format!("Reply {n}")}));
        let one = json!({"components": [{"type": "BUTTONS", "buttons": labels.collect::<Vec<_>>()}]});
        two(one.clone(), one)
    };
    keeps(&with_buttons(2));
    breaks(&with_buttons(3), "buttons_count");

    let offer = |text: &str, body: usize| {
        let mut value = with(json!({"type": "LIMITED_TIME_OFFER", "limited_time_offer": {"text": text}}));
        value["components"][0]["text"] = "x".repeat(body).into();
        value
    };
    keeps(&offer(&"x".repeat(16), 600));
    breaks(&offer(&"x".repeat(17), 600), "offer_length");
    breaks(&offer("x", 601), "body_length");
    let mut footed = offer("x", 1);
    footed["components"].as_array_mut().unwrap().push(json!({"type": "FOOTER", "text": "F"}));
    breaks(&footed, "offer_footer");
}

#[test]
fn one_time_codes() {
    let code = |body: Value, minutes: u32| {
        json!({"name": "code", "language": "en", "category": "AUTHENTICATION", "components": [
            body, {"type": "FOOTER", "code_expiration_minutes": minutes},
            {"type": "BUTTONS", "buttons": [{"type": "OTP", "otp_type": "COPY_CODE"}]}]})
    };
    let plain = || json!({"type": "BODY", "add_security_recommendation": true});
    for (minutes, fine) in [(0, false), (1, true), (90, true), (91, false)] {
        assert_eq!(ids(&code(plain(), minutes)).is_empty(), fine, "{minutes}");
    }
    breaks(&code(json!({"type": "BODY", "text": "Your code is here."}), 1), "code_body");
}

/// T-16
#[test]
fn what_reviewers_often_reject() {
    let as_marketing = |mut value: Value| {
        value["category"] = "MARKETING".into();
        value
    };
    for (bad, good, id) in [
        ("EVERYTHING MUST go now", "Everything MUST go now.", "reject_capitals"),
        ("Please send us your card number.", "Please open our site to pay.", "reject_sensitive"),
        ("Lorem ipsum dolor sit amet.", "Your parcel has been sent.", "reject_filler"),
        ("See https://bit.ly/x for more.", "See https://shop.example/t.co-op for more.", "reject_short_link"),
    ] {
        breaks(&body(bad), id);
        keeps(&body(good));
    }
    breaks(&body("Get 20% off of your next order."), "reject_promotion");
    keeps(&as_marketing(body("Get 20% off of your next order.")));
    breaks(&buttons(&json!([{"type": "URL", "text": "Chat", "url": "https://wa.me/15550100"}])), "reject_short_link");
    // A person decides: none of these is an error.
    let all = found_by(&body("GET 20% OFF, SEND YOUR CARD NUMBER: bit.ly/x"), &TODAY, None);
    assert!(all.len() >= 4 && all.iter().all(|(_, level)| *level == Level::Warn), "{all:?}");
}

#[test]
fn what_may_not_stand_together() {
    let of = |name: &str, language: &str, category: &str, text: &str| {
        let mut value = body(text);
        for (member, to) in [("name", name), ("language", language), ("category", category)] {
            value[member] = to.into();
        }
        Definition::parse(&value).unwrap()
    };
    let judged = |all: &[&Definition]| -> Vec<Vec<&'static str>> {
        together(all).iter().map(|found| found.iter().map(|finding| finding.id).collect()).collect()
    };
    let one = of("a", "en", "UTILITY", "Your order is on the way.");
    let none: Vec<&str> = Vec::new();
    assert_eq!(judged(&[&one, &of("a", "de", "UTILITY", "Die Ware kommt.")]), [none.clone(), none.clone()]);
    assert_eq!(judged(&[&one, &one]), [none.clone(), vec!["duplicate"]]);
    assert_eq!(
        judged(&[&one, &of("a", "de", "MARKETING", "Die Ware kommt.")]),
        [none.clone(), vec!["category_differs"]]
    );
    let twin = of("b", "en", "UTILITY", "Your order is on the way.");
    assert_eq!(judged(&[&one, &twin]), [none.clone(), vec!["duplicate_content"]]);
    assert_eq!(judged(&[&one, &of("b", "en", "UTILITY", "Your order is here.")]), [none.clone(), none]);
}
