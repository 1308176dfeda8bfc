use super::*;

fn parse(body: &str) -> Notification<'_> {
    Notification::parse(body.as_bytes()).unwrap()
}

#[test]
fn only_what_is_no_notification_is_refused() {
    let bad: [&[u8]; 9] = [
        b"",
        b"[]",
        b"null",
        b"{}",
        br#"{"entry":{}}"#,
        br#"{"entry":[]} x"#,
        br#"{"entry":[}"#,
        b"\xef\xbb\xbf{\"entry\":[]}",
        b"{\"entry\":[\"\xff\"]}",
    ];
    for body in bad {
        assert_eq!(Notification::parse(body).err(), Some(Unparsable), "{}", String::from_utf8_lossy(body));
    }
    assert!(parse(r#"{"object":"page","entry":[]}"#).entries.is_empty());
}

#[test]
fn one_odd_element_costs_nothing() {
    let body = r#"{"entry":[7,{"id":5,"changes":[null,{"field":"messages","field":"calls"},
        {"value":{"a":1},"field":"flows"},{"no":"field"}],"time":1700000000},{"id":"1","changes":{}},{"changes":[]}]}"#;
    let notification = parse(body);
    assert_eq!(notification.malformed.len(), 2);
    let [first, last] = notification.entries.as_slice() else { panic!("two entries") };
    assert_eq!((first.id.as_str(), first.time.unwrap().as_second()), ("5", 1_700_000_000));
    assert_eq!(first.malformed.len(), 2);
    let fields: Vec<_> = first.changes.iter().map(|change| change.field.as_str()).collect();
    assert_eq!(fields, ["flows", ""]);
    assert_eq!(first.changes[0].raw.get(), r#"{"value":{"a":1},"field":"flows"}"#);
    assert_eq!(first.changes[0].raw_value().unwrap().get(), r#"{"a":1}"#);
    assert_eq!(last.id.as_str(), "");
}

#[test]
fn a_value_may_carry_anything_at_once() {
    let body = r#"{"entry":[{"id":"1","changes":[{"field":"messages","value":{
        "metadata":{"phone_number_id":300000000000001,"display_phone_number":"+1 555 0199"},
        "contacts":[{"wa_id":"15550100"},3,{"user_id":"US.2","profile":{"name":"Bo"}}],
        "messages":[{"id":"wamid.1","from":"+15550100","type":"text","text":{"body":"hi"}},
            {"id":"wamid.2","from":"","from_user_id":"US.2","type":"text","text":{"body":"ho"}},
            {"type":"text"},"x",{"id":"a","id":"b"},{"id":"wamid.3","from":"15550109"}],
        "statuses":[{"id":"wamid.9","status":"sent"},{"id":"p","type":"payment","status":"captured"},[]],
        "errors":[{"code":131035}],"user_actions":[],"later":{"k":1},"gone":null}}]}]}"#;
    let notification = parse(body);
    let Value::Messages(value) = &notification.entries[0].changes[0].value else { panic!("messages") };
    assert_eq!(value.phone_number_id.as_str(), "300000000000001");
    assert_eq!((value.messages.len(), value.statuses.len(), value.contacts.len()), (3, 1, 2));
    let kinds: Vec<_> = value.unknown.iter().map(|unknown| unknown.kind.as_str()).collect();
    let expected = ["contacts", "messages", "messages", "messages", "statuses.payment", "statuses", "errors", "later"];
    assert_eq!(kinds, expected);
    let names: Vec<_> = value.messages.iter().map(|m| value.profile_of(m).map(|p| p.name.clone())).collect();
    assert_eq!(names, [Some(None), Some(Some("Bo".to_owned())), None]);
}

#[test]
fn messages_of_no_number_are_passed_on_whole() {
    for value in [r#"{"messages":[]}"#, r#"{"metadata":{"phone_number_id":""}}"#, "[]", "null"] {
        let body = format!(r#"{{"entry":[{{"id":"0","changes":[{{"field":"messages","value":{value}}}]}}]}}"#);
        assert!(matches!(parse(&body).entries[0].changes[0].value, Value::Other), "{value}");
    }
}

/// No table has a key that long: taken for an id, it would have its whole POST refused until Meta gives up.
#[test]
fn what_is_too_long_is_no_id() {
    let long = "5".repeat(513);
    let body = format!(
        r#"{{"entry":[{{"id":"1","changes":[{{"field":"messages","value":{{"metadata":{{"phone_number_id":"3"}},
        "messages":[{{"id":"{long}","type":"text"}},{{"id":"wamid.1","from":"{long}","type":"text"}},
            {{"id":"wamid.2","from":"+","type":"text"}}],
        "statuses":[{{"id":"{long}","status":"sent"}}]}}}}]}}]}}"#
    );
    let notification = parse(&body);
    let Value::Messages(value) = &notification.entries[0].changes[0].value else { panic!("messages") };
    assert_eq!((value.messages.len(), value.statuses.len(), value.unknown.len()), (2, 0, 2));
    assert!(value.messages.iter().all(|message| message.from.is_none()));
}
