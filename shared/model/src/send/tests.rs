use super::*;
use crate::status::DeliveryStatus;

fn send(state: SendState, code: Option<&str>, statuses: &[&str]) -> Send {
    let at = Timestamp::UNIX_EPOCH;
    let record = StatusRecord { at, pricing: None, errors: None, extra: None };
    Send {
        id: SendId::from_random([7; 20]),
        phone_number_id: PhoneNumberId::new("1"),
        contact: ContactKey::new("wa:15550100"),
        kind: "text".into(),
        message: RawValue::from_string(r#"{"text":{"body":"secret"}}"#.into()).unwrap(),
        reference: None,
        state,
        created_at: at,
        updated_at: at,
        wamid: None,
        error: code.map(|code| SendError {
            source: ErrorSource::Waypost,
            code: code.into(),
            title: "t".into(),
            detail: None,
            remedy: None,
            raw: None,
        }),
        statuses: statuses.iter().map(|name| ((*name).to_owned(), record.clone())).collect(),
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

#[test]
fn statuses_prove_more_than_what_we_wrote() {
    use SendState::{Accepted, Cancelled, Failed, Queued, Sending, Uncertain};
    for (state, code, statuses, shown) in [
        (Queued, None, &[][..], Queued),
        (Sending, None, &[], Sending),
        (Sending, None, &["sent"], Accepted),
        (Uncertain, None, &["warning"], Accepted),
        (Uncertain, None, &["failed"], Failed),
        (Accepted, None, &["sent", "failed"], Failed),
        (Accepted, None, &["failed", "delivered"], Accepted),
        (Uncertain, None, &["failed", "read"], Accepted),
        (Failed, Some("unconfirmed"), &[], Failed),
        (Failed, Some("unconfirmed"), &["delivered"], Accepted),
        (Failed, Some("unconfirmed"), &["failed"], Failed),
        (Failed, Some("131047"), &["delivered"], Failed),
        (Cancelled, None, &["sent"], Cancelled),
    ] {
        assert_eq!(send(state, code, statuses).shown_state(), shown, "{state} {code:?} {statuses:?}");
    }
    assert_eq!(send(Accepted, None, &["read", "sent"]).highest_status(), Some(DeliveryStatus::Read));
}

#[test]
fn a_refused_claim_has_one_meaning_each() {
    let now = Timestamp::from_second(1000).unwrap();
    let refused = |state, lease: Option<i64>| {
        let mut send = send(state, None, &[]);
        send.lease_until = lease.map(|at| Timestamp::from_second(at).unwrap());
        on_refused_claim(&send, now)
    };
    for state in [SendState::Accepted, SendState::Failed, SendState::Cancelled] {
        assert_eq!(refused(state, Some(2000)), Claimed::Settled);
    }
    for state in [SendState::Waiting, SendState::Parked, SendState::Uncertain, SendState::Queued] {
        assert_eq!(refused(state, None), Claimed::Stale);
    }
    assert!(matches!(refused(SendState::Sending, Some(1001)), Claimed::Busy { until } if until.as_second() == 1001));
    assert_eq!(refused(SendState::Sending, Some(1000)), Claimed::Expired);
    assert_eq!(refused(SendState::Sending, None), Claimed::Expired);
}

#[test]
fn states_are_spelled_one_way() {
    for state in SendState::ALL {
        assert_eq!(SendState::parse(state.as_str()), Some(state));
        assert_eq!(serde_json::to_string(&state).unwrap(), format!("\"{state}\""));
    }
    assert_eq!(SendState::parse("sent"), None);
}

#[test]
fn a_send_prints_nothing_of_the_person() {
    let shown = format!("{:?}", send(SendState::Failed, Some("x"), &["sent"]));
    assert!(!shown.contains("secret") && !shown.contains("15550100"), "{shown}");
}
