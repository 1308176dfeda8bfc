//! Messages of a time, found by walking the contacts of a number.

use jiff::{SignedDuration, Timestamp};
use model::{ContactKey, MessageId, SendId, SendOptions};
use serde_json::value::RawValue;
use store::{Inbound, NewMessage, NewSend, SeenContact};

use crate::table::{Table, at, number, waba};

#[tokio::test]
async fn each_message_of_the_time_is_found_once() {
    let table = Table::with_channel().await;
    let begin = at("2026-01-01T00:00:00Z");
    let now = at("2026-01-20T00:00:00Z");
    // 12 people, a message each hour of two days, one of each hour by one of them; and sends in between.
    let mut inbound = Inbound::default();
    for hour in 0..48_i64 {
        for person in 0..12_i64 {
            let contact = ContactKey::new(format!("wa:1555000{person:02}"));
            let when = begin + SignedDuration::from_mins(hour * 60 + person);
            inbound.messages.push(NewMessage {
                id: MessageId::new(format!("wamid.{person}.{hour}")),
                phone_number_id: number(),
                waba_id: waba(),
                contact: Some(contact.clone()),
                at: when,
                kind: "text".into(),
                raw: RawValue::from_string("{}".into()).unwrap(),
                profile: None,
            });
        }
    }
    for person in 0..12_i64 {
        inbound.contacts.push(seen(&format!("1555000{person:02}"), begin + SignedDuration::from_hours(person)));
    }
    table.store.record(inbound, now).await.unwrap();
    for person in 0..12_u8 {
        let new = NewSend {
            id: SendId::from_random([person; 20]),
            phone_number_id: number(),
            contact: ContactKey::new(format!("wa:1555000{person:02}")),
            kind: "text".into(),
            message: RawValue::from_string("{}".into()).unwrap(),
            reference: None,
            options: SendOptions::default(),
            template_schema: None,
            fell_back: None,
            skipped: None,
            waits: None,
            body_hash: String::new(),
        };
        table.store.create_send(new, begin + SignedDuration::from_mins(30 * 60 + 1)).await.unwrap();
    }
    let span = (begin + SignedDuration::from_hours(24), begin + SignedDuration::from_hours(36));
    for limit in [7, 100, 1_000] {
        let (mut found, mut contacts, mut cursor) = (Vec::new(), 0, None::<String>);
        loop {
            let page = table.store.messages_between(&number(), span, limit, cursor.as_deref(), now).await.unwrap();
            assert!(page.messages.len() <= limit);
            found.extend(
                page.messages.iter().map(|message| (message.contact.clone().unwrap(), message.at, message.id.clone())),
            );
            (contacts, cursor) = (contacts + page.contacts, page.cursor);
            if cursor.is_none() {
                break;
            }
        }
        assert_eq!((found.len(), contacts), (12 * 12, 12), "{limit}");
        assert!(found.iter().all(|(_, at, _)| (span.0..span.1).contains(at)));
        // Each person's in the order they wrote.
        for two in found.windows(2) {
            assert!(two[0].0 != two[1].0 || two[0].1 < two[1].1);
        }
        let distinct: std::collections::BTreeSet<_> = found.iter().map(|(_, _, id)| id.as_str()).collect();
        assert_eq!(distinct.len(), found.len());
    }
    let nothing = (begin - SignedDuration::from_hours(2), begin - SignedDuration::from_hours(1));
    let page = table.store.messages_between(&number(), nothing, 10, None, now).await.unwrap();
    assert!(page.messages.is_empty() && page.cursor.is_none());
}

fn seen(wa_id: &str, at: Timestamp) -> SeenContact {
    SeenContact {
        phone_number_id: number(),
        key: ContactKey::new(format!("wa:{wa_id}")),
        root: None,
        known: false,
        wa_id: Some(wa_id.to_owned()),
        user_id: None,
        name: None,
        first_at: at,
        name_at: at,
        wa_at: at,
        user_at: at,
        opened_at: Some(at),
        opened_by: None,
        identities: [].into(),
        new_identities: Vec::new(),
    }
}
