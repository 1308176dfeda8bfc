//! What a POST costs (quality goal P5, R4): counted at the wire of the real binary, in requests, write units and bytes as
//! the fake DynamoDB's `ConsumedCapacity` has them. Nothing here is a time.

use std::collections::BTreeMap;

use sandbox::proxy::{Matching, Record};
use sandbox::{Proxy, ProxyOptions, Service};
use serde_json::{Value, json};

use super::mailbox::Post;
use super::rig::{NUMBER, Rig, WABA};
use crate::lambda::Function;

/// Within one hour: a contact's place in the list moves by the hour.
const NOON: i64 = 1_767_614_400;
/// Two dozen of them, with their buffers.
const CONNECTIONS: u64 = 2 * 1024 * 1024;
/// Items so small that each is one unit.
const WORDS: &str = "canary text: the vault opens at nine, and again at ten; ";

/// What one POST took.
#[derive(Debug, Default, PartialEq)]
struct Cost {
    /// Reads of aliases and channels, batches of writes, and any other request to the table.
    reads: usize,
    batches: usize,
    others: usize,
    /// How many of those had to wait for one another.
    waves: u32,
    /// Write units of the table, and of its indexes.
    table: f64,
    index: f64,
    publishes: usize,
    /// To the table.
    bytes: u64,
}

impl Cost {
    fn of(records: &[Record]) -> Self {
        let mut cost = Self::default();
        for record in records {
            match (record.call.service, record.call.operation.as_str()) {
                (Service::DynamoDb, operation) => {
                    match operation {
                        "BatchGetItem" => cost.reads += 1,
                        "BatchExecuteStatement" => cost.batches += 1,
                        _ => cost.others += 1,
                    }
                    cost.waves = cost.waves.max(record.wave);
                    cost.table += record.write_units - record.index_units;
                    cost.index += record.index_units;
                    cost.bytes += record.request_bytes;
                }
                (Service::Sqs, "SendMessageBatch") => cost.publishes += 1,
                (_, other) => panic!("an unexpected call: {other}"),
            }
        }
        cost
    }

    fn requests(&self) -> usize {
        self.reads + self.batches + self.others
    }
}

/// What a POST may take.
#[derive(Clone, Copy)]
struct Allowed {
    requests: usize,
    reads: usize,
    waves: u32,
    table: usize,
    index: usize,
    publishes: usize,
}

/// P5 for these: new messages of at most 1 KiB, people in the POST, those of them never seen before, statuses, and what
/// was delivered before.
fn allowed(new: usize, people: usize, strangers: usize, statuses: usize, again: usize) -> Allowed {
    // A message is one unit of the table and one of its index. A person is one, and a new one two more: the alias, and
    // the place in the list.
    let writes = new + people + strangers + statuses + again;
    let batches = writes.div_ceil(25);
    let reads = (people + 1).div_ceil(100);
    Allowed {
        requests: reads + batches,
        reads,
        waves: 8,
        table: writes,
        index: new + strangers,
        // Side by side in up to eight lanes, each of which may end with a batch that is not full.
        publishes: (new + statuses + again).div_ceil(10) + 7,
    }
}

