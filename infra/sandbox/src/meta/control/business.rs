//! Apps and accounts: what a person would change in Meta's dashboard, or somebody else's program has changed.

use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::meta::config::{Number, Subscription, Waba};
use crate::meta::shared::Shared;

use super::{Outcome, Refused};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ChangeApp {
    secret: Option<String>,
    verify_token: Option<String>,
    /// Empty: as the sandbox's own.
    callback_url: Option<String>,
    /// Empty: all.
    fields: Option<Vec<String>>,
    active: Option<bool>,
}

/// Without a handshake: that is what `POST /{app_id}/subscriptions` is for.
pub(super) fn change_app(shared: &Shared, id: &str, change: ChangeApp) -> Outcome {
    let mut state = shared.state();
    let app = state.apps.iter_mut().find(|app| app.id == id);
    let app = app.ok_or_else(|| Refused::not_found("there is no such app_id"))?;
    app.secret = change.secret.unwrap_or_else(|| app.secret.clone());
    app.verify_token = change.verify_token.unwrap_or_else(|| app.verify_token.clone());
    if let Some(url) = change.callback_url {
        app.callback_url = Some(url).filter(|url| !url.is_empty());
    }
    app.fields = change.fields.unwrap_or_else(|| app.fields.clone());
    app.active = change.active.unwrap_or(app.active);
    Ok(json!({"id": id, "callback_url": app.callback_url, "fields": app.fields}))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ChangeWaba {
    /// Of a new account.
    name: Option<String>,
    /// Numbers to add: id to number as shown.
    #[serde(default)]
    numbers: Map<String, Value>,
    /// The apps that are subscribed, in place of those that are.
    subscribed: Option<Vec<Subscribed>>,
    #[serde(default)]
    fields: Map<String, Value>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Subscribed {
    app_id: String,
    override_url: Option<String>,
}

/// Changes an account, or makes it.
pub(super) fn change_waba(shared: &Shared, id: &str, change: ChangeWaba) -> Outcome {
    let mut state = shared.state();
    if state.waba(id).is_none() {
        state.wabas.push(Waba::new(id, change.name.as_deref().unwrap_or("Another Shop")));
    }
    let waba = state.waba_mut(id).ok_or_else(|| Refused::not_found("there is no such waba_id"))?;
    for (number, display) in &change.numbers {
        let display = display.as_str().ok_or_else(|| Refused::bad("numbers maps ids to numbers as they are shown"))?;
        waba.numbers.push(Number::new(number, display, "Another Shop"));
    }
    if let Some(subscribed) = change.subscribed {
        let of = |one: Subscribed| Subscription { app_id: one.app_id, override_url: one.override_url };
        waba.subscribed = subscribed.into_iter().map(of).collect();
    }
    waba.node.extend(change.fields);
    Ok(json!(waba.node))
}
