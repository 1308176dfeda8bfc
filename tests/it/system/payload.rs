//! Webhooks that the fake Meta would not make by itself.

use std::sync::atomic::{AtomicU32, Ordering};

use jiff::Timestamp;
use serde_json::{Value, json};

/// A text from a person.
#[derive(Clone)]
pub(crate) struct Message {
    pub(crate) wamid: String,
    pub(crate) from: String,
    pub(crate) body: String,
    /// Unix seconds.
    pub(crate) at: i64,
}

impl Message {
    pub(crate) fn new(from: &str, body: &str) -> Self {
        let at = Timestamp::now().as_second();
        Self { wamid: fresh_wamid(), from: from.to_owned(), body: body.to_owned(), at }
    }

    /// The element of `messages[]`.
    pub(crate) fn json(&self) -> Value {
        json!({
            "from": self.from, "id": self.wamid, "timestamp": self.at.to_string(), "type": "text",
            "text": {"body": self.body},
        })
    }
}

/// With all the letters of base64 that mean something in a URL.
pub(crate) fn fresh_wamid() -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    format!("wamid.HBgL/Test+{:06}==", COUNT.fetch_add(1, Ordering::Relaxed))
}

pub(crate) fn contacts_of(messages: &[Message]) -> Vec<Value> {
    messages.iter().map(|message| json!({"profile": {"name": "Canary"}, "wa_id": message.from})).collect()
}

/// One change to `messages` of this number.
pub(crate) fn notification(number: &str, messages: &[Message]) -> String {
    let elements: Vec<Value> = messages.iter().map(Message::json).collect();
    let value = json!({
        "messaging_product": "whatsapp",
        "metadata": {"display_phone_number": "15550100", "phone_number_id": number},
        "contacts": contacts_of(messages),
        "messages": elements,
    });
    envelope(Timestamp::now(), &[json!({"field": "messages", "value": value})])
}

/// These changes in one entry of the local WABA, which Meta wrote at this time.
pub(crate) fn envelope(at: Timestamp, changes: &[Value]) -> String {
    let entry = json!({"id": super::WABA, "time": at.as_second(), "changes": changes});
    json!({"object": "whatsapp_business_account", "entry": [entry]}).to_string()
}
