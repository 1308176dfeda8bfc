use store::{ChannelChange, Created, NumberHealth, Removed, Updated};

use crate::table::{Table, at, channel, number};

const NOW: &str = "2026-01-01T00:00:00Z";

/// H-01: of two concurrent creates with one name exactly one wins.
#[tokio::test]
async fn a_name_is_given_once() {
    let table = Table::new().await;
    let (one, other) = tokio::join!(
        table.store.create_channel(channel("1", "Shop"), at(NOW)),
        table.store.create_channel(channel("2", " shop "), at(NOW)),
    );
    let results = [one.unwrap(), other.unwrap()];
    assert_eq!(results.iter().filter(|result| matches!(result, Created::Done(_))).count(), 1);
    assert_eq!(results.iter().filter(|result| matches!(result, Created::NameTaken)).count(), 1);
    assert_eq!(table.kinds().await, ["channel", "channel_name"]);
}

#[tokio::test]
async fn a_number_is_added_once_and_listed() {
    let table = Table::new().await;
    for id in ["3", "1", "2"] {
        assert!(matches!(
            table.store.create_channel(channel(id, &format!("n{id}")), at(NOW)).await.unwrap(),
            Created::Done(_)
        ));
    }
    assert!(matches!(table.store.create_channel(channel("1", "other"), at(NOW)).await.unwrap(), Created::Exists(_)));
    let listed = table.store.channels().await.unwrap();
    assert_eq!(listed.iter().map(|channel| channel.phone_number_id.as_str()).collect::<Vec<_>>(), ["1", "2", "3"]);
}

/// H-02: two operators cannot overwrite one another; a name given up is free again.
#[tokio::test]
async fn an_edit_of_an_old_version_is_a_conflict() {
    let table = Table::with_channel().await;
    let rename = |name: &str| ChannelChange { name: Some(name.to_owned()), ..ChannelChange::default() };
    let first = table.store.update_channel(&number(), 1, rename("desk"), at(NOW)).await.unwrap();
    assert!(matches!(first, Updated::Done(channel) if channel.name == "desk" && channel.version == 2));
    let second = table.store.update_channel(&number(), 1, rename("till"), at(NOW)).await.unwrap();
    assert!(matches!(second, Updated::Conflict(channel) if channel.name == "desk"));
    assert!(matches!(table.store.create_channel(channel("2", "shop"), at(NOW)).await.unwrap(), Created::Done(_)));
    let taken = table.store.update_channel(&number(), 2, rename("shop"), at(NOW)).await.unwrap();
    assert!(matches!(taken, Updated::NameTaken));
}

#[tokio::test]
async fn a_removed_channel_frees_its_name() {
    let table = Table::with_channel().await;
    assert_eq!(table.store.delete_channel(&number()).await.unwrap(), Removed::Done);
    assert_eq!(table.store.delete_channel(&number()).await.unwrap(), Removed::Missing);
    assert!(table.scan().await.is_empty());
}

/// L-08: what Meta says of a number is written where it differs, and only then.
#[tokio::test]
async fn health_is_written_where_it_differs() {
    let table = Table::with_channel().await;
    let green = NumberHealth { quality_rating: Some("GREEN".into()), ..NumberHealth::default() };
    assert!(table.store.record_number_health(&number(), &green, at(NOW)).await.unwrap());
    assert!(!table.store.record_number_health(&number(), &green, at(NOW)).await.unwrap());
    let red = NumberHealth { quality_rating: Some("RED".into()), status: Some("FLAGGED".into()), ..green };
    assert!(table.store.record_number_health(&number(), &red, at(NOW)).await.unwrap());
    let channel = table.store.channel(&number()).await.unwrap().unwrap();
    assert_eq!((channel.quality_rating.as_deref(), channel.status.as_deref()), (Some("RED"), Some("FLAGGED")));
    assert_eq!(channel.version, 1);
    // Of any type, and what is not told stays as it was.
    let shared = NumberHealth { is_on_biz_app: Some(true), portfolio_id: Some("4".into()), ..NumberHealth::default() };
    assert!(table.store.record_number_health(&number(), &shared, at(NOW)).await.unwrap());
    assert!(!table.store.record_number_health(&number(), &shared, at(NOW)).await.unwrap());
    assert!(!table.store.record_number_health(&number(), &NumberHealth::default(), at(NOW)).await.unwrap());
    let channel = table.store.channel(&number()).await.unwrap().unwrap();
    assert_eq!((channel.is_on_biz_app, channel.portfolio_id), (Some(true), Some("4".into())));
    assert_eq!(channel.quality_rating.as_deref(), Some("RED"));
    let unknown = model::PhoneNumberId::new("9");
    assert!(!table.store.record_number_health(&unknown, &red, at(NOW)).await.unwrap());
}
