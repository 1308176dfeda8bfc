use model::{ContactKey, MessageId, SendId, SendOptions};
use serde_json::value::RawValue;
use store::{Inbound, NewMessage, NewSend, StoredMessage};

use crate::table::{Table, at, number, waba};

#[tokio::test]
async fn both_directions_in_order_page_by_page() {
    let table = Table::with_channel().await;
    let contact = ContactKey::new("wa:15550101");
    let messages = (0..6)
        .map(|minute| NewMessage {
            id: MessageId::new(format!("wamid.{minute}")),
            phone_number_id: number(),
            waba_id: waba(),
            contact: Some(contact.clone()),
            at: at(&format!("2026-01-01T10:{:02}:00Z", minute * 2)),
            kind: "text".into(),
            raw: RawValue::from_string("{}".into()).unwrap(),
            profile: None,
        })
        .collect();
    table.store.record(Inbound { messages, ..Inbound::default() }, at("2026-01-01T11:00:00Z")).await.unwrap();
    for minute in 0..3 {
        let new = NewSend {
            id: SendId::from_random([minute; 20]),
            phone_number_id: number(),
            contact: contact.clone(),
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
        let when = at(&format!("2026-01-01T10:{:02}:00Z", minute * 2 + 1));
        table.store.create_send(new, when).await.unwrap();
    }
    let now = at("2026-01-02T00:00:00Z");
    let mut directions = String::new();
    let mut cursor = None;
    loop {
        let page =
            table.store.history(&number(), std::slice::from_ref(&contact), 4, cursor.as_deref(), now).await.unwrap();
        directions.extend(page.items.iter().map(|message| match message {
            StoredMessage::Inbound(_) => 'i',
            StoredMessage::Send(_) => 'o',
        }));
        cursor = page.cursor;
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(directions, "iiioioioi");
    let long_after = at("2028-01-02T00:00:00Z");
    assert!(table.store.message("wamid.1", long_after).await.unwrap().is_none(), "its time has passed");
}
