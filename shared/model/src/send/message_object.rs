//! A send as `/v1` and the events show it: the message object (design §5).

use std::cmp::Reverse;

use serde::Serialize;
use serde_json::value::RawValue;

use super::{Converted, ErrorSource, FellBack, Send, SendError, SendState, UNCONFIRMED, WaitsFor};
use crate::error::MetaError;
use crate::ids::{ContactKey, MessageId, PhoneNumberId, SendId};
use crate::inbound::Display;
use crate::outbound::OutboundMessage;
use crate::redact::redacted_debug;
use crate::status::DeliveryStatus;
use crate::time::Timestamp;

/// What Meta's codes mean and what to do about them, by code and subcode. That table is not ours to know here.
#[derive(Clone, Copy, Debug)]
pub struct Explain {
    pub title: fn(i64, Option<i64>) -> &'static str,
    pub remedy: fn(i64, Option<i64>) -> &'static str,
}

/// Serialises to the message object of a send.
#[derive(Clone, Serialize)]
pub struct MessageObject<'a> {
    pub id: &'a SendId,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wamid: Option<&'a MessageId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reference: Option<&'a str>,
    pub channel: &'a PhoneNumberId,
    pub direction: &'static str,
    /// `None` where the message named nobody who could get it.
    pub contact: Option<&'a ContactKey>,
    #[serde(rename = "type")]
    pub kind: &'a str,
    pub state: SendState,
    /// While it waits: for what.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub waits_for: Option<WaitsFor>,
    /// While it waits: until when, at the earliest.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub waits_until: Option<Timestamp>,
    /// Where its file went out as a link: why, and how long the link lives.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub converted: Option<&'a Converted>,
    /// When it is not sent any more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
    /// `fallback_template` where that took the place of the message.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sent_as: Option<&'static str>,
    /// Why it did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sent_as_because: Option<FellBack>,
    pub at: Timestamp,
    /// In the order they happened.
    pub statuses: Vec<StatusShown<'a>>,
    pub errors: Vec<SendError>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pricing: Option<&'a RawValue>,
    pub content: &'a RawValue,
    pub display: Display,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct StatusShown<'a> {
    pub status: &'a str,
    pub at: Timestamp,
}

redacted_debug!(MessageObject<'_>);

impl Send {
    pub fn message_object(&self, explain: Explain) -> MessageObject<'_> {
        let mut statuses: Vec<_> =
            self.statuses.iter().map(|(status, told)| StatusShown { status, at: told.at }).collect();
        statuses.sort_by_key(|shown| (shown.at, DeliveryStatus::parse(shown.status).rank()));
        let waits = self.shown_state() == SendState::Waiting;
        MessageObject {
            id: &self.id,
            wamid: self.wamid.as_ref(),
            reference: self.reference.as_deref(),
            channel: &self.phone_number_id,
            direction: "outbound",
            contact: Some(&self.contact).filter(|key| ContactKey::parse(key.as_str()).is_some()),
            kind: &self.kind,
            state: self.shown_state(),
            waits_for: self.waits_for.filter(|_| waits),
            waits_until: self.due_at.filter(|_| waits),
            converted: self.converted(),
            expires_at: self.expires_at(),
            sent_as: self.fell_back.map(|_| "fallback_template"),
            sent_as_because: self.fell_back,
            at: self.created_at,
            statuses,
            errors: self.errors(explain),
            pricing: self.pricing(),
            content: &self.message,
            display: self.display(),
        }
    }

    /// Ours first, while it still holds, then what statuses told.
    fn errors(&self, explain: Explain) -> Vec<SendError> {
        let ours = self.error.iter().filter(|error| self.still_holds(error)).cloned();
        let told = self.statuses.values().filter_map(|status| status.errors.as_deref());
        ours.chain(told.flat_map(MetaError::parse_all).map(|error| SendError::from_meta(&error, explain))).collect()
    }

    /// What was accepted after all is no longer what an earlier attempt met, nor in doubt.
    fn still_holds(&self, error: &SendError) -> bool {
        match self.state {
            SendState::Accepted => false,
            SendState::Failed if error.code != UNCONFIRMED => true,
            _ => self.statuses.is_empty(),
        }
    }

    /// From the status that says most.
    fn pricing(&self) -> Option<&RawValue> {
        let priced = self.statuses.iter().filter_map(|(name, told)| Some((name, told.pricing.as_deref()?)));
        priced.min_by_key(|(name, _)| Reverse(DeliveryStatus::parse(name).rank())).map(|(_, pricing)| pricing)
    }

    fn display(&self) -> Display {
        match self.outbound().or_else(|_| OutboundMessage::parse_without_file(&self.message)) {
            Ok(message) => message.display(),
            // Stored so that its failure can be seen.
            Err(_) => Display { text: format!("[{}]", self.kind), kind: self.kind.clone(), payload_available: true },
        }
    }
}

