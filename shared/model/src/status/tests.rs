use super::*;

fn raw(json: &str) -> &RawValue {
    serde_json::from_str(json).unwrap()
}

#[test]
fn a_status_of_2026() {
    let json = r#"{"id":"wamid.1","status":"delivered","timestamp":"1700000002","recipient_id":"15550100",
        "recipient_user_id":"US.1","parent_recipient_user_id":"US.ENT.1","biz_opaque_callback_data":"job-42",
        "pricing":{"billable":true,"price":0.10},"conversation":{"id":"c"},"new_in_2027":[1.50],
        "contacts":[{"profile":{"name":"Ana","username":"@ana.d"},"wa_id":"15550100","user_id":"US.1"}]}"#;
    let status = StatusUpdate::parse(raw(json)).unwrap();
    assert_eq!(status.status, DeliveryStatus::Delivered);
    assert_eq!(status.timestamp.unwrap().as_second(), 1_700_000_002);
    assert_eq!(status.recipient_id.as_ref().unwrap().as_str(), "15550100");
    assert_eq!(status.recipient_parent_user_id.as_ref().unwrap().as_str(), "US.ENT.1");
    assert_eq!(status.opaque.as_deref(), Some("job-42"));
    assert_eq!(status.pricing.unwrap().get(), r#"{"billable":true,"price":0.10}"#);
    assert_eq!(status.profile().unwrap().username.as_deref(), Some("ana.d"));
    assert_eq!(status.extra_json().unwrap().get(), r#"{"new_in_2027":[1.50]}"#);
    assert!(status.meta_errors().is_empty());
    assert!(!format!("{status:?}").contains("15550100"));
}

#[test]
fn a_status_may_say_almost_nothing() {
    let status = StatusUpdate::parse(raw(r#"{"id":"wamid.1","status":"warped","recipient_id":""}"#)).unwrap();
    assert_eq!(status.status, DeliveryStatus::Other("warped".into()));
    assert_eq!((status.recipient_id.clone(), status.timestamp), (None, None));
    assert!(status.extra_json().is_none());
}

#[test]
fn groups_name_the_member_under_two_spellings() {
    for name in ["recipient_participant_id", "participant_recipient_id"] {
        let json = format!(
            r#"{{"id":"wamid.1","status":"read","type":"message","recipient_type":"group","recipient_id":"G1","{name}":"15550101",
                "conversation":{{"pricing":{{"type":"regular"}}}}}}"#
        );
        let status = StatusUpdate::parse(raw(&json)).unwrap();
        assert_eq!(status.recipient_type.as_deref(), Some("group"));
        assert_eq!(status.participant.as_ref().unwrap().wa_id.as_ref().unwrap().as_str(), "15550101");
        assert_eq!(status.pricing.unwrap().get(), r#"{"type":"regular"}"#);
    }
}

#[test]
fn what_is_no_message_status_is_none() {
    for json in [
        r#"{"id":"1","status":"captured","type":"payment"}"#,
        r#"{"id":"1","status":"RINGING","type":"call"}"#,
        r#"{"status":"sent"}"#,
        r#"{"id":"","status":"sent"}"#,
        r#"{"id":"1"}"#,
        r#"{"id":"1","id":"2","status":"sent"}"#,
        "[]",
        "\"sent\"",
    ] {
        assert!(StatusUpdate::parse(raw(json)).is_none(), "{json}");
    }
}

#[test]
fn failures_keep_every_error() {
    let json = r#"{"id":"wamid.1","status":"failed","errors":[{"code":131026},{"code":"131047"}]}"#;
    let codes: Vec<_> = StatusUpdate::parse(raw(json)).unwrap().meta_errors().iter().map(|e| e.code).collect();
    assert_eq!(codes, [131_026, 131_047]);
}