/// What it took beyond what it may; empty where all is well.
fn excess(cost: &Cost, allowed: Allowed) -> Vec<String> {
    let units = |name: &str, took: f64, may: usize| {
        let may = f64::from(u32::try_from(may).unwrap());
        (took > may + 1e-9).then(|| format!("{took} {name} and not {may}"))
    };
    let count = |name: &str, took: usize, may: usize| (took > may).then(|| format!("{took} {name} and not {may}"));
    [
        count("requests", cost.requests(), allowed.requests),
        count("reads", cost.reads, allowed.reads),
        count("waves", cost.waves as usize, allowed.waves as usize),
        count("requests that publish", cost.publishes, allowed.publishes),
        units("table units", cost.table, allowed.table),
        units("index units", cost.index, allowed.index),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// A webhook, and a proxy of its own that asks the table what everything costs.
struct Till {
    rig: Rig,
    proxy: Proxy,
}

impl Till {
    async fn open() -> Self {
        let rig = Rig::start().await;
        let options = ProxyOptions { ask_for_capacity: true, ..ProxyOptions::default() };
        let proxy = Proxy::start(&rig.local.ready().aws, options).await.unwrap();
        Self { rig, proxy }
    }

    /// A new process, which remembers nobody, behind its init.
    async fn webhook(&self) -> Function {
        let through = |environment: &mut BTreeMap<String, String>| {
            environment.insert("AWS_ENDPOINT_URL".into(), self.proxy.url());
        };
        let webhook = self.rig.process_with("webhook", through).await;
        // The secret is read and the number known to be a channel; that is so in every process but a new one.
        let hello = post(&[message("15550199300", "hello", NOON)], &[]);
        assert_eq!(self.rig.post(&webhook, &hello, false).await, Some(200));
        webhook
    }

    /// Of one POST, which must be answered 200.
    async fn cost(&self, webhook: &Function, post: &Post) -> Cost {
        self.proxy.reset();
        // Long enough that what is sent side by side is under way side by side.
        self.proxy.delay(Matching::service(Service::DynamoDb), std::time::Duration::from_millis(30));
        assert_eq!(self.rig.post(webhook, post, false).await, Some(200));
        Cost::of(&self.proxy.records())
    }

    async fn close(self) {
        self.rig.close().await;
    }
}

/// One read of aliases and one batch; for people met a moment ago, no read at all.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn twenty_changes_of_known_people_are_two_requests() {
    let till = Till::open().await;
    let first = till.webhook().await;
    let people: Vec<String> = (0..20).map(|at| format!("155501994{at:02}")).collect();
    let round = |name: &str, at: i64| {
        let messages: Vec<Value> =
            people.iter().map(|person| message(person, &format!("{name} {person}"), at)).collect();
        post(&messages, &[])
    };
    let cost = till.cost(&first, &round("first", NOON + 60)).await;
    assert_eq!(excess(&cost, allowed(20, 20, 20, 0, 0)), Vec::<String>::new(), "strangers: {cost:?}");

    let second = till.webhook().await;
    let cost = till.cost(&second, &round("second", NOON + 120)).await;
    assert_eq!((cost.reads, cost.batches, cost.others), (1, 2, 0), "known: {cost:?}");
    assert_eq!(excess(&cost, allowed(20, 20, 0, 0, 0)), Vec::<String>::new(), "known: {cost:?}");

    let cost = till.cost(&second, &round("third", NOON + 180)).await;
    assert_eq!((cost.reads, cost.batches, cost.others), (0, 2, 0), "remembered: {cost:?}");
    drop((first, second));
    till.close().await;
}

/// Meta's largest: at most 60 requests to the table, at most 8 of them one after the other, one unit of table and one of
/// index a message, one a person, and at most twice the bytes that are then stored.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_changes_stay_within_bounds() {
    let till = Till::open().await;
    let first = till.webhook().await;
    let round = |name: &str, at: i64| {
        let message = |nth: usize| {
            let person = format!("1555019{:04}", 1_000 + nth % 200);
            message(&person, &format!("{name} {nth}"), at + i64::try_from(nth / 200).unwrap())
        };
        post(&(0..1_000).map(message).collect::<Vec<_>>(), &[])
    };
    let cost = till.cost(&first, &round("first", NOON + 60)).await;
    assert_eq!(excess(&cost, allowed(1_000, 200, 200, 0, 0)), Vec::<String>::new(), "strangers: {cost:?}");

    let second = till.webhook().await;
    let before = till.stored().await;
    let cost = till.cost(&second, &round("second", NOON + 120)).await;
    assert!(cost.requests() <= 60 && cost.waves <= 8, "{cost:?}");
    assert_eq!(excess(&cost, allowed(1_000, 200, 0, 0, 0)), Vec::<String>::new(), "known: {cost:?}");
    let stored = till.stored().await - before;
    assert!(cost.bytes <= 2 * stored, "{} bytes sent for {stored} stored", cost.bytes);
    eprintln!("1,000 changes of 200 known people: {cost:?}, {stored} bytes stored");
    drop((first, second));
    till.close().await;
}

/// R4: what comes again costs what is there to look at, and no more.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn duplicates_cost_their_size() {
    let till = Till::open().await;
    let webhook = till.webhook().await;
    let old: Vec<Value> = (0..24).map(|nth| message("15550199501", &format!("old {nth}"), NOON + 60)).collect();
    assert_eq!(till.rig.post(&webhook, &post(&old, &[]), false).await, Some(200));
    // DynamoDB does not say what a batch cost in which nothing was written, so something new is in each.
    let mut mixed = old[..10].to_vec();
    mixed.extend((0..10).map(|nth| message("15550199501", &format!("new {nth}"), NOON + 120)));
    let cost = till.cost(&webhook, &post(&mixed, &[])).await;
    assert_eq!(excess(&cost, allowed(10, 1, 0, 0, 10)), Vec::<String>::new(), "{cost:?}");
    assert!(cost.table >= 21.0, "ten duplicates are not free: {cost:?}");
    drop(webhook);
    till.close().await;
}

/// 1.0 a status, and nothing of an index.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_status_is_one_unit() {
    let till = Till::open().await;
    let webhook = till.webhook().await;
    let sends = super::posted::accepted_sends(&till.rig, 20).await;
    for (nth, word) in ["sent", "delivered", "read"].into_iter().enumerate() {
        let told: Vec<Value> = sends
            .iter()
            .map(|send| {
                json!({"id": send.wamid, "status": word, "timestamp": (NOON + i64::try_from(nth).unwrap()).to_string(),
                    "recipient_id": "15550199377", "biz_opaque_callback_data": send.id})
            })
            .collect();
        let cost = till.cost(&webhook, &post(&[], &told)).await;
        // The person they are of is looked up; nothing is written of them.
        let mut may = allowed(0, 0, 0, 20, 0);
        (may.reads, may.requests) = (1, 2);
        assert_eq!(excess(&cost, may), Vec::<String>::new(), "{word}: {cost:?}");
        assert!((cost.table - 20.0).abs() < 1e-9, "{word}: {cost:?}");
    }
    drop(webhook);
    till.close().await;
}

