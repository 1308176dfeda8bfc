//! Of tokens and secrets.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::app::app;
use super::{Case, case, lasting};
use crate::world::{APP, SECRETS, World};

const TOKEN: &str = "local-access-token";

fn token(world: &World, change: Value) -> Vec<String> {
    let mut token = change;
    token["value"] = TOKEN.into();
    world.at_meta("tokens", &token);
    Vec::new()
}

pub(super) const TOKENS: &[Case] = &[
    case(
        &["error token_lacks_messaging"],
        |world| token(world, json!({"scopes": [model::health::MANAGEMENT]})),
        good_token,
    ),
    case(
        &["error token_lacks_management"],
        |world| token(world, json!({"scopes": [model::health::MESSAGING]})),
        good_token,
    ),
    case(
        &["error token_lacks_account"],
        |world| token(world, json!({"granular": {model::health::MANAGEMENT: ["9"]}})),
        good_token,
    ),
    case(&["warn token_of_a_person"], |world| token(world, json!({"kind": "USER"})), good_token),
    case(&["error token_of_another_app"], |world| token(world, json!({"app_id": "300000000000009"})), good_token),
    case(&["warn token_expires"], |world| token(world, json!({"expires_at": tomorrow()})), good_token),
    case(
        &["warn data_access_expires"],
        |world| token(world, json!({"data_access_expires_at": tomorrow()})),
        good_token,
    ),
    case(&["error token_invalid"], |world| token(world, json!({"invalid": 460})), good_token),
    // The API reads the secret again after five minutes.
    lasting(&["error token_missing"], |world| {
        secret(world, 1, "default", json!(""));
        world.running.local().clock().advance(Duration::from_secs(301));
        Vec::new()
    }),
];

fn good_token(world: &World) {
    token(
        world,
        json!({"scopes": [model::health::MESSAGING, model::health::MANAGEMENT], "granular": {}, "kind": "SYSTEM_USER",
            "app_id": APP, "expires_at": "2100-01-01T00:00:00Z", "data_access_expires_at": "2100-01-01T00:00:00Z",
            "invalid": 0}),
    );
}

fn tomorrow() -> String {
    (Timestamp::now() + jiff::SignedDuration::from_hours(24)).to_string()
}

fn secret(world: &World, which: usize, member: &str, value: Value) {
    let mut content = world.secret(SECRETS[which]).0;
    content[member] = value;
    world.put_secret(SECRETS[which], &content);
}

/// Of a system whose time stands still: a function that has read its secret does not read it again.
pub(super) const IN_SECRETS: &[Case] = &[
    case(
        &["error app_secret_missing"],
        |world| {
            secret(world, 0, "app_secret", json!([]));
            Vec::new()
        },
        good_secrets,
    ),
    case(
        &["error app_id_missing"],
        |world| {
            secret(world, 1, "app_id", json!(""));
            Vec::new()
        },
        good_secrets,
    ),
    // As after a first deployment.
    case(
        &["error app_id_missing", "error app_secret_missing"],
        |world| {
            secret(world, 0, "app_secret", json!([]));
            secret(world, 1, "app_id", json!(""));
            Vec::new()
        },
        good_secrets,
    ),
    case(
        &["error verify_token_wrong"],
        |world| {
            secret(world, 0, "verify_token", json!("another"));
            Vec::new()
        },
        good_secrets,
    ),
    case(&["error app_secret_wrong"], |world| app(world, &json!({"secret": "reset"})), good_secrets),
    case(
        &["error signature_refused"],
        |world| {
            secret(world, 0, "app_secret", json!(["reset"]));
            app(world, &json!({"secret": "reset"}))
        },
        good_secrets,
    ),
];

/// It is JSON still, but not what it has to be.
pub(super) const AT_START: &[Case] = &[lasting(&["error token_unreadable"], |world| {
    secret(world, 1, "default", json!(7));
    Vec::new()
})];

fn good_secrets(world: &World) {
    secret(world, 0, "app_secret", json!(["local-app-secret"]));
    secret(world, 0, "verify_token", json!("local-verify-token"));
    secret(world, 1, "app_id", json!(APP));
    app(world, &json!({"secret": "local-app-secret"}));
}
