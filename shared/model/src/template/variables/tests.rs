use serde_json::{Value, json};

use super::*;

fn parse(mapping: &Value) -> Result<Variables, Invalid> {
    Variables::parse(serde_json::from_str(&mapping.to_string()).unwrap(), "waypost.variables")
}

fn ana() -> Person {
    Person {
        name: Some("Ana".into()),
        phone: Some("+15550100".into()),
        wa_id: Some("15550100".into()),
        user_id: Some("US.1".into()),
    }
}

fn fill(mapping: &Value, components: &Value, person: &Person) -> Result<Filled, Invalid> {
    let template = json!({"name": "n", "language": {"code": "en"}, "components": components}).to_string();
    parse(mapping).unwrap().fill(serde_json::from_str(&template).unwrap(), "template", person)
}

fn filled(mapping: &Value, person: &Person) -> Value {
    match fill(mapping, &json!([]), person) {
        Ok(Filled::Template(template)) => serde_json::from_str::<Value>(template.get()).unwrap()["components"].take(),
        Ok(Filled::Missing(unfilled)) => json!(format!("{}: {} ({})", unfilled.field, unfilled.why, unfilled.skip)),
        Err(invalid) => json!(invalid.to_string()),
    }
}

#[test]
fn values_come_from_the_person_the_request_and_the_mapping() {
    let mapping = json!({
        "header": {"1": 17},
        "body": {"2": {"value": "order"}, "1": {"contact": "name", "default": "there"}, "10": {"literal": "ten"},
            "3": {"contact": "phone"}, "4": {"contact": "wa_id"}, "5": {"contact": "user_id"}, "6": "six",
            "7": {"value": "none", "default": "seven"}, "8": "8", "9": 9.50},
        "buttons": {"0": {"value": "order"}, "2": {"literal": "SAVE", "sub_type": "copy_code"},
            "1": {"literal": "pay", "sub_type": "quick_reply"}},
        "values": {"order": "A-17", "none": null}});
    let text = |text: &str| json!({"type": "text", "text": text});
    let expected = json!([
        {"type": "header", "parameters": [text("17")]},
        {"type": "body", "parameters": [text("Ana"), text("A-17"), text("+15550100"), text("15550100"), text("US.1"),
            text("six"), text("seven"), text("8"), text("9.5"), text("ten")]},
        {"type": "button", "sub_type": "url", "index": "0", "parameters": [text("A-17")]},
        {"type": "button", "sub_type": "quick_reply", "index": "1", "parameters": [{"type": "payload", "payload": "pay"}]},
        {"type": "button", "sub_type": "copy_code", "index": "2", "parameters": [{"type": "coupon_code", "coupon_code": "SAVE"}]},
    ]);
    assert_eq!(filled(&mapping, &ana()), expected);
}

#[test]
fn named_variables_bear_their_names() {
    let mapping = json!({"body": {"ref": "A-17", "who": {"contact": "name"}}});
    let expected = json!([{"type": "body", "parameters": [
        {"type": "text", "parameter_name": "ref", "text": "A-17"}, {"type": "text", "parameter_name": "who", "text": "Ana"}]}]);
    assert_eq!(filled(&mapping, &ana()), expected);
}

#[test]
fn a_url_may_have_a_named_variable() {
    let mapping = json!({"buttons": {"0": {"value": "ref", "parameter_name": "ref"}}, "values": {"ref": "a b"}});
    let parameter = json!({"type": "text", "text": "a%20b", "parameter_name": "ref"});
    assert_eq!(filled(&mapping, &ana())[0]["parameters"], json!([parameter]));
}

#[test]
fn a_header_is_filled_with_media() {
    let of = |media: Value| filled(&json!({"media": media, "values": {"up": "https://a.example/1.png"}}), &ana());
    let header = |parameter: Value| json!([{"type": "header", "parameters": [parameter]}]);
    let link = json!({"type": "image", "image": {"link": "https://a.example/1.png"}});
    assert_eq!(of(json!({"image": {"value": "up"}})), header(link));
    assert_eq!(of(json!({"video": 4711})), header(json!({"type": "video", "video": {"id": "4711"}})));
    let document = json!({"type": "document", "document": {"id": "7", "filename": "Ana"}});
    assert_eq!(of(json!({"document": "7", "filename": {"contact": "name"}})), header(document));
    let missing = json!("waypost.variables.media.image: the request has no such value (true)");
    assert_eq!(of(json!({"image": {"value": "down", "missing": "skip"}})), missing);
    let written = json!([{"type": "header", "parameters": []}]);
    let invalid = fill(&json!({"media": {"image": "7"}}), &written, &ana()).unwrap_err();
    assert_eq!(invalid.field, "waypost.variables.media");
}

