use serde_json::json;

use super::*;

fn preview(value: &Value) -> Preview {
    Preview::of(&Definition::parse(value).unwrap())
}

fn order() -> Preview {
    preview(&json!({"name": "order_ok", "language": "en_US", "category": "UTILITY", "parameter_format": "NAMED",
        "components": [
        {"type": "HEADER", "format": "TEXT", "text": "Order {{ref}}",
            "example": {"header_text_named_params": [{"param_name": "ref", "example": "A-17"}]}},
        {"type": "BODY", "text": "Hi *{{who}}*,\n<order> {{ref}} is _on the way_ to {{where}}.",
            "example": {"body_text_named_params": [
                {"param_name": "who", "example": "Ana & Bo"}, {"param_name": "ref", "example": "A-17"}]}},
        {"type": "FOOTER", "text": "Demo Shop"},
        {"type": "BUTTONS", "buttons": [
            {"type": "QUICK_REPLY", "text": "Stop"},
            {"type": "URL", "text": "Track", "url": "https://shop.example/t/{{1}}",
                "example": ["https://shop.example/t/A17"]},
            {"type": "PHONE_NUMBER", "text": "Call", "phone_number": "+15550100"}]}]}))
}

#[test]
fn as_text_with_samples() {
    assert_eq!(
        order().to_text(),
        "Order A-17\n\nHi *Ana & Bo*,\n<order> A-17 is _on the way_ to {{where}}.\n\nDemo Shop\n\n\
         [ Stop ]\n[ Track ] https://shop.example/t/A17\n[ Call ] +15550100"
    );
}

/// Whole, and the same each time; what is in a template is text, never markup.
#[test]
fn as_html_with_samples() {
    let html = order().to_html();
    assert_eq!(html, order().to_html());
    let (_, message) = html.split_once("</h1>\n").unwrap();
    assert_eq!(
        message,
        "<div class=\"message\" dir=\"auto\">\n<div class=\"text\">\n<div class=\"header\">Order A-17</div>\n\
         <div class=\"body\">Hi <b>Ana &amp; Bo</b>,<br>&lt;order&gt; A-17 is <i>on the way</i> to {{where}}.</div>\n\
         <div class=\"footer\">Demo Shop</div>\n</div>\n\
         <div class=\"button\">↩ Stop</div>\n\
         <div class=\"button\">↗ Track<small>https://shop.example/t/A17</small></div>\n\
         <div class=\"button\">✆ Call<small>+15550100</small></div>\n</div>\n</html>\n"
    );
    let evil = preview(&json!({"name": "<b>", "language": "en\"><script>", "category": "UTILITY", "components": [
        {"type": "BODY", "text": "<script>alert(1)</script>"}]}));
    assert!(!evil.to_html().contains("<script>"), "{}", evil.to_html());
}

/// T-05: bold, italic, struck and mono, and marks that are none.
#[test]
fn formatting_is_whatsapps() {
    for (text, html) in [
        ("*a*", "<b>a</b>"),
        ("_a b_ ~c~ `d`", "<i>a b</i> <s>c</s> <code>d</code>"),
        ("*_a_*", "<b><i>a</i></b>"),
        ("```a *b*\nc```", "<code>a *b*<br>c</code>"),
        ("2*3*4", "2*3*4"),
        ("* a*", "* a*"),
        ("*a *", "*a *"),
        ("*a\nb*", "*a<br>b*"),
        ("snake_case_name", "snake_case_name"),
        ("**", "**"),
        ("(*a*)", "(<b>a</b>)"),
        ("`<`", "<code>&lt;</code>"),
    ] {
        assert_eq!(markup::html(text), html, "{text}");
    }
}

#[test]
fn every_kind_of_header_and_card_is_shown() {
    let positional = preview(&json!({"name": "a", "language": "en", "category": "MARKETING", "components": [
        {"type": "HEADER", "format": "IMAGE", "sample": "a.jpg"},
        {"type": "BODY", "text": "Hi {{1}}, {{2}}!", "example": {"body_text": [["Ana"]]}},
        {"type": "CAROUSEL", "cards": [{"components": [
            {"type": "HEADER", "format": "VIDEO"}, {"type": "BODY", "text": "One"},
            {"type": "BUTTONS", "buttons": [{"type": "COPY_CODE", "example": ["SALE"]}]}]}]}]}));
    assert_eq!(
        positional.to_text(),
        "[image: a.jpg]\n\nHi Ana, {{2}}!\n\nCard 1:\n  [video]\n\n  One\n\n  [ Copy code ] SALE"
    );
    assert!(positional.to_html().contains("<div class=\"given\">image<br>a.jpg</div>"));
    let code = preview(&json!({"name": "c", "language": "en", "category": "AUTHENTICATION", "components": [
        {"type": "BODY", "add_security_recommendation": true}, {"type": "FOOTER", "code_expiration_minutes": 5},
        {"type": "BUTTONS", "buttons": [{"type": "OTP", "otp_type": "COPY_CODE"}]}]}));
    assert_eq!(
        code.to_text(),
        "*123456* is your verification code. For your security, do not share this code.\n\n\
         This code expires in 5 minutes.\n\n[ Copy code ]"
    );
}
