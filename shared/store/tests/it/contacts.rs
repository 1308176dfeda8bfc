use std::collections::BTreeSet;

use model::{ContactKey, UserId, WaId};
use store::{Identity, Inbound, Person, SeenContact};

use crate::table::{Table, at, number};

fn seen(wa_id: &str, opened: Option<&str>, known: bool) -> SeenContact {
    let id = WaId::new(wa_id);
    SeenContact {
        phone_number_id: number(),
        key: ContactKey::new(format!("wa:{wa_id}")),
        known,
        root: None,
        wa_id: Some(wa_id.to_owned()),
        user_id: None,
        name: opened.map(|at| format!("Ana at {at}")),
        first_at: at(opened.unwrap_or("2026-01-01T00:00:00Z")),
        name_at: at(opened.unwrap_or("2026-01-01T00:00:00Z")),
        wa_at: at(opened.unwrap_or("2026-01-01T00:00:00Z")),
        user_at: at(opened.unwrap_or("2026-01-01T00:00:00Z")),
        opened_at: opened.map(at),
        opened_by: None,
        identities: [].into(),
        new_identities: if known { vec![] } else { vec![Identity::wa(&id)] },
    }
}

async fn record(table: &Table, contact: SeenContact) {
    let inbound = Inbound { contacts: vec![contact], ..Inbound::default() };
    table.store.record(inbound, at("2026-01-09T00:00:00Z")).await.unwrap();
}

/// W-01: late, repeated and reordered messages never move the window back.
#[tokio::test]
async fn the_newest_message_wins_in_any_order() {
    let times = ["2026-01-01T10:00:00Z", "2026-01-01T12:00:00Z", "2026-01-01T11:00:00Z"];
    for order in [[0, 1, 2], [2, 1, 0], [1, 0, 2], [1, 2, 0], [0, 2, 1], [2, 0, 1]] {
        let table = Table::with_channel().await;
        for (nth, index) in order.into_iter().enumerate() {
            record(&table, seen("15550101", Some(times[index]), nth > 0)).await;
            record(&table, seen("15550101", Some(times[index]), true)).await;
        }
        let contact = table.store.contact(&number(), &ContactKey::new("wa:15550101")).await.unwrap().unwrap();
        assert_eq!(contact.last_inbound_at, Some(at("2026-01-01T12:00:00Z")));
        assert_eq!(contact.first_seen_at, at("2026-01-01T10:00:00Z"));
        assert_eq!(contact.name.as_deref(), Some("Ana at 2026-01-01T12:00:00Z"));
    }
}

/// A reaction makes a contact and opens nothing; the next message opens.
#[tokio::test]
async fn what_opens_no_window_leaves_it_closed() {
    let table = Table::with_channel().await;
    record(&table, seen("15550101", None, false)).await;
    let key = ContactKey::new("wa:15550101");
    let contact = table.store.contact(&number(), &key).await.unwrap().unwrap();
    assert_eq!(contact.last_inbound_at, None);
    record(&table, seen("15550101", Some("2026-01-01T10:00:00Z"), true)).await;
    record(&table, seen("15550101", None, true)).await;
    let contact = table.store.contact(&number(), &key).await.unwrap().unwrap();
    assert_eq!(contact.last_inbound_at, Some(at("2026-01-01T10:00:00Z")));
}

#[tokio::test]
async fn an_alias_leads_to_the_first_identity_seen() {
    let table = Table::with_channel().await;
    record(&table, seen("15550101", Some("2026-01-01T10:00:00Z"), false)).await;
    let person =
        Person { wa_id: Some(WaId::new("15550101")), user_id: Some(UserId::new("US.1")), parent_user_id: None };
    let identities: BTreeSet<_> = person.sought().map(|identity| (number(), identity)).collect();
    let now = at("2026-01-09T00:00:00Z");
    let mut directory = table.store.directory(&BTreeSet::from([number()]), &identities, now).await.unwrap();
    assert!(directory.is_registered(&number()));
    // Known by phone, not yet by user id: only the contact says whether it is the same person.
    let asked = directory.questions(&number(), &[&person]);
    assert_eq!(asked, BTreeSet::from([ContactKey::new("wa:15550101")]));
    table.store.answer(&mut directory, &asked.into_iter().map(|key| (number(), key)).collect()).await.unwrap();
    let resolved = directory.resolve(&number(), &person, now).unwrap();
    assert_eq!((resolved.key.as_str(), resolved.known), ("wa:15550101", true));
    assert!(resolved.linked == [Identity::user(&UserId::new("US.1"))]);
    assert!(resolved.effects.is_empty());
    assert!(directory.resolve(&number(), &person, now).unwrap().linked.is_empty(), "learned");
    assert!(directory.questions(&number(), &[&person]).is_empty());
    assert!(directory.resolve(&number(), &Person::default(), now).is_none());
    assert!(!directory.is_registered(&model::PhoneNumberId::new("9")));
}

#[tokio::test]
async fn contacts_are_listed_by_their_last_hour_page_by_page() {
    let table = Table::with_channel().await;
    for contact in 0..23 {
        let at = format!("2026-01-01T{contact:02}:30:00Z");
        record(&table, seen(&format!("155501{contact:02}"), Some(&at), false)).await;
    }
    let mut names = Vec::new();
    let mut cursor = None;
    loop {
        let page = table.store.contacts(&number(), 5, cursor.as_deref()).await.unwrap();
        assert!(page.items.len() <= 5);
        names.extend(page.items.iter().map(|contact| contact.name.clone().unwrap()));
        cursor = page.cursor;
        if cursor.is_none() {
            break;
        }
    }
    let expected: Vec<_> = (0..23).rev().map(|contact| format!("Ana at 2026-01-01T{contact:02}:30:00Z")).collect();
    assert_eq!(names, expected);
    assert!(table.store.contacts(&number(), 5, Some("§")).await.is_err());
}
