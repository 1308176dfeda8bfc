//! Counts, groups, labels and links of buttons.

use serde_json::{Value, json};

use super::super::{Level, TemplateLimits};
use super::{breaks, buttons, found_by, keeps};
use crate::limits::template::{GUIDE, TODAY};

fn urls(count: usize) -> Value {
    let one = |n| json!({"type": "URL", "text": format!("Open {n}"), "url": format!("https://shop.example/{n}")});
    buttons(&(0..count).map(one).collect())
}

fn reply(characters: usize) -> Value {
    buttons(&json!([{"type": "QUICK_REPLY", "text": "x".repeat(characters)}]))
}

fn replies(count: usize) -> Value {
    let one = |n| json!({"type": "QUICK_REPLY", "text": format!("Reply {n}")});
    buttons(&(0..count).map(one).collect())
}

/// T-10, T-11: both profiles, and both ends of each.
#[test]
fn counts_and_groups_of_buttons() {
    let errors = |value: &Value, limits: &TemplateLimits| -> Vec<&'static str> {
        let found = found_by(value, limits, None).into_iter();
        found.filter(|(_, level)| *level == Level::Error).map(|(id, _)| id).collect()
    };
    assert_eq!(errors(&replies(10), &TODAY), Vec::<&str>::new());
    assert_eq!(errors(&replies(11), &TODAY), ["buttons_count", "quick_replies_count"]);
    assert_eq!(errors(&replies(3), &GUIDE), Vec::<&str>::new());
    assert_eq!(errors(&replies(4), &GUIDE), ["buttons_count", "quick_replies_count"]);
    assert_eq!(errors(&urls(2), &TODAY), Vec::<&str>::new());
    assert_eq!(errors(&urls(3), &TODAY), ["urls_count"]);
    assert_eq!(errors(&urls(1), &GUIDE), Vec::<&str>::new());
    assert_eq!(errors(&urls(2), &GUIDE), ["urls_count"]);
    let phone = |n: usize| json!({"type": "PHONE_NUMBER", "text": format!("Call {n}"), "phone_number": "+15550100"});
    let copy = json!({"type": "COPY_CODE", "example": "SALE"});
    let flow = |n: usize| json!({"type": "FLOW", "text": format!("Go {n}"), "flow_id": "1"});
    assert_eq!(errors(&buttons(&json!([phone(1)])), &TODAY), Vec::<&str>::new());
    assert_eq!(errors(&buttons(&json!([phone(1), phone(2)])), &TODAY), ["phone_numbers_count"]);
    assert_eq!(errors(&buttons(&json!([copy])), &TODAY), Vec::<&str>::new());
    assert_eq!(errors(&buttons(&json!([copy])), &GUIDE), ["copy_codes_count"]);
    assert_eq!(errors(&buttons(&json!([copy, copy])), &TODAY), ["copy_codes_count"]);
    assert_eq!(errors(&buttons(&json!([flow(1)])), &TODAY), Vec::<&str>::new());
    assert_eq!(errors(&buttons(&json!([flow(1), flow(2)])), &TODAY), ["button_type_count"]);

    let reply = |n: usize| json!({"type": "QUICK_REPLY", "text": format!("Reply {n}")});
    for apart in [json!([reply(1), reply(2), phone(1)]), json!([phone(1), reply(1), reply(2)])] {
        assert_eq!(errors(&buttons(&apart), &TODAY), Vec::<&str>::new());
        assert_eq!(errors(&buttons(&apart), &GUIDE), ["buttons_mixed"]);
    }
    for between in [json!([reply(1), phone(1), reply(2)]), json!([phone(1), reply(1), flow(1)])] {
        assert!(errors(&buttons(&between), &TODAY).contains(&"buttons_interleaved"));
    }
    keeps(&replies(3));
    breaks(&replies(4), "buttons_shown");
    breaks(&buttons(&json!([])), "buttons_count");
    breaks(&buttons(&json!([reply(1), reply(1)])), "button_text_repeated");
    breaks(&buttons(&json!([{"text": "x"}])), "type_missing");
}

/// T-13: 20 passes, 21 to 25 are warned of, 26 are refused.
#[test]
fn labels_of_buttons() {
    for (characters, expected) in [
        (20, None),
        (21, Some(("quick_reply_text", Level::Warn))),
        (25, Some(("quick_reply_text", Level::Warn))),
        (26, Some(("button_text_length", Level::Error))),
        (0, Some(("button_text_length", Level::Error))),
    ] {
        assert_eq!(found_by(&reply(characters), &TODAY, None).first().copied(), expected, "{characters}");
    }
    assert_eq!(found_by(&reply(20), &GUIDE, None), []);
    assert_eq!(found_by(&reply(21), &GUIDE, None), [("button_text_length", Level::Error)]);
    let url = |n: usize| buttons(&json!([{"type": "URL", "text": "x".repeat(n), "url": "https://shop.example"}]));
    keeps(&url(25));
    breaks(&url(26), "button_text_length");
}

/// T-12
#[test]
fn urls_phone_numbers_and_codes() {
    let url =
        |url: &str, example: Value| buttons(&json!([{"type": "URL", "text": "Open", "url": url, "example": example}]));
    let sample = json!(["https://shop.example/A17"]);
    keeps(&url("https://shop.example/{{1}}", sample.clone()));
    keeps(&url("https://shop.example/{{1}}", "https://shop.example/A17".into()));
    breaks(&url("https://shop.example/{{1}}/a", sample.clone()), "url_parameter");
    breaks(&url("https://shop.example/{{1}}{{2}}", sample.clone()), "url_parameter");
    breaks(&url("https://shop.example/{{1}}", Value::Null), "url_sample");
    breaks(&url("https://shop.example/", sample), "url_sample");
    breaks(&url("shop.example", Value::Null), "url_scheme");
    breaks(&url("", Value::Null), "url_length");
    let long = |n: usize| format!("https://shop.example/{}", "x".repeat(n - 21));
    keeps(&url(&long(2000), Value::Null));
    breaks(&url(&long(2001), Value::Null), "url_length");
    let phone = |n: usize| buttons(&json!([{"type": "PHONE_NUMBER", "text": "Call", "phone_number": "1".repeat(n)}]));
    keeps(&phone(20));
    breaks(&phone(21), "phone_number");
    breaks(&phone(0), "phone_number");
    let copy = |n: usize| buttons(&json!([{"type": "COPY_CODE", "example": ["x".repeat(n)]}]));
    keeps(&copy(20));
    breaks(&copy(21), "copy_code");
    breaks(&copy(0), "copy_code");
}
