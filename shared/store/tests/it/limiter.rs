//! The shares of a number's rate, written by several at once; and the webhook's count of what people write in.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::types::AttributeValue;
use futures::future::join_all;
use jiff::{SignedDuration, Timestamp};
use model::limiter::{Ask, Cut, Heard, Shares, Turn, WHOLE};
use model::{ContactKey, MessageId, PhoneNumberId};
use store::{Inbound, NewMessage, Shared, Store};

use crate::table::{Table, at, number, waba};

const NOON: &str = "2026-03-02T12:00:00Z";

fn ask(name: &str, wanted: f64) -> Ask<'_> {
    Ask { name, limit: 80, wanted, is_short: true, refused: None }
}

/// Asks until what is to be written is written; what it may use then, in parts of the whole, and how often it wrote.
async fn takes(store: &Store, ask: Ask<'_>, now: Timestamp) -> (Option<u32>, usize) {
    let (_, mut shares) = store.shares(&number()).await.unwrap();
    let mut writes = 0;
    loop {
        match shares.turn(ask, now) {
            Turn::Keep(lease) => return (Some(lease.share), writes),
            Turn::Full => return (None, writes),
            Turn::Write(lease, change) => {
                writes += 1;
                match store.share(&number(), &change).await.unwrap() {
                    Shared::Done => return (Some(lease.share), writes),
                    Shared::Refused(other) => shares = other,
                }
            }
        }
    }
}

/// The number attributes of the item.
async fn numbers(table: &Table) -> BTreeMap<String, i64> {
    let items = table.scan().await;
    let item = items.into_iter().find(|item| item["sk"] == AttributeValue::S("RATE".into())).unwrap();
    item.into_iter().filter_map(|(name, value)| Some((name, value.as_n().ok()?.parse().ok()?))).collect()
}

#[tokio::test]
async fn the_shares_come_with_their_channel() {
    let table = Table::with_channel().await;
    let (channel, shares) = table.store.shares(&number()).await.unwrap();
    assert_eq!(channel.unwrap().name, "shop");
    assert_eq!(shares, Shares::default());
    let (channel, _) = table.store.shares(&PhoneNumberId::new("1")).await.unwrap();
    assert!(channel.is_none());
}

/// What one wrote another one reads, to the last member.
#[tokio::test]
async fn what_is_shared_is_read_as_it_was_written() {
    let table = Table::with_channel().await;
    let now = at(NOON);
    assert_eq!(takes(&table.store, ask("a", 200.0), now).await, (Some(WHOLE / 2), 1));
    let refused = Ask { refused: Some(now), ..ask("a", 20.0) };
    let later = now + SignedDuration::from_millis(300);
    takes(&table.store, refused, later).await;
    let (_, shares) = table.store.shares(&number()).await.unwrap();
    assert_eq!(shares.cut, Some(Cut { at: later, left: WHOLE / 2 }));
    assert_eq!(shares.holders["a"].wanted, 510_204);
    // The same again is refused, and changes nothing.
    let Turn::Write(_, change) = Shares::default().turn(ask("a", 20.0), later) else { panic!("A is new to nobody") };
    assert_eq!(table.store.share(&number(), &change).await.unwrap(), Shared::Refused(shares.clone()));
    assert_eq!(table.store.shares(&number()).await.unwrap().1, shares);
}

