//! Listings that webhooks ask for: made once for what they are to see, and never before it happened (S-08).

use jiff::SignedDuration;
use model::{Timestamp, WabaId};
use serde_json::{Value, json};
use store::SyncStart;

use crate::world::{World, at};

fn changed(waba: &str, at: Timestamp) -> Value {
    json!({"v": 1, "waba_id": waba, "changed_at": at})
}

async fn listed_at(world: &World) -> Option<Timestamp> {
    world.store.sync_run(&WabaId::new("21")).await.unwrap().listed_at
}

#[tokio::test]
async fn a_change_that_a_listing_has_seen_asks_for_none() {
    let world = World::new().await;
    world.add_channel("11", "21").await;
    assert!(world.job(&changed("21", at(0)), 1, 1).await.is_empty());
    assert_eq!((world.meta.calls(), listed_at(&world).await), (2, Some(at(1))));
    for seen in [at(0), at(1)] {
        assert!(world.job(&changed("21", seen), 1, 5).await.is_empty());
    }
    assert_eq!(world.meta.calls(), 2);
    assert!(world.job(&changed("21", at(2)), 1, 5).await.is_empty());
    assert_eq!((world.meta.calls(), listed_at(&world).await), (4, Some(at(5))));
}

/// A webhook bears whole seconds: the rest of its second is waited out.
#[tokio::test]
async fn a_listing_begins_after_the_change() {
    let world = World::new().await;
    world.add_channel("11", "21").await;
    let soon = at(1) + SignedDuration::from_millis(300);
    world.job(&changed("21", soon), 1, 1).await;
    assert_eq!(listed_at(&world).await, Some(soon));
    // Clocks that differ by more are not waited for.
    world.job(&changed("21", at(9)), 1, 2).await;
    assert_eq!(listed_at(&world).await, Some(at(2)));
}

#[tokio::test]
async fn an_account_without_a_number_here_is_let_be() {
    let world = World::new().await;
    world.add_channel("11", "21").await;
    assert!(world.job(&changed("0", at(0)), 1, 1).await.is_empty());
    assert_eq!(world.meta.calls(), 0);
    assert_eq!(world.store.sync_run(&WabaId::new("0")).await.unwrap().last_attempt_at, None);
}

#[tokio::test]
async fn a_running_sync_looks_again() {
    let world = World::new().await;
    world.add_channel("11", "21").await;
    let waba = WabaId::new("21");
    assert_eq!(world.store.begin_sync(&waba, at(2), at(0)).await.unwrap(), SyncStart::Started);
    let seen = at(3) + SignedDuration::from_millis(200);
    assert!(world.job(&changed("21", seen), 1, 1).await.is_empty());
    assert_eq!(world.meta.calls(), 0, "it is left to the one that runs");
    // That one was cut off. Who takes over finds the wish, and one listing of its own too early for it.
    world.tick(3).await;
    assert_eq!((world.meta.calls(), listed_at(&world).await), (4, Some(seen)));
    world.tick(4).await;
    assert_eq!(world.meta.calls(), 6);
}

/// However often something changes, a sync ends.
#[tokio::test]
async fn a_sync_does_not_look_for_ever() {
    let world = World::new().await;
    world.add_channel("11", "21").await;
    let waba = WabaId::new("21");
    world.store.begin_sync(&waba, at(2), at(0)).await.unwrap();
    assert!(world.store.want_sync(&waba, at(60), at(0)).await.unwrap());
    world.tick(3).await;
    assert_eq!(world.meta.calls(), 6);
}

#[tokio::test]
async fn a_wanted_listing_that_fails_comes_back() {
    let world = World::new().await;
    world.add_channel("11", "21").await;
    world.meta.change(|meta| meta.failing.insert(("21".into(), 1), (503, 2)));
    assert_eq!(world.job(&changed("21", at(0)), 1, 1).await, ["m1"]);
    world.meta.change(|meta| meta.failing.clear());
    assert!(world.job(&changed("21", at(0)), 2, 2).await.is_empty());
    assert_eq!(listed_at(&world).await, Some(at(2)));
}
