//! What connects an app, an account and a number, against the fake Meta.

use graph::registration::{CodeMethod, Pin};
use graph::{Client, Error, Timeouts, Token};
use model::health::{FIELDS, TokenFacts};
use model::{PhoneNumberId, WabaId};
use sandbox::meta::{App, MANAGEMENT, MESSAGING, Meta, MetaConfig, local};
use serde_json::json;

struct World {
    meta: Meta,
    client: Client,
    token: Token,
    app: Token,
    waba: WabaId,
    number: PhoneNumberId,
}

async fn world() -> World {
    let mut config = MetaConfig::local();
    config.apps.push(App::new("300000000000002", "other", "other"));
    config.wabas[0].subscribed.clear();
    let meta = Meta::start(config).await.unwrap();
    let client = Client::new(&meta.url(), "v24.0", Timeouts::default()).unwrap();
    World {
        client,
        token: Token::new(local::ACCESS_TOKEN),
        app: Token::of_app(local::APP_ID, local::APP_SECRET),
        waba: WabaId::new(local::WABA_ID),
        number: PhoneNumberId::new(local::PHONE_NUMBER_ID),
        meta,
    }
}

fn code<T>(outcome: Result<T, Error>) -> Option<i64> {
    outcome.err().and_then(|error| error.code())
}

#[tokio::test]
async fn a_token_is_looked_at_by_the_app_and_by_itself() {
    let world = world().await;
    let mut token = sandbox::meta::Token::system_user("limited", local::APP_ID);
    token.granular.insert(MESSAGING.to_owned(), vec![local::WABA_ID.to_owned()]);
    token.expires_at = Some("2100-01-01T00:00:00Z".parse().unwrap());
    world.meta.put_token(token.clone());
    let limited = Token::new("limited");
    let seen = world.client.debug_token(&world.app, &limited).await.unwrap();
    assert!(seen.is_valid && seen.refused.is_none());
    assert_eq!(seen.app_id.as_deref(), Some(local::APP_ID));
    assert_eq!(seen.scopes, [MESSAGING, MANAGEMENT]);
    assert_eq!(seen.granular[MESSAGING], [local::WABA_ID]);
    assert!(!seen.granular.contains_key(MANAGEMENT));
    assert_eq!(seen.expires_at, token.expires_at);
    assert_eq!(seen.data_access_expires_at, None);
    assert_eq!(world.client.look_at(&limited).await.unwrap(), seen);

    token.invalid = Some(460);
    world.meta.put_token(token);
    for seen in [world.client.debug_token(&world.app, &limited).await, world.client.look_at(&limited).await] {
        let TokenFacts { is_valid: false, refused: Some(refused), .. } = seen.unwrap() else { panic!("it is valid") };
        assert_eq!((refused.code, refused.subcode), (190, Some(460)));
        assert!(refused.remedy.contains("password") || refused.title.contains("password"), "{refused:?}");
    }
}

#[tokio::test]
async fn an_app_is_seen_and_subscribed_with_its_own_token_only() {
    let world = world().await;
    let World { client, app, .. } = &world;
    assert!(client.app_name(app, local::APP_ID).await.unwrap().is_some());
    let wrong = Token::of_app(local::APP_ID, "another-secret");
    assert_eq!(code(client.app_name(&wrong, local::APP_ID).await), Some(190));
    assert!(client.subscriptions(app, local::APP_ID).await.unwrap().is_empty());
    let fields: Vec<String> = FIELDS.iter().map(|field| (*field).to_owned()).collect();
    let nobody = "http://127.0.0.1:9/webhook";
    assert_eq!(code(client.subscribe(app, local::APP_ID, nobody, "t", &fields).await), Some(2200));

    world.meta.set_callback("http://127.0.0.1:9/webhook").unwrap();
    let listed = client.subscriptions(app, local::APP_ID).await.unwrap();
    assert_eq!((listed.len(), listed[0].callback_url.as_str(), listed[0].active), (1, nobody, true));
    assert!(listed[0].missing().is_empty());
    client.unsubscribe(app, local::APP_ID).await.unwrap();
    assert!(client.subscriptions(app, local::APP_ID).await.unwrap().is_empty());
}

