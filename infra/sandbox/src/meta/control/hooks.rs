//! Webhooks by hand: as they are, held back, let go.

use std::sync::Arc;

use serde::Deserialize;
use serde_json::{Value, json};

use crate::meta::record::WebhookRecord;
use crate::meta::shared::Shared;
use crate::meta::webhooks::{Release, Update};

use super::users::brief;
use super::{Outcome, Refused};

pub(super) fn list(shared: &Shared) -> Value {
    let state = shared.state();
    json!({"webhooks": state.webhooks, "holding": state.holding, "held": state.held.len()})
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Deliver {
    field: String,
    value: Value,
    waba_id: Option<String>,
}

pub(super) async fn deliver(shared: &Arc<Shared>, deliver: Deliver) -> Outcome {
    if deliver.waba_id.as_ref().is_some_and(|id| shared.state().waba(id).is_none()) {
        return Err(Refused::bad("there is no such waba_id"));
    }
    let webhooks = deliver_raw(shared, deliver.waba_id, deliver.value, &deliver.field).await;
    Ok(json!({"webhooks": brief(&webhooks)}))
}

/// The WABA is that of the number in the value, or the first there is.
pub(crate) async fn deliver_raw(
    shared: &Arc<Shared>,
    waba_id: Option<String>,
    value: Value,
    field: &str,
) -> Vec<WebhookRecord> {
    let update = {
        let mut state = shared.state();
        let now = shared.now();
        let phone_number_id = value.pointer("/metadata/phone_number_id").and_then(Value::as_str).map(str::to_owned);
        let of_number = phone_number_id.as_deref().and_then(|id| state.waba_of_number(id));
        let waba_id = waba_id.or_else(|| of_number.or(state.wabas.first()).map(|waba| waba.id.clone()));
        if field == "messages" {
            state.learn(&value, now);
        }
        Update { waba_id: waba_id.unwrap_or_default(), phone_number_id, field: field.to_owned(), value, at: now }
    };
    shared.publish(update).await
}

pub(super) async fn release(shared: &Arc<Shared>, how: &Release) -> Outcome {
    Ok(json!({"webhooks": brief(&shared.release(how).await)}))
}
