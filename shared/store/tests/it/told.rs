//! S-08: webhooks and listings of one template, in every order, through the real statements.

use std::collections::BTreeSet;

use jiff::Timestamp;
use model::template::{TemplateNews, diff};
use model::{Change, Field, Template, WabaId};
use serde_json::{Value, json};
use store::{Inbound, Store, SyncOutcome, ToldTemplate};

use crate::table::Table;

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Happens {
    /// Of the fields below, at this second.
    Webhook(i64, usize),
    /// A complete listing that began at this second and a half.
    Sync(i64, &'static str, &'static str),
}

use Happens::{Sync, Webhook};

const PAUSED: usize = 0;
const REJECTED: usize = 1;
const RED: usize = 2;
const ANNOUNCED: usize = 3;
const MOVED: usize = 4;

fn told(waba: &WabaId, at: i64, which: usize) -> ToldTemplate {
    let (field, more) = [
        ("message_template_status_update", json!({"event": "PAUSED", "other_info": {"title": "FIRST_PAUSE"}})),
        ("message_template_status_update", json!({"event": "REJECTED", "reason": "SCAM"})),
        ("message_template_quality_update", json!({"new_quality_score": "RED"})),
        ("template_category_update", json!({"new_category": "UTILITY", "correct_category": "MARKETING"})),
        ("template_category_update", json!({"previous_category": "UTILITY", "new_category": "MARKETING"})),
    ][which]
        .clone();
    let mut value = json!({"message_template_id": 9, "message_template_name": "order_ok",
        "message_template_language": "en-US"});
    value.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let json = json!({"field": field, "value": value}).to_string();
    let change = Change::parse(serde_json::from_str(&json).unwrap()).unwrap();
    let news = TemplateNews::of(&Field::read(&change), second(at)).unwrap();
    ToldTemplate { waba_id: waba.clone(), news }
}

fn second(at: i64) -> Timestamp {
    Timestamp::from_second(1_767_614_400 + at).unwrap()
}

async fn sync(store: &Store, waba: &WabaId, at: i64, status: &str, category: &str) {
    let began = second(at) + jiff::SignedDuration::from_millis(500);
    let json = json!({"id": "9", "name": "order_ok", "language": "en_US", "category": category, "status": status,
        "quality_score": {"score": "GREEN"}, "components": [{"type": "BODY", "text": "hi"}]});
    let listed = Template::parse(waba, serde_json::from_str(&json.to_string()).unwrap(), began).unwrap();
    let lease = began + jiff::SignedDuration::from_mins(10);
    store.begin_sync(waba, lease, began).await.unwrap();
    let changes = diff(&store.listed_templates(waba).await.unwrap(), &[listed]);
    store.write_templates(&changes.write, began).await.unwrap();
    let written = u64::try_from(changes.write.len()).unwrap();
    let done = SyncOutcome::Succeeded { listed: 1, written, absent: 0 };
    assert!(store.finish_sync(waba, lease, began, &done, store::Calls::default(), began).await.unwrap().is_some());
}

/// What an outsider sees of it.
async fn shown(store: &Store, waba: &WabaId) -> Option<Value> {
    let mut templates = store.templates(waba).await.unwrap();
    let mut shown = serde_json::to_value(templates.pop()?).unwrap();
    assert!(templates.is_empty());
    shown.as_object_mut().unwrap().remove("waba_id");
    Some(shown)
}

fn orders(of: &[Happens]) -> Vec<Vec<Happens>> {
    if of.is_empty() {
        return vec![Vec::new()];
    }
    let mut all = Vec::new();
    for (place, first) in of.iter().enumerate() {
        let mut rest = of.to_vec();
        rest.remove(place);
        // Syncs hold a lease, and so follow one another.
        if matches!(first, Sync(at, ..) if rest.iter().any(|other| matches!(other, Sync(earlier, ..) if earlier < at)))
        {
            continue;
        }
        for mut tail in orders(&rest) {
            tail.insert(0, *first);
            all.push(tail);
        }
    }
    all
}