#[tokio::test]
async fn an_account_is_subscribed_and_read_back() {
    let World { client, token, waba, meta: _meta, .. } = world().await;
    assert!(client.subscribed_apps(&token, &waba).await.unwrap().is_empty());
    client.subscribe_account(&token, &waba, None).await.unwrap();
    let apps = client.subscribed_apps(&token, &waba).await.unwrap();
    assert_eq!((apps.len(), apps[0].app_id.as_str()), (1, local::APP_ID));
    assert_eq!(apps[0].override_callback_uri, None);
    let override_to = Some(("http://127.0.0.1:9/webhook", "t"));
    assert_eq!(code(client.subscribe_account(&token, &waba, override_to).await), Some(2200));
    client.unsubscribe_account(&token, &waba).await.unwrap();
    assert!(client.subscribed_apps(&token, &waba).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_numbers_own_callback_is_taken_away() {
    let World { client, token, number, meta, .. } = world().await;
    meta.number(number.as_str(), |number| number.override_url = Some("http://127.0.0.1:9/own".into()));
    let own = || async { client.phone_number(&token, &number).await.unwrap().unwrap().webhook.phone_number };
    assert_eq!(own().await.as_deref(), Some("http://127.0.0.1:9/own"));
    client.end_number_override(&token, &number).await.unwrap();
    assert_eq!(own().await, None);
}

#[tokio::test]
async fn a_number_goes_through_its_codes() {
    let world = world().await;
    let World { client, token, number, .. } = &world;
    assert_eq!(code(client.request_code(token, number, CodeMethod::Sms, "en_US").await), Some(136_024));
    world.meta.number(number.as_str(), |number| {
        number.node.insert("code_verification_status".into(), "EXPIRED".into());
        number.node.insert("platform_type".into(), "NOT_APPLICABLE".into());
        number.registered = false;
    });
    let pin = Pin::new("123456").unwrap();
    assert_eq!(code(client.register(token, number, &pin).await), Some(133_006));
    client.request_code(token, number, CodeMethod::Voice, "en_US").await.unwrap();
    assert!(client.verify_code(token, number, "000-000").await.is_err());
    client.verify_code(token, number, "123-456").await.unwrap();
    client.register(token, number, &pin).await.unwrap();
    assert_eq!(code(client.register(token, number, &Pin::new("654321").unwrap()).await), Some(133_005));
    client.set_pin(token, number, &Pin::new("654321").unwrap()).await.unwrap();
    client.register(token, number, &Pin::new("654321").unwrap()).await.unwrap();
    let seen = client.phone_number(token, number).await.unwrap().unwrap().facts();
    assert!(seen.is_registered() && seen.is_verified());
    client.deregister(token, number).await.unwrap();
    assert!(!client.phone_number(token, number).await.unwrap().unwrap().facts().is_registered());
}

#[tokio::test]
async fn what_is_not_there_or_not_shown_is_none() {
    let World { client, token, waba, number, meta, .. } = world().await;
    assert!(client.phone_number(&token, &PhoneNumberId::new("1")).await.unwrap().is_none());
    assert!(client.account(&token, &WabaId::new("2")).await.unwrap().is_none());
    let health = json!({"can_send_message": "BLOCKED", "entities": [{"entity_type": "WABA", "id": "2",
        "can_send_message": "BLOCKED", "errors": [{"error_code": 141_006, "error_description": "No payment method.",
        "possible_solution": "Add one."}]}]});
    meta.waba(waba.as_str(), |waba| drop(waba.node.insert("health_status".into(), health)));
    meta.number(number.as_str(), |number| number.override_url = Some("http://127.0.0.1:9/".into()));
    let account = client.account(&token, &waba).await.unwrap().unwrap();
    assert_eq!(account.business_verification_status.as_deref(), Some("verified"));
    assert_eq!((account.health[0].can_send_message.as_str(), account.health[0].errors[0].code), ("BLOCKED", 141_006));
    let seen = client.phone_number(&token, &number).await.unwrap().unwrap();
    assert_eq!(seen.webhook.phone_number.as_deref(), Some("http://127.0.0.1:9/"));
}
