use serde_json::{Value, json};

use super::*;
use crate::WabaId;
use crate::time::Timestamp;

fn of(category: &str, format: &str, components: &Value) -> Schema {
    let listed = json!({"id": "1", "name": "n", "language": "en", "status": "APPROVED", "category": category,
        "parameter_format": format, "components": components})
    .to_string();
    let raw = serde_json::from_str(&listed).unwrap();
    Schema::of(&Template::parse(&WabaId::new("2"), raw, Timestamp::UNIX_EPOCH).unwrap())
}

fn shape(components: &Value) -> String {
    of("UTILITY", "POSITIONAL", components).to_string()
}

/// What is stored with a send is a hash of these words: to change one is to fail what is on its way.
#[test]
fn every_part_is_told() {
    for (components, expected) in [
        (json!([{"type": "BODY", "text": "Hi {{1}} and {{2}}"}]), "positional; body [{{1}} {{2}}]"),
        (json!([{"type": "header", "format": "text", "text": "A"}]), "positional; header text []"),
        (json!([{"type": "HEADER", "format": "DOCUMENT"}]), "positional; header document"),
        (json!([{"type": "HEADER", "format": "HOLOGRAM"}]), "positional; header unknown"),
        (json!([{"type": "FOOTER", "text": "F"}, {"type": "BODY", "text": "B"}]), "positional; body []"),
        (
            json!([{"type": "BUTTONS", "buttons": [
                {"type": "URL", "url": "https://a.example/{{1}}"}, {"type": "URL", "url": "https://a.example"},
                {"type": "OTP"}, {"type": "COPY_CODE"}, {"type": "QUICK_REPLY"}, {"type": "FLOW"}, {"type": "CATALOG"},
                {"type": "MPM"}, {"type": "VOICE_CALL"}, {"type": "ORDER_DETAILS"}, {"type": "PHONE_NUMBER"},
                {"type": "TELEPORT"}]}]),
            "positional; button 0 url {{1}}; button 1 url; button 2 url {{1}}; button 3 copy_code; \
             button 4 quick_reply; button 5 flow; button 6 catalog; button 7 mpm; button 8 voice_call; \
             button 9 order_details; button 10 fixed; button 11 unknown",
        ),
        (
            json!([{"type": "LIMITED_TIME_OFFER", "limited_time_offer": {"text": "Now", "has_expiration": true}}]),
            "positional; limited_time_offer",
        ),
        (
            json!([{"type": "CAROUSEL", "cards": [
                {"components": [{"type": "HEADER", "format": "IMAGE"}, {"type": "BODY", "text": "{{1}}"}]}, {}]}]),
            "positional; card 0 (; header image; body [{{1}}]); card 1 unknown",
        ),
        (json!([{"type": "POLL"}, 7, {"type": "BODY", "text": "B"}]), "positional; body []; more"),
        (json!([]), "positional; unknown"),
        (json!("none"), "positional; unknown"),
    ] {
        assert_eq!(shape(&components), expected, "{components}");
    }
}

#[test]
fn the_code_of_an_authentication_template_is_a_parameter_though_its_text_may_not_show_it() {
    let hidden = json!([{"type": "BODY", "add_security_recommendation": true}]);
    assert_eq!(of("AUTHENTICATION", "POSITIONAL", &hidden).to_string(), "positional, code; body [{{1}}]");
    assert_eq!(of("UTILITY", "POSITIONAL", &hidden).to_string(), "positional; body []");
}

#[test]
fn words_do_not_count_and_parameters_do() {
    let body = |text: &str| json!([{"type": "BODY", "text": text}]);
    let hash = |format: &str, text: &str| of("UTILITY", format, &body(text)).hash();
    assert_eq!(hash("POSITIONAL", "Hi {{1}}"), hash("POSITIONAL", "Dear {{1}}, good day"));
    assert_eq!(hash("NAMED", "{{a}} {{b}}"), hash("NAMED", "{{b}}, {{a}}"));
    assert_ne!(hash("POSITIONAL", "Hi {{1}}"), hash("POSITIONAL", "Hi {{1}} {{2}}"));
    assert_ne!(hash("NAMED", "{{a}}"), hash("NAMED", "{{b}}"));
    assert_ne!(hash("POSITIONAL", "Hi {{1}}"), hash("NAMED", "Hi {{1}}"));
    assert_eq!(hash("POSITIONAL", "Hi").len(), 64);
}
