//! Phone numbers: reading, verification, registration.

use std::time::Duration;

use sandbox::meta::Number;
use serde_json::json;

use crate::harness::{NUMBER, WABA, World};

#[tokio::test]
async fn listing_and_fields() {
    let world = World::quiet().await;
    world.meta.waba(WABA, |waba| {
        let test = Number::new("100000000000002", "+1 555-0101", "Test").with("account_mode", json!("SANDBOX"));
        waba.numbers.push(test.with("last_onboarded_time", json!("2026-02-01T00:00:00+0000")));
    });
    let path = format!("{WABA}/phone_numbers");
    let listed = world.get(&path).await.json;
    assert_eq!((&listed["data"][0]["id"], &listed["data"][1]["id"]), (&json!("100000000000002"), &json!(NUMBER)));
    assert!(listed["data"][0].get("status").is_none() && listed["data"][0]["quality_rating"] == "GREEN");
    assert!(listed["paging"].get("next").is_none() && listed["paging"]["cursors"]["after"].is_string());
    let fields = "id,status,throughput,name_status,whatsapp_business_manager_messaging_limit,account_mode";
    let listed = world.get(&format!("{path}?fields={fields}&sort=[\"last_onboarded_time_ascending\"]")).await.json;
    assert_eq!(listed["data"][0]["id"], NUMBER);
    assert_eq!(listed["data"][0]["throughput"]["level"], "STANDARD");
    let live = r#"filtering=[{"field":"account_mode","operator":"EQUAL","value":"LIVE"}]"#;
    let listed = world.get(&format!("{path}?{live}")).await.json;
    assert_eq!(listed["data"].as_array().unwrap().len(), 1);
    let number =
        world.get(&format!("{NUMBER}?fields=display_phone_number,health_status{{can_send_message}}")).await.json;
    assert_eq!(number["display_phone_number"], "+1 555-0100");
    assert_eq!(world.get(&format!("{NUMBER}?fields=colour")).await.code(), Some(100));
}

#[tokio::test]
async fn from_code_to_registration() {
    let world = World::quiet().await;
    let edge = |edge: &str| format!("{NUMBER}/{edge}");
    let code = json!({"code_method": "SMS", "language": "en_US"});
    assert_eq!(world.post(&edge("request_code"), code.clone()).await.code(), Some(136_024));
    world.meta.number(NUMBER, |number| {
        number.node.insert("code_verification_status".to_owned(), json!("NOT_VERIFIED"));
        number.registered = false;
    });
    let register = |pin: &str| json!({"messaging_product": "whatsapp", "pin": pin});
    assert_eq!(world.post(&edge("register"), register("000000")).await.code(), Some(133_006));
    assert_eq!(world.post(&edge("request_code"), json!({"code_method": "FAX"})).await.code(), Some(100));
    assert_eq!(world.post(&edge("request_code"), code).await.status, 200);
    assert_eq!(world.post(&edge("verify_code"), json!({"code": "123-456"})).await.code(), Some(136_025));
    assert_eq!(world.post(&edge("verify_code"), json!({"code": "123456"})).await.status, 200);
    assert_eq!(world.post(&edge("register"), register("12")).await.code(), Some(100));
    assert_eq!(world.post(&edge("register"), register("000000")).await.status, 200);
    assert_eq!(world.send_text().await.status, 200);
    assert_eq!(world.post(&edge("register"), register("111111")).await.code(), Some(133_005));
    assert_eq!(world.post(NUMBER, json!({"pin": "111111"})).await.status, 200);
    assert_eq!(world.post(&edge("register"), register("111111")).await.status, 200);
    assert_eq!(world.post(&edge("deregister"), json!({})).await.status, 200);
    assert_eq!(world.send_text().await.code(), Some(133_010));
    let status = world.get(&format!("{NUMBER}?fields=status,is_pin_enabled")).await.json;
    assert_eq!((&status["status"], &status["is_pin_enabled"]), (&json!("DISCONNECTED"), &json!(true)));
    for _ in 0..5 {
        world.post(&edge("register"), register("111111")).await;
    }
    assert_eq!(world.post(&edge("register"), register("111111")).await.code(), Some(133_016));
    world.meta.clock().advance(Duration::from_hours(72));
    assert_eq!(world.post(&edge("register"), register("111111")).await.status, 200);
}

#[tokio::test]
async fn a_new_display_name_is_reviewed() {
    let world = World::quiet().await;
    assert_eq!(world.post(NUMBER, json!({"new_display_name": "New Shop"})).await.status, 200);
    let number = world.get(&format!("{NUMBER}?fields=new_name_status,verified_name")).await.json;
    assert_eq!((&number["new_name_status"], &number["verified_name"]), (&json!("PENDING_REVIEW"), &json!("Demo Shop")));
    assert_eq!(world.post(NUMBER, json!({"new_display_name": "x"})).await.code(), Some(100));
    assert_eq!(world.post(NUMBER, json!({})).await.code(), Some(100));
}
