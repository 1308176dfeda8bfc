//! Syncs, whole and broken.

use model::{PhoneNumberId, WabaId};
use serde_json::{Value, json};
use store::SyncStart;

use crate::world::{World, at};

fn template(name: &str, status: &str) -> Value {
    json!({"id": format!("9{name}"), "name": name, "language": "en_US", "category": "UTILITY", "status": status,
        "parameter_format": "POSITIONAL", "rejected_reason": if status == "REJECTED" { "INVALID_FORMAT" } else { "NONE" },
        "components": [{"type": "BODY", "text": "hi"}], "quality_score": {"score": "GREEN", "date": 1}})
}

fn templates(count: usize) -> Vec<Value> {
    (0..count).map(|n| template(&format!("t{n:03}"), "APPROVED")).collect()
}

fn waba(id: &str) -> WabaId {
    WabaId::new(id)
}

async fn names(world: &World, id: &str) -> Vec<(String, bool)> {
    let stored = world.store.templates(&waba(id)).await.unwrap();
    stored.into_iter().map(|template| (template.name, template.absent)).collect()
}

/// S-02, A-06: every page, every WABA, and one WABA's failure is its own.
#[tokio::test]
async fn the_schedule_syncs_every_account_by_itself() {
    let world = World::new().await;
    world.add_channel("11", "21").await;
    world.add_channel("12", "22").await;
    world.meta.change(|meta| {
        meta.templates.insert("21".into(), templates(237));
        meta.templates.insert("22".into(), templates(5));
        meta.failing.insert(("22".into(), 1), (500, 131_000));
    });
    assert_eq!(world.tick(1).await, json!({"wabas": 2, "failed": 1}));
    assert_eq!(names(&world, "21").await.len(), 237);
    assert!(names(&world, "22").await.is_empty());

    let good = world.store.sync_run(&waba("21")).await.unwrap();
    assert!(good.last_synced_at >= Some(at(1)));
    assert_eq!((good.listed, good.written, good.absent), (Some(237), Some(237), Some(0)));
    assert_eq!((good.running_until, good.error), (None, None));
    let bad = world.store.sync_run(&waba("22")).await.unwrap();
    assert_eq!((bad.last_synced_at, bad.last_attempt_at), (None, Some(at(1))));
    assert!(bad.error.unwrap().contains("131000"));
}

/// S-02, S-03: a listing that breaks off writes nothing and proves nothing gone.
#[tokio::test]
async fn a_broken_listing_leaves_the_last_good_one() {
    let world = World::new().await;
    world.add_channel("11", "21").await;
    world.meta.change(|meta| meta.templates.insert("21".into(), templates(137)));
    world.tick(1).await;
    let synced = world.store.sync_run(&waba("21")).await.unwrap().last_synced_at;

    world.meta.change(|meta| {
        meta.templates.insert("21".into(), (0..137).map(|n| template(&format!("new{n:03}"), "PENDING")).collect());
        meta.failing.insert(("21".into(), 2), (502, 131_016));
    });
    world.tick(60).await;
    let stored = names(&world, "21").await;
    assert!(stored.len() == 137 && stored.iter().all(|(name, absent)| name.starts_with('t') && !absent));
    let run = world.store.sync_run(&waba("21")).await.unwrap();
    assert_eq!((run.last_synced_at, run.last_attempt_at), (synced, Some(at(60))));
    assert_eq!(run.result.as_deref(), Some("failed"));

    world.meta.change(|meta| meta.failing.clear());
    world.tick(120).await;
    let stored = names(&world, "21").await;
    assert_eq!(stored.iter().filter(|(_, absent)| *absent).count(), 137);
    assert_eq!(stored.len(), 274);
}

/// S-02, S-04: only what changed is written; a reason goes when the template is approved after all.
#[tokio::test]
async fn only_what_changed_is_written() {
    let world = World::new().await;
    world.add_channel("11", "21").await;
    let mut listed = templates(10);
    listed.push(template("offer", "REJECTED"));
    world.meta.change(|meta| meta.templates.insert("21".into(), listed.clone()));
    world.tick(1).await;
    world.tick(2).await;
    let run = world.store.sync_run(&waba("21")).await.unwrap();
    assert_eq!((run.listed, run.written, run.absent), (Some(11), Some(0), Some(0)));
    let offer = |stored: Vec<model::Template>| stored.into_iter().find(|template| template.name == "offer").unwrap();
    let rejected = offer(world.store.templates(&waba("21")).await.unwrap());
    assert_eq!(rejected.rejected_reason.as_deref(), Some("INVALID_FORMAT"));

    listed.pop();
    listed.push(template("offer", "APPROVED"));
    listed.remove(0);
    world.meta.change(|meta| meta.templates.insert("21".into(), listed));
    world.tick(3).await;
    let run = world.store.sync_run(&waba("21")).await.unwrap();
    assert_eq!((run.listed, run.written, run.absent), (Some(10), Some(1), Some(1)));
    let approved = offer(world.store.templates(&waba("21")).await.unwrap());
    assert_eq!((approved.status.as_str(), approved.rejected_reason), ("APPROVED", None));
}