#[test]
fn cards_are_filled_beside_those_that_were_written() {
    let body = |text: &str| json!({"type": "body", "parameters": [{"type": "text", "text": text}]});
    let header = json!({"type": "header", "parameters": [{"type": "image", "image": {"id": "7"}}]});
    let button = |text: &str| json!({"type": "button", "sub_type": "url", "index": "0", "parameters": [{"type": "text", "text": text}]});
    let mapping = json!({"body": {"1": "all"}, "cards": {
        "1": {"media": {"image": "7"}, "body": {"1": {"value": "price"}}, "buttons": {"0": "b"}},
        "0": {"body": {"1": {"contact": "name"}}, "buttons": {"0": "a"}}}, "values": {"price": "5 €"}});
    let all = json!([body("all"), {"type": "carousel", "cards": [
        {"card_index": 0, "components": [body("Ana"), button("a")]},
        {"card_index": 1, "components": [header, body("5 €"), button("b")]}]}]);
    assert_eq!(filled(&mapping, &ana()), all);

    let written = json!([{"type": "CAROUSEL", "cards": [
        {"card_index": 2, "components": [body("two")]}, {"card_index": 0, "components": [header], "more": 1}]}]);
    let Ok(Filled::Template(template)) = fill(&mapping, &written, &ana()) else { panic!("it fits") };
    let template: Value = serde_json::from_str(template.get()).unwrap();
    let carousel = json!({"type": "CAROUSEL", "cards": [
        {"card_index": 0, "more": 1, "components": [header, body("Ana"), button("a")]},
        {"card_index": 1, "components": [header, body("5 €"), button("b")]},
        {"card_index": 2, "components": [body("two")]}]});
    assert_eq!(template["components"], json!([body("all"), carousel]));

    for (card, field, says) in [
        (json!({"card_index": 0, "components": [body("x")]}), "waypost.variables.cards.0.body", "must be left out"),
        (json!({"components": []}), "template.components[0].cards[0].card_index", "is required"),
    ] {
        let invalid = fill(&mapping, &json!([{"type": "carousel", "cards": [card]}]), &ana()).unwrap_err();
        assert_eq!((invalid.field.as_str(), invalid.rule.contains(says)), (field, true), "{invalid}");
    }
    let missing = filled(&json!({"cards": {"3": {"body": {"1": {"value": "x"}}}}}), &ana());
    assert_eq!(missing, json!("waypost.variables.cards.3.body.1: the request has no such value (false)"));
}

#[test]
fn a_missing_value_fails_or_is_the_default_or_skips() {
    let of = |variable: Value, person: &Person| filled(&json!({"body": {"1": variable}}), person);
    let nobody = Person::default();
    let defaulted = json!([{"type": "body", "parameters": [{"type": "text", "text": "there"}]}]);
    let failed = json!("waypost.variables.body.1: the name of this person is not known (false)");
    let skipped = json!("waypost.variables.body.1: the name of this person is not known (true)");
    for (variable, expected) in [
        (json!({"contact": "name"}), &failed),
        (json!({"contact": "name", "missing": "fail"}), &failed),
        (json!({"contact": "name", "missing": "fail", "default": "there"}), &failed),
        (json!({"contact": "name", "default": "there"}), &defaulted),
        (json!({"contact": "name", "missing": "default", "default": "there"}), &defaulted),
        (json!({"contact": "name", "missing": "skip"}), &skipped),
        (json!({"contact": "name", "default": " \n "}), &failed),
    ] {
        assert_eq!(of(variable.clone(), &nobody), *expected, "{variable}");
        assert_eq!(of(variable.clone(), &ana())[0]["parameters"][0]["text"], "Ana", "{variable}");
    }
    let blank = Person { name: Some(" \t".into()), ..Person::default() };
    assert_eq!(of(json!({"contact": "name"}), &blank), failed);
    let value = json!("waypost.variables.body.1: the request has no such value (false)");
    assert_eq!(of(json!({"value": "order"}), &ana()), value);
    assert_eq!(of(json!("\n"), &ana()), json!("waypost.variables.body.1: the literal is empty (false)"));
    let button = filled(&json!({"buttons": {"3": {"value": "x", "missing": "skip"}}}), &ana());
    assert_eq!(button, json!("waypost.variables.buttons.3: the request has no such value (true)"));
}

#[test]
fn values_are_cleaned_and_urls_encoded() {
    let person = Person { name: Some("A\tn\u{7}a  &\r\n é/".into()), ..Person::default() };
    let text = |mapping: Value| filled(&mapping, &person)[0]["parameters"][0]["text"].clone();
    assert_eq!(text(json!({"body": {"1": {"contact": "name"}}})), "A na & é/");
    assert_eq!(text(json!({"buttons": {"0": {"contact": "name"}}})), "A%20na%20%26%20%C3%A9%2F");
    assert_eq!(text(json!({"buttons": {"0": "r/é?a=1&b=x:y|z %20"}})), "r/%C3%A9?a=1&b=x%3Ay%7Cz%20%20");
    assert_eq!(text(json!({"body": {"1": "r/é?a=1 x:y"}})), "r/é?a=1 x:y");
}

