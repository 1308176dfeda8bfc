//! Pair pacing and throughput.

use std::time::Duration;

use sandbox::meta::{AutoStatus, Clock, MetaConfig};
use serde_json::json;

use crate::harness::{NUMBER, PERSON, World, template_to, text_to};

fn still(config: &mut MetaConfig) {
    config.settings.auto_status = AutoStatus::none();
    config.clock = Clock::standing("2026-11-02T09:00:00Z".parse().unwrap());
}

#[tokio::test]
async fn one_pair_is_paced_and_others_go_on() {
    let world = World::with(still).await;
    for _ in 0..45 {
        assert_eq!(world.send_text().await.status, 200);
    }
    assert_eq!(world.send_text().await.code(), Some(131_056));
    world.meta.open_window(NUMBER, "15550188888");
    assert_eq!(world.send(text_to("+15550188888")).await.status, 200);
    world.meta.clock().advance(Duration::from_secs(6));
    assert_eq!(world.send_text().await.status, 200);
    assert_eq!(world.send_text().await.code(), Some(131_056));
    world.meta.settings(|settings| settings.enforce.pair = false);
    assert_eq!(world.send_text().await.status, 200);
}

#[tokio::test]
async fn a_number_sends_so_many_a_second_and_inbound_counts() {
    let world = World::with(|config| {
        still(config);
        config.settings.enforce.per_second = Some(5.0);
    })
    .await;
    world.meta.write_in(PERSON, &json!({"text": "Hello"})).await.unwrap();
    let mut codes = Vec::new();
    for n in 0..6 {
        codes.push(world.send(template_to(&format!("+1555010001{n}"), "hello_world", json!([]))).await.code());
    }
    assert_eq!(codes, [None, None, None, None, Some(130_429), Some(130_429)]);
    world.meta.clock().advance(Duration::from_secs(1));
    assert_eq!(world.send_text().await.status, 200);
}

#[tokio::test]
async fn the_level_of_the_number_counts() {
    let world = World::with(still).await;
    world.meta.settings(|settings| settings.enforce.pair = false);
    world.meta.number(NUMBER, |number| {
        number.node.insert("is_on_biz_app".to_owned(), json!(true));
    });
    let mut accepted = 0;
    while world.send_text().await.status == 200 {
        accepted += 1;
    }
    assert_eq!(accepted, 20);
}

#[tokio::test]
async fn management_calls_are_counted_by_the_hour() {
    let world = World::with(still).await;
    world.meta.settings(|settings| settings.enforce.management_per_hour = Some(2));
    let path = format!("{}/message_templates", crate::harness::WABA);
    let first = world.get(&path).await;
    assert!(first.headers["x-business-use-case-usage"].to_str().unwrap().contains("\"call_count\":50"));
    assert_eq!(world.get(&path).await.status, 200);
    assert_eq!(world.get(&path).await.code(), Some(80_007));
    world.meta.clock().advance(Duration::from_hours(1));
    assert_eq!(world.get(&path).await.status, 200);
}
