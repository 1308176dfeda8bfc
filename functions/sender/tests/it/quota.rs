//! The messaging limit and test numbers, by what Meta received and where the sends stand.

use std::collections::BTreeSet;

use model::channel::QuotaScope;
use model::quota::Slot;
use model::{ContactKey, PhoneNumberId, SendId, WaitsFor};
use serde_json::{Value, json};
use store::{ChannelChange, OverridesChange, Setting, Updated};

use crate::world::{ANA, BEN, NUMBER, WABA, World, text};

const HALF_HOUR: u64 = 1_800;
const DAY: u64 = 86_400;

fn hello(to: &str) -> Value {
    json!({"to": to, "type": "template", "template": {"name": "hello_world", "language": {"code": "en_US"}}})
}

fn person(number: usize) -> String {
    format!("1555013{number:04}")
}

async fn set(world: &World, overrides: OverridesChange) {
    let number = PhoneNumberId::new(NUMBER);
    let version = world.store.channel(&number).await.unwrap().unwrap().version;
    let change = ChannelChange { overrides, ..ChannelChange::default() };
    assert!(matches!(world.store.update_channel(&number, version, change, world.now()).await, Ok(Updated::Done(_))));
}

async fn limited(recipients: u32) -> World {
    let world = World::start().await;
    world.list_hello_world().await;
    set(&world, OverridesChange { recipients_per_day: Some(Setting::Own(recipients)), ..OverridesChange::default() })
        .await;
    world
}

async fn template(world: &World, key: &str, to: &str) -> SendId {
    let id = world.store_send(key, &hello(to)).await;
    world.queue(&id).await;
    while world.deliver().await.received > 0 {}
    id
}

async fn counted(world: &World) -> u32 {
    world.store.quota_day(&QuotaScope::Waba(WABA.into())).await.unwrap().counted(world.now())
}

async fn state(world: &World, id: &SendId) -> String {
    world.state(id).await.0
}

/// L-03, L-04: who is over the limit waits, and nobody else does.
#[tokio::test]
async fn who_is_over_the_limit_waits_until_somebody_falls_out() {
    let world = limited(2).await;
    world.wait(60);
    let oldest = world.now();
    for number in 0..2 {
        let id = template(&world, &format!("first {number}"), &person(number)).await;
        assert_eq!(state(&world, &id).await, "accepted");
        world.wait(HALF_HOUR);
    }
    let over = template(&world, "over", &person(2)).await;
    let waiting = world.send(&over).await;
    assert_eq!((waiting.state.as_str(), waiting.waits_for), ("waiting", Some(WaitsFor::MessagingLimit)));
    assert_eq!(waiting.due_at, Some(Slot::of(oldest).ends_at()));
    // Who counts already, and who wrote in, are none too many.
    assert_eq!(state(&world, &template(&world, "again", &person(0)).await).await, "accepted");
    world.hear(ANA).await;
    assert_eq!(state(&world, &template(&world, "in the window", ANA).await).await, "accepted");
    let reply = world.store_send("reply", &text(ANA, "reply")).await;
    world.queue(&reply).await;
    world.deliver().await;
    assert_eq!(state(&world, &reply).await, "accepted");
    assert_eq!(counted(&world).await, 2);

    // The one who was written to again counts from then on: the other one falls out first.
    let due = waiting.due_at.unwrap();
    world.wait(u64::try_from(due.duration_since(world.now()).as_secs()).unwrap() - 1);
    world.tick().await;
    assert_eq!(state(&world, &over).await, "waiting");
    world.wait(1);
    world.tick().await;
    while world.deliver().await.received > 0 {}
    let waiting = world.send(&over).await;
    assert_eq!(waiting.state.as_str(), "waiting", "its place was taken by who was written to again");
    let due = waiting.due_at.unwrap();
    assert!(due.duration_since(oldest).as_secs() <= i64::try_from(DAY + 2 * HALF_HOUR).unwrap());
    world.wait(u64::try_from(due.duration_since(world.now()).as_secs()).unwrap());
    world.tick().await;
    while world.deliver().await.received > 0 {}
    assert_eq!(state(&world, &over).await, "accepted");
    let people: BTreeSet<String> = world.meta.sends().iter().map(|send| send.to.clone()).collect();
    assert_eq!(people.len(), 4);
}

