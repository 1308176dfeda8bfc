//! The WABA node, and which apps are subscribed to it (contract §1.8).

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::auth::Caller;
use super::call::{Answer, Call, Reply};
use super::config::Subscription;
use super::fields::{WABA, project};
use super::graph_error::GraphError;
use super::shared::Shared;
use super::state::State;

/// `GET /{waba_id}`
pub(crate) fn get(shared: &Shared, call: &Call, id: &str) -> Answer {
    let state = shared.state();
    let waba = state.waba(id).ok_or_else(|| State::gone(id, &call.method))?;
    Ok(Reply::json(&project(&waba.node, &WABA, call.param("fields"))?.into()))
}

/// `GET /{waba_id}/subscribed_apps`
pub(crate) fn subscribed(shared: &Shared, id: &str) -> Reply {
    let state = shared.state();
    let subscribed = state.waba(id).map(|waba| waba.subscribed.clone()).unwrap_or_default();
    let data: Vec<Value> = subscribed
        .into_iter()
        .map(|subscription| {
            let app = json!({"id": subscription.app_id, "name": "Sandbox app", "link": "https://www.facebook.com/games/?app_id="});
            let mut item = Map::from_iter([("whatsapp_business_api_data".to_owned(), app)]);
            if let Some(url) = subscription.override_url {
                item.insert("override_callback_uri".to_owned(), url.into());
            }
            item.into()
        })
        .collect();
    Reply::json(&json!({ "data": data }))
}

/// `POST /{waba_id}/subscribed_apps`: subscribes the caller's app; with a URL its webhooks go there, without one an
/// earlier override is removed.
pub(crate) async fn subscribe(shared: &Arc<Shared>, call: &Call, caller: &Caller, id: &str) -> Answer {
    let params = call.params()?;
    let text = |key: &str| params.get(key).and_then(Value::as_str);
    let url = text("override_callback_uri").map(str::to_owned);
    if let Some(url) = &url {
        if url.len() > 200 {
            return Err(GraphError::param("override_callback_uri", "may have 200 characters"));
        }
        let token = text("verify_token").ok_or_else(|| GraphError::param("verify_token", "is required"))?;
        shared.handshake(url, token).await?;
    }
    let mut state = shared.state();
    let waba = state.waba_mut(id).ok_or_else(|| State::gone(id, &call.method))?;
    waba.subscribed.retain(|subscription| subscription.app_id != caller.app_id());
    waba.subscribed.push(Subscription { app_id: caller.app_id().to_owned(), override_url: url });
    Ok(Reply::success())
}

/// `DELETE /{waba_id}/subscribed_apps`
pub(crate) fn unsubscribe(shared: &Shared, caller: &Caller, id: &str) -> Reply {
    let mut state = shared.state();
    if let Some(waba) = state.waba_mut(id) {
        waba.subscribed.retain(|subscription| subscription.app_id != caller.app_id());
    }
    Reply::success()
}