#[tokio::test]
async fn an_element_without_identity_proves_nothing_gone() {
    let world = World::new().await;
    world.add_channel("11", "21").await;
    world.meta.change(|meta| meta.templates.insert("21".into(), templates(2)));
    world.tick(1).await;
    world
        .meta
        .change(|meta| meta.templates.insert("21".into(), vec![json!({"id": "9t000"}), template("t002", "PENDING")]));
    world.tick(2).await;
    let expected = ["t000", "t001", "t002"].map(|name| (name.to_owned(), false));
    assert_eq!(names(&world, "21").await, expected);
}

/// S-01: one sync of a WABA at a time; a lease that was left behind ends.
#[tokio::test]
async fn a_second_sync_leaves_the_first_alone() {
    let world = World::new().await;
    world.add_channel("11", "21").await;
    let job = json!({"v": 1, "waba_id": "21"});
    let begun = world.store.begin_sync(&waba("21"), at(10), at(0)).await.unwrap();
    assert_eq!(begun, SyncStart::Started);
    assert!(world.job(&job, 1, 1).await.is_empty());
    assert_eq!(world.meta.calls(), 0);
    assert!(world.job(&job, 1, 11).await.is_empty());
    assert_eq!(world.meta.calls(), 2);
    assert!(world.store.sync_run(&waba("21")).await.unwrap().last_synced_at.is_some());
}

#[tokio::test]
async fn a_job_syncs_one_account_and_comes_back_only_while_that_makes_sense() {
    let world = World::new().await;
    world.add_channel("11", "21").await;
    world.add_channel("12", "22").await;
    let job = json!({"v": 1, "waba_id": "22"});
    assert!(world.job(&job, 1, 0).await.is_empty());
    assert!(world.meta.change(|meta| meta.calls.iter().all(|call| call.starts_with("22/"))));

    world.meta.change(|meta| meta.failing.insert(("22".into(), 1), (503, 2)));
    assert_eq!(world.job(&job, 1, 1).await, ["m1"]);
    assert_eq!(world.job(&job, 2, 2).await, ["m1"]);
    assert!(world.job(&job, 3, 3).await.is_empty(), "the run is recorded, and no bug for the dead-letter queue");
    world.meta.change(|meta| meta.failing.insert(("22".into(), 1), (403, 200)));
    assert!(world.job(&job, 1, 4).await.is_empty());
    let error = world.store.sync_run(&waba("22")).await.unwrap().error.unwrap();
    assert!(error.contains("code 200") && error.contains("system user"), "{error}");
}

#[tokio::test]
async fn a_job_that_cannot_be_read_stays_for_the_dead_letter_queue() {
    let world = World::new().await;
    for body in [json!({"v": 2, "waba_id": "21"}), json!("x"), json!({})] {
        assert_eq!(world.job(&body, 1, 0).await, ["m1"]);
    }
    assert_eq!(world.meta.calls(), 0);
}

/// a refused token is read again once, and a new one works without a deployment.
#[tokio::test]
async fn a_new_token_is_picked_up_after_a_refusal() {
    let world = World::new().await;
    world.add_channel("11", "21").await;
    world.meta.change(|meta| meta.templates.insert("21".into(), templates(3)));
    world.tick(0).await;
    world.meta.change(|meta| meta.token = String::from("better"));
    world.set_token("better").await;
    assert_eq!(world.tick(2).await, json!({"wabas": 1, "failed": 0}));

    world.set_token("wrong").await;
    assert_eq!(world.tick(8).await, json!({"wabas": 1, "failed": 1}));
    let error = world.store.sync_run(&waba("21")).await.unwrap().error.unwrap();
    assert!(error.contains("code 190") && error.contains("tokens secret"), "{error}");
}

#[tokio::test]
async fn an_account_without_a_token_says_so() {
    let world = World::new().await;
    world.add_channel("11", "21").await;
    world.set_token("").await;
    let told = json!({"wabas": 1, "failed": 1, "tokens": ["token_missing"]});
    assert_eq!(world.tick(0).await, told);
    assert_eq!(world.meta.calls(), 0);
    assert!(world.store.sync_run(&waba("21")).await.unwrap().error.unwrap().contains("no token"));
}

