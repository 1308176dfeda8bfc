//! L-01: Meta is not asked more than it lets itself be asked.

use model::WabaId;
use serde_json::{Value, json};
use store::SyncRun;

use crate::world::{World, at};

fn usage(percent: u32, minutes: u32) -> String {
    let told = json!({"21": [{"type": "whatsapp_business_management", "call_count": percent, "total_cputime": 1,
        "total_time": 1, "estimated_time_to_regain_access": minutes}]});
    told.to_string()
}

fn asked() -> Value {
    json!({"v": 1, "waba_id": "21"})
}

async fn run(world: &World) -> SyncRun {
    world.store.sync_run(&WabaId::new("21")).await.unwrap()
}

async fn with_channels() -> World {
    let world = World::new().await;
    world.add_channel("11", "21").await;
    world
}

#[tokio::test]
async fn an_account_that_has_used_its_calls_is_let_be_until_it_has_some_again() {
    let world = with_channels().await;
    world.meta.change(|meta| meta.usage = Some(usage(92, 20)));
    world.tick(0).await;
    let told = run(&world).await;
    assert_eq!((told.result.as_deref(), told.used_percent), (Some("succeeded"), Some(92)));
    let until = told.paused_until.unwrap();
    assert!(at(20) <= until && until < at(21), "{until}");
    let calls = world.meta.calls();
    // Neither the schedule nor who asks makes a call; the job comes back.
    assert_eq!(world.tick(5).await, json!({"wabas": 1, "failed": 0}));
    assert_eq!(world.job(&asked(), 1, 19).await, ["m1"]);
    assert_eq!(world.meta.calls(), calls);
    // It does not wait for ever: the schedule comes by anyway.
    assert!(world.job(&asked(), 5, 19).await.is_empty());
    world.meta.change(|meta| meta.usage = Some(usage(10, 0)));
    assert!(world.job(&asked(), 2, 21).await.is_empty());
    assert!(world.meta.calls() > calls);
    let told = run(&world).await;
    assert_eq!((told.used_percent, told.paused_until), (Some(10), None));
}

#[tokio::test]
async fn a_refusal_for_too_many_calls_pauses_too() {
    for (code, percent) in [(80_007, 100), (4, 100)] {
        let world = with_channels().await;
        world.meta.change(|meta| meta.failing.insert(("21".into(), 1), (400, code)));
        assert_eq!(world.job(&asked(), 1, 0).await, ["m1"], "{code}");
        let told = run(&world).await;
        let until = told.paused_until.unwrap();
        assert_eq!((told.result.as_deref(), told.used_percent), (Some("failed"), Some(percent)), "{code}");
        assert!(at(15) <= until && until < at(16), "where Meta says nothing: {until}");
        let calls = world.meta.calls();
        world.tick(14).await;
        assert_eq!(world.meta.calls(), calls, "{code}");
        world.meta.change(|meta| meta.failing.clear());
        world.tick(16).await;
        assert_eq!(run(&world).await.result.as_deref(), Some("succeeded"), "{code}");
    }
}

/// The whole app is the other accounts' too; one account's trouble is its own.
#[tokio::test]
async fn only_the_app_pauses_the_others() {
    for (code, others) in [(4, 0), (80_007, 1)] {
        let world = with_channels().await;
        world.meta.change(|meta| meta.failing.insert(("21".into(), 1), (400, code)));
        world.job(&asked(), 1, 0).await;
        world.add_channel("12", "22").await;
        world.tick(1).await;
        let other = world.meta.change(|meta| meta.calls.iter().filter(|call| *call == "22/message_templates").count());
        assert_eq!(other, others, "{code}");
    }
}

/// A listing is broken off where the calls run out, and nothing is believed of half of it.
#[tokio::test]
async fn a_listing_stops_where_the_calls_run_out() {
    let world = with_channels().await;
    let template = |one: usize| {
        json!({"id": one.to_string(), "name": format!("t{one}"), "language": "en_US", "category": "UTILITY",
        "status": "APPROVED", "components": []})
    };
    world.meta.change(|meta| meta.templates.insert("21".into(), (0..250).map(template).collect()));
    world.meta.change(|meta| meta.usage = Some(usage(90, 0)));
    world.tick(0).await;
    let pages = world.meta.change(|meta| meta.calls.iter().filter(|call| *call == "21/message_templates").count());
    let told = run(&world).await;
    assert_eq!((pages, told.result.as_deref()), (1, Some("failed")));
    assert!(told.error.unwrap().contains("used up its management calls"));
    assert!(world.store.templates(&WabaId::new("21")).await.unwrap().is_empty());
}