impl SendError {
    /// An error object of Meta's, from an answer or from a status.
    pub fn from_meta(error: &MetaError, explain: Explain) -> Self {
        Self {
            source: ErrorSource::Meta,
            code: error.code.to_string(),
            title: (explain.title)(error.code, error.subcode).to_owned(),
            detail: error.details.clone().or_else(|| error.message.clone()).or_else(|| error.title.clone()),
            remedy: Some((explain.remedy)(error.code, error.subcode).to_owned()),
            raw: Some(error.raw.clone()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::{Value, json};

    use super::*;
    use crate::send::{SendOptions, StatusRecord};

    const EXPLAIN: Explain = Explain { title: |_, _| "why", remedy: |_, _| "Do this." };

    fn raw(json: &Value) -> Box<RawValue> {
        RawValue::from_string(json.to_string()).unwrap()
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn told(second: i64, pricing: Option<&Value>, errors: Option<&Value>) -> StatusRecord {
        let (pricing, errors) = (pricing.map(raw), errors.map(raw));
        StatusRecord { at: at(second), pricing, errors, extra: None }
    }

    fn send(state: SendState) -> Send {
        Send {
            id: SendId::from_random([7; 20]),
            phone_number_id: PhoneNumberId::new("1"),
            contact: ContactKey::new("wa:15550100"),
            kind: "text".into(),
            message: RawValue::from_string(r#"{"to":"15550100","type":"text","text":{"body":"1.50"}}"#.into()).unwrap(),
            reference: Some("order-7".into()),
            state,
            created_at: at(1),
            updated_at: at(2),
            wamid: Some(MessageId::new("wamid.X")),
            error: Some(SendError {
                source: ErrorSource::Waypost,
                code: "unconfirmed".into(),
                title: "t".into(),
                detail: None,
                remedy: None,
                raw: None,
            }),
            statuses: BTreeMap::new(),
            lease_until: None,
            due_at: None,
            waits_for: None,
            attempts: 0,
            requeues: 0,
            resends: 0,
            body_hash: String::new(),
            options: SendOptions::default(),
            file: None,
            template_schema: None,
            template_missed_at: None,
            fell_back: None,
        }
    }

    fn shown(send: &Send) -> Value {
        serde_json::to_value(send.message_object(EXPLAIN)).unwrap()
    }

    #[test]
    fn it_has_the_members_of_the_contract() {
        let mut send = send(SendState::Uncertain);
        assert_eq!(
            shown(&send),
            json!({
                "id": send.id, "wamid": "wamid.X", "reference": "order-7", "channel": "1", "direction": "outbound",
                "contact": "wa:15550100", "type": "text", "state": "uncertain", "at": "1970-01-01T00:00:01Z",
                "statuses": [], "errors": [{"source": "waypost", "code": "unconfirmed", "title": "t"}],
                "content": {"to": "15550100", "type": "text", "text": {"body": "1.50"}},
                "display": {"text": "1.50", "type": "text", "payload_available": false},
            })
        );
        send.contact = ContactKey::new("none");
        send.message = raw(&json!({"type": "text"}));
        let shown = shown(&send);
        assert_eq!((&shown["contact"], &shown["display"]["text"]), (&Value::Null, &json!("[text]")));
    }

    #[test]
    fn statuses_come_in_their_order_and_overrule_our_doubt() {
        let mut send = send(SendState::Failed);
        let price = |kind: &str| json!({"category": kind});
        send.statuses.insert("read".into(), told(9, None, None));
        send.statuses.insert("delivered".into(), told(5, Some(&price("service")), None));
        send.statuses.insert("sent".into(), told(5, Some(&price("early")), None));
        let shown = shown(&send);
        assert_eq!(shown["state"], "accepted");
        assert_eq!(shown["errors"], json!([]));
        assert_eq!(shown["pricing"]["category"], "service");
        let names: Vec<_> = shown["statuses"].as_array().unwrap().iter().map(|status| &status["status"]).collect();
        assert_eq!(names, ["sent", "delivered", "read"]);
        assert_eq!(shown["statuses"][0]["at"], "1970-01-01T00:00:05Z");
    }

    #[test]
    fn a_refusal_stands_whatever_comes_later() {
        let mut send = send(SendState::Failed);
        send.error.as_mut().unwrap().code = "131047".into();
        send.statuses.insert("warning".into(), told(5, None, None));
        assert_eq!((&shown(&send)["state"], &shown(&send)["errors"][0]["code"]), (&json!("failed"), &json!("131047")));
    }

    #[test]
    fn an_error_told_later_is_explained() {
        let mut send = send(SendState::Accepted);
        let error = json!({"code": 131_047, "title": "Re-engagement message", "error_data": {"details": "late"}});
        send.statuses.insert("failed".into(), told(5, None, Some(&json!([error]))));
        let shown = shown(&send);
        assert_eq!(shown["state"], "failed");
        let expected = json!([{"source": "meta", "code": "131047", "title": "why", "detail": "late",
            "remedy": "Do this.", "raw": error}]);
        assert_eq!(shown["errors"], expected);
    }
}
