use serde_json::{Value, json};

use super::*;

fn parse(options: &Value) -> Result<SendOptions, OptionRefused> {
    SendOptions::parse(&RawValue::from_string(options.to_string()).unwrap(), "waypost")
}

#[test]
fn each_option_is_read_and_kept() {
    let id = SendId::from_random([7; 20]);
    let given = json!({"window": "meta", "send_at": "2026-12-24T18:00:00+01:00", "expires_in": 3600,
        "on_uncertain": "resend", "after_delivered": id, "raw": true,
        "media": {"key": "outbound/1/a", "unsupported": "fail"}});
    let options = parse(&given).unwrap();
    let expected = SendOptions {
        fallback_template: None,
        variables: None,
        window: Some(WindowPolicy::Meta),
        send_at: Some("2026-12-24T17:00:00Z".parse().unwrap()),
        expires_in: Some(3600),
        on_uncertain: Some(OnUncertain::Resend),
        after_delivered: Some(AfterDelivered::Send(id)),
        raw: true,
        media: Some(SendMedia { from: MediaFrom::Key("outbound/1/a".into()), unsupported: Some(OnUnsupported::Fail) }),
    };
    assert_eq!(options, expected);
    let stored = serde_json::to_string(&options).unwrap();
    assert_eq!(serde_json::from_str::<SendOptions>(&stored).unwrap(), options);
    assert_eq!(parse(&json!({"after_delivered": true})).unwrap().after_delivered, Some(AfterDelivered::Previous));
}

#[test]
fn what_says_nothing_is_nothing() {
    for options in [
        json!({}),
        json!({"window": null, "tomorrow": null}),
        json!({"after_delivered": false, "on_uncertain": "fail", "raw": false}),
    ] {
        let options = parse(&options).unwrap();
        assert!(options.is_default());
        assert_eq!(serde_json::to_string(&options).unwrap(), "{}");
    }
}

#[test]
fn what_is_wrong_is_named() {
    let cases = [
        (json!(7), "waypost"),
        (json!({"window": "open"}), "waypost.window"),
        (json!({"send_at": "tomorrow"}), "waypost.send_at"),
        (json!({"send_at": 1_767_225_600}), "waypost.send_at"),
        (json!({"expires_in": 0}), "waypost.expires_in"),
        (json!({"expires_in": 2_592_001}), "waypost.expires_in"),
        (json!({"expires_in": 1.5}), "waypost.expires_in"),
        (json!({"expires_in": "60"}), "waypost.expires_in"),
        (json!({"on_uncertain": "retry"}), "waypost.on_uncertain"),
        (json!({"after_delivered": "wamid.1"}), "waypost.after_delivered"),
        (json!({"media": "outbound/1/a"}), "waypost.media"),
        (json!({"media": {}}), "waypost.media"),
        (json!({"media": {"key": "outbound/1/a", "url": "https://shop.example/a"}}), "waypost.media"),
        (json!({"media": {"key": "media/1/a"}}), "waypost.media.key"),
        (json!({"media": {"key": "raw/a.json"}}), "waypost.media.key"),
        (json!({"media": {"key": "outbound/"}}), "waypost.media.key"),
        (json!({"media": {"key": format!("library/{}", "x".repeat(1_017))}}), "waypost.media.key"),
        (json!({"media": {"url": "file:///etc/passwd"}}), "waypost.media.url"),
        (json!({"media": {"url": format!("https://shop.example/{}", "x".repeat(2_048))}}), "waypost.media.url"),
        (json!({"media": {"url": "https://shop.example/a", "unsupported": "drop"}}), "waypost.media.unsupported"),
    ];
    for (options, field) in cases {
        match parse(&options) {
            Err(OptionRefused::Invalid(invalid)) => assert_eq!(invalid.field, field, "{options}"),
            other => panic!("{options}: {other:?}"),
        }
    }
    let twice = RawValue::from_string(String::from(r#"{"window":"meta","window":"meta"}"#)).unwrap();
    assert!(matches!(SendOptions::parse(&twice, "options"), Err(OptionRefused::Invalid(_))));
    match parse(&json!({"tomorrow": 1})) {
        Err(OptionRefused::NotSupported(invalid)) => assert_eq!(invalid.field, "waypost.tomorrow"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_far_future_is_too_far() {
    let now: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
    let at = |days: i64| SendOptions {
        send_at: Some(now + SignedDuration::from_hours(24 * days)),
        ..SendOptions::default()
    };
    assert!(at(limits::SEND_AT_DAYS).check_at("waypost", now).is_ok());
    assert_eq!(at(limits::SEND_AT_DAYS + 1).check_at("waypost", now).unwrap_err().field, "waypost.send_at");
    // What is past is due now.
    assert!(at(-1).check_at("waypost", now).is_ok());
}