/// P5: what a POST of 3 MB adds to the memory of the process is at most six times its size.
#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_megabytes_are_held_six_times_at_most() {
    let rig = Rig::start().await;
    let webhook = rig.process("webhook").await;
    assert_eq!(rig.post(&webhook, &post(&[message("15550199300", "hello", NOON)], &[]), false).await, Some(200));
    let idle = webhook.peak_memory();
    let long = |nth: usize| {
        let mut message = message(&format!("1555019{:04}", 1_000 + nth % 200), &format!("long {nth}"), NOON);
        message["text"]["body"] = WORDS.repeat(48).into();
        message
    };
    let post = post(&(0..1_000).map(long).collect::<Vec<_>>(), &[]);
    assert!((2_900_000..3_200_000).contains(&post.body.len()), "{}", post.body.len());
    assert_eq!(rig.post(&webhook, &post, false).await, Some(200));
    let grown = webhook.peak_memory() - idle;
    let body = u64::try_from(post.body.len()).unwrap();
    eprintln!("a POST of {body} bytes: {idle} bytes held before, {grown} more at the peak");
    // The connections that it opens do not grow with it.
    assert!(grown <= 6 * body + CONNECTIONS, "{grown} bytes for a body of {body}");
    drop(webhook);
    rig.close().await;
}

/// The bounds are tested too: each notices a cost that is one too high, and bounds of too few things notice the true cost.
#[test]
fn a_planted_regression_is_noticed() {
    let may = allowed(20, 20, 0, 0, 0);
    let fine = || Cost { reads: 1, batches: 2, others: 0, waves: 3, table: 40.0, index: 20.0, publishes: 9, bytes: 0 };
    assert_eq!(excess(&fine(), may), Vec::<String>::new());
    let planted: [fn(&mut Cost); 8] = [
        |cost| cost.reads = 2,
        |cost| cost.batches = 20,
        |cost| cost.others = 1,
        |cost| cost.waves = 9,
        |cost| cost.table = 41.0,
        |cost| cost.index = 20.5,
        |cost| cost.publishes = 20,
        |cost| (cost.table, cost.index) = (80.0, 40.0),
    ];
    for (nth, plant) in planted.iter().enumerate() {
        let mut cost = fine();
        plant(&mut cost);
        assert_ne!(excess(&cost, may), Vec::<String>::new(), "{nth}: {cost:?}");
    }
    for too_few in [allowed(19, 20, 0, 0, 0), allowed(20, 19, 0, 0, 0)] {
        assert_ne!(excess(&fine(), too_few), Vec::<String>::new());
    }
}

impl Till {
    /// Bytes of all items, as DynamoDB counts them.
    async fn stored(&self) -> u64 {
        let pages = self.rig.dynamodb().scan().table_name(&self.rig.local.ready().table).into_paginator();
        let items: Result<Vec<_>, _> = pages.items().send().collect().await;
        items.unwrap().iter().flatten().map(|(name, value)| name.len() as u64 + size(value)).sum()
    }
}

fn size(value: &aws_sdk_dynamodb::types::AttributeValue) -> u64 {
    use aws_sdk_dynamodb::types::AttributeValue as Attribute;
    match value {
        Attribute::S(text) => text.len() as u64,
        Attribute::N(number) => number.len() as u64 / 2 + 1,
        Attribute::M(map) => 3 + map.iter().map(|(name, value)| 1 + name.len() as u64 + size(value)).sum::<u64>(),
        Attribute::L(list) => 3 + list.iter().map(|value| 1 + size(value)).sum::<u64>(),
        _ => 1,
    }
}

fn message(from: &str, id: &str, at: i64) -> Value {
    json!({"from": from, "id": format!("wamid.{id}"), "timestamp": at.to_string(), "type": "text", "text": {"body": WORDS}})
}

/// One change for each message, and one for all statuses.
fn post(messages: &[Value], statuses: &[Value]) -> Post {
    let metadata = json!({"display_phone_number": "15550100", "phone_number_id": NUMBER});
    let mut changes: Vec<Value> = messages
        .iter()
        .map(|message| {
            let contact = json!({"profile": {"name": "Canary Quillfeather"}, "wa_id": message["from"]});
            json!({"field": "messages", "value": {"messaging_product": "whatsapp", "metadata": metadata,
                "contacts": [contact], "messages": [message]}})
        })
        .collect();
    if !statuses.is_empty() {
        let value = json!({"messaging_product": "whatsapp", "metadata": metadata, "statuses": statuses});
        changes.push(json!({"field": "messages", "value": value}));
    }
    Rig::signed(&json!({"object": "whatsapp_business_account", "entry": [{"id": WABA, "changes": changes}]}))
}
