//! Template sync: pages, partial listings, what is gone, and one account's trouble (S-01 to S-05, A-06, L-08).

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use sandbox::meta::{Template, Token, local};
use serde_json::{Value, json};

use crate::system::{Item, NUMBER, System, WABA, eventually, text};

/// Beside the handful that the fake Meta starts with.
const MANY: usize = 250;

#[tokio::test]
async fn all_pages_then_the_difference() {
    let system = System::start().await;
    let total = MANY + add_templates(&system);
    let path = format!("/v1/wabas/{WABA}/templates");
    let before = system.get(&path).await.json();
    assert_eq!((&before["last_synced_at"], &before["last_attempt"]), (&Value::Null, &Value::Null));

    let asked = system.post(&format!("{path}/sync"), &json!({})).await;
    assert_eq!((asked.status, &asked.json()["state"]), (202, &json!("queued")));
    let synced =
        eventually("the sync", async || Some(attempt(&system).await).filter(|run| run["state"] == "succeeded"));
    let synced = synced.await;
    assert_eq!((&synced["listed"], &synced["written"], &synced["absent"]), (&json!(total), &json!(total), &json!(0)));
    let pages = system.meta().calls().iter().filter(|call| call.path.contains("message_templates")).count();
    assert_eq!(pages, total.div_ceil(100));

    let listed = listed(&system, "").await;
    assert_eq!(listed.len(), total);
    let rejected = &listed["spring_sale en_US"];
    assert_eq!((&rejected["label"], &rejected["rejected_reason"]), (&json!("Rejected"), &json!("SCAM")));
    assert_eq!(listed["back_in_stock en_US"]["label"], "Submitted");
    assert_eq!(self::listed(&system, "&status=approved&q=number_24").await.len(), 11);

    // Nothing has changed: nothing is written.
    let items = templates(&system).await;
    system.local.sync().await.unwrap();
    let run = attempt(&system).await;
    assert_eq!((&run["listed"], &run["written"], &run["absent"]), (&json!(total), &json!(0), &json!(0)));
    assert_eq!(templates(&system).await, items);

    // Two changed, one is gone: just that is written.
    system.meta().waba(WABA, |waba| {
        waba.templates.retain(|template| template.text("name") != "number_17");
        for template in &mut waba.templates {
            match template.text("name") {
                "number_18" => _ = template.node.insert("status".into(), json!("PAUSED")),
                "spring_sale" => _ = template.node.insert("status".into(), json!("APPROVED")),
                _ => {}
            }
        }
    });
    system.local.sync().await.unwrap();
    let run = attempt(&system).await;
    assert_eq!((&run["listed"], &run["written"], &run["absent"]), (&json!(total - 1), &json!(2), &json!(1)));
    let listed = self::listed(&system, "").await;
    assert_eq!(
        (&listed["number_17 en_US"]["absent"], &listed["number_17 en_US"]["sendable"]),
        (&json!(true), &json!(false))
    );
    assert_eq!(listed["number_18 en_US"]["status"], "PAUSED");
    assert_eq!(listed.len(), total);
    let changed = templates(&system).await.iter().filter(|item| !items.contains(item)).count();
    assert_eq!(changed, 3);
    system.done().await;
}

