//! Files on their way out: Meta's ids of them, links to them, and requests that somebody else may make.

use model::file::{FileKind, LinkToken};
use model::{MediaId, PhoneNumberId, SendId};
use store::{FileIdentity, FileLink};

use crate::table::{Table, at, number};

#[tokio::test]
async fn an_id_is_reused_until_near_its_end() {
    let table = Table::new().await;
    let (store, begun) = (&table.store, at("2026-01-01T00:00:00Z"));
    let file = FileIdentity { sha256: "ab".into(), kind: FileKind::Image, mime_type: "image/png".into() };
    assert_eq!(store.uploaded(&number(), &file, begun).await.unwrap(), None);
    store.note_upload(&number(), &file, &MediaId::new("7"), begun).await.unwrap();
    let of = async |number: &PhoneNumberId, file: &FileIdentity, when: &str| {
        store.uploaded(number, file, at(when)).await.unwrap().map(|id| id.as_str().to_owned())
    };
    assert_eq!(of(&number(), &file, "2026-01-29T23:59:59Z").await.as_deref(), Some("7"));
    assert_eq!(of(&number(), &file, "2026-01-30T00:00:00Z").await, None);
    // Another number, another kind, another type: another file to Meta.
    assert_eq!(of(&PhoneNumberId::new("9"), &file, "2026-01-02T00:00:00Z").await, None);
    let document = FileIdentity { kind: FileKind::Document, ..file.clone() };
    assert_eq!(of(&number(), &document, "2026-01-02T00:00:00Z").await, None);
    store.note_upload(&number(), &file, &MediaId::new("8"), at("2026-01-29T00:00:00Z")).await.unwrap();
    assert_eq!(of(&number(), &file, "2026-02-20T00:00:00Z").await.as_deref(), Some("8"));
}

#[tokio::test]
async fn a_link_is_found_by_its_token_alone() {
    let table = Table::new().await;
    let (store, now) = (&table.store, at("2026-01-01T00:00:00Z"));
    let token = LinkToken::from_random([7; 32]);
    let link = FileLink {
        key: "outbound/1/x".into(),
        filename: "März.pdf".into(),
        send_id: SendId::from_random([1; 20]),
        expires_at: at("2026-01-08T00:00:00Z"),
    };
    store.create_link(&token, &link, now).await.unwrap();
    assert_eq!(store.link(&token, now).await.unwrap(), Some(link.clone()));
    assert_eq!(store.link(&LinkToken::from_random([8; 32]), now).await.unwrap(), None);
    // It says for a month that it has expired, whatever DynamoDB has deleted.
    assert_eq!(store.link(&token, at("2026-02-06T23:59:59Z")).await.unwrap(), Some(link));
    assert_eq!(store.link(&token, at("2026-02-07T00:00:00Z")).await.unwrap(), None);
    // Who reads the table has no link.
    let items = table.client.scan().table_name(crate::table::TABLE).send().await.unwrap();
    assert!(!format!("{:?}", items.items()).contains(token.as_str()));
}
