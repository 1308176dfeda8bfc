//! Of the app, its callback, and who is subscribed.

use serde_json::{Value, json};

use super::{Case, case};
use crate::world::{APP, NUMBER, WABA, World};

const ELSEWHERE: &str = "http://127.0.0.1:9/elsewhere";

fn subscribed(world: &World, apps: &Value) -> Vec<String> {
    world.at_meta(&format!("wabas/{WABA}"), &json!({"subscribed": apps}));
    Vec::new()
}

fn ours_alone(world: &World) {
    subscribed(world, &json!([{"app_id": APP}]));
    app(world, &json!({"callback_url": world.running.at("webhook"), "fields": [], "active": true}));
    world.at_meta(&format!("numbers/{NUMBER}"), &json!({"override_url": ""}));
}

pub(super) fn app(world: &World, change: &Value) -> Vec<String> {
    world.at_meta(&format!("apps/{APP}"), change);
    Vec::new()
}

pub(super) const SUBSCRIPTIONS: &[Case] = &[
    case(&["error app_not_subscribed"], |world| subscribed(world, &json!([])), ours_alone),
    case(&["error another_app_subscribed"], |world| subscribed(world, &json!([{"app_id": "9"}])), ours_alone),
    case(&["info other_apps_too"], |world| subscribed(world, &json!([{"app_id": "9"}, {"app_id": APP}])), ours_alone),
    case(
        &["error account_override_elsewhere"],
        |world| subscribed(world, &json!([{"app_id": APP, "override_url": ELSEWHERE}])),
        ours_alone,
    ),
    case(
        &["error number_override_elsewhere"],
        |world| {
            world.at_meta(&format!("numbers/{NUMBER}"), &json!({"override_url": ELSEWHERE}));
            Vec::new()
        },
        ours_alone,
    ),
    case(&["error app_callback_elsewhere"], |world| app(world, &json!({"callback_url": ELSEWHERE})), ours_alone),
    case(
        &["info app_callback_elsewhere"],
        |world| {
            subscribed(world, &json!([{"app_id": APP, "override_url": world.running.at("webhook")}]));
            app(world, &json!({"callback_url": ELSEWHERE}))
        },
        ours_alone,
    ),
    case(&["error app_subscription_inactive"], |world| app(world, &json!({"active": false})), ours_alone),
    case(&["error messages_field_missing"], |world| app(world, &json!({"fields": ["calls"]})), ours_alone),
    case(&["warn fields_missing"], |world| app(world, &json!({"fields": ["messages"]})), ours_alone),
    case(
        &["error app_callback_missing"],
        |world| {
            world.unsubscribe_app();
            Vec::new()
        },
        ours_alone,
    ),
];
