use std::collections::BTreeMap;

use model::send::{SendOptions, StatusRecord};
use model::{ContactKey, PhoneNumberId, SendId};
use serde_json::value::RawValue;

use super::*;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn send(state: SendState, kind: &str, statuses: &[&str]) -> Send {
    let record = || StatusRecord { at: at(1), pricing: None, errors: None, extra: None };
    Send {
        id: SendId::from_random([7; 20]),
        phone_number_id: PhoneNumberId::new("1"),
        contact: ContactKey::new("wa:15550100"),
        kind: kind.into(),
        message: RawValue::from_string("{}".into()).unwrap(),
        reference: None,
        state,
        created_at: at(0),
        updated_at: at(0),
        wamid: None,
        error: None,
        statuses: statuses.iter().map(|status| ((*status).to_owned(), record())).collect::<BTreeMap<_, _>>(),
        lease_until: None,
        due_at: None,
        waits_for: None,
        attempts: 0,
        requeues: 0,
        resends: 0,
        body_hash: String::new(),
        options: SendOptions::default(),
        file: None,
        template_schema: None,
        template_missed_at: None,
        fell_back: None,
    }
}

/// What the second of two sends hears `seconds` after both were queued.
fn heard(before: &Send, seconds: i64) -> String {
    match after(&send(SendState::Queued, "text", &[]), before, at(seconds)) {
        None => String::from("go"),
        Some(Prepared::Fail(error)) => error.code,
        Some(Prepared::Later(seconds)) => format!("later {seconds}"),
        Some(Prepared::Wait(_, until)) => format!("wait {}", until.as_second() - seconds),
        Some(_) => String::from("?"),
    }
}

#[test]
fn a_delivery_lets_the_next_one_go() {
    for told in [&["delivered"][..], &["read"], &["played"], &["failed", "delivered"]] {
        assert_eq!(heard(&send(SendState::Accepted, "text", told), 2), "go", "{told:?}");
    }
    // Nothing more is ever told of a reaction.
    assert_eq!(heard(&send(SendState::Accepted, "reaction", &["sent"]), 2), "go");
    assert_eq!(heard(&send(SendState::Accepted, "text", &["sent"]), 2), "later 1");
}

#[test]
fn waits_grow_and_leave_the_queue() {
    let accepted = send(SendState::Accepted, "text", &["sent"]);
    let waits: Vec<_> = [0, 6, 30, 59, 60, 600, 86_399].map(|after| heard(&accepted, after)).into();
    assert_eq!(waits, ["later 1", "later 3", "later 5", "later 5", "wait 60", "wait 300", "wait 600"]);
    assert_eq!(heard(&accepted, 86_400), "predecessor_not_delivered");
    for state in [SendState::Waiting, SendState::Parked, SendState::Uncertain] {
        assert_eq!(heard(&send(state, "text", &[]), 1), "wait 60", "{state}");
    }
}

#[test]
fn what_will_not_be_delivered_is_not_waited_for() {
    let told = send(SendState::Accepted, "text", &["sent", "failed"]);
    for before in [told, send(SendState::Failed, "text", &[]), send(SendState::Cancelled, "text", &[])] {
        assert_eq!(heard(&before, 1), "predecessor_failed");
    }
}
