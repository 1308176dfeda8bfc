use super::*;
use crate::ids::MessageId;
use crate::status::StatusUpdate;

fn raw(json: &str) -> Box<RawValue> {
    RawValue::from_string(json.to_owned()).unwrap()
}

fn event(contact: Option<EventContact>, data: EventData) -> Event {
    Event {
        v: VERSION,
        id: "evt_a".into(),
        kind: EventType::MessageReceived,
        at: "2026-01-01T00:00:00Z".parse().unwrap(),
        waba_id: Some(WabaId::new("2")),
        phone_number_id: None,
        contact,
        data,
    }
}

#[test]
fn data_leaves_token_for_token() {
    let contact = EventContact {
        key: "wa:15550100".into(),
        wa_id: Some("15550100".into()),
        user_id: None,
        phone: None,
        name: None,
    };
    let data = r#"{"b":1.50,"a":"\u00e9\/","a":1e2}"#;
    let event = event(Some(contact), EventData::Inline(raw(data)));
    let json = serde_json::to_string(&event).unwrap();
    let expected = format!(
        r#"{{"v":1,"id":"evt_a","type":"message.received","at":"2026-01-01T00:00:00Z","waba_id":"2","phone_number_id":null,"contact":{{"key":"wa:15550100","wa_id":"15550100"}},"data":{data}}}"#
    );
    assert_eq!(json, expected);
    let again: Event = serde_json::from_str(&json).unwrap();
    assert_eq!(serde_json::to_string(&again).unwrap(), json);
    assert!(!format!("{event:?}{:?}", event.data).contains("u00e9"));
}

#[test]
fn large_data_is_referred_to() {
    let at = DataRef { bucket: "b".into(), key: "k".into(), bytes: 300_000, sha256: "00".into() };
    let json = serde_json::to_string(&event(None, EventData::Referred(at.clone()))).unwrap();
    let tail = r#""contact":null,"data":null,"data_ref":{"bucket":"b","key":"k","bytes":300000,"sha256":"00"}}"#;
    assert!(json.ends_with(tail), "{json}");
    let again: Event = serde_json::from_str(&json).unwrap();
    assert!(matches!(again.data, EventData::Referred(found) if found == at));
}

#[test]
fn ids_are_stable_and_differ_by_type() {
    let key = dedupe_message(&PhoneNumberId::new("1"), &MessageId::new("wamid.1"));
    let id = event_id(EventType::MessageReceived, &key);
    assert_eq!(id, event_id(EventType::MessageReceived, &key));
    assert_ne!(id, event_id(EventType::Unknown, &key));
    assert_eq!((id.len(), &id[..4]), (36, "evt_"));
}

#[test]
fn a_status_is_another_one_by_member_status_or_time() {
    let key = |json: &str| {
        let raw = raw(json);
        dedupe_status(&PhoneNumberId::new("1"), &StatusUpdate::parse(&raw).unwrap())
    };
    let base = r#"{"id":"w","status":"read","timestamp":"5","recipient_participant_id":"15550101"}"#;
    assert_eq!(key(base), key(&base.replace("\"5\"", "5")));
    for (from, to) in [("\"5\"", "6"), ("15550101", "15550102"), ("read", "sent"), ("\"w\"", "\"x\"")] {
        assert_ne!(key(base), key(&base.replace(from, to)), "{to}");
    }
}

#[test]
fn a_change_is_the_same_however_it_is_spelled() {
    let key = |json: &str| dedupe_change(&WabaId::new("2"), None, "flows", &raw(json));
    assert_eq!(key(r#"{"a":1,"b":"\/"}"#), key(r#"{"b":"/", "a":1}"#));
    assert_ne!(key(r#"{"a":1}"#), key(r#"{"a":2}"#));
}

#[test]
fn a_part_is_wrapped_with_its_name() {
    let wrapped = field_and_value("errors", &raw(r#"[{"code":131035.0}]"#)).unwrap();
    assert_eq!(wrapped.get(), r#"{"field":"errors","value":[{"code":131035.0}]}"#);
}

#[test]
fn a_change_is_always_a_field_and_a_value() {
    for whole in [r#"{"field":"flows","value":{"a":1.50}}"#, r#"{"value":null,"more":1,"field":"x"}"#] {
        assert_eq!(change_data("flows", &raw(whole)).unwrap().get(), whole);
    }
    for odd in ["{}", r#"{"field":"x"}"#, r#"{"value":1}"#, r#"{"field":1,"value":2}"#, r#"{"field":null,"value":2}"#] {
        assert_eq!(change_data("x", &raw(odd)).unwrap().get(), format!(r#"{{"field":"x","value":{odd}}}"#));
    }
}