#[test]
fn what_the_caller_wrote_stays_and_is_not_filled_twice() {
    let header = json!({"type": "HEADER", "parameters": [{"type": "image", "image": {"id": "7"}}]});
    let button =
        json!({"type": "button", "sub_type": "url", "index": 1, "parameters": [{"type": "text", "text": "x"}]});
    let both = fill(&json!({"body": {"1": "x"}, "buttons": {"0": "y"}}), &json!([header, button]), &ana()).unwrap();
    let Filled::Template(template) = both else { panic!("nothing is missing") };
    let template: Value = serde_json::from_str(template.get()).unwrap();
    let kinds: Vec<_> = template["components"].as_array().unwrap().iter().map(|part| part["type"].clone()).collect();
    assert_eq!((json!(kinds), &template["name"]), (json!(["HEADER", "button", "body", "button"]), &json!("n")));
    assert_eq!(template["components"][0], header);
    for (mapping, field) in [
        (json!({"header": {"1": "x"}}), "waypost.variables.header"),
        (json!({"buttons": {"1": "x"}}), "waypost.variables.buttons.1"),
    ] {
        let invalid = fill(&mapping, &json!([header, button]), &ana()).unwrap_err();
        assert_eq!(invalid.field, field);
        assert!(invalid.rule.contains("must be left out, or template.components["), "{}", invalid.rule);
    }
}

#[test]
fn a_mapping_of_nothing_changes_nothing() {
    let template = r#"{"name" : "n", "language":{"code":"en"} }"#;
    let filled = parse(&json!({})).unwrap().fill(serde_json::from_str(template).unwrap(), "template", &ana()).unwrap();
    let Filled::Template(filled) = filled else { panic!("nothing is missing") };
    assert_eq!(filled.get(), r#"{"name":"n","language":{"code":"en"}}"#);
}

#[test]
fn other_shapes_are_refused_by_their_place() {
    for (mapping, field, says) in [
        (json!(1), "", "must be an object"),
        (json!({"footer": {}}), ".footer", "is not known; header, media, body, buttons, cards, values are"),
        (json!({"cards": {"first": {}}}), ".cards.first", "the index of a card, which is a whole number from 0"),
        (json!({"cards": {"0": {"values": {}}}}), ".cards.0.values", "is not known; header, media, body, buttons are"),
        (json!({"cards": {"1": {"body": {"1": {}}}}}), ".cards.1.body.1", "must have one of contact, value"),
        (json!({"media": {}}), ".media", "must have one of image, video, document and gif"),
        (json!({"media": {"image": "1", "video": "2"}}), ".media", "must have one of image"),
        (json!({"media": {"sticker": "1"}}), ".media.sticker", "is not known"),
        (json!({"media": {"image": "1", "filename": "a"}}), ".media.filename", "only a document has one"),
        (json!({"media": {"image": "1"}, "header": {"1": "a"}}), ".media", "must be left out, or header must"),
        (
            json!({"buttons": {"0": {"literal": "a", "sub_type": "copy_code", "parameter_name": "b"}}}),
            ".buttons.0.parameter_name",
            "only the variable of a URL",
        ),
        (json!({"body": []}), ".body", "must be an object (given: an array)"),
        (json!({"body": {"1": "a", "3": "b"}}), ".body", "their numbers from 1 without a gap"),
        (json!({"body": {"1": "a", "who": "b"}}), ".body", "without a gap"),
        (json!({"body": {"01": "a"}}), ".body", "without a gap"),
        (json!({"body": {"1": true}}), ".body.1", "must be a string"),
        (json!({"body": {"1": {}}}), ".body.1", "must have one of contact, value and literal (given: none)"),
        (json!({"body": {"1": {"value": "a", "literal": "b"}}}), ".body.1", "(given: value and literal)"),
        (json!({"body": {"1": {"contact": "age"}}}), ".body.1.contact", "must be name, phone, wa_id or user_id"),
        (json!({"body": {"1": {"value": "a", "fallback": "b"}}}), ".body.1.fallback", "is not known"),
        (json!({"body": {"1": {"value": "a", "missing": "ask"}}}), ".body.1.missing", "must be fail, default or skip"),
        (json!({"body": {"1": {"value": "a", "missing": "default"}}}), ".body.1.default", "is required"),
        (json!({"body": {"1": {"literal": "a", "sub_type": "url"}}}), ".body.1.sub_type", "is not known"),
        (json!({"buttons": {"first": "a"}}), ".buttons.first", "a whole number from 0"),
        (json!({"buttons": {"+1": "a"}}), ".buttons.+1", "a whole number from 0"),
        (json!({"buttons": {"0": {"literal": "a", "sub_type": "flow"}}}), ".buttons.0.sub_type", "url, copy_code or"),
        (json!({"values": {"order": {}}}), ".values.order", "must be a string"),
    ] {
        let invalid = parse(&mapping).unwrap_err();
        assert_eq!(invalid.field, format!("waypost.variables{field}"), "{mapping}");
        assert!(invalid.to_string().contains(says), "{mapping}: {invalid}");
    }
}

#[test]
fn who_never_wrote_is_known_by_the_recipient() {
    let phone = Person::of(None, &Recipient::Phone("15550100".into()));
    assert_eq!((phone.phone.as_deref(), phone.wa_id.as_deref()), (Some("+15550100"), Some("15550100")));
    let user = Person::of(None, &Recipient::User("US.1".to_owned().into()));
    assert_eq!((user.user_id.as_deref(), user.name), (Some("US.1"), None));
}
