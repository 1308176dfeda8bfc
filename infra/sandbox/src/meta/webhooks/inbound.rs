//! People write in, and call (contract §3.5, §3.6, §3.9).

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::meta::judge::account::{opens_window, per_second};
use crate::meta::judge::rates::Bucket;
use crate::meta::people::seconds;
use crate::meta::state::State;

use super::Update;

/// A message somebody writes.
#[derive(Clone, Debug, Default)]
pub(crate) struct Incoming {
    /// A phone number's digits, or a user id.
    pub(crate) from: String,
    pub(crate) phone_number_id: String,
    /// `type`, its content, and `context`, `referral` or `errors` where there are any.
    pub(crate) message: Map<String, Value>,
    /// When it was written; now, if not told.
    pub(crate) at: Option<Timestamp>,
}

impl State {
    /// Registers the message and makes its webhook. `None` when the number does not exist.
    pub(crate) fn write_in(&mut self, incoming: Incoming, now: Timestamp) -> Option<(String, Update)> {
        let mut value = self.messages_value(&incoming.phone_number_id)?;
        let waba_id = self.waba_of_number(&incoming.phone_number_id)?.id.clone();
        let at = incoming.at.unwrap_or(now);
        let person = self.people.meet(&incoming.from).clone();
        let wamid = self.ids.wamid(person.wa_id.as_deref().unwrap_or(&person.user_id), false);
        let kind = incoming.message.get("type").and_then(Value::as_str).unwrap_or_default().to_owned();
        let mut message = Map::new();
        if let Some(wa_id) = person.shown_wa_id() {
            message.insert("from".into(), wa_id.into());
        }
        message.insert("from_user_id".into(), person.user_id.clone().into());
        message.insert("id".into(), wamid.clone().into());
        message.insert("timestamp".into(), seconds(at));
        message.extend(incoming.message);
        if kind != "system" {
            value.insert("contacts".into(), json!([person.contact(true)]));
        }
        value.insert("messages".into(), json!([message]));
        self.inbound.insert(wamid.clone(), (incoming.phone_number_id.clone(), at));
        self.count_inbound(&incoming.phone_number_id, now);
        if opens_window(&kind) {
            self.hear(&incoming.phone_number_id, &person.user_id, at);
        }
        let update = Update {
            waba_id,
            phone_number_id: Some(incoming.phone_number_id),
            field: "messages".to_owned(),
            value: value.into(),
            at,
        };
        Some((wamid, update))
    }

    /// Somebody calls: a webhook of its own field, and an open window.
    pub(crate) fn call_in(&mut self, from: &str, phone_number_id: &str, now: Timestamp) -> Option<Update> {
        let mut value = self.messages_value(phone_number_id)?;
        let waba_id = self.waba_of_number(phone_number_id)?.id.clone();
        let person = self.people.meet(from).clone();
        let id = self.ids.wamid(&person.user_id, false).replacen("wamid.", "wacid.", 1);
        let to = self.number(phone_number_id)?.digits();
        let mut call = crate::meta::config::object(json!({
            "id": id, "to": to, "event": "connect", "timestamp": seconds(now), "direction": "USER_INITIATED",
            "from_user_id": person.user_id, "session": {"sdp_type": "offer", "sdp": "v=0\r\n"},
        }));
        if let Some(wa_id) = person.shown_wa_id() {
            call.insert("from".into(), wa_id.into());
        }
        value.insert("contacts".into(), json!([person.contact(true)]));
        value.insert("calls".into(), json!([call]));
        self.hear(phone_number_id, &person.user_id, now);
        Some(Update {
            waba_id,
            phone_number_id: Some(phone_number_id.to_owned()),
            field: "calls".to_owned(),
            value: value.into(),
            at: now,
        })
    }

    /// What a test delivers as it is has been written too, as far as the window and marking read go.
    pub(crate) fn learn(&mut self, value: &Value, now: Timestamp) {
        let text = |value: &Value, key: &str| value.get(key).and_then(Value::as_str).map(str::to_owned);
        let Some(phone_number_id) = value.get("metadata").and_then(|metadata| text(metadata, "phone_number_id")) else {
            return;
        };
        for message in value.get("messages").and_then(Value::as_array).into_iter().flatten() {
            let Some(from) = text(message, "from_user_id").or_else(|| text(message, "from")) else { continue };
            let at = text(message, "timestamp").and_then(|at| Timestamp::from_second(at.parse().ok()?).ok());
            let at = at.unwrap_or(now);
            if let Some(id) = text(message, "id") {
                self.inbound.insert(id, (phone_number_id.clone(), at));
            }
            self.count_inbound(&phone_number_id, now);
            let phone = text(message, "from");
            let person = self.people.change(&from, |person| person.wa_id = person.wa_id.take().or(phone));
            let user_id = person.user_id.clone();
            if text(message, "type").is_some_and(|kind| opens_window(&kind)) {
                self.hear(&phone_number_id, &user_id, at);
            }
        }
    }

    /// Throughput is inbound and outbound together.
    fn count_inbound(&mut self, phone_number_id: &str, now: Timestamp) {
        let Some(number) = self.number(phone_number_id) else { return };
        let rate = per_second(number, self.settings.enforce.per_second);
        let bucket = self.buckets.entry(phone_number_id.to_owned()).or_insert_with(|| Bucket::full(now, rate));
        bucket.take_anyway(now, rate);
    }
}
