//! People counted by many at once, and released once.

use std::collections::BTreeMap;

use futures::future::join_all;
use model::channel::QuotaScope;
use model::quota::{Ask, Slot};
use model::{ContactKey, SendId};
use store::{Mark, Marked};

use crate::table::{Table, at, number};

const NOW: &str = "2026-01-01T12:00:00Z";

fn scope() -> QuotaScope {
    // The table's channel knows no portfolio.
    QuotaScope::Waba("2".into())
}

fn one() -> Ask {
    Ask { want: 1, back: BTreeMap::new(), moves: false }
}

fn send(seed: u8) -> SendId {
    SendId::from_random([seed; 20])
}

#[tokio::test]
async fn however_many_count_at_once_no_more_than_the_limit_do() {
    let table = Table::with_channel().await;
    let (scope, now) = (scope(), at(NOW));
    let each = (0..24).map(|_| async { table.store.count_recipients(&scope, &one(), 10, None, now).await.unwrap().0 });
    let outcomes = join_all(each).await;
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 10);
    let day = table.store.quota_day(&scope).await.unwrap();
    assert_eq!((day.counted(now), day.total), (10, 10));
    let full = outcomes.into_iter().find_map(Result::err).unwrap();
    assert_eq!((full.counted, full.frees_at), (10, Some(Slot::of(now).ends_at())));
    // A day later they are gone from the item too, though many come at once.
    let later = Slot::of(now).ends_at();
    let each =
        (0..8).map(|_| async { table.store.count_recipients(&scope, &one(), 10, Some(day.clone()), later).await });
    assert!(join_all(each).await.into_iter().all(|outcome| outcome.unwrap().0.is_ok()));
    let day = table.store.quota_day(&scope).await.unwrap();
    assert_eq!((day.slots.len(), day.total), (1, 8));
}

/// L-06: however often a failure is told.
#[tokio::test]
async fn a_person_is_released_once_and_by_their_only_send() {
    let table = Table::with_channel().await;
    let (store, now) = (&table.store, at(NOW));
    let waba = store.channel(&number()).await.unwrap().unwrap().waba_id;
    let scope = QuotaScope::Waba(waba);
    let (ana, ben) = (ContactKey::new("wa:15550101"), ContactKey::new("wa:15550102"));
    for (person, sole) in [(&ana, Some(send(1))), (&ben, None)] {
        store.count_recipients(&scope, &one(), 10, None, now).await.unwrap().0.unwrap();
        let mark = Mark { slot: Slot::of(now), sole };
        assert_eq!(store.mark_recipient(&scope, person, None, &mark, now).await.unwrap(), Marked::Done);
        assert_eq!(store.mark_recipient(&scope, person, None, &mark, now).await.unwrap(), Marked::Otherwise);
        assert_eq!(store.recipient_mark(&scope, person, now).await.unwrap(), Some(mark));
    }
    let release =
        async |person: &ContactKey, by: u8| store.release_recipient(&number(), person, &send(by), now).await.unwrap();
    assert!(!release(&ana, 2).await, "another send");
    assert!(!release(&ben, 2).await, "one of several");
    let outcomes = join_all((0..6).map(|_| release(&ana, 1))).await;
    assert_eq!(outcomes.iter().filter(|released| **released).count(), 1);
    assert_eq!(store.quota_day(&scope).await.unwrap().counted(now), 1);
    assert_eq!(store.recipient_mark(&scope, &ana, now).await.unwrap(), None);
    // Nobody is released who fell out by themselves.
    let later = Slot::of(now).ends_at();
    assert_eq!(store.recipient_mark(&scope, &ben, later).await.unwrap(), None);
    let mark = Mark { slot: Slot::of(later), sole: Some(send(3)) };
    assert_eq!(store.mark_recipient(&scope, &ben, None, &mark, later).await.unwrap(), Marked::Done);
}

#[tokio::test]
async fn a_test_number_admits_five() {
    let table = Table::with_channel().await;
    let person = |one: usize| ContactKey::new(format!("wa:1555010{one}"));
    let people: Vec<_> = (0..9).map(person).collect();
    let number = number();
    let admitted = join_all(people.iter().map(|person| table.store.admit_test_recipient(&number, person))).await;
    let admitted: Vec<bool> = admitted.into_iter().map(Result::unwrap).collect();
    assert_eq!(admitted.iter().filter(|admitted| **admitted).count(), 5);
    let (within, without) =
        (admitted.iter().position(|in_| *in_).unwrap(), admitted.iter().position(|in_| !in_).unwrap());
    assert!(table.store.admit_test_recipient(&number, &people[within]).await.unwrap());
    assert!(!table.store.admit_test_recipient(&number, &people[without]).await.unwrap());
    table.store.forget_test_recipient(&number, &people[within]).await.unwrap();
    assert!(table.store.admit_test_recipient(&number, &people[without]).await.unwrap());
}
