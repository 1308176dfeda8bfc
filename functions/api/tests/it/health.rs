//! `GET …/health`: each fault planted at Meta or in the table and found, and a healthy number of which nothing bad is said.

use sandbox::Service;
use sandbox::aws::faults::Fault;
use sandbox::meta::{MANAGEMENT, MESSAGING, Subscription, Token, local};
use serde_json::{Value, json};

use crate::world::{NUMBER, WABA, World};

async fn health(world: &World) -> Value {
    let answer = world.get(&format!("/v1/channels/{NUMBER}/health")).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert!(!answer.text.contains(local::ACCESS_TOKEN));
    answer.json()
}

/// The ids of what is worse than worth knowing, and of what is worth knowing.
async fn found(world: &World) -> (Vec<String>, Vec<String>) {
    let health = health(world).await;
    let findings = health["findings"].as_array().unwrap();
    let of = |levels: &[&str]| {
        let listed = findings.iter().filter(|finding| levels.contains(&finding["level"].as_str().unwrap()));
        listed.map(|finding| finding["id"].as_str().unwrap().to_owned()).collect()
    };
    (of(&["warn", "error"]), of(&["info"]))
}

fn with_token(world: &World, change: impl FnOnce(&mut Token)) {
    let mut token = Token::system_user(local::ACCESS_TOKEN, local::APP_ID);
    change(&mut token);
    world.meta.put_token(token);
}

fn number(world: &World, field: &str, value: &str) {
    assert!(world.meta.number(NUMBER, |number| drop(number.node.insert(field.into(), value.into()))));
}

fn waba(world: &World, field: &str, value: Value) {
    assert!(world.meta.waba(WABA, |waba| drop(waba.node.insert(field.into(), value))));
}

#[tokio::test]
async fn a_healthy_number_has_nothing_against_it() {
    let world = World::new().await;
    let (bad, known) = found(&world).await;
    assert!(bad.is_empty(), "{bad:?}");
    assert_eq!(known, ["nothing_received"]);
    assert_eq!(health(&world).await["callbacks"], json!({}));
    world.get("/v1/channels/1/health").await.is(404, "unknown_channel");
}

#[tokio::test]
async fn each_fault_of_the_token_is_found() {
    let world = World::new().await;
    with_token(&world, |token| token.scopes.retain(|scope| scope != MESSAGING));
    assert_eq!(found(&world).await.0, ["token_lacks_messaging"]);
    with_token(&world, |token| token.scopes.retain(|scope| scope != MANAGEMENT));
    assert_eq!(found(&world).await.0, ["token_lacks_management"]);
    with_token(&world, |token| drop(token.granular.insert(MANAGEMENT.into(), vec!["9".into()])));
    assert_eq!(found(&world).await.0, ["token_lacks_account"]);
    with_token(&world, |token| token.kind = "USER".into());
    assert_eq!(found(&world).await.0, ["token_of_a_person"]);
    with_token(&world, |token| token.expires_at = Some("2026-01-10T00:00:00Z".parse().unwrap()));
    assert_eq!(found(&world).await.0, ["token_expires"]);
    for (subcode, why) in [(460, "password"), (463, "expired"), (467, "")] {
        with_token(&world, |token| token.invalid = Some(subcode));
        let findings = health(&world).await["findings"].clone();
        assert_eq!(findings[0]["id"], "token_invalid");
        let what = findings[0]["what"].as_str().unwrap();
        assert!(what.contains(&format!("190/{subcode}")) && what.contains(why), "{what}");
    }
    with_token(&world, |_| ());
    assert!(found(&world).await.0.is_empty());
    // A function that was told of another token sees it within half a minute.
    world.put_tokens(&json!({"app_id": "9", "default": local::ACCESS_TOKEN})).await;
    world.clock.advance(std::time::Duration::from_secs(301));
    assert_eq!(found(&world).await.0, ["token_of_another_app", "another_app_subscribed"]);
    world.put_tokens(&json!({"app_id": "9", "default": ""})).await;
    world.clock.advance(std::time::Duration::from_secs(301));
    assert_eq!(found(&world).await.0, ["token_missing"]);
}

