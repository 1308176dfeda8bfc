use serde_json::{Value, json};

use super::*;
use crate::ids::WabaId;
use crate::time::Timestamp;

fn definition(value: &Value) -> Definition {
    Definition::parse(value).unwrap()
}

fn listed(value: &Value) -> Definition {
    let raw = value.to_string();
    let template =
        Template::parse(&WabaId::new("2"), serde_json::from_str(&raw).unwrap(), Timestamp::UNIX_EPOCH).unwrap();
    Definition::of(&template)
}

#[test]
fn its_outline_is_checked_with_the_field() {
    let whole = json!({"name": "a", "language": "en", "category": "utility", "components": []});
    assert_eq!(definition(&whole).category, "UTILITY");
    for (member, value, complaint) in [
        ("name", Value::Null, "name is required"),
        ("language", json!(7), "language must be a string that is not empty"),
        ("parameter_format", json!("BOTH"), "parameter_format must be POSITIONAL or NAMED"),
        ("components", json!({}), "components must be an array"),
        ("components", json!([1]), "components[0] must be an object"),
    ] {
        let mut broken = whole.clone();
        broken[member] = value;
        assert_eq!(Definition::parse(&broken).unwrap_err().to_string(), complaint);
    }
    let mut misspelt = whole;
    misspelt["langauge"] = "en".into();
    assert!(Definition::parse(&misspelt).unwrap_err().to_string().starts_with("langauge is not known"));
}

/// What a listing shows of what was created is no difference: words in upper case, a URL for a handle, defaults.
#[test]
fn what_meta_makes_of_it_is_no_difference() {
    let ours = definition(&json!({"name": "a", "language": "en", "category": "utility", "components": [
        {"type": "header", "format": "image", "sample": "a.jpg"},
        {"type": "buttons", "buttons": [{"type": "url", "text": "T", "url": "https://s.example/{{1}}",
            "example": "https://s.example/1"}]},
        {"type": "body", "text": "Hi"}]}));
    let theirs = listed(&json!({"id": "1", "status": "APPROVED", "name": "a", "language": "en", "category": "UTILITY",
        "message_send_ttl_seconds": 600, "components": [
        {"type": "HEADER", "format": "IMAGE", "example": {"header_handle": ["https://scontent.example/x?oe=1"]}},
        {"type": "BODY", "text": "Hi"},
        {"type": "BUTTONS", "buttons": [{"type": "URL", "text": "T", "url": "https://s.example/{{1}}",
            "example": ["https://s.example/1"]}]}]}));
    assert_eq!(ours.differences(&theirs), Vec::<String>::new());
    let code = definition(&json!({"name": "c", "language": "en", "category": "AUTHENTICATION", "components": [
        {"type": "BODY", "add_security_recommendation": true}, {"type": "FOOTER", "code_expiration_minutes": 10},
        {"type": "BUTTONS", "buttons": [{"type": "OTP", "otp_type": "copy_code"}]}]}));
    let shown = |minutes: u32, otp: &str| {
        listed(&json!({"id": "1", "status": "APPROVED", "name": "c", "language": "en", "category": "AUTHENTICATION",
            "components": [
                {"type": "BODY", "text": "*{{1}}* is your verification code.", "add_security_recommendation": true},
                {"type": "FOOTER", "text": "Expires.", "code_expiration_minutes": minutes},
                {"type": "BUTTONS", "buttons": [{"type": "URL", "text": "Copy code",
                    "url": format!("https://www.whatsapp.com/otp/code/?otp_type={otp}&code=otp{{{{1}}}}")}]}]}))
    };
    assert_eq!(code.differences(&shown(10, "COPY_CODE")), Vec::<String>::new());
    assert_eq!(code.differences(&shown(11, "COPY_CODE")), ["footer"]);
    assert_eq!(code.differences(&shown(10, "ONE_TAP")), ["buttons"]);
}

#[test]
fn what_differs_is_named() {
    let whole = json!({"name": "a", "language": "en", "category": "UTILITY", "components": [
        {"type": "BODY", "text": "Hi {{1}}!", "example": {"body_text": [["Ana"]]}}, {"type": "FOOTER", "text": "F"}]});
    let before = definition(&whole);
    for (pointer, value, expected) in [
        ("/components/0/text", json!("Hello {{1}}!"), "body"),
        ("/components/0/example/body_text/0/0", json!("Bo"), "body"),
        ("/components/1/text", json!("G"), "footer"),
        ("/category", json!("MARKETING"), "category"),
    ] {
        let mut changed = whole.clone();
        *changed.pointer_mut(pointer).unwrap() = value;
        assert_eq!(definition(&changed).differences(&before), [expected]);
    }
    let mut more = whole.clone();
    more["message_send_ttl_seconds"] = 600.into();
    assert_eq!(definition(&more).differences(&before), ["message_send_ttl_seconds"]);
    // What a file does not say is Meta's to keep.
    assert_eq!(before.differences(&definition(&more)), Vec::<String>::new());
}

#[test]
fn an_edit_names_no_identity() {
    let mut one = definition(&json!({"name": "a", "language": "en", "category": "UTILITY", "send_type": "direct",
        "components": [{"type": "HEADER", "format": "IMAGE", "sample": "a.jpg"}]}));
    assert_eq!((one.sample(), one.media_header()), (Some("a.jpg"), Some((0, "IMAGE".to_owned()))));
    one.set_sample("4:handle");
    let body = one.to_body(true, false);
    let names: Vec<&String> = body.as_object().unwrap().keys().collect();
    assert_eq!(names, ["components", "parameter_format"]);
    assert_eq!(body["components"][0]["example"], json!({"header_handle": ["4:handle"]}));
    assert_eq!(one.sample(), None);
    assert_eq!(one.to_body(true, true)["category"], "UTILITY");
    assert_eq!(one.to_json()["send_type"], "direct");
    assert_eq!(Definition::parse(&one.to_json()).unwrap(), one);
}
