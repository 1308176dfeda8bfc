use std::sync::Mutex;

use jiff::SignedDuration;
use sandbox::aws::faults::Fault;
use sandbox::{AwsConfig, Service};
use serde_json::{Value, json};

use super::*;
use crate::secrets::FLOOR;
use crate::{Aws, Env};

const WABA: &str = "21";

/// A secret, and a Meta that takes one token.
struct World {
    aws: sandbox::Aws,
    secrets: aws_sdk_secretsmanager::Client,
    tokens: CachedSecret<TokensSecret>,
    calls: Mutex<Vec<String>>,
}

impl World {
    async fn new(secret: Value) -> Self {
        let aws = sandbox::Aws::start(AwsConfig::default()).await.unwrap();
        let variables = [
            ("AWS_ACCESS_KEY_ID", "test".to_owned()),
            ("AWS_SECRET_ACCESS_KEY", "test".to_owned()),
            ("AWS_ENDPOINT_URL", aws.url()),
        ];
        let secrets = Aws::from_env(&variables.into_iter().collect::<Env>()).unwrap().secretsmanager();
        secrets.create_secret().name("tokens").secret_string(secret.to_string()).send().await.unwrap();
        let tokens = CachedSecret::new(secrets.clone(), String::from("tokens"));
        Self { aws, secrets, tokens, calls: Mutex::default() }
    }

    async fn put(&self, secret: Value) {
        self.secrets.put_secret_value().secret_id("tokens").secret_string(secret.to_string()).send().await.unwrap();
    }

    /// What came of a call that only the token `good` may make.
    async fn call(&self, now: Timestamp) -> Result<Result<(), &'static str>, NoToken> {
        let call = |token: Text| async move {
            self.calls.lock().unwrap().push(token.reveal().to_owned());
            if token.reveal() == "good" { Ok(()) } else { Err("refused") }
        };
        self.tokens.with_token(WABA, || now, |error| *error == "refused", call).await
    }

    /// The tokens that calls were made with since the last time.
    fn calls(&self) -> Vec<String> {
        std::mem::take(&mut self.calls.lock().unwrap())
    }
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_770_000_000 + seconds).unwrap()
}

#[test]
fn a_waba_without_its_own_token_uses_the_default() {
    let secret: TokensSecret = serde_json::from_str(r#"{"app_id":"3","default":"d","2":"own","4":""}"#).unwrap();
    assert_eq!(secret.for_waba("2").unwrap().reveal(), "own");
    assert_eq!(secret.for_waba("9").unwrap().reveal(), "d");
    assert_eq!(secret.for_waba("4").unwrap().reveal(), "d");
    let empty: TokensSecret = serde_json::from_str(r#"{"app_id":"","default":""}"#).unwrap();
    assert!(empty.for_waba("2").is_none());
}

#[tokio::test]
async fn a_token_that_replaced_the_refused_one_is_tried_once() {
    let world = World::new(json!({"default": "old"})).await;
    assert_eq!(world.call(at(0)).await.unwrap(), Err("refused"));
    world.put(json!({"default": "old", WABA: "good"})).await;
    // The secret was read a moment ago, and is not read again for each refusal.
    assert_eq!(world.call(at(29)).await.unwrap(), Err("refused"));
    assert_eq!(world.calls(), ["old", "old"]);
    assert_eq!(world.call(at(0) + FLOOR).await.unwrap(), Ok(()));
    assert_eq!(world.call(at(31)).await.unwrap(), Ok(()));
    assert_eq!(world.calls(), ["old", "good", "good"]);
    world.put(json!({"default": "worse"})).await;
    let later = at(0) + FLOOR + SignedDuration::from_mins(5);
    assert_eq!(world.call(later).await.unwrap(), Err("refused"));
    assert_eq!(world.calls(), ["worse"]);
}

#[tokio::test]
async fn the_same_token_is_not_tried_twice() {
    for secret in [json!({"default": "other", WABA: " old\n"}), json!({"app_id": "3"})] {
        let world = World::new(json!({"default": "old"})).await;
        assert_eq!(world.call(at(0)).await.unwrap(), Err("refused"));
        world.put(secret).await;
        assert_eq!(world.call(at(40)).await.unwrap(), Err("refused"));
        assert_eq!(world.calls(), ["old", "old"]);
    }
}

#[tokio::test]
async fn what_is_no_refusal_of_the_token_is_not_tried_again() {
    let world = World::new(json!({"default": "old"})).await;
    world.call(at(0)).await.unwrap().unwrap_err();
    world.put(json!({"default": "good"})).await;
    let call = |_| async { Err::<(), _>("away") };
    let outcome = world.tokens.with_token(WABA, || at(60), |error| *error == "refused", call).await;
    assert_eq!(outcome.unwrap(), Err("away"));
}

#[tokio::test]
async fn a_token_that_was_missing_is_found_once_it_is_there() {
    let world = World::new(json!({"app_id": "3", "default": ""})).await;
    assert!(matches!(world.call(at(0)).await, Err(NoToken::Absent)));
    world.put(json!({"default": "good"})).await;
    assert!(matches!(world.call(at(29)).await, Err(NoToken::Absent)));
    assert_eq!(world.call(at(30)).await.unwrap(), Ok(()));
    assert_eq!(world.calls(), ["good"]);
}

#[tokio::test]
async fn a_secret_that_cannot_be_read_is_no_missing_token() {
    let world = World::new(json!(["no object"])).await;
    let unreadable = |outcome| match outcome {
        Err(NoToken::Secret(error)) => error,
        other => panic!("{other:?}"),
    };
    assert!(matches!(unreadable(world.call(at(0)).await), SecretError::Malformed { .. }));
    world.put(json!({"default": "old"})).await;
    assert_eq!(world.call(at(0)).await.unwrap(), Err("refused"));
    world.aws.faults().add(Fault::unavailable().on(Service::SecretsManager));
    assert!(matches!(unreadable(world.call(at(40)).await), SecretError::Unavailable { .. }));
    assert_eq!(world.calls(), ["old", "old"]);
}