#[tokio::test]
async fn each_fault_of_number_and_account_is_found() {
    let world = World::new().await;
    for (field, wrong, right, id) in [
        ("platform_type", "ON_PREMISE", "CLOUD_API", "number_not_cloud_api"),
        ("platform_type", "NOT_APPLICABLE", "CLOUD_API", "number_not_registered"),
        ("status", "BANNED", "CONNECTED", "number_status"),
        ("quality_rating", "RED", "GREEN", "quality"),
        ("name_status", "DECLINED", "APPROVED", "name_declined"),
        ("new_name_status", "APPROVED", "NONE", "name_not_registered"),
    ] {
        number(&world, field, wrong);
        assert_eq!(found(&world).await.0, [id]);
        number(&world, field, right);
    }
    number(&world, "account_mode", "SANDBOX");
    assert_eq!(found(&world).await.1, ["test_number", "nothing_received"]);
    number(&world, "account_mode", "LIVE");
    // L-07: answers need no verified business.
    waba(&world, "business_verification_status", json!("not_verified"));
    assert_eq!(found(&world).await, (vec![], vec!["business_not_verified".into(), "nothing_received".into()]));
    waba(&world, "business_verification_status", json!("verified"));
    waba(&world, "account_review_status", json!("REJECTED"));
    assert_eq!(found(&world).await.0, ["account_review"]);
    waba(&world, "account_review_status", json!("APPROVED"));
    let error = json!({"error_code": 141_006, "error_description": "why", "possible_solution": "do"});
    let entity = json!({"entity_type": "WABA", "id": WABA, "can_send_message": "BLOCKED", "errors": [error]});
    waba(&world, "health_status", json!({"can_send_message": "BLOCKED", "entities": [entity]}));
    assert_eq!(found(&world).await.0, ["payment_method"]);
    waba(&world, "health_status", json!({"can_send_message": "AVAILABLE", "entities": []}));
    assert!(found(&world).await.0.is_empty());
}

#[tokio::test]
async fn the_subscription_has_to_be_ours() {
    let world = World::new().await;
    let subscribed = |apps: &[&str]| {
        let apps: Vec<_> =
            apps.iter().map(|id| Subscription { app_id: (*id).to_owned(), override_url: None }).collect();
        assert!(world.meta.waba(WABA, |waba| waba.subscribed = apps));
    };
    subscribed(&[]);
    assert_eq!(found(&world).await.0, ["app_not_subscribed"]);
    subscribed(&["9"]);
    assert_eq!(found(&world).await.0, ["another_app_subscribed"]);
    subscribed(&["9", local::APP_ID]);
    assert_eq!(found(&world).await, (vec![], vec!["other_apps_too".into(), "nothing_received".into()]));
    subscribed(&[local::APP_ID]);
    assert!(found(&world).await.0.is_empty());
}

#[tokio::test]
async fn where_webhooks_go_is_told() {
    let world = World::new().await;
    world.meta.set_callback("http://127.0.0.1:9/webhook").unwrap();
    world.meta.number(NUMBER, |number| number.override_url = Some("http://127.0.0.1:9/other".into()));
    let told = health(&world).await["callbacks"].clone();
    assert_eq!(told, json!({"phone_number": "http://127.0.0.1:9/other", "application": "http://127.0.0.1:9/webhook"}));
}

#[tokio::test]
async fn a_token_that_meta_does_not_know_is_told_of() {
    let world = World::new().await;
    world.put_tokens(&json!({"app_id": local::APP_ID, "default": "unknown to Meta"})).await;
    assert_eq!(found(&world).await.0, ["token_invalid"]);
}

/// It is no fault of Meta's, whose status page would tell nothing.
#[tokio::test]
async fn a_tokens_secret_that_cannot_be_read_is_told_of() {
    let world = World::new().await;
    world.aws.faults().add(Fault::unavailable().on(Service::SecretsManager));
    assert_eq!(found(&world).await.0, ["token_unreadable"]);
    world.aws.faults().clear();
    assert!(found(&world).await.0.is_empty());
    let world = World::new().await;
    world.put_tokens(&json!(["no object"])).await;
    let finding = health(&world).await["findings"][0].clone();
    assert_eq!((&finding["id"], &finding["level"]), (&json!("token_unreadable"), &json!("error")));
    assert!(finding["remedy"].as_str().unwrap().contains("Correct the tokens secret"), "{finding}");
}

/// A send that the sender never took is told of after a quarter of an hour.
#[tokio::test]
async fn what_nobody_takes_is_found() {
    let world = World::new().await;
    let body = json!({"to": "+15550101", "type": "text", "text": {"body": "Hi"}, "waypost": {"window": "meta"}});
    assert_eq!(world.send(&body).await.status, 202);
    world.clock.advance(std::time::Duration::from_mins(14));
    assert!(found(&world).await.0.is_empty());
    world.clock.advance(std::time::Duration::from_mins(2));
    assert_eq!(found(&world).await.0, ["sends_overdue"]);
}
