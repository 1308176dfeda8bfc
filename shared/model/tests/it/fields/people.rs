//! Calls, preferences, user ids.

use model::Field;
use serde_json::json;

use super::change;

#[test]
fn a_call_opens_the_window_when_the_person_rings() {
    let call = |event: &str, direction: &str| {
        json!({"id": "wacid.1", "from": "+15550101", "from_user_id": "US.1", "event": event, "timestamp": "1700000060",
            "start_time": 1_700_000_000, "end_time": "1700000060", "duration": 60, "direction": direction})
    };
    let value = json!({"metadata": {"phone_number_id": 1}, "contacts": [{"wa_id": "15550101", "profile": {"name": "A"}}],
        "calls": [call("connect", "USER_INITIATED"), call("terminate", "user_initiated"),
            call("connect", "BUSINESS_INITIATED"), {"id": "wacid.2"}, 7],
        "statuses": [{"id": "wacid.3", "type": "call", "status": "RINGING", "timestamp": "1700000001"}],
        "errors": [{"code": 138_001}]});
    change("calls", &value, |field| {
        let Field::Calls(calls) = field else { panic!("calls") };
        assert_eq!(calls.phone_number_id.as_ref().unwrap().as_str(), "1");
        let opened: Vec<_> =
            calls.calls.iter().map(|call| call.opens_window_at().map(jiff::Timestamp::as_second)).collect();
        assert_eq!(opened, [Some(1_700_000_060), Some(1_700_000_000), None]);
        let first = &calls.calls[0];
        assert_eq!((first.from.as_ref().unwrap().as_str(), first.duration_s), ("15550101", Some(60)));
        assert_eq!(calls.profile_of(first).unwrap().name.as_deref(), Some("A"));
        assert_eq!((calls.statuses.len(), calls.unknown.len(), calls.errors[0].code), (1, 2, 138_001));
    });
    // Never answered: the ring itself is an event of its own.
    let missed = json!({"calls": [{"id": "w", "event": "terminate", "direction": "USER_INITIATED", "timestamp": "1"}]});
    change("calls", &missed, |field| {
        let Field::Calls(calls) = field else { panic!("calls") };
        assert_eq!(calls.calls[0].opens_window_at(), None);
    });
}

#[test]
fn a_preference_says_who_and_what() {
    let value = json!({"metadata": {"phone_number_id": "1"}, "contacts": [{"user_id": "US.1", "profile": {"name": "A"}}],
        "user_preferences": [
            {"wa_id": "15550101", "user_id": "US.1", "detail": "stop it", "category": "marketing_messages",
                "value": "stop", "timestamp": 1_700_000_000},
            {"category": "marketing_messages", "value": "of_2027", "timestamp": "1700000001", "signup_id": 5},
            {"detail": "nothing said"}]});
    change("user_preferences", &value, |field| {
        let Field::UserPreferences(read) = field else { panic!("preferences") };
        let said: Vec<_> = read.preferences.iter().map(|one| one.value.as_str()).collect();
        assert_eq!((said, read.unknown.len()), (vec!["stop", "of_2027"], 1));
        let times: Vec<_> = read.preferences.iter().map(|one| one.timestamp.unwrap().as_second()).collect();
        assert_eq!(times, [1_700_000_000, 1_700_000_001]);
        assert_eq!(read.profile_of(&read.preferences[0]).unwrap().name.as_deref(), Some("A"));
        assert!(read.profile_of(&read.preferences[1]).is_none());
    });
}

#[test]
fn a_user_id_changes_from_one_to_another() {
    let value = json!({"user_id_update": [
        {"wa_id": "15550101", "detail": "x", "user_id": {"previous": "US.1", "current": "US.2"},
            "parent_user_id": {"previous": "US.ENT.1", "current": "US.ENT.2"}, "timestamp": "1700000000"},
        {"user_id": {"current": "US.3", "previous": ""}},
        {"user_id": "US.4"}]});
    change("user_id_update", &value, |field| {
        let Field::UserIds(updates) = field else { panic!("user ids") };
        let ids: Vec<_> = updates
            .iter()
            .map(|update| {
                let id = |id: &Option<model::UserId>| id.as_ref().map(|id| id.as_str().to_owned());
                (id(&update.user_id.previous), id(&update.user_id.current))
            })
            .collect();
        assert_eq!(ids, [(Some("US.1".into()), Some("US.2".into())), (None, Some("US.3".into()))]);
        assert_eq!(updates[0].parent_user_id.current.as_ref().unwrap().as_str(), "US.ENT.2");
    });
}

#[test]
fn another_shape_is_raw() {
    for field in ["calls", "user_preferences", "user_id_update"] {
        for value in [json!(null), json!(7), json!([]), json!({}), json!({"calls": {}}), json!({"calls": []})] {
            change(field, &value, |read| assert!(matches!(read, Field::Raw), "{field}: {value}"));
        }
    }
}
