use jiff::{SignedDuration, Timestamp};
use model::{PhoneNumberId, Retention, WaId, WabaId};
use serde_json::value::RawValue;
use store::{BlobClass, Cause, Identity, Inbound, Kept, KeptCount, KeptQuery, Store};

use crate::table::{TABLE, Table, at};

fn kept(cause: Cause, raw: &str, when: &str) -> Kept {
    Kept {
        cause: cause.as_str().to_owned(),
        field: "messages".into(),
        waba_id: Some(WabaId::new("2")),
        phone_number_id: Some(PhoneNumberId::new("9")),
        at: at(when),
        raw: RawValue::from_string(raw.to_owned()).unwrap(),
        base64: false,
    }
}

fn query(from: &str, until: &str, causes: &[Cause]) -> KeptQuery {
    KeptQuery {
        from: at(from),
        until: at(until),
        causes: causes.to_vec(),
        number: None,
        untouched: false,
        oldest_first: false,
    }
}

const NOW: &str = "2026-01-01T12:00:00Z";

/// H-03: what cannot be routed is kept once, whole, and found by its day.
#[tokio::test]
async fn what_is_kept_is_found_by_day_and_cause() {
    let table = Table::new().await;
    for _ in 0..2 {
        let all = (0..20)
            .map(|n| kept(Cause::Unregistered, &format!(r#"{{"n": {n}}}"#), &format!("2026-01-01T10:{n:02}:00Z")))
            .chain([kept(Cause::Change, "[1,2]", "2026-01-01T11:00:00Z")])
            .chain([kept(Cause::Unregistered, "{}", "2026-01-02T10:00:00Z")])
            .collect();
        table.store.record(Inbound { kept: all, ..Inbound::default() }, at(NOW)).await.unwrap();
    }
    let day = |causes: &[Cause]| query("2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z", causes);
    let unregistered = day(&[Cause::Unregistered]);
    let page = table.store.kept(&unregistered, 15, None, at(NOW)).await.unwrap();
    assert_eq!(page.items.len(), 15);
    assert_eq!(page.items[0].kept.raw.get(), r#"{"n": 19}"#);
    let rest = table.store.kept(&unregistered, 15, page.cursor.as_deref(), at(NOW)).await.unwrap();
    assert_eq!(rest.items.len(), 5);
    assert!(rest.cursor.is_none());
    let count = async |query: &KeptQuery| table.store.kept(query, 100, None, at(NOW)).await.unwrap().items.len();
    assert_eq!(count(&day(&Cause::QUARANTINE)).await, 20);
    assert_eq!(count(&day(&[Cause::Change])).await, 1);
    assert_eq!(count(&query("2026-01-01T00:00:00Z", "2026-01-03T00:00:00Z", &Cause::QUARANTINE)).await, 21);
    let stranger = KeptQuery { number: Some(PhoneNumberId::new("8")), ..day(&Cause::QUARANTINE) };
    assert_eq!(count(&stranger).await, 0);
    let counted = table.store.count_kept(&day(&Cause::QUARANTINE), at(NOW)).await.unwrap();
    assert_eq!(counted, KeptCount { found: 20, all: true });
    // Past its time.
    let long_after = at(NOW) + SignedDuration::from_hours(24 * 366);
    assert!(table.store.kept(&unregistered, 15, None, long_after).await.unwrap().items.is_empty());
}

/// Both ways over several days, in pages of any size: each once, in order.
#[tokio::test]
async fn pages_hold_each_once_in_order() {
    let table = Table::new().await;
    let begin: Timestamp = at("2026-01-01T20:00:00Z");
    let all = (0..60)
        .map(|n| Kept { at: begin + SignedDuration::from_mins(n * 20), ..kept(Cause::Unknown, &n.to_string(), NOW) })
        .collect();
    table.store.record(Inbound { kept: all, ..Inbound::default() }, at(NOW)).await.unwrap();
    for oldest_first in [false, true] {
        // Not the first, and not the last.
        let query =
            KeptQuery { oldest_first, ..query("2026-01-01T20:20:00Z", "2026-01-02T15:40:00Z", &Cause::QUARANTINE) };
        for limit in [1, 7, 58, 100] {
            let (mut seen, mut cursor) = (Vec::new(), None::<String>);
            loop {
                let page = table.store.kept(&query, limit, cursor.as_deref(), at(NOW)).await.unwrap();
                assert!(page.items.len() <= limit);
                seen.extend(page.items.into_iter().map(|item| item.kept.raw.get().parse::<i64>().unwrap()));
                cursor = page.cursor;
                if cursor.is_none() {
                    break;
                }
            }
            let mut expected: Vec<i64> = (1..59).collect();
            if !oldest_first {
                expected.reverse();
            }
            assert_eq!(seen, expected, "{limit}");
        }
    }
    // A year of nothing before it costs several pages, and still comes to its end.
    let year =
        KeptQuery { oldest_first: true, ..query("2025-01-01T00:00:00Z", "2026-02-01T00:00:00Z", &Cause::QUARANTINE) };
    let (mut found, mut pages, mut cursor) = (0, 0, None::<String>);
    loop {
        let page = table.store.kept(&year, 100, cursor.as_deref(), at(NOW)).await.unwrap();
        (found, pages, cursor) = (found + page.items.len(), pages + 1, page.cursor);
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(found, 60);
    assert!((10..30).contains(&pages), "{pages}");
}

/// A thousand account events beside it do not make the quarantine slow, nor hide it; those the first version kept in its
/// midst are still found.
#[tokio::test]
async fn changes_stand_apart() {
    let table = Table::new().await;
    let changes = (0..1_000).map(|n| kept(Cause::Change, &n.to_string(), "2026-01-01T11:00:00Z"));
    let all = changes.chain([kept(Cause::Unknown, "\"x\"", "2026-01-01T00:00:01Z")]).collect();
    table.store.record(Inbound { kept: all, ..Inbound::default() }, at(NOW)).await.unwrap();
    let day = |causes: &[Cause]| query("2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z", causes);
    let page = table.store.kept(&day(&Cause::QUARANTINE), 10, None, at(NOW)).await.unwrap();
    assert_eq!((page.items.len(), page.cursor), (1, None));
    let of_then = {
        let mut item = table.scan().await.into_iter().find(|item| item["sk"].as_s().unwrap().contains('#')).unwrap();
        item.insert("pk".into(), aws_sdk_dynamodb::types::AttributeValue::S("Q#2026-01-01#0".into()));
        item.insert("cause".into(), aws_sdk_dynamodb::types::AttributeValue::S("change".into()));
        item
    };
    table.client.put_item().table_name(TABLE).set_item(Some(of_then)).send().await.unwrap();
    let counted = table.store.count_kept(&day(&[Cause::Change]), at(NOW)).await.unwrap();
    assert_eq!(counted, KeptCount { found: 1_001, all: true });
}

#[tokio::test]
async fn what_was_replayed_is_marked() {
    let table = Table::new().await;
    let all = ["1", "2"].map(|raw| kept(Cause::Unregistered, raw, "2026-01-01T10:00:00Z")).into();
    table.store.record(Inbound { kept: all, ..Inbound::default() }, at(NOW)).await.unwrap();
    let day = query("2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z", &Cause::QUARANTINE);
    let first = table.store.kept(&day, 1, None, at(NOW)).await.unwrap().items.remove(0);
    assert!(first.replayed.is_none());
    table.store.mark_replayed(&first, "rpl_a", at(NOW)).await.unwrap();
    let untouched = KeptQuery { untouched: true, ..day.clone() };
    let left = table.store.kept(&untouched, 10, None, at(NOW)).await.unwrap().items;
    assert_eq!(left.len(), 1);
    assert_ne!(left[0].id, first.id);
    let all = table.store.kept(&day, 10, None, at(NOW)).await.unwrap().items;
    let marked = all.iter().find(|item| item.id == first.id).and_then(|item| item.replayed.clone()).unwrap();
    assert_eq!((marked.run.as_str(), marked.at), ("rpl_a", at(NOW)));
    // The same thing again neither doubles it nor takes the mark off.
    let again = ["1", "2"].map(|raw| kept(Cause::Unregistered, raw, "2026-01-01T10:00:00Z")).into();
    table.store.record(Inbound { kept: again, ..Inbound::default() }, at("2026-01-03T00:00:00Z")).await.unwrap();
    assert_eq!(table.store.kept(&untouched, 10, None, at(NOW)).await.unwrap().items.len(), 1);
}

/// Also what is too large for an item, and no text at all.
#[tokio::test]
async fn a_body_that_is_no_webhook_is_kept_to_the_byte() {
    let table = Table::new().await;
    table.s3.create_bucket().bucket("media").send().await.unwrap();
    let bodies = [b"\xff\xfe\x00canary".to_vec(), vec![0xfe; 500_000], b"plain".to_vec(), vec![b'x'; 400_000]];
    let all = bodies.iter().map(|body| Kept::body(body, at(NOW)).unwrap()).collect();
    table.store.record(Inbound { kept: all, ..Inbound::default() }, at(NOW)).await.unwrap();
    let day = query("2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z", &[Cause::Unprocessable]);
    let stored = table.store.kept(&day, 10, None, at(NOW)).await.unwrap().items;
    let mut found: Vec<Vec<u8>> = stored.iter().map(|item| item.kept.bytes().unwrap()).collect();
    let mut expected = bodies.to_vec();
    found.sort();
    expected.sort();
    assert_eq!(found, expected);
}

/// What is noted of partitions: one item for each that holds something, as long as what it holds.
async fn noted(table: &Table) -> Vec<(String, i64)> {
    let of = |item: &std::collections::HashMap<String, aws_sdk_dynamodb::types::AttributeValue>| {
        let partition = item.get("partition")?.as_s().ok()?.clone();
        Some((partition, item.get("ttl")?.as_n().ok()?.parse().ok()?))
    };
    let mut noted: Vec<_> = table.scan().await.iter().filter_map(of).collect();
    noted.sort();
    noted
}

fn retaining(table: &Table, raw: u32) -> Store {
    Store::new(table.client.clone(), table.s3.clone(), TABLE, "media")
        .retaining(Retention { raw, ..Retention::default() })
}

async fn keep(store: &Store, raw: &str, now: &str) {
    let one = kept(Cause::Unregistered, raw, "2026-01-01T10:00:00Z");
    store.record(Inbound { kept: vec![one], ..Inbound::default() }, at(now)).await.unwrap();
}

/// S8: a person is looked for wherever something is kept, however the retention was changed meanwhile.
#[tokio::test]
async fn what_was_kept_longer_is_found_under_a_shorter_retention() {
    let table = Table::new().await;
    let named = r#"{"wa_id": "15550177901"}"#;
    keep(&retaining(&table, 400), named, NOW).await;
    let long = noted(&table).await;
    let (_, until) = long.first().unwrap();
    assert!(*until >= at(NOW).as_second() + 400 * 86_400, "{long:?}");
    // A process with another retention notes nothing shorter, and its own where it is longer.
    keep(&retaining(&table, 14), named, "2026-01-02T12:00:00Z").await;
    assert_eq!(noted(&table).await, long);
    keep(&retaining(&table, 500), named, "2026-01-02T12:00:00Z").await;
    assert!(noted(&table).await[0].1 > long[0].1);

    let ana = [Identity::wa(&WaId::new("15550177901"))];
    let found = async |now: &str| {
        let page = table.store.kept_of(&PhoneNumberId::new("9"), &ana, None, at(now)).await.unwrap();
        assert_eq!(page.cursor, None);
        page.items.len()
    };
    assert_eq!(found("2027-02-03T00:00:00Z").await, 1);
    // A partition whose time is over is not asked.
    assert_eq!(found("2027-12-01T00:00:00Z").await, 0);
}

/// A process notes a partition once, not with each thing it keeps there, and again before the note would end too early.
#[tokio::test]
async fn a_partition_is_noted_once() {
    let table = Table::new().await;
    let (store, proxy) = table.counted().await;
    let notes =
        || proxy.totals().calls.iter().filter(|(call, _)| call.operation == "UpdateItem").map(|(_, n)| n).sum::<u32>();
    for n in 0..200 {
        keep(&store, &format!(r#"{{"n": {n}}}"#), NOW).await;
    }
    assert_eq!((notes(), noted(&table).await.len()), (8, 8));
    for n in 0..200 {
        keep(&store, &format!(r#"{{"again": {n}}}"#), "2026-01-04T12:00:00Z").await;
    }
    assert_eq!((notes(), noted(&table).await.len()), (16, 8));
    let nobody = [Identity::wa(&WaId::new("15550177901"))];
    proxy.reset();
    let page = store.kept_of(&PhoneNumberId::new("9"), &nobody, None, at(NOW)).await.unwrap();
    assert!(page.items.is_empty());
    // The notes, and what they lead to.
    assert_eq!(proxy.totals().requests, 9);
}

/// A large one that is not in the bucket any more is absent, and its neighbours are listed. Whoever may not list the bucket
/// is answered 403 (S3's documentation of GetObject).
#[tokio::test]
async fn what_is_gone_from_the_bucket_is_absent() {
    let table = Table::new().await;
    table.s3.create_bucket().bucket("media").send().await.unwrap();
    let large = format!(r#"{{"large": "{}"}}"#, "x".repeat(310_000));
    keep(&table.store, &large, NOW).await;
    keep(&table.store, r#"{"small": 1}"#, NOW).await;
    let query = query("2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z", &Cause::QUARANTINE);
    let listed = async || table.store.kept(&query, 10, None, at(NOW)).await.unwrap().items.len();
    assert_eq!(listed().await, 2);
    let objects = table.s3.list_objects_v2().bucket("media").prefix("raw/kept/").send().await.unwrap();
    let [object] = objects.contents() else { panic!("{objects:?}") };
    table.s3.delete_object().bucket("media").key(object.key().unwrap()).send().await.unwrap();
    assert_eq!(listed().await, 1);
}

/// What a number leaves behind goes with what was told of it, where that was too large for a queue.
#[tokio::test]
async fn what_was_told_goes_with_what_was_kept() {
    let table = Table::new().await;
    table.s3.create_bucket().bucket("media").send().await.unwrap();
    let objects = async || table.s3.list_objects_v2().bucket("media").send().await.unwrap().contents().len();
    let letters = |number: usize| format!(r#""{}""#, "x".repeat(number));
    let change = |value: &str| format!(r#"{{"field":"messages","value":{value}}}"#);
    for (cause, raw, told) in [
        (Cause::Unregistered, change(&letters(310_000)), change(&letters(310_000))),
        (Cause::Unregistered, change(&letters(250_000)), change(&letters(250_000))),
        // Small enough by itself.
        (Cause::Unknown, letters(200 * 1024 - 10), change(&letters(200 * 1024 - 10))),
        (Cause::Unknown, letters(310_001), change(&letters(310_001))),
    ] {
        let kept = vec![kept(cause, &raw, "2026-01-01T10:00:00Z")];
        table.store.record(Inbound { kept, ..Inbound::default() }, at(NOW)).await.unwrap();
        table.store.put_blob(BlobClass::Messages, &told).await.unwrap();
    }
    assert_eq!(objects().await, 6);
    let number = PhoneNumberId::new("9");
    let (counts, next) = table.store.erase_number(&number, None, true).await.unwrap();
    assert_eq!((counts.kept, counts.raw, next, objects().await), (4, 2, None, 6));
    let (counts, next) = table.store.erase_number(&number, None, false).await.unwrap();
    assert_eq!((counts.kept, counts.raw, next, objects().await), (4, 2, None, 0));
}
