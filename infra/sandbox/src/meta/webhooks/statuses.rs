//! Statuses of what was sent (contract §3.7).

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::meta::graph_error::GraphError;
use crate::meta::people::seconds;
use crate::meta::record::{EmittedStatus, SendRecord, WebhookRecord};
use crate::meta::shared::Shared;
use crate::meta::state::State;

use super::Update;

impl Shared {
    /// The life of an accepted send: sent, delivered, read; or failed. A reaction is only ever sent.
    pub(crate) async fn live(self: Arc<Self>, wamid: String, later: Option<GraphError>) {
        let (plan, reaction) = {
            let state = self.state();
            let Some(send) = state.sent.get(&wamid).map(|at| &state.sends[*at]) else { return };
            (state.settings.auto_status.clone(), send.kind == "reaction")
        };
        if let Some(error) = later {
            tokio::time::sleep(Duration::from_millis(plan.sent_ms.unwrap_or(0))).await;
            self.report(&wamid, "failed", Some(&error), None).await;
            return;
        }
        for (status, delay) in [("sent", plan.sent_ms), ("delivered", plan.delivered_ms), ("read", plan.read_ms)] {
            if let Some(delay) = delay.filter(|_| status == "sent" || !reaction) {
                tokio::time::sleep(Duration::from_millis(delay)).await;
                self.report(&wamid, status, None, None).await;
            }
        }
    }

    /// Sends one status of a send that was accepted. `None` when the wamid is not one of ours.
    pub(crate) async fn report(
        self: &Arc<Self>,
        wamid: &str,
        status: &str,
        error: Option<&GraphError>,
        at: Option<Timestamp>,
    ) -> Option<Vec<WebhookRecord>> {
        let update = {
            let mut state = self.state();
            let at = at.unwrap_or_else(|| self.now());
            let index = *state.sent.get(wamid)?;
            state.sends[index].statuses.push(EmittedStatus { status: status.to_owned(), at });
            state.status_update(&state.sends[index], status, error, at)?
        };
        Some(self.publish(update).await)
    }
}

impl State {
    fn status_update(
        &self,
        send: &SendRecord,
        status: &str,
        error: Option<&GraphError>,
        at: Timestamp,
    ) -> Option<Update> {
        let person = send.user_id.as_deref().and_then(|id| self.people.look_up(id));
        let by_phone = !send.group && !crate::meta::people::is_user_id(&send.to);
        let mut item = Map::new();
        item.insert("id".into(), send.wamid.clone().into());
        item.insert("status".into(), status.into());
        item.insert("timestamp".into(), seconds(at));
        if send.group {
            item.insert("recipient_id".into(), send.to.clone().into());
            item.insert("recipient_type".into(), "group".into());
        }
        if let Some(person) = person {
            // A number the caller used itself is no secret to it.
            let shown = person.shown_wa_id().or(person.wa_id.as_deref().filter(|_| by_phone));
            if let Some(wa_id) = shown {
                item.insert("recipient_id".into(), wa_id.into());
            }
            if status != "failed" || !by_phone {
                item.insert("recipient_user_id".into(), person.user_id.clone().into());
            }
        }
        if let Some(opaque) = &send.opaque {
            item.insert("biz_opaque_callback_data".into(), opaque.clone().into());
        }
        if matches!(status, "sent" | "delivered") {
            item.insert("pricing".into(), pricing(send.category.as_deref()));
        }
        if let Some(error) = error {
            item.insert("errors".into(), json!([error.element()]));
        }
        let mut value = self.messages_value(&send.phone_number_id)?;
        if let Some(person) = person.filter(|_| status != "failed") {
            value.insert("contacts".into(), json!([person.contact(status != "sent")]));
        }
        value.insert("statuses".into(), json!([item]));
        Some(Update {
            waba_id: self.waba_of_number(&send.phone_number_id)?.id.clone(),
            phone_number_id: Some(send.phone_number_id.clone()),
            field: "messages".to_owned(),
            value: value.into(),
            at,
        })
    }

    /// `value` of a `messages` change, up to its lists.
    pub(crate) fn messages_value(&self, phone_number_id: &str) -> Option<Map<String, Value>> {
        let digits = self.number(phone_number_id)?.digits();
        Some(crate::meta::config::object(json!({
            "messaging_product": "whatsapp",
            "metadata": {"display_phone_number": digits, "phone_number_id": phone_number_id},
        })))
    }
}

fn pricing(category: Option<&str>) -> Value {
    match category {
        Some(category) => {
            json!({"billable": true, "pricing_model": "PMP", "type": "regular", "category": category.to_lowercase()})
        }
        None => {
            json!({"billable": false, "pricing_model": "PMP", "type": "free_customer_service", "category": "service"})
        }
    }
}