/// S-02, S-03: a page fails, and the listing with it. Nothing is written, and the last success keeps its time.
#[tokio::test]
async fn half_a_listing_changes_nothing() {
    let system = System::start().await;
    add_templates(&system);
    system.local.sync().await.unwrap();
    let (items, before) = (templates(&system).await, run(&system).await);
    assert_eq!(before["last_attempt"]["state"], "succeeded");

    // On the first page something changes, from the last one something goes, and the page between cannot be had.
    system.meta().waba(WABA, |waba| {
        waba.templates.pop();
        for template in waba.templates.iter_mut().take(5) {
            template.node.insert("status".into(), json!("DISABLED"));
        }
    });
    for fault in [
        json!({"error": {"code": 2}}),
        json!({"error": {"code": 131_016}}),
        json!({"html": {"status": 502}}),
        json!({"truncated_json": {}}),
        json!({"reset_before": {}}),
    ] {
        let rule = json!({"match": {"path": "message_templates", "page": 2}, "fault": fault});
        system.meta().fault(serde_json::from_value(rule).unwrap());
        let answer = system.local.sync().await.unwrap();
        assert_eq!(answer["failed"], 1, "{fault}");
        let after = run(&system).await;
        assert_eq!(
            (&after["last_attempt"]["state"], &after["last_synced_at"]),
            (&json!("failed"), &before["last_synced_at"])
        );
        assert!(time(&after["last_attempt"]["at"]) > time(&before["last_attempt"]["at"]), "{fault}");
        assert!(!after["last_attempt"]["error"].as_str().unwrap().is_empty(), "{fault}");
        assert_eq!(templates(&system).await, items, "{fault}");
        system.meta().clear_faults();
    }
    system.local.sync().await.unwrap();
    let after = run(&system).await;
    assert_eq!((&after["last_attempt"]["written"], &after["last_attempt"]["absent"]), (&json!(5), &json!(1)));
    assert!(time(&after["last_synced_at"]) > time(&before["last_synced_at"]));
    system.done().await;
}

/// an account that Meta will not let us read does not keep another from its sync.
#[tokio::test]
async fn one_accounts_trouble_is_its_own() {
    let system = System::start().await;
    system.add_channel("199999999999999", "299999999999999").await;
    assert_eq!(system.local.sync().await.unwrap(), json!({"wabas": 2, "failed": 1}));
    assert_eq!(attempt(&system).await["state"], "succeeded");
    let other = system.get("/v1/wabas/299999999999999/templates/sync").await.json();
    assert_eq!((&other["last_attempt"]["state"], &other["last_synced_at"]), (&json!("failed"), &Value::Null));
    // On demand it is over with the failure too: nothing stays in the queue that cannot get better.
    let asked = system.post("/v1/wabas/299999999999999/templates/sync", &json!({})).await;
    assert_eq!(asked.status, 202);
    system.get("/v1/wabas/288888888888888/templates").await.is(404, "not_found");
    system.done().await;
}

/// L-08, X-01: the numbers' health comes along.
#[tokio::test]
async fn numbers_are_read_too() {
    let system = System::start().await;
    let path = format!("/v1/channels/{NUMBER}");
    assert!(system.get(&path).await.json().get("quality_rating").is_none());
    system.local.sync().await.unwrap();
    let good = system.get(&path).await.json();
    assert_eq!(
        (&good["quality_rating"], &good["status"], &good["throughput"]),
        (&json!("GREEN"), &json!("CONNECTED"), &json!("STANDARD"))
    );
    assert_eq!((&good["name_status"], &good["verified_name"]), (&json!("APPROVED"), &json!("Demo Shop")));
    assert!(good["health_at"].is_string());
    assert_eq!((&good["portfolio_id"], &good["is_on_biz_app"]), (&json!("400000000000001"), &json!(false)));
    let limits = json!({"messages_per_second": 80, "recipients_per_day": 2_000, "shared_by": "portfolio",
        "shared_id": "400000000000001"});
    assert_eq!(good["limits"], limits);
    system.meta().number(NUMBER, |number| {
        number.node.insert("quality_rating".into(), json!("RED"));
        number.node.insert("throughput".into(), json!({"level": "HIGH"}));
    });
    system.local.sync().await.unwrap();
    let worse = system.get(&path).await.json();
    assert_eq!((&worse["quality_rating"], &worse["throughput"]), (&json!("RED"), &json!("HIGH")));
    // The team's own word for it stays.
    assert_eq!(worse["name"], good["name"]);
    system.done().await;
}

