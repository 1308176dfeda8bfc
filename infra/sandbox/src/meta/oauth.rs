//! Tokens: what one is worth, and the app's own (contract §1.8).

use serde_json::{Value, json};

use super::auth::{Caller, refused};
use super::call::{Answer, Call, Reply};
use super::graph_error::GraphError;
use super::shared::Shared;

/// `GET /debug_token?input_token=…`
pub(crate) fn debug_token(shared: &Shared, call: &Call, caller: &Caller) -> Answer {
    let input = call.param("input_token").ok_or_else(|| GraphError::param("input_token", "is required"))?;
    let state = shared.state();
    if let Some((id, _)) = input.split_once('|')
        && state.apps.iter().any(|app| format!("{}|{}", app.id, app.secret) == input)
    {
        let data = json!({"app_id": id, "type": "APP", "application": "Sandbox app", "is_valid": true, "scopes": []});
        return Ok(Reply::json(&json!({ "data": data })));
    }
    let Some(token) = state.tokens.iter().find(|token| token.value == input) else {
        let error = json!({"code": 190, "message": "Malformed access token"});
        return Ok(Reply::json(&json!({"data": {"error": error, "is_valid": false, "scopes": []}})));
    };
    if token.app_id != caller.app_id() {
        return Err(GraphError::new(100).title("(#100) The App_id in the input_token did not match the Viewing App"));
    }
    let granular: Vec<Value> = token
        .scopes
        .iter()
        .map(|scope| match token.granular.get(scope) {
            Some(targets) => json!({"scope": scope, "target_ids": targets}),
            None => json!({ "scope": scope }),
        })
        .collect();
    let error = refused(token, call.now);
    let mut data = json!({
        "app_id": token.app_id,
        "type": token.kind,
        "application": "Sandbox app",
        "expires_at": token.expires_at.map_or(0, jiff::Timestamp::as_second),
        "data_access_expires_at": token.data_access_expires_at.map_or(0, jiff::Timestamp::as_second),
        "is_valid": error.is_none(),
        "issued_at": token.issued_at.as_second(),
        "scopes": token.scopes,
        "granular_scopes": granular,
        "user_id": "500000000000001",
    });
    if let (Some(error), Some(data)) = (error, data.as_object_mut()) {
        let mut document = json!({"code": error.code, "message": "The token is not valid."});
        if let (Some(subcode), Some(document)) = (error.subcode, document.as_object_mut()) {
            document.insert("subcode".into(), subcode.into());
        }
        data.insert("error".into(), document);
    }
    Ok(Reply::json(&json!({ "data": data })))
}

/// `GET /oauth/access_token?grant_type=client_credentials`
pub(crate) fn access_token(shared: &Shared, call: &Call) -> Answer {
    let params = call.params()?;
    let text = |key: &str| params.get(key).and_then(Value::as_str).unwrap_or_default();
    let state = shared.state();
    let app = state.apps.iter().find(|app| app.id == text("client_id"));
    let app =
        app.ok_or_else(|| GraphError::new(101).title("Error validating application. Cannot get application info."))?;
    if app.secret != text("client_secret") {
        return Err(GraphError::new(1).title("Error validating client secret."));
    }
    if text("grant_type") != "client_credentials" {
        return Err(GraphError::new(100).details("This sandbox gives app tokens only: grant_type=client_credentials."));
    }
    Ok(Reply::json(&json!({"access_token": format!("{}|{}", app.id, app.secret), "token_type": "bearer"})))
}