/// L-08: a number's health stands on its channel, also when the templates cannot be read.
#[tokio::test]
async fn numbers_are_read_onto_their_channels() {
    let world = World::new().await;
    world.add_channel("11", "21").await;
    world.add_channel("12", "21").await;
    world.meta.change(|meta| {
        meta.failing.insert(("21".into(), 1), (500, 131_000));
        let number = json!({"id": "11", "display_phone_number": "+1 555-0100", "verified_name": "Shop",
            "quality_rating": "RED", "status": "CONNECTED", "name_status": "APPROVED", "platform_type": "CLOUD_API",
            "throughput": {"level": "STANDARD"}, "whatsapp_business_manager_messaging_limit": "TIER_2K"});
        meta.numbers.insert("21".into(), vec![json!({"id": "99", "status": "CONNECTED"}), number]);
    });
    world.tick(5).await;
    let channel = world.store.channel(&PhoneNumberId::new("11")).await.unwrap().unwrap();
    assert_eq!(channel.quality_rating.as_deref(), Some("RED"));
    assert_eq!(channel.throughput.as_deref(), Some("STANDARD"));
    assert_eq!(channel.messaging_limit.as_deref(), Some("TIER_2K"));
    assert_eq!(channel.health_at, Some(at(5)));
    let unlisted = world.store.channel(&PhoneNumberId::new("12")).await.unwrap().unwrap();
    assert_eq!(unlisted.health_at, None);
    assert!(world.store.channel(&PhoneNumberId::new("99")).await.unwrap().is_none());
}

/// L-05: who shares a messaging limit. What is not told for once is not forgotten.
#[tokio::test]
async fn the_portfolio_is_read_onto_the_channels() {
    let world = World::new().await;
    world.add_channel("11", "21").await;
    let portfolio = async || {
        let channel = world.store.channel(&PhoneNumberId::new("11")).await.unwrap().unwrap();
        (channel.portfolio_id.map(model::PortfolioId::into_string), channel.is_on_biz_app, channel.quality_rating)
    };
    world.meta.change(|meta| {
        meta.owners.insert("21".into(), json!({"id": "41", "name": "Shop"}));
        meta.numbers.insert("21".into(), vec![json!({"id": "11", "quality_rating": "GREEN", "is_on_biz_app": true})]);
    });
    world.tick(0).await;
    assert_eq!(portfolio().await, (Some("41".into()), Some(true), Some("GREEN".into())));
    world.meta.change(|meta| {
        meta.owners.clear();
        meta.numbers.insert("21".into(), vec![json!({"id": "11", "quality_rating": "RED", "is_on_biz_app": false})]);
    });
    world.tick(60).await;
    assert_eq!(portfolio().await, (Some("41".into()), Some(false), Some("RED".into())));
}

/// an end is told of before it comes, an invalid token each time, and a good one never.
#[tokio::test]
async fn the_schedule_looks_at_what_the_token_is_worth() {
    let world = World::new().await;
    world.add_channel("11", "21").await;
    let scopes = ["whatsapp_business_messaging", "whatsapp_business_management"];
    let good = json!({"app_id": "3", "type": "SYSTEM_USER", "is_valid": true, "expires_at": 0, "scopes": scopes});
    let says = async |change: Value, minutes: i64| {
        let mut data = good.clone();
        data.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        world.meta.change(|meta| meta.debugged = Some(data));
        world.tick(minutes).await["tokens"].clone()
    };
    let soon = at(60 * 24 * 13).as_second();
    assert_eq!(says(json!({}), 1).await, Value::Null);
    assert_eq!(says(json!({"expires_at": at(60 * 24 * 15).as_second()}), 2).await, Value::Null);
    assert_eq!(says(json!({"expires_at": soon}), 3).await, json!(["token_expires"]));
    assert_eq!(says(json!({"data_access_expires_at": soon}), 4).await, json!(["data_access_expires"]));
    assert_eq!(says(json!({"scopes": ["whatsapp_business_messaging"]}), 5).await, json!(["token_lacks_management"]));
    assert_eq!(says(json!({"app_id": "9"}), 6).await, json!(["token_of_another_app"]));
    let refused = json!({"is_valid": false, "error": {"code": 190, "subcode": 460}});
    assert_eq!(says(refused, 7).await, json!(["token_invalid"]));
}

/// P7: what is remembered of the last listing is a shortcut, and believed for a day.
#[tokio::test]
async fn once_a_day_everything_is_compared() {
    let world = World::new().await;
    world.add_channel("11", "21").await;
    world.meta.change(|meta| meta.templates.insert("21".into(), templates(3)));
    world.tick(1).await;
    let mut other = world.store.templates(&waba("21")).await.unwrap().remove(0);
    // By somebody who does not say so: an operator, or a process that died in between.
    other.status = "REJECTED".to_owned();
    world.store.write_templates(&[other], at(2)).await.unwrap();
    let status = async || world.store.templates(&waba("21")).await.unwrap()[0].status.clone();
    world.tick(60).await;
    assert_eq!(status().await, "REJECTED");
    world.tick(25 * 60).await;
    assert_eq!(status().await, "APPROVED");
    let run = world.store.sync_run(&waba("21")).await.unwrap();
    assert_eq!((run.written, run.absent), (Some(1), Some(0)));
}
