//! The business side: callback, templates, tokens, numbers.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::meta::config::{Template, Token};
use crate::meta::shared::Shared;
use crate::meta::webhooks::handshake::is_local;

use super::users::brief;
use super::{Outcome, Refused};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Callback {
    url: String,
}

pub(super) fn callback(shared: &Shared, callback: &Callback) -> Outcome {
    if !is_local(&callback.url) {
        return Err(Refused::bad("the sandbox calls loopback addresses only"));
    }
    shared.state().callback_url = Some(callback.url.clone());
    Ok(json!({"url": callback.url}))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PutTemplate {
    waba_id: Option<String>,
    name: String,
    language: String,
    category: Option<String>,
    status: Option<String>,
    rejected_reason: Option<String>,
    components: Option<Value>,
    paced: Option<bool>,
    /// Any other field of the node.
    #[serde(default)]
    fields: Map<String, Value>,
    /// Sends `message_template_status_update` for a status given here.
    #[serde(default)]
    notify: bool,
}

/// Adds a template, or changes the one of this name and language.
pub(super) async fn put_template(shared: &Arc<Shared>, put: PutTemplate) -> Outcome {
    let (id, update) = {
        let mut state = shared.state();
        let fresh = state.ids.graph(9);
        let waba = match &put.waba_id {
            Some(id) => state.waba_mut(id),
            None => state.wabas.first_mut(),
        };
        let waba = waba.ok_or_else(|| Refused::bad("there is no such waba_id"))?;
        let is = |t: &Template| t.text("name") == put.name && t.text("language") == put.language;
        let at = waba.templates.iter().position(is).unwrap_or_else(|| {
            let components = json!([{"type": "BODY", "text": "Hello from the sandbox."}]);
            waba.templates.push(Template::new(&fresh, &put.name, &put.language, "UTILITY", components));
            waba.templates.len() - 1
        });
        let template = &mut waba.templates[at];
        template.node.extend(put.fields);
        let given = [
            ("category", put.category.map(Value::from)),
            ("status", put.status.clone().map(Value::from)),
            ("rejected_reason", put.rejected_reason.clone().map(Value::from)),
            ("components", put.components),
        ];
        template.node.extend(given.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?))));
        template.node.insert("last_updated_time".into(), shared.now().as_second().into());
        template.paced = put.paced.unwrap_or(template.paced);
        let id = template.id.clone();
        let status = put.status.filter(|_| put.notify);
        let update =
            status.and_then(|status| state.judge_template(&id, &status, put.rejected_reason.as_deref(), shared.now()));
        (id, update)
    };
    let webhooks = match update {
        Some(update) => shared.publish(update).await,
        None => Vec::new(),
    };
    Ok(json!({"id": id, "webhooks": brief(&webhooks)}))
}

/// `?name=…` and, for one language only, `&language=…`
pub(super) fn drop_templates(shared: &Shared, query: &str) -> Outcome {
    let query: BTreeMap<_, _> = url::form_urlencoded::parse(query.as_bytes()).collect();
    let name = query.get("name").ok_or_else(|| Refused::bad("the query needs a name"))?;
    let is = |t: &Template| t.text("name") == name && query.get("language").is_none_or(|l| t.text("language") == l);
    let mut removed = 0;
    for waba in &mut shared.state().wabas {
        let before = waba.templates.len();
        waba.templates.retain(|template| !is(template));
        removed += before - waba.templates.len();
    }
    Ok(json!({ "removed": removed }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PutToken {
    value: String,
    app_id: Option<String>,
    scopes: Option<Vec<String>>,
    granular: Option<BTreeMap<String, Vec<String>>>,
    expires_at: Option<Timestamp>,
    data_access_expires_at: Option<Timestamp>,
    /// `SYSTEM_USER` or `USER`.
    kind: Option<String>,
    /// The subcode it is refused with; 0 makes it good again.
    invalid: Option<i64>,
}

/// Adds a token, or changes the one of this value.
pub(super) fn put_token(shared: &Shared, put: PutToken) -> Value {
    let mut state = shared.state();
    let first = state.apps.first().map(|app| app.id.clone()).unwrap_or_default();
    let at = state.tokens.iter().position(|token| token.value == put.value).unwrap_or_else(|| {
        state.tokens.push(Token::system_user(&put.value, &first));
        state.tokens.len() - 1
    });
    let token = &mut state.tokens[at];
    token.app_id = put.app_id.unwrap_or_else(|| token.app_id.clone());
    token.scopes = put.scopes.unwrap_or_else(|| token.scopes.clone());
    token.granular = put.granular.unwrap_or_else(|| token.granular.clone());
    token.expires_at = put.expires_at.or(token.expires_at);
    token.data_access_expires_at = put.data_access_expires_at.or(token.data_access_expires_at);
    token.kind = put.kind.unwrap_or_else(|| token.kind.clone());
    if let Some(subcode) = put.invalid {
        token.invalid = Some(subcode).filter(|subcode| *subcode != 0);
    }
    json!({"valid": token.invalid.is_none() && token.expires_at.is_none_or(|at| at > shared.now())})
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(clippy::option_option, reason = "an absent key leaves the list, and null removes it")]
pub(super) struct ChangeNumber {
    /// `null` makes a test number a real one.
    #[serde(default, deserialize_with = "present")]
    allow_list: Option<Option<Vec<String>>>,
    registered: Option<bool>,
    code: Option<String>,
    /// The two-step PIN that is set.
    pin: Option<String>,
    /// Where its webhooks go; empty: where the account's do.
    override_url: Option<String>,
    #[serde(default)]
    fields: Map<String, Value>,
    /// Members of its business profile.
    #[serde(default)]
    profile: Map<String, Value>,
}

fn present<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: serde::Deserializer<'de>,
    T: Deserialize<'de>,
{
    T::deserialize(deserializer).map(Some)
}

pub(super) fn change_number(shared: &Shared, id: &str, change: ChangeNumber) -> Outcome {
    let mut state = shared.state();
    let number = state.number_mut(id).ok_or_else(|| Refused::not_found("there is no such phone_number_id"))?;
    if let Some(list) = change.allow_list {
        number.allow_list = list;
    }
    number.pin = change.pin.or_else(|| number.pin.clone());
    if let Some(url) = change.override_url {
        number.override_url = Some(url).filter(|url| !url.is_empty());
    }
    number.registered = change.registered.unwrap_or(number.registered);
    number.code = change.code.unwrap_or_else(|| number.code.clone());
    number.profile.extend(change.profile);
    number.node.extend(change.fields);
    Ok(json!(number.node))
}
