//! Phone numbers: list, read, PIN, display name, webhook override (contract §1.6).

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::call::{Answer, Call, Reply};
use super::config::Number;
use super::fields::{NUMBER, project};
use super::graph_error::GraphError;
use super::paging;
use super::shared::Shared;
use super::state::State;

/// `GET /{waba_id}/phone_numbers`, the most recently onboarded first.
pub(crate) fn list(shared: &Shared, call: &Call, waba_id: &str) -> Answer {
    let state = shared.state();
    let waba = state.waba(waba_id).ok_or_else(|| State::gone(waba_id, &call.method))?;
    let mut numbers: Vec<&Number> = waba.numbers.iter().collect();
    let onboarded =
        |number: &Number| number.node.get("last_onboarded_time").and_then(Value::as_str).unwrap_or_default().to_owned();
    numbers.sort_by_key(|number| std::cmp::Reverse(onboarded(number)));
    if call.param("sort").is_some_and(|sort| sort.contains("ascending")) {
        numbers.reverse();
    }
    if let Some(mode) = account_mode(call)? {
        numbers.retain(|number| number.node.get("account_mode").and_then(Value::as_str) == Some(&mode));
    }
    let items = numbers.into_iter().map(|number| {
        let node = project(&node(&state, number), &NUMBER, call.param("fields"))?;
        Ok((number.id.clone(), Value::Object(node)))
    });
    let items = items.collect::<Result<Vec<_>, GraphError>>()?;
    Ok(Reply::json(&paging::page(items, Ok, call, shared.url())?))
}

/// `filtering=[{"field":"account_mode","operator":"EQUAL","value":"LIVE"}]`
fn account_mode(call: &Call) -> Result<Option<String>, GraphError> {
    let Some(text) = call.param("filtering") else { return Ok(None) };
    let filters: Value = serde_json::from_str(text).map_err(|_| GraphError::param("filtering", "must be JSON"))?;
    let filter = filters.get(0).filter(|filter| filter.get("field") == Some(&json!("account_mode")));
    let value = filter.and_then(|filter| filter.get("value")?.as_str());
    value.map(|value| Some(value.to_owned())).ok_or_else(|| GraphError::param("filtering", "takes account_mode only"))
}

/// `GET /{phone_number_id}`
pub(crate) fn get(shared: &Shared, call: &Call, id: &str) -> Answer {
    let state = shared.state();
    let number = state.number(id).ok_or_else(|| State::gone(id, &call.method))?;
    Ok(Reply::json(&project(&node(&state, number), &NUMBER, call.param("fields"))?.into()))
}

/// The stored node, and the URLs really in force.
fn node(state: &State, number: &Number) -> Map<String, Value> {
    let mut node = number.node.clone();
    let mut urls = Map::new();
    let waba = state.waba_of_number(&number.id);
    if let Some(url) = &number.override_url {
        urls.insert("phone_number".into(), url.clone().into());
    }
    if let Some(subscription) = waba.and_then(|waba| waba.subscribed.first()) {
        if let Some(url) = &subscription.override_url {
            urls.insert("whatsapp_business_account".into(), url.clone().into());
        }
        if let Some(url) = state.app_url(&subscription.app_id) {
            urls.insert("application".into(), url.into());
        }
    }
    if !urls.is_empty() {
        node.insert("webhook_configuration".into(), urls.into());
    }
    node
}

/// `POST /{phone_number_id}`: a PIN, a new display name, or a webhook override.
pub(crate) async fn update(shared: &Arc<Shared>, call: &Call, id: &str) -> Answer {
    let params = call.params()?;
    let text = |key: &str| params.get(key).and_then(Value::as_str);
    if let Some(configuration) = params.get("webhook_configuration") {
        let url = configuration.get("override_callback_uri").and_then(Value::as_str);
        let url = url.ok_or_else(|| GraphError::param("webhook_configuration", "needs override_callback_uri"))?;
        if !url.is_empty() {
            if url.len() > 200 {
                return Err(GraphError::param("override_callback_uri", "may have 200 characters"));
            }
            let token = configuration.get("verify_token").and_then(Value::as_str).unwrap_or_default();
            shared.handshake(url, token).await?;
        }
        return change(shared, call, id, |number| {
            number.override_url = Some(url.to_owned()).filter(|url| !url.is_empty());
        });
    }
    if let Some(pin) = text("pin") {
        if !six_digits(pin) {
            return Err(GraphError::param("pin", "must be six digits"));
        }
        return change(shared, call, id, |number| {
            number.pin = Some(pin.to_owned());
            number.node.insert("is_pin_enabled".into(), true.into());
        });
    }
    if let Some(name) = text("new_display_name") {
        if !(2..=75).contains(&name.chars().count()) {
            return Err(GraphError::param("new_display_name", "must have 2 to 75 characters"));
        }
        return change(shared, call, id, |number| {
            number.node.insert("new_display_name".into(), name.into());
            number.node.insert("new_name_status".into(), "PENDING_REVIEW".into());
        });
    }
    Err(GraphError::new(100).details("The body needs pin, new_display_name or webhook_configuration."))
}

pub(crate) fn six_digits(pin: &str) -> bool {
    pin.len() == 6 && pin.bytes().all(|byte| byte.is_ascii_digit())
}

/// Changes a number and answers that it is done.
pub(crate) fn change(shared: &Shared, call: &Call, id: &str, change: impl FnOnce(&mut Number)) -> Answer {
    let mut state = shared.state();
    change(state.number_mut(id).ok_or_else(|| State::gone(id, &call.method))?);
    Ok(Reply::success())
}