/// L-06: what Meta refused for good reached nobody; what may have reached somebody counts.
#[tokio::test]
async fn a_refusal_releases_and_doubt_does_not() {
    let world = limited(3).await;
    for (code, still) in [(131_026, 0), (131_016, 1)] {
        world.refuse_with(code);
        template(&world, &code.to_string(), &person(usize::try_from(code).unwrap() % 1_000)).await;
        assert_eq!(counted(&world).await, still, "{code}");
    }
    // It is tried again, and still counts once.
    world.meta.clear_faults();
    world.wait(60);
    while world.deliver().await.received > 0 {}
    assert_eq!(counted(&world).await, 1);
    world.fault(json!({"fault": {"lost_reply": {}}, "times": 1}));
    let doubtful = template(&world, "doubtful", BEN).await;
    assert_eq!((state(&world, &doubtful).await.as_str(), counted(&world).await), ("uncertain", 2));
    // Last: it holds up the whole number.
    world.refuse_with(131_042);
    let unpaid = template(&world, "unpaid", &person(42)).await;
    assert_eq!((state(&world, &unpaid).await.as_str(), counted(&world).await), ("parked", 2));
}

#[tokio::test]
async fn without_a_limit_nobody_is_counted() {
    let world = World::start().await;
    world.list_hello_world().await;
    assert_eq!(state(&world, &template(&world, "untold", &person(0)).await).await, "accepted");
    let health =
        store::NumberHealth { messaging_limit: Some("TIER_UNLIMITED".into()), ..store::NumberHealth::default() };
    world.store.record_number_health(&PhoneNumberId::new(NUMBER), &health, world.now()).await.unwrap();
    world.wait(61);
    assert_eq!(state(&world, &template(&world, "unlimited", &person(1)).await).await, "accepted");
    assert_eq!(counted(&world).await, 0);
}

/// Z-01, Z-02: five people, of whom one that Meta does not know is none.
#[tokio::test]
async fn a_test_number_writes_to_five() {
    let world = World::start().await;
    world.list_hello_world().await;
    set(&world, OverridesChange { test_number: Some(Setting::Own(true)), ..OverridesChange::default() }).await;
    world.refuse_with(131_030);
    let unlisted = template(&world, "unlisted", &person(9)).await;
    assert_eq!(world.state(&unlisted).await, ("failed".into(), Some("131030".into())));
    assert!(world.send(&unlisted).await.error.unwrap().remedy.unwrap().contains("API Setup"));
    assert_eq!(world.calls(), 1, "it is not tried again");
    world.meta.clear_faults();
    for number in 0..5 {
        assert_eq!(state(&world, &template(&world, &format!("{number}"), &person(number)).await).await, "accepted");
    }
    let sixth = template(&world, "sixth", &person(5)).await;
    assert_eq!(world.state(&sixth).await, ("failed".into(), Some("test_number_recipients".into())));
    assert_eq!(state(&world, &template(&world, "again", &person(4)).await).await, "accepted");
    assert_eq!(world.calls(), 7, "Meta was not asked about the sixth");
    // The list at Meta was changed.
    world.store.forget_test_recipients(&PhoneNumberId::new(NUMBER)).await.unwrap();
    assert_eq!(state(&world, &template(&world, "sixth again", &person(5)).await).await, "accepted");
    let key = ContactKey::new(format!("wa:{}", person(5)));
    assert!(world.store.admit_test_recipient(&PhoneNumberId::new(NUMBER), &key).await.unwrap());
}