/// L-08, D-01, X-04: once for each change, whatever the schedule finds.
#[tokio::test]
async fn what_changed_is_told_once() {
    let system = System::start().await;
    let told = async || -> Vec<Value> {
        let events = system.events_of("channel.changed").await;
        events.into_iter().map(|event| event.data()["value"].clone()).collect()
    };
    let looks = async || {
        for _ in 0..2 {
            system.local.sync().await.unwrap();
        }
    };
    let number = |change: &[(&str, Value)]| {
        let change = change.iter().map(|(field, value)| ((*field).to_owned(), value.clone()));
        system.meta().number(NUMBER, |number| number.node.extend(change));
    };
    let token = |invalid: Option<i64>| {
        let mut token = Token::system_user(local::ACCESS_TOKEN, local::APP_ID);
        token.invalid = invalid;
        system.meta().put_token(token);
    };
    number(&[("name_status", json!("PENDING_REVIEW"))]);
    looks().await;
    assert_eq!(told().await, Vec::<Value>::new(), "the first look tells nothing");
    let limit = "whatsapp_business_manager_messaging_limit";
    number(&[("quality_rating", json!("RED")), (limit, json!("TIER_250")), ("name_status", json!("APPROVED"))]);
    looks().await;
    let changed = json!({"quality_rating": {"from": "GREEN", "to": "RED"},
        "messaging_limit": {"from": "TIER_2K", "to": "TIER_250"},
        "name_status": {"from": "PENDING_REVIEW", "to": "APPROVED"}});
    assert_eq!(told().await, [json!({"id": NUMBER, "changed": changed})]);
    // The same change another time is another one.
    for (quality, before) in [("GREEN", "RED"), ("RED", "GREEN")] {
        number(&[("quality_rating", json!(quality))]);
        looks().await;
        let last = told().await.pop().unwrap();
        assert_eq!(last["changed"], json!({"quality_rating": {"from": before, "to": quality}}));
    }
    assert_eq!(told().await.len(), 3);
    token(Some(460));
    looks().await;
    token(None);
    looks().await;
    let of_token = &told().await[3..];
    let refused = json!({"findings": ["token_invalid"], "before": []});
    assert_eq!(of_token, [refused, json!({"findings": [], "before": ["token_invalid"]})]);
    let ids: BTreeSet<String> =
        system.events_of("channel.changed").await.iter().map(|event| event.id.clone()).collect();
    assert_eq!(ids.len(), 5);
    system.done().await;
}

/// How many there were before.
fn add_templates(system: &System) -> usize {
    let mut before = 0;
    system.meta().waba(WABA, |waba| {
        before = waba.templates.len();
        waba.templates.extend((0..MANY).map(|at| {
            let body = json!([{"type": "BODY", "text": format!("Your order {at} has left our shop.")}]);
            Template::new(&format!("91{at:013}"), &format!("number_{at}"), "en_US", "UTILITY", body)
        }));
    });
    before
}

async fn run(system: &System) -> Value {
    system.get(&format!("/v1/wabas/{WABA}/templates/sync")).await.json()
}

async fn attempt(system: &System) -> Value {
    run(system).await["last_attempt"].clone()
}

async fn templates(system: &System) -> Vec<Item> {
    system.items().await.into_iter().filter(|item| text(item, "sk").starts_with("TPL#")).collect()
}

/// Every page of the list, by name and language.
async fn listed(system: &System, filter: &str) -> BTreeMap<String, Value> {
    let mut all = BTreeMap::new();
    let mut cursor = String::new();
    loop {
        let page = system.get(&format!("/v1/wabas/{WABA}/templates?limit=100{cursor}{filter}")).await;
        assert_eq!(page.status, 200, "{}", page.text);
        let page = page.json();
        for item in page["items"].as_array().unwrap() {
            let name = format!("{} {}", item["name"].as_str().unwrap(), item["language"].as_str().unwrap());
            assert!(all.insert(name, item.clone()).is_none());
        }
        let Some(next) = page["cursor"].as_str() else { return all };
        cursor = format!("&cursor={next}");
    }
}

fn time(value: &Value) -> Timestamp {
    value.as_str().unwrap().parse().unwrap()
}
