//! What a person wants is the same however it is told (invariant 3, item 8 of the inbound issue).

use model::consent::{Signal, Source, Wish};
use model::{ContactKey, PhoneNumberId};
use store::{Inbound, NewConsent};

use crate::table::{Table, at, number};

const NOW: &str = "2026-01-09T00:00:00Z";

fn ana() -> ContactKey {
    ContactKey::new("wa:15550101")
}

fn said(source: Source, wish: Wish, when: &str, message: &str) -> NewConsent {
    let signal = Signal { source, wish, at: at(when), message: Some(message.to_owned()), reason: None };
    NewConsent { phone_number_id: number(), contact: ana(), signal }
}

fn signals() -> Vec<NewConsent> {
    vec![
        said(Source::Words, Wish::Stop, "2026-01-01T10:00:00Z", "wamid.1"),
        said(Source::Words, Wish::Resume, "2026-01-01T10:00:00Z", "wamid.2"),
        said(Source::Words, Wish::Stop, "2026-01-01T10:00:00Z", "wamid.3"),
        said(Source::UserPreferences, Wish::Resume, "2026-01-01T11:00:00Z", ""),
    ]
}

/// Every order, each thing twice, one by one and all in one POST, through a POST and outside of one: one item.
#[tokio::test]
async fn the_order_of_telling_does_not_matter() {
    let mut reference = None;
    for nth in 0..24 {
        let table = Table::new().await;
        let mut left = signals();
        let mut order = Vec::new();
        let mut choice = nth;
        for size in (1..=4).rev() {
            order.push(left.remove(choice % size));
            choice /= size;
        }
        match nth % 3 {
            0 => {
                for _ in 0..2 {
                    let all = order.iter().map(|new| NewConsent { signal: new.signal.clone(), ..copy(new) }).collect();
                    table.store.record(Inbound { consents: all, ..Inbound::default() }, at(NOW)).await.unwrap();
                }
            }
            1 => {
                for new in order.iter().chain(&order) {
                    let one = vec![copy(new)];
                    table.store.record(Inbound { consents: one, ..Inbound::default() }, at(NOW)).await.unwrap();
                }
            }
            _ => {
                for new in order.iter().chain(&order) {
                    table.store.record_consent(new, at(NOW)).await.unwrap();
                }
            }
        }
        let contents = table.contents().await;
        assert_eq!(*reference.get_or_insert(contents.clone()), contents, "{nth}");
        let consent = table.store.consent(&number(), &ana()).await.unwrap();
        assert_eq!(consent.newest.len(), 2);
        let words = consent.newest.iter().find(|signal| signal.source == Source::Words).unwrap();
        assert_eq!(words.wish, Wish::Stop);
        assert_eq!(consent.wish(), Some(Wish::Resume));
    }
}

fn copy(new: &NewConsent) -> NewConsent {
    let NewConsent { phone_number_id, contact, signal } = new;
    NewConsent { phone_number_id: phone_number_id.clone(), contact: contact.clone(), signal: signal.clone() }
}

#[tokio::test]
async fn what_was_said_last_comes_first() {
    let table = Table::new().await;
    let nothing = table.store.consent_with_history(&number(), &ana(), 10, at(NOW)).await.unwrap();
    assert_eq!((nothing.wish(), nothing.history.len()), (None, 0));
    for day in 1..=5 {
        let wish = if day % 2 == 0 { Wish::Resume } else { Wish::Stop };
        let when = format!("2026-01-0{day}T10:00:00Z");
        table.store.record_consent(&said(Source::Words, wish, &when, &format!("wamid.{day}")), at(NOW)).await.unwrap();
    }
    let consent = table.store.consent_with_history(&number(), &ana(), 3, at(NOW)).await.unwrap();
    let deciding = consent.deciding().unwrap();
    assert_eq!((deciding.wish, deciding.message.as_deref()), (Wish::Stop, Some("wamid.5")));
    let said: Vec<_> = consent.history.iter().map(|signal| signal.message.as_deref().unwrap()).collect();
    assert_eq!(said, ["wamid.5", "wamid.4", "wamid.3"]);
    // Another number's people are other people.
    let elsewhere = table.store.consent(&PhoneNumberId::new("9"), &ana()).await.unwrap();
    assert_eq!(elsewhere.wish(), None);
}

/// Of two contacts that are one person.
#[tokio::test]
async fn several_contacts_have_one_consent() {
    let table = Table::new().await;
    let bo = ContactKey::new("user:US.1");
    let stop = said(Source::Words, Wish::Stop, "2026-01-02T10:00:00Z", "wamid.1");
    table.store.record_consent(&NewConsent { contact: bo.clone(), ..stop }, at(NOW)).await.unwrap();
    let resume = said(Source::Words, Wish::Resume, "2026-01-01T10:00:00Z", "wamid.2");
    table.store.record_consent(&resume, at(NOW)).await.unwrap();
    for both in [[ana(), bo.clone()], [bo, ana()]] {
        let consent = table.store.consent_of_all(&number(), &both, 10, at(NOW)).await.unwrap();
        assert_eq!((consent.wish(), consent.history.len()), (Some(Wish::Stop), 2));
    }
}
