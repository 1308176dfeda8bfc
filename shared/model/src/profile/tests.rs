use serde_json::{Value, json};

use super::*;
use crate::limits::profile::VERTICALS;
use crate::template::lint::Level;

fn profile(value: &Value) -> Profile {
    Profile::parse(&serde_json::value::to_raw_value(value).unwrap()).unwrap()
}

fn wanted(value: &Value) -> Wanted {
    Wanted::parse(value.as_object().unwrap()).unwrap()
}

/// The ids of what is found.
#[track_caller]
fn beside(current: &Value, given: &Value, expected: &[&str]) {
    let found: Vec<_> = check(&profile(current), &wanted(given)).iter().map(|finding| finding.id).collect();
    assert_eq!(found, expected, "{given}");
}

#[track_caller]
fn is(given: &Value, expected: &[&str]) {
    beside(&json!({}), given, expected);
}

/// P-04, P-05: characters, not bytes.
#[test]
fn texts_have_their_limits() {
    for letter in ["x", "ä", "語", "😀"] {
        is(&json!({"address": letter.repeat(256)}), &[]);
        is(&json!({"address": letter.repeat(257)}), &["address_length"]);
        is(&json!({"description": letter.repeat(256)}), &[]);
        is(&json!({"description": letter.repeat(257)}), &["description_long"]);
        is(&json!({"description": letter.repeat(512)}), &["description_long"]);
        is(&json!({"description": letter.repeat(513)}), &["description_length"]);
        is(&json!({"about": letter.repeat(139)}), &[]);
        is(&json!({"about": letter.repeat(140)}), &["about_length"]);
    }
    let level = |length| check(&Profile::default(), &wanted(&json!({"description": "x".repeat(length)})))[0].level;
    assert_eq!((level(512), level(513)), (Level::Warn, Level::Error));
}

/// P-06.
#[test]
fn an_email_address_is_one() {
    for email in ["ana@shop.example", "ana.b+c@mail.shop.example", "", "o'brien@shop.example", "ä@shop.example"] {
        is(&json!({ "email": email }), &[]);
    }
    for email in [
        "nobody",
        "@shop.example",
        "ana@",
        "ana@shop",
        "a b@shop.example",
        "ana@@shop.example",
        "Ana <ana@shop.example>",
        "ana@[127.0.0.1]",
        "ana@shop..example",
        ".ana@shop.example",
    ] {
        is(&json!({ "email": email }), &["email_syntax"]);
    }
    let long =
        |length: usize| format!("ana@{}.{}.{}.example", "h".repeat(50), "i".repeat(40), "j".repeat(length - 104));
    assert_eq!(long(128).len(), 128);
    is(&json!({"email": long(128)}), &[]);
    is(&json!({"email": long(129)}), &["email_length"]);
}

/// P-09.
#[test]
fn there_are_two_websites() {
    let site = |length: usize| format!("https://{}", "s".repeat(length - 8));
    is(&json!({"websites": []}), &[]);
    is(&json!({ "websites": null }), &[]);
    is(&json!({"websites": ["https://shop.example"]}), &[]);
    is(&json!({"websites": ["HTTP://shop.example/a?b=c", site(256)]}), &[]);
    is(&json!({"websites": ["https://a.example", "https://b.example", "https://c.example"]}), &["websites_count"]);
    is(&json!({"websites": [site(257)]}), &["website_length"]);
    for bad in
        ["ftp://shop.example", "shop.example", "https://", "https:///a", "https://a b.example", "", "javascript:x"]
    {
        is(&json!({ "websites": [bad] }), &["website_scheme"]);
    }
    beside(&json!({"websites": ["https://a.example"]}), &json!({"websites": []}), &[]);
}

/// P-07: every industry both ways, and one of tomorrow is kept.
#[test]
fn industries_have_names() {
    for (word, label) in VERTICALS {
        assert_eq!((vertical::word(label), vertical::word(&label.to_uppercase())), (word, word));
        assert_eq!((vertical::word(&word.to_lowercase()), vertical::label(word)), (word, label));
        assert_eq!(wanted(&json!({ "vertical": label })).vertical.as_deref(), Some(word));
        is(&json!({ "vertical": label }), &[]);
    }
    let tomorrow = profile(&json!({"vertical": "ROBOTS"}));
    assert_eq!((tomorrow.vertical.as_deref(), vertical::label("ROBOTS")), (Some("ROBOTS"), "ROBOTS"));
    // It stays where it is, and is not set where it is not.
    beside(&json!({"vertical": "ROBOTS"}), &json!({"vertical": "ROBOTS"}), &[]);
    for word in ["ROBOTS", "NOT_A_BIZ", "UNDEFINED"] {
        is(&json!({ "vertical": word }), &["vertical_unknown"]);
    }
}