/// Every order, webhooks also one more time at the end and, in every other order, all in one POST.
async fn converges(what: &[Happens], expected: &Value) {
    let table = Table::new().await;
    for (nth, order) in orders(what).into_iter().enumerate() {
        let waba = WabaId::new(format!("{nth}"));
        let webhooks: Vec<ToldTemplate> = order
            .iter()
            .filter_map(|happens| match happens {
                Webhook(at, which) => Some(told(&waba, *at, *which)),
                Sync(..) => None,
            })
            .collect();
        let post = |templates| Inbound { templates, ..Inbound::default() };
        for happens in &order {
            match happens {
                Sync(at, status, category) => sync(&table.store, &waba, *at, status, category).await,
                Webhook(at, which) => {
                    table.store.record(post(vec![told(&waba, *at, *which)]), second(99)).await.unwrap();
                }
            }
        }
        if nth % 2 == 0 {
            table.store.record(post(webhooks), second(99)).await.unwrap();
        } else {
            for one in webhooks {
                table.store.record(post(vec![one]), second(99)).await.unwrap();
            }
        }
        let shown = shown(&table.store, &waba).await.unwrap();
        for (name, value) in expected.as_object().unwrap() {
            assert_eq!(&shown[name], value, "{name} in order {nth}");
        }
    }
}

#[tokio::test]
async fn the_newest_of_each_facet_stands_in_every_order() {
    let what = [
        Sync(15, "APPROVED", "UTILITY"),
        // Nothing has changed since: it writes to no template, and counts all the same.
        Sync(25, "APPROVED", "UTILITY"),
        Webhook(10, PAUSED),
        Webhook(20, REJECTED),
        Webhook(20, ANNOUNCED),
    ];
    let expected = json!({"status": "APPROVED", "rejected_reason": null, "status_details": null, "quality": "GREEN",
        "category": "UTILITY", "next_category": {"category": "MARKETING"}});
    converges(&what, &expected).await;
}

#[tokio::test]
async fn a_webhook_after_the_last_listing_stands_in_every_order() {
    let what = [
        Sync(15, "PENDING", "UTILITY"),
        Webhook(15, REJECTED),
        Webhook(16, PAUSED),
        Webhook(14, RED),
        Webhook(40, MOVED),
    ];
    let expected = json!({"status": "PAUSED", "rejected_reason": null,
        "status_details": {"other_info": {"title": "FIRST_PAUSE"}}, "quality": "GREEN", "category": "MARKETING",
        "next_category": null});
    converges(&what, &expected).await;
}

/// Of one second: the webhook stands above the listing, and of two webhooks always the same one.
#[tokio::test]
async fn ties_have_one_answer() {
    let what = [Sync(15, "APPROVED", "UTILITY"), Webhook(15, PAUSED), Webhook(15, REJECTED)];
    converges(&what, &json!({"status": "REJECTED", "rejected_reason": "SCAM"})).await;
}

/// A template that no listing has told of is kept for the next one, shown to nobody, and gone from no listing.
#[tokio::test]
async fn what_only_webhooks_know_waits_for_a_listing() {
    let table = Table::new().await;
    let waba = WabaId::new("2");
    let key = (waba.clone(), "order_ok".to_owned(), "en_US".to_owned());
    let wanted = BTreeSet::from([key.clone(), (waba.clone(), "order_ok".to_owned(), "de".to_owned())]);
    let post = || Inbound { templates: vec![told(&waba, 10, PAUSED), told(&waba, 10, RED)], ..Inbound::default() };
    table.store.record(post(), second(11)).await.unwrap();
    assert_eq!(table.scan().await.len(), 1);
    assert_eq!(shown(&table.store, &waba).await, None);
    assert!(table.store.known_templates(&wanted).await.unwrap().is_empty());
    assert!(diff(&table.store.listed_templates(&waba).await.unwrap(), &[]).absent.is_empty());
    sync(&table.store, &waba, 5, "APPROVED", "UTILITY").await;
    let shown = shown(&table.store, &waba).await.unwrap();
    assert_eq!((&shown["status"], &shown["quality"]), (&json!("PAUSED"), &json!("RED")));
    assert_eq!(table.store.known_templates(&wanted).await.unwrap(), BTreeSet::from([key]));
    let before = table.contents().await;
    table.store.record(post(), second(99)).await.unwrap();
    assert_eq!(table.contents().await, before);
}
