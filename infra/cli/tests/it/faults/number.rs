//! Of numbers and accounts.

use serde_json::{Value, json};

use super::{Case, case};
use crate::world::{NUMBER, WABA, World};

fn number(world: &World, fields: &Value) -> Vec<String> {
    world.at_meta(&format!("numbers/{NUMBER}"), &json!({"fields": fields}));
    Vec::new()
}

fn good_number(world: &World) {
    number(
        world,
        &json!({"platform_type": "CLOUD_API", "status": "CONNECTED", "code_verification_status": "VERIFIED",
            "quality_rating": "GREEN", "whatsapp_business_manager_messaging_limit": "TIER_2K",
            "messaging_limit_tier": "TIER_2K", "name_status": "APPROVED", "new_name_status": "NONE",
            "is_on_biz_app": false, "account_mode": "LIVE"}),
    );
}

pub(super) const NUMBERS: &[Case] = &[
    case(&["error number_not_cloud_api"], |world| number(world, &json!({"platform_type": "ON_PREMISE"})), good_number),
    case(&["error number_not_registered"], |world| number(world, &json!({"status": "DISCONNECTED"})), good_number),
    case(
        &["error number_not_registered", "warn number_not_verified"],
        |world| number(world, &json!({"platform_type": "NOT_APPLICABLE", "code_verification_status": "EXPIRED"})),
        good_number,
    ),
    case(&["error number_status"], |world| number(world, &json!({"status": "BANNED"})), good_number),
    case(&["warn number_status"], |world| number(world, &json!({"status": "FLAGGED"})), good_number),
    case(&["warn quality"], |world| number(world, &json!({"quality_rating": "RED"})), good_number),
    case(&["info quality"], |world| number(world, &json!({"quality_rating": "YELLOW"})), good_number),
    case(
        &["info messaging_limit"],
        |world| number(world, &json!({"whatsapp_business_manager_messaging_limit": "TIER_250"})),
        good_number,
    ),
    case(&["info name_pending"], |world| number(world, &json!({"name_status": "PENDING_REVIEW"})), good_number),
    case(&["info name_pending"], |world| number(world, &json!({"new_name_status": "PENDING_REVIEW"})), good_number),
    case(&["warn name_declined"], |world| number(world, &json!({"name_status": "DECLINED"})), good_number),
    case(&["warn name_not_registered"], |world| number(world, &json!({"new_name_status": "APPROVED"})), good_number),
    case(&["info on_business_app"], |world| number(world, &json!({"is_on_biz_app": true})), good_number),
    case(&["info test_number"], |world| number(world, &json!({"account_mode": "SANDBOX"})), good_number),
    // A channel of a number that the account has not, and one of an account that nobody knows.
    case(&["error number_not_visible", "info nothing_received"], |world| another(world, "100000000000009", WABA), gone),
    case(
        &["error account_not_visible", "info nothing_received"],
        |world| {
            let numbers = json!({"numbers": {"100000000000009": "+1 555-0109"}});
            world.at_meta("wabas/200000000000009", &numbers);
            another(world, "100000000000009", "299999999999999")
        },
        gone,
    ),
];

fn another(world: &World, number: &str, waba: &str) -> Vec<String> {
    world.api(&["channel", "add", number, "--waba", waba, "--name", "another"]);
    Vec::new()
}

fn gone(world: &World) {
    world.api(&["channel", "remove", "another", "--yes"]);
}

fn account(world: &World, fields: &Value) -> Vec<String> {
    world.at_meta(&format!("wabas/{WABA}"), &json!({"fields": fields}));
    Vec::new()
}

fn good_account(world: &World) {
    account(
        world,
        &json!({"account_review_status": "APPROVED", "business_verification_status": "verified",
            "health_status": {"can_send_message": "AVAILABLE", "entities": []}}),
    );
}

fn health(code: i64, can_send_message: &str) -> Value {
    let error = json!({"error_code": code, "error_description": "why", "possible_solution": "do"});
    let entity = json!({"entity_type": "WABA", "id": WABA, "can_send_message": can_send_message, "errors": [error]});
    json!({"health_status": {"can_send_message": can_send_message, "entities": [entity]}})
}

pub(super) const ACCOUNTS: &[Case] = &[
    case(
        &["error account_review"],
        |world| account(world, &json!({"account_review_status": "REJECTED"})),
        good_account,
    ),
    case(&["warn account_review"], |world| account(world, &json!({"account_review_status": "PENDING"})), good_account),
    case(
        &["info business_not_verified"],
        |world| account(world, &json!({"business_verification_status": "not_verified"})),
        good_account,
    ),
    case(&["error payment_method"], |world| account(world, &health(141_006, "BLOCKED")), good_account),
    case(&["error meta_blocks"], |world| account(world, &health(141_014, "BLOCKED")), good_account),
    case(&["warn meta_blocks"], |world| account(world, &health(141_014, "LIMITED")), good_account),
];
