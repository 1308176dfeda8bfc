use jiff::SignedDuration;
use model::send::{ErrorSource, SendError, WindowPolicy};
use model::{ContactKey, MessageId, SendId, SendOptions, SendState};
use serde_json::value::RawValue;
use store::{Claim, CreatedSend, Due, Moved, NEVER_TAKEN, NewSend, Transition};

use crate::table::{Table, at, number};

const NOW: &str = "2026-01-01T10:00:00Z";

fn new(id: &SendId) -> NewSend {
    NewSend {
        id: id.clone(),
        phone_number_id: number(),
        contact: ContactKey::new("wa:15550101"),
        kind: "text".into(),
        message: RawValue::from_string(r#"{"to": "+15550101"}"#.into()).unwrap(),
        reference: Some("order-1".into()),
        options: SendOptions { window: Some(WindowPolicy::Meta), ..SendOptions::default() },
        template_schema: None,
        fell_back: None,
        skipped: None,
        waits: None,
        body_hash: "hash".into(),
    }
}

async fn queued(table: &Table) -> SendId {
    let id = SendId::from_random([1; 20]);
    assert!(matches!(table.store.create_send(new(&id), at(NOW)).await.unwrap(), CreatedSend::New(_)));
    id
}

#[tokio::test]
async fn a_send_is_stored_once_for_its_retention() {
    let table = Table::new().await;
    let id = queued(&table).await;
    let CreatedSend::Exists(old) = table.store.create_send(new(&id), at("2026-01-15T10:00:00Z")).await.unwrap() else {
        panic!("stored twice")
    };
    assert_eq!(old.body_hash, "hash");
    assert_eq!(old.reference.as_deref(), Some("order-1"));
    assert_eq!(old.options.window, Some(WindowPolicy::Meta));
    assert_eq!(old.message.get(), r#"{"to": "+15550101"}"#);
    // Long past its ttl, though DynamoDB has not deleted it.
    let later = table.store.create_send(new(&id), at("2028-01-01T00:00:00Z")).await.unwrap();
    assert!(matches!(later, CreatedSend::New(_)));
}

/// Invariant 5: of two that claim at once one gets it, and only its lease can settle it.
#[tokio::test]
async fn one_claim_wins() {
    let table = Table::new().await;
    let id = queued(&table).await;
    let lease = at("2026-01-01T10:01:00Z");
    let (one, other) = tokio::join!(table.store.claim(&id, lease, at(NOW)), table.store.claim(&id, lease, at(NOW)));
    let claims = [one.unwrap(), other.unwrap()];
    assert_eq!(claims.iter().filter(|claim| matches!(claim, Claim::Taken(_))).count(), 1);
    assert!(claims.iter().any(|claim| matches!(claim, Claim::Refused(send) if send.state == SendState::Sending)));
    // Due as it was: should its record be lost, it is found.
    assert_eq!(table.store.due(at("2027-01-01T00:00:00Z"), 10).await.unwrap(), std::slice::from_ref(&id));

    let wamid = MessageId::new("wamid.A");
    let mut accepted = Transition::new(&[SendState::Sending], SendState::Accepted);
    accepted.held = Some(at("2026-01-01T10:02:00Z"));
    accepted.wamid = Some(&wamid);
    assert!(matches!(table.store.transition(&id, &accepted, at(NOW)).await.unwrap(), Moved::Refused(_)));
    accepted.held = Some(lease);
    let Moved::Done(send) = table.store.transition(&id, &accepted, at(NOW)).await.unwrap() else {
        panic!("not settled")
    };
    assert_eq!((send.state, send.wamid, send.lease_until), (SendState::Accepted, Some(wamid), None));
    assert!(matches!(table.store.claim(&id, lease, at(NOW)).await.unwrap(), Claim::Refused(_)));
}

#[tokio::test]
async fn what_was_never_taken_is_due_in_order() {
    let table = Table::new().await;
    let mut ids = Vec::new();
    for n in 0..9 {
        let id = SendId::from_random([n; 20]);
        table.store.create_send(new(&id), at(NOW) + SignedDuration::from_secs(i64::from(n))).await.unwrap();
        ids.push(id);
    }
    let almost = at(NOW) + NEVER_TAKEN - SignedDuration::from_secs(1);
    assert!(table.store.due(almost, 100).await.unwrap().is_empty());
    let due = table.store.due(at(NOW) + NEVER_TAKEN + SignedDuration::from_secs(60), 100).await.unwrap();
    assert_eq!(due, ids);
}

#[tokio::test]
async fn a_failure_keeps_its_error_and_a_requeue_counts() {
    let table = Table::new().await;
    let id = queued(&table).await;
    let mut again = Transition::new(&[SendState::Queued], SendState::Queued);
    again.requeued = true;
    again.due = Due::At(at("2026-01-01T11:00:00Z"));
    let Moved::Done(send) = table.store.transition(&id, &again, at(NOW)).await.unwrap() else { panic!("not moved") };
    assert_eq!((send.requeues, send.due_at), (1, Some(at("2026-01-01T11:00:00Z"))));
    let error = SendError {
        source: ErrorSource::Waypost,
        code: "window_closed".into(),
        title: "The service window is closed".into(),
        detail: None,
        remedy: None,
        raw: None,
    };
    let mut failed = Transition::new(&[SendState::Queued, SendState::Sending], SendState::Failed);
    failed.error = Some(&error);
    table.store.transition(&id, &failed, at(NOW)).await.unwrap();
    let send = table.store.send(&id, at(NOW)).await.unwrap().unwrap();
    assert_eq!(send.state, SendState::Failed);
    assert_eq!(send.error.unwrap().code, "window_closed");
    assert!(matches!(
        table.store.transition(&SendId::from_random([8; 20]), &failed, at(NOW)).await.unwrap(),
        Moved::Missing
    ));
}

/// What is not over counts for its own number only, until it is over.
#[tokio::test]
async fn what_a_number_still_has_to_send_is_known() {
    let table = Table::new().await;
    let other = model::PhoneNumberId::new("100000000000009");
    assert!(!table.store.has_pending(&number()).await.unwrap());
    let id = queued(&table).await;
    assert!(table.store.has_pending(&number()).await.unwrap());
    assert!(!table.store.has_pending(&other).await.unwrap());
    let pending = async |now: &str| table.store.pending(&number(), at(now)).await.unwrap();
    assert_eq!((pending(NOW).await.overdue, pending("2026-01-01T10:15:01Z").await.overdue), (0, 1));
    assert_eq!(table.store.pending(&other, at("2026-01-01T10:15:01Z")).await.unwrap(), store::Pending::default());
    table.store.claim(&id, at("2026-01-01T10:01:00Z"), at(NOW)).await.unwrap();
    assert!(table.store.has_pending(&number()).await.unwrap(), "a claim is not the end of it");
}