/// Many processes at once, for minutes, some of which die: the parts never come to more than the whole, what is free is
/// what nobody holds, and hardly a write is in vain.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_many_write_at_once_there_is_one_whole() {
    let table = Table::with_channel().await;
    let mut writes = 0;
    let mut writers = 0;
    for round in 0..12_i64 {
        let now = at(NOON) + SignedDuration::from_secs(round * 2);
        // Six at a time; every third round one is gone for good, and another one is there.
        let names: Vec<String> = (0..6).map(|nth| format!("p{}", nth + round / 3)).collect();
        let wants = |nth: usize| [5.0, 40.0, 80.0, 160.0, 1.0, 30.0][nth];
        let all = names.iter().enumerate().map(|(nth, name)| takes(&table.store, ask(name, wants(nth)), now));
        let taken = join_all(all).await;
        writers += taken.iter().filter(|(_, writes)| *writes > 0).count();
        writes += taken.iter().map(|(_, writes)| writes).sum::<usize>();
        let (_, shares) = table.store.shares(&number()).await.unwrap();
        let held: u32 = shares.holders.values().map(|holder| holder.share).sum();
        let numbers = numbers(&table).await;
        assert!(held <= WHOLE, "{shares:?}");
        assert_eq!(numbers["parts_free"], i64::from(WHOLE - held), "{shares:?}");
        assert_eq!(numbers["seats_taken"], i64::try_from(shares.holders.len()).unwrap());
    }
    assert!(writers > 12 && writes < 2 * writers, "{writes} writes that {writers} needed");
}

#[tokio::test]
async fn only_so_many_get_a_place_however_many_ask_at_once() {
    let table = Table::with_channel().await;
    let names: Vec<String> = (0..50).map(|nth| format!("p{nth}")).collect();
    let taken = join_all(names.iter().map(|name| takes(&table.store, ask(name, 1.0), at(NOON)))).await;
    assert_eq!(taken.iter().filter(|(share, _)| share.is_some()).count(), 40);
    assert_eq!(numbers(&table).await["seats_taken"], 40);
}

fn message(nth: usize, written: Timestamp) -> NewMessage {
    NewMessage {
        id: MessageId::new(format!("wamid.{}.{nth}", written.as_second())),
        phone_number_id: number(),
        waba_id: waba(),
        contact: Some(ContactKey::new("wa:15550123001")),
        at: written,
        kind: "text".into(),
        raw: serde_json::value::RawValue::from_string(format!(r#"{{"id":"{nth}"}}"#)).unwrap(),
        profile: None,
    }
}

async fn receive(table: &Table, messages: usize, written: Timestamp, now: Timestamp) {
    let messages = (0..messages).map(|nth| message(nth, written)).collect();
    table.store.record(Inbound { messages, ..Inbound::default() }, now).await.unwrap();
}

#[tokio::test]
async fn what_people_write_is_told_with_what_is_written_anyway() {
    let table = Table::with_channel().await;
    let now = at(NOON);
    let later = |seconds| now + SignedDuration::from_secs(seconds);
    // Nobody sends: nobody asks.
    receive(&table, 30, now, now).await;
    assert!(table.scan().await.iter().all(|item| item["sk"] != AttributeValue::S("RATE".into())));
    takes(&table.store, ask("a", 1.0), now).await;
    let heard = async || {
        let (_, shares) = table.store.shares(&number()).await.unwrap();
        shares.heard.into_values().collect::<Vec<_>>()
    };
    // Too few, then a batch that is full, then one with room.
    receive(&table, 24, later(1), later(1)).await;
    receive(&table, 25, later(2), later(2)).await;
    assert_eq!(heard().await, []);
    receive(&table, 1, later(3), later(3)).await;
    let first = Heard { messages: 50, from: now, at: later(3) };
    assert_eq!(heard().await, [first]);
    // Meta repeats what is old, and so does a replay: it says nothing of now.
    receive(&table, 30, later(4), later(100)).await;
    assert_eq!(heard().await, [first]);
    // What senders write leaves it alone, until it says nothing any longer.
    takes(&table.store, Ask { refused: Some(later(5)), ..ask("a", 70.0) }, later(6)).await;
    assert_eq!(heard().await, [first]);
    receive(&table, 26, later(101), later(101)).await;
    let second = Heard { messages: 26, from: later(101), at: later(101) };
    assert_eq!(heard().await, [second]);
    takes(&table.store, ask("a", 70.0), later(800)).await;
    assert_eq!(heard().await, []);
}