/// The guide's seventeen, word for word.
#[test]
fn the_guides_industries_are_all_there() {
    let guide = [
        "Automotive",
        "Beauty, Spa and Salon",
        "Clothing and Apparel",
        "Education",
        "Entertainment",
        "Event Planning and Service",
        "Finance and Banking",
        "Food and Grocery",
        "Public Service",
        "Hotel and Lodging",
        "Medical and Health",
        "Non-profit",
        "Professional Services",
        "Shopping and Retail",
        "Travel and Transportation",
        "Restaurant",
        "Other",
    ];
    assert_eq!(VERTICALS[..guide.len()].iter().map(|(_, label)| *label).collect::<Vec<_>>(), guide);
}

/// P-08.
#[test]
fn what_is_set_is_not_emptied() {
    let set = json!({"vertical": "RETAIL", "about": "Open", "address": "1 Demo St"});
    for empty in [json!(""), Value::Null] {
        beside(&set, &json!({ "vertical": empty }), &["vertical_empty"]);
        beside(&set, &json!({ "about": empty }), &["about_empty"]);
        beside(&set, &json!({ "address": empty }), &[]);
        is(&json!({"vertical": empty, "about": empty}), &[]);
    }
    for unset in ["UNDEFINED", ""] {
        beside(&json!({ "vertical": unset }), &json!({"vertical": ""}), &[]);
    }
}

/// P-10.
#[test]
fn what_is_no_part_of_it_is_told_where_to_go() {
    let rule = |name: &str| Wanted::parse(json!({ name: "x" }).as_object().unwrap()).unwrap_err();
    for name in ["display_name", "verified_name", "name"] {
        let invalid = rule(name);
        assert!(invalid.field == name && invalid.rule.contains("waypost number reregister"), "{invalid}");
    }
    assert!(rule("phone_number").rule.contains("waypost number"));
    assert!(rule("profile_picture_url").rule.contains("photo"));
    assert!(rule("colour").rule.contains("vertical and photo"));
    assert!(Wanted::parse(json!({"websites": "https://a.example"}).as_object().unwrap()).is_err());
    assert!(Wanted::parse(json!({"about": 7}).as_object().unwrap()).is_err());
}

/// P-02: what differs and nothing else.
#[test]
fn only_what_differs_is_sent() {
    let now = profile(&json!({"about": "Open", "email": "", "vertical": "RETAIL", "websites": ["https://a.example"],
        "profile_picture_url": "https://pps.example/v/1.jpg?oe=1"}));
    let same = wanted(&json!({"about": " Open\n", "vertical": "Shopping and Retail", "email": null}));
    assert_eq!(Value::from(same.to_body(&now)), json!({"messaging_product": "whatsapp"}));
    assert!(differences(&now, &now.with(&same)).is_empty());
    let other = wanted(&json!({"about": "Closed", "address": "1 Demo St", "websites": [], "vertical": "RETAIL"}));
    assert_eq!(
        Value::from(other.to_body(&now)),
        json!({"messaging_product": "whatsapp", "about": "Closed", "address": "1 Demo St", "websites": []})
    );
    let told = json!(differences(&now, &now.with(&other)));
    assert_eq!(
        told,
        json!([{"field": "about", "from": "Open", "to": "Closed"}, {"field": "address", "from": null, "to": "1 Demo St"},
            {"field": "websites", "from": ["https://a.example"], "to": null}])
    );
    assert_eq!(Wanted::of(&now).to_body(&now).len(), 1);
}

#[test]
fn a_link_that_was_renewed_is_to_the_same_photo() {
    let of = |url: &str| profile(&json!({ "profile_picture_url": url }));
    let (one, renewed) = (of("https://pps.example/v/1_n.jpg?oe=1"), of("https://cdn.example/w/1_n.jpg?oe=2"));
    assert!(one.has_photo_of(&renewed) && !one.has_photo_of(&of("https://pps.example/v/2_n.jpg?oe=1")));
    assert!(!one.has_photo_of(&Profile::default()) && Profile::default().has_photo_of(&Profile::default()));
    assert!(profile(&json!({"about": 7, "websites": {"a": 1}, "vertical": "UNDEFINED"})) == profile(&json!({})));
}
