//! Apps, tokens, WABA, profile.

use std::time::Duration;

use reqwest::Method;
use sandbox::meta::{Meta, MetaConfig, Token, local};
use serde_json::{Value, json};

use crate::harness::{NUMBER, WABA, World};

#[tokio::test]
async fn subscriptions_shake_hands() {
    let mut world = World::quiet().await;
    let path = format!("{}/subscriptions", local::APP_ID);
    let body = |token: &str| {
        json!({"object": "whatsapp_business_account", "callback_url": world.callback.url,
        "verify_token": token, "fields": "messages,account_update", "include_values": true})
    };
    assert_eq!(world.post(&path, body("local-verify-token")).await.code(), Some(15));
    let (right, wrong) = (body("local-verify-token"), body("nope"));
    world.token = format!("{}|{}", local::APP_ID, local::APP_SECRET);
    assert_eq!(world.post(&path, wrong).await.code(), Some(2200));
    assert_eq!(world.post(&path, right.clone()).await.json, json!({"success": true}));
    let query = world.callback.handshakes().pop().unwrap();
    assert!(query.contains("hub.mode=subscribe") && query.contains("hub.challenge="), "{query}");
    let listed = world.get(&path).await.json;
    assert_eq!(listed["data"][0]["callback_url"], world.callback.url.as_str());
    assert_eq!(listed["data"][0]["fields"][0]["name"], "messages");
    // Only the fields that were asked for come.
    assert!(world.meta.deliver_raw(json!({}), "flows").await.is_empty());
    world.callback.answer_handshake("\"1\"");
    assert_eq!(world.post(&path, right).await.code(), Some(2200));
    let away = json!({"object": "whatsapp_business_account", "callback_url": "https://shop.example/webhook",
        "verify_token": "local-verify-token", "fields": "messages"});
    assert_eq!(world.post(&path, away).await.code(), Some(2200));
}

#[tokio::test]
async fn tokens_are_looked_into() {
    let world = World::quiet().await;
    let soon = world.meta.clock().now() + Duration::from_mins(1);
    let mut token = Token { expires_at: Some(soon), ..Token::system_user("short", local::APP_ID) };
    token.granular.insert(sandbox::meta::MESSAGING.to_owned(), vec![WABA.to_owned()]);
    world.meta.put_token(token);
    let data = world.get(&format!("debug_token?input_token={}", local::ACCESS_TOKEN)).await.json["data"].clone();
    assert_eq!(
        (&data["is_valid"], &data["expires_at"], &data["app_id"]),
        (&json!(true), &json!(0), &json!(local::APP_ID))
    );
    assert_eq!(data["scopes"].as_array().unwrap().len(), 2);
    let data = world.get("debug_token?input_token=short").await.json["data"].clone();
    assert_eq!(data["granular_scopes"][0]["target_ids"], json!([WABA]));
    assert_eq!((&data["is_valid"], &data["expires_at"]), (&json!(true), &json!(soon.as_second())));
    world.meta.clock().advance(Duration::from_mins(1));
    let data = world.get("debug_token?input_token=short").await.json["data"].clone();
    assert_eq!((&data["is_valid"], &data["error"]["subcode"]), (&json!(false), &json!(463)));
    assert_eq!(world.get("debug_token?input_token=nobody").await.json["data"]["is_valid"], false);
    let set = world.control(Method::POST, "tokens", json!({"value": "local-access-token", "invalid": 460})).await;
    assert_eq!(set.json["valid"], false);
    assert_eq!(world.get(WABA).await.subcode(), Some(460));
}

#[tokio::test]
async fn app_tokens() {
    let world = World::quiet().await;
    let path = |secret: &str, grant: &str| {
        format!("oauth/access_token?client_id={}&client_secret={secret}&grant_type={grant}", local::APP_ID)
    };
    let answer = world.get(&path(local::APP_SECRET, "client_credentials")).await;
    assert_eq!(answer.json["access_token"], format!("{}|{}", local::APP_ID, local::APP_SECRET));
    assert_eq!(world.get(&path("wrong", "client_credentials")).await.code(), Some(1));
    assert_eq!(world.get(&path(local::APP_SECRET, "password")).await.code(), Some(100));
}

#[tokio::test]
async fn waba_fields() {
    let world = World::quiet().await;
    let answer = world.get(&format!("{WABA}?fields=name,health_status,business_verification_status")).await;
    assert_eq!(answer.json["name"], "Demo Shop");
    assert_eq!(answer.json["health_status"]["can_send_message"], "AVAILABLE");
    assert!(answer.json.get("currency").is_none() && answer.json["id"] == WABA);
    assert_eq!(world.get(&format!("{WABA}?fields=nonsense")).await.code(), Some(100));
    assert_eq!(world.get("200000000000009").await.subcode(), Some(33));
}

#[tokio::test]
async fn the_profile_is_flat_and_empty_unless_asked() {
    let world = World::quiet().await;
    let path = format!("{NUMBER}/whatsapp_business_profile");
    assert_eq!(world.get(&path).await.json, json!({"data": [{"messaging_product": "whatsapp"}]}));
    let update = json!({"messaging_product": "whatsapp", "about": "Open till five", "vertical": "RETAIL",
        "websites": ["https://shop.example"]});
    assert_eq!(world.post(&path, update).await.json, json!({"success": true}));
    let profile = world.get(&format!("{path}?fields=about,websites,vertical,email")).await.json["data"][0].clone();
    assert_eq!(
        (&profile["about"], &profile["websites"][0]),
        (&json!("Open till five"), &json!("https://shop.example"))
    );
    assert!(profile.get("email").is_none());
    assert_eq!(world.post(&path, json!({"about": "x"})).await.code(), Some(100));
}

#[tokio::test]
async fn it_calls_nobody_outside_and_ends_when_told() {
    let config = MetaConfig { callback_url: Some("https://shop.example/webhook".to_owned()), ..MetaConfig::local() };
    assert!(Meta::start(config).await.is_err());
    let world = World::quiet().await;
    assert!(world.meta.set_callback("http://10.0.0.1/").is_err());
    let url = world.meta.url();
    world.meta.shutdown().await;
    assert!(world.http.get(url).send().await.is_err());
    let meta = Meta::start(MetaConfig::local()).await.unwrap();
    let settings = world.http.get(format!("{}/_sandbox/settings", meta.url())).send().await.unwrap();
    let settings: Value = serde_json::from_str(&settings.text().await.unwrap()).unwrap();
    assert_eq!(settings["enforce"]["window"], true);
}
