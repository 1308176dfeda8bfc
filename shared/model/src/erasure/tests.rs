use serde_json::value::{RawValue, to_raw_value};
use serde_json::{Value, json};

use super::*;

fn raw(value: &Value) -> Box<RawValue> {
    to_raw_value(value).unwrap()
}

/// 15550101 was erased at second 100.
fn erased(id: &str) -> Option<Timestamp> {
    (id == "wa:15550101").then(|| Timestamp::from_second(100).unwrap())
}

fn left(value: &Value, at: Option<i64>) -> Option<Value> {
    let at = at.map(|at| Timestamp::from_second(at).unwrap());
    match without(&raw(value), at, &erased) {
        Rest::Whole => Some(value.clone()),
        Rest::Part(rest) => Some(serde_json::from_str(rest.get()).unwrap()),
        Rest::Nothing => None,
    }
}

fn text(from: &str, at: i64) -> Value {
    json!({"id": "wamid.x", "from": from, "timestamp": at.to_string(), "type": "text", "text": {"body": "hi"}})
}

fn change(messages: &[Value]) -> Value {
    let contacts = [json!({"wa_id": "15550101", "profile": {"name": "Ana"}}), json!({"wa_id": "15550102"})];
    json!({"field": "messages", "value": {"metadata": {"phone_number_id": "1"}, "contacts": contacts, "messages": messages}})
}

#[test]
fn what_was_written_before_goes_with_its_profile_and_the_others_stay() {
    let rest = left(&change(&[text("15550101", 99), text("15550102", 98)]), None).unwrap();
    assert_eq!(rest["value"]["messages"], json!([text("15550102", 98)]));
    assert_eq!(rest["value"]["contacts"], json!([{"wa_id": "15550102"}]));
}

#[test]
fn what_was_written_later_stays_with_its_profile() {
    let later = change(&[text("15550101", 101)]);
    assert_eq!(left(&later, Some(101)).unwrap(), later);
    let both = left(&change(&[text("15550101", 100), text("15550101", 101)]), Some(101)).unwrap();
    assert_eq!(both["value"]["messages"], json!([text("15550101", 101)]));
    assert_eq!(both["value"]["contacts"][0]["profile"]["name"], "Ana");
}

#[test]
fn of_a_change_about_nobody_else_nothing_is_left() {
    let mut alone = change(&[text("15550101", 99)]);
    alone["value"]["contacts"].as_array_mut().unwrap().pop();
    assert!(left(&alone, Some(500)).is_none());
    let status = json!({"field": "messages", "value": {"statuses": [
        {"id": "wamid.y", "status": "read", "timestamp": 99, "recipient_id": "15550101"}]}});
    assert!(left(&status, None).is_none());
    assert!(left(&text("15550101", 99), None).is_none());
    assert!(left(&text("+15550101", 99), None).is_none());
}

/// A card that somebody else shared is theirs.
#[test]
fn what_others_wrote_of_them_stays() {
    let card = json!({"id": "wamid.z", "from": "15550102", "timestamp": "5", "type": "contacts",
        "contacts": [{"phones": [{"wa_id": "15550101", "phone": "+15550101"}]}]});
    let shared = change(std::slice::from_ref(&card));
    assert_eq!(left(&shared, None).unwrap()["value"]["messages"], json!([card]));
}

#[test]
fn other_fields_lose_the_element_that_is_about_them() {
    let synced = json!({"field": "smb_app_state_sync", "value": {"state_sync": [
        {"type": "contact", "contact": {"full_name": "Ana", "phone_number": "15550101"}, "action": "add"},
        {"type": "contact", "contact": {"full_name": "Ben", "phone_number": "15550102"}, "action": "add"}]}});
    let rest = left(&synced, Some(50)).unwrap();
    assert_eq!(rest["value"]["state_sync"].as_array().unwrap().len(), 1);
    assert_eq!(rest["value"]["state_sync"][0]["contact"]["full_name"], "Ben");
    assert_eq!(left(&synced, Some(200)).unwrap(), synced, "told after the erasure");
    let history = json!({"field": "history", "value": {"history": [{"threads": [
        {"id": "15550101", "messages": [text("15550101", 9)]}, {"id": "15550102", "messages": [text("15550102", 9)]}]}]}});
    let rest = left(&history, Some(50)).unwrap();
    assert_eq!(rest["value"]["history"][0]["threads"].as_array().unwrap().len(), 1);
    let single = json!({"field": "messaging_handovers", "value": {"sender": {"phone_number": "15550101"}}});
    assert!(left(&single, Some(50)).is_none());
}

#[test]
fn the_rest_is_as_it_came() {
    let text =
        r#"{"field":"x", "value": {"items":[ {"wa_id":"15550101"},{"wa_id" : "15550102","n":1.10,"e":"\u0041"} ]}}"#;
    let json: Box<RawValue> = RawValue::from_string(text.to_owned()).unwrap();
    let Rest::Part(rest) = without(&json, None, &erased) else { panic!("a part") };
    assert_eq!(rest.get(), r#"{"field":"x","value":{"items":[{"wa_id" : "15550102","n":1.10,"e":"\u0041"}]}}"#);
}

#[test]
fn people_are_phones_and_user_ids() {
    let named = people(&raw(&json!({"a": [{"from": "15550101", "timestamp": "1767614400", "to": 15_550_102},
        {"user_id": "US.1", "profile": {"name": "Ana"}}, {"id": "wamid.x", "recipient_id": "+15550103"}]})));
    assert_eq!(named.into_iter().collect::<Vec<_>>(), ["user:US.1", "wa:15550101", "wa:15550102", "wa:15550103"]);
    assert!(people(&raw(&json!({"text": {"body": "15550101"}}))).is_empty());
}
