//! `/{app_id}/subscriptions`: the app's callback and fields (contract §1.8).

use std::sync::Arc;

use serde_json::{Value, json};

use super::auth::Caller;
use super::call::{Answer, Call, Reply};
use super::graph_error::GraphError;
use super::shared::Shared;

const OBJECT: &str = "whatsapp_business_account";

/// What an app without a list of its own is subscribed to (contract §3.8).
const ALL: &[&str] = &[
    "account_alerts",
    "account_review_update",
    "account_settings_update",
    "account_update",
    "automatic_events",
    "business_capability_update",
    "business_username_updates",
    "calls",
    "flows",
    "group_lifecycle_update",
    "group_participants_update",
    "group_settings_update",
    "group_status_update",
    "history",
    "message_template_components_update",
    "message_template_quality_update",
    "message_template_status_update",
    "messages",
    "messaging_handovers",
    "partner_solutions",
    "payment_configuration_update",
    "phone_number_name_update",
    "phone_number_quality_update",
    "security",
    "smb_app_state_sync",
    "smb_message_echoes",
    "standby",
    "template_category_update",
    "user_preferences",
];

/// `GET /{app_id}`
pub(crate) fn get(caller: &Caller, id: &str) -> Answer {
    of_app(caller, id)?;
    Ok(Reply::json(&json!({"id": id, "name": "Sandbox app", "link": "https://www.facebook.com/games/?app_id="})))
}

pub(crate) fn list(shared: &Shared, caller: &Caller, id: &str) -> Answer {
    of_app(caller, id)?;
    let state = shared.state();
    let data: Vec<Value> = state
        .apps
        .iter()
        .filter(|app| app.id == id)
        .filter_map(|app| {
            let named = |field: &str| json!({"name": field, "version": "v24.0"});
            let fields: Vec<Value> = if app.fields.is_empty() {
                ALL.iter().copied().map(named).collect()
            } else {
                app.fields.iter().map(|field| named(field)).collect()
            };
            let url = state.app_url(id)?;
            Some(json!({"object": OBJECT, "callback_url": url, "active": app.active, "fields": fields}))
        })
        .collect();
    Ok(Reply::json(&json!({ "data": data })))
}

pub(crate) async fn set(shared: &Arc<Shared>, call: &Call, caller: &Caller, id: &str) -> Answer {
    of_app(caller, id)?;
    let params = call.params()?;
    let text = |key: &str| params.get(key).and_then(Value::as_str);
    let required = |key: &str| text(key).ok_or_else(|| GraphError::param(key, "is required"));
    if required("object")? != OBJECT {
        return Err(GraphError::param("object", &format!("must be {OBJECT}")));
    }
    let (url, token) = (required("callback_url")?, required("verify_token")?);
    let fields: Vec<String> = text("fields")
        .unwrap_or_default()
        .split(',')
        .map(str::trim)
        .filter(|f| !f.is_empty())
        .map(str::to_owned)
        .collect();
    shared.handshake(url, token).await?;
    let mut state = shared.state();
    if let Some(app) = state.apps.iter_mut().find(|app| app.id == id) {
        app.callback_url = Some(url.to_owned());
        token.clone_into(&mut app.verify_token);
        app.fields = fields;
        app.active = true;
    }
    Ok(Reply::success())
}

pub(crate) fn remove(shared: &Shared, caller: &Caller, id: &str) -> Answer {
    of_app(caller, id)?;
    let mut state = shared.state();
    state.callback_url = None;
    if let Some(app) = state.apps.iter_mut().find(|app| app.id == id) {
        app.callback_url = None;
        app.fields.clear();
    }
    Ok(Reply::success())
}

/// Only the app itself may, by its app token.
fn of_app(caller: &Caller, id: &str) -> Result<(), GraphError> {
    match caller {
        Caller::App(app) if app.id == id => Ok(()),
        _ => Err(GraphError::new(15)),
    }
}
