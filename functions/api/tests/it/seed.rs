//! What the webhook would have stored.

use model::window::window_time;
use model::{ContactKey, MessageId, SendId, Timestamp, UserId, WaId};
use serde_json::Value;
use serde_json::value::RawValue;
use store::{Identity, Inbound, NewMessage, NewStatus, SeenContact};

use crate::world::{World, number, waba};

/// A wamid with everything in it that a path minds.
pub(crate) const WAMID: &str = "wamid.HBgLMTU1NTAx+MDEVAgA/SGCA//zQUI+AA==";

pub(crate) fn raw(json: &str) -> Box<RawValue> {
    RawValue::from_string(json.to_owned()).unwrap()
}

impl World {
    /// A message from `wa:<wa_id>`, which opens the window.
    pub(crate) async fn wrote(&self, wa_id: &str, wamid: &str, at: Timestamp, json: &str) {
        let key = ContactKey::new(format!("wa:{wa_id}"));
        let kind = serde_json::from_str::<Value>(json).unwrap()["type"].as_str().unwrap().to_owned();
        let message = NewMessage {
            id: MessageId::new(wamid),
            phone_number_id: number(),
            waba_id: waba(),
            contact: Some(key.clone()),
            at,
            kind,
            raw: raw(json),
            profile: None,
        };
        let contact = SeenContact {
            phone_number_id: number(),
            key,
            known: false,
            root: None,
            wa_id: Some(wa_id.to_owned()),
            user_id: None,
            name: Some("Ana".to_owned()),
            first_at: at,
            name_at: at,
            wa_at: at,
            user_at: at,
            opened_at: Some(window_time(at, self.clock.now())),
            opened_by: None,
            identities: [].into(),
            new_identities: vec![Identity::wa(&WaId::new(wa_id))],
        };
        self.record(Inbound { messages: vec![message], contacts: vec![contact], ..Inbound::default() }).await;
    }

    pub(crate) async fn wrote_text(&self, wa_id: &str, wamid: &str, at: Timestamp, text: &str) {
        let seconds = at.as_second();
        let json = format!(
            r#"{{"from":"{wa_id}","id":"{wamid}","timestamp":"{seconds}","type":"text","text":{{"body":"{text}"}}}}"#
        );
        self.wrote(wa_id, wamid, at, &json).await;
    }

    /// A person whose first identity was a user id, and whose phone was seen later.
    pub(crate) async fn linked(&self, user: &str, wa_id: &str, at: Timestamp) {
        let contact = SeenContact {
            phone_number_id: number(),
            key: ContactKey::new(format!("user:{user}")),
            known: false,
            root: None,
            wa_id: Some(wa_id.to_owned()),
            user_id: Some(user.to_owned()),
            name: None,
            first_at: at,
            name_at: at,
            wa_at: at,
            user_at: at,
            opened_at: Some(at),
            opened_by: None,
            identities: [].into(),
            new_identities: vec![Identity::user(&UserId::new(user)), Identity::wa(&WaId::new(wa_id))],
        };
        self.record(Inbound { contacts: vec![contact], ..Inbound::default() }).await;
    }

    pub(crate) async fn status(&self, wamid: &str, send: Option<&str>, status: &str, at: Timestamp) -> &Self {
        self.status_with(wamid, send, status, at, None, None).await
    }

    pub(crate) async fn status_with(
        &self,
        wamid: &str,
        send: Option<&str>,
        status: &str,
        at: Timestamp,
        pricing: Option<&str>,
        errors: Option<&str>,
    ) -> &Self {
        let status = NewStatus {
            id: MessageId::new(wamid),
            phone_number_id: number(),
            waba_id: waba(),
            contact: None,
            send_id: send.and_then(SendId::parse),
            status: status.to_owned(),
            at,
            pricing: pricing.map(raw),
            errors: errors.map(raw),
            extra: None,
        };
        self.record(Inbound { statuses: vec![status], ..Inbound::default() }).await;
        self
    }

    pub(crate) async fn record(&self, inbound: Inbound) {
        self.store.record(inbound, self.clock.now()).await.unwrap();
    }
}
