//! POSTs of Meta's, as API Gateway hands them to a function.

use std::ops::Range;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

use crate::api::Event;

/// Who sends them.
#[derive(Clone)]
pub(crate) struct Sender {
    pub(crate) phone_number_id: String,
    pub(crate) waba_id: String,
    pub(crate) app_secret: String,
}

impl Sender {
    /// As many messages, one a change, as Meta batches them; `mark` keeps their ids apart from those of other POSTs.
    /// Those of a later `turn` are newer, and mostly of the same hour: a contact's place in the list moves by the hour.
    pub(crate) fn body(&self, changes: usize, people: &Range<usize>, mark: &str, turn: usize) -> String {
        let seconds = 1_767_225_600 + turn * 10;
        let changes: Vec<Value> = (0..changes)
            .map(|change| {
                let person = format!("1555{:07}", people.start + change % people.len());
                json!({"field": "messages", "value": {
                    "messaging_product": "whatsapp",
                    "metadata": {"display_phone_number": "15550100", "phone_number_id": self.phone_number_id},
                    "contacts": [{"profile": {"name": format!("Person {person}")}, "wa_id": person}],
                    "messages": [{
                        "from": person, "id": format!("wamid.{mark}-{change}-{}", "x".repeat(40)),
                        "timestamp": (seconds + change).to_string(),
                        "type": "text", "text": {"body": format!("Message {change}. {}", "la ".repeat(30))},
                    }],
                }})
            })
            .collect();
        json!({"object": "whatsapp_business_account", "entry": [{"id": self.waba_id, "changes": changes}]}).to_string()
    }

    /// The event of such a POST, one person a message up to 200 of them.
    pub(crate) fn event(&self, changes: usize, first_person: usize, mark: &str, turn: usize) -> Event {
        let people = first_person..first_person + changes.min(200);
        bytes(&self.signed(&self.body(changes, &people, mark, turn)))
    }

    /// The event of one message from a mobile of Brazil, whose number has two spellings: the first such number makes a
    /// process read the metadata of all countries.
    pub(crate) fn event_from_brazil(&self) -> Event {
        bytes(&self.signed(&self.body(1, &(0..1), "brazil", 0).replace("\"15550000000", "\"5511987654321")))
    }

    pub(crate) fn signed(&self, body: &str) -> Value {
        let mut mac = Hmac::<Sha256>::new_from_slice(self.app_secret.as_bytes()).unwrap();
        mac.update(body.as_bytes());
        let signature = hex::encode(mac.finalize().into_bytes());
        json!({
            "version": "2.0", "routeKey": "POST /webhook", "rawPath": "/webhook", "rawQueryString": "",
            "headers": {
                "accept": "*/*", "content-type": "application/json", "host": "bench.execute-api.us-east-1.amazonaws.com",
                "user-agent": "facebookexternalua", "x-forwarded-for": "127.0.0.1", "x-forwarded-port": "443",
                "x-forwarded-proto": "https", "x-hub-signature-256": format!("sha256={signature}"),
            },
            "requestContext": {
                "accountId": "000000000000", "apiId": "bench", "domainName": "bench.execute-api.us-east-1.amazonaws.com",
                "domainPrefix": "bench",
                "http": {
                    "method": "POST", "path": "/webhook", "protocol": "HTTP/1.1", "sourceIp": "127.0.0.1",
                    "userAgent": "facebookexternalua",
                },
                "requestId": "bench", "routeKey": "POST /webhook", "stage": "$default",
                "time": "01/Jan/2026:00:00:00 +0000", "timeEpoch": 1_767_225_600_000_i64,
            },
            "body": body, "isBase64Encoded": false,
        })
    }
}

/// A POST that somebody else signed. In base64, so that whatever is in it costs API Gateway's event the same.
pub(crate) fn forged(body: &[u8]) -> Event {
    let nobody =
        Sender { phone_number_id: String::new(), waba_id: String::new(), app_secret: "of somebody else".to_owned() };
    let mut event = nobody.signed("");
    event["body"] = BASE64_STANDARD.encode(body).into();
    event["isBase64Encoded"] = true.into();
    bytes(&event)
}

fn bytes(event: &Value) -> Event {
    event.to_string().into_bytes().into()
}
