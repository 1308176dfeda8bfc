//! What Meta posts in these tests, and what an outsider then finds of it.

use model::send::WindowPolicy;
use model::{ContactKey, MessageId, PhoneNumberId, Send, SendOptions, SendState, Timestamp};
use serde_json::{Value, json};
use store::{CreatedSend, NewSend, Transition};

use super::canary::{self, OTHER_PHONES, PHONE, wamid};
use super::checker::{Carried, Facts};
use super::mailbox::Post;
use super::rig::{NUMBER, Rig, WABA};
use crate::lambda::Function;

/// Texts and a file from a person nobody knows, who also rings and wants no more marketing; a text of somebody else, who
/// then changes their number; a status of a send of ours; a template approved; and a field of tomorrow. All in one POST.
pub(super) async fn notification(rig: &Rig) -> (Post, Carried) {
    let send = accepted_send(rig).await;
    let newest = Timestamp::now().as_second() - 5;
    let said = |number: u32, content: Value| {
        let mut message = json!({
            "from": PHONE, "from_user_id": canary::USER_ID, "id": wamid(PHONE, number),
            "timestamp": (newest - i64::from(number)).to_string(),
        });
        message.as_object_mut().unwrap().extend(content.as_object().unwrap().clone());
        message
    };
    let other = |number: u32, earlier: i64, content: Value| {
        let mut message = said(number, content);
        message["from"] = OTHER_PHONES[0].into();
        message["id"] = wamid(OTHER_PHONES[0], number).into();
        message["timestamp"] = (newest - earlier).to_string().into();
        message.as_object_mut().unwrap().remove("from_user_id");
        message
    };
    let renumbered = json!({"body": "changed", "type": "user_changed_number", "wa_id": OTHER_PHONES[1]});
    let image = json!({"id": "777000000000001", "mime_type": "image/jpeg", "sha256": "q83vq83vq83vq83vq83vq83vq83vq83vq83vq83vq80="});
    let metadata = json!({"display_phone_number": "15550100", "phone_number_id": NUMBER});
    let body = json!({"object": "whatsapp_business_account", "entry": [{"id": WABA, "changes": [
        {"field": "messages", "value": {
            "messaging_product": "whatsapp", "metadata": metadata,
            "contacts": [{"profile": {"name": canary::NAME}, "wa_id": PHONE, "user_id": canary::USER_ID}],
            "messages": [
                other(10, 100, json!({"type": "text", "text": {"body": canary::TEXT}})),
                other(11, 50, json!({"type": "system", "system": renumbered})),
                said(2, json!({"type": "text", "text": {"body": canary::TEXT}})),
                said(1, json!({"type": "text", "text": {"body": canary::TEXT}})),
                said(0, json!({"type": "image", "image": image})),
            ]}},
        {"field": "messages", "value": {
            "messaging_product": "whatsapp", "metadata": metadata,
            "statuses": [{
                "id": send.wamid, "status": "delivered", "timestamp": newest.to_string(), "recipient_id": PHONE,
                "biz_opaque_callback_data": send.id,
            }]}},
    ]}, {"id": WABA, "time": newest, "changes": [
        {"field": "field_of_tomorrow", "value": {"brings": canary::TEXT}},
        {"field": "message_template_status_update", "value": {
            "event": "APPROVED", "message_template_id": 900_000_000_000_001_u64,
            "message_template_name": "hello_world", "message_template_language": "en_US", "reason": "NONE"}},
        {"field": "user_preferences", "value": {"messaging_product": "whatsapp", "metadata": metadata,
            "contacts": [{"profile": {"name": canary::NAME}, "wa_id": PHONE}],
            "user_preferences": [{"wa_id": PHONE, "detail": "no more", "category": "marketing_messages",
                "value": "stop", "timestamp": newest - 20}]}},
        {"field": "calls", "value": {"messaging_product": "whatsapp", "metadata": metadata,
            "calls": [{"id": "wacid.canary", "from": PHONE, "to": "15550100", "event": "connect",
                "timestamp": (newest - 30).to_string(), "direction": "USER_INITIATED"}]}},
    ]}]});
    let mut carried = Carried { jobs: vec![wamid(PHONE, 0)], last_inbound_at: time(newest), ..Carried::default() };
    for number in 0..3 {
        carried.dated(format!("message {}", wamid(PHONE, number)), time(newest - i64::from(number)));
    }
    carried.dated(format!("status {}:delivered", wamid(PHONE, 99)), time(newest));
    for number in [10, 11] {
        carried.items.push(format!("message {}", wamid(OTHER_PHONES[0], number)));
    }
    let fields = ["field_of_tomorrow", "message_template_status_update", "user_preferences", "calls"];
    carried.items.extend(fields.map(|field| format!("change {field}")));
    carried.effects = ["they want no more marketing", "their new number is known"].map(str::to_owned).into();
    (Rig::signed(&body), carried)
}

/// What may come after [`notification`], and late: an older text, `sent` after `delivered`, and `delivered` once more as of
/// a later time. With what all of it carries together.
pub(super) fn stragglers(before: &Carried) -> (Post, Carried) {
    let newest: Timestamp = before.last_inbound_at.parse().unwrap();
    let newest = newest.as_second();
    let told = |word: &str, at: i64| json!({"id": wamid(PHONE, 99), "status": word, "timestamp": at.to_string(), "recipient_id": PHONE});
    let old = json!({"from": PHONE, "from_user_id": canary::USER_ID, "id": wamid(PHONE, 50), "type": "text",
        "timestamp": (newest - 3_000).to_string(), "text": {"body": canary::TEXT}});
    let value = json!({
        "messaging_product": "whatsapp",
        "metadata": {"display_phone_number": "15550100", "phone_number_id": NUMBER},
        "contacts": [{"profile": {"name": canary::NAME}, "wa_id": PHONE, "user_id": canary::USER_ID}],
        "messages": [old],
        "statuses": [told("sent", newest - 1), told("delivered", newest + 3)],
    });
    let body = json!({"object": "whatsapp_business_account", "entry": [{"id": WABA, "changes": [{"field": "messages", "value": value}]}]});
    let mut carried = before.clone();
    carried.dated(format!("message {}", wamid(PHONE, 50)), time(newest - 3_000));
    carried.dated(format!("status {}:sent", wamid(PHONE, 99)), time(newest - 1));
    (Rig::signed(&body), carried)
}

fn time(seconds: i64) -> String {
    Timestamp::from_second(seconds).unwrap().to_string()
}

/// So many of them.
pub(super) async fn accepted_sends(rig: &Rig, count: u32) -> Vec<Send> {
    let mut sends = Vec::new();
    for nth in 0..count {
        sends.push(accepted_as(rig, nth).await);
    }
    sends
}

/// A send that Meta took some time ago.
async fn accepted_send(rig: &Rig) -> Send {
    accepted_as(rig, 99).await
}

async fn accepted_as(rig: &Rig, nth: u32) -> Send {
    let number = PhoneNumberId::new(NUMBER);
    let message = json!({"to": PHONE, "type": "text", "text": {"body": canary::TEXT}});
    let new = NewSend {
        id: model::SendId::from_idempotency(&number, &format!("before {nth}")),
        phone_number_id: number,
        contact: ContactKey::new(format!("wa:{PHONE}")),
        kind: "text".to_owned(),
        message: serde_json::value::to_raw_value(&message).unwrap(),
        reference: None,
        options: SendOptions { window: Some(WindowPolicy::Meta), ..SendOptions::default() },
        template_schema: None,
        fell_back: None,
        skipped: None,
        waits: None,
        body_hash: String::new(),
    };
    let now = Timestamp::now();
    let CreatedSend::New(mut send) = rig.store.create_send(new, now).await.unwrap() else { panic!("it is there") };
    let id = MessageId::new(wamid(PHONE, nth));
    let change = Transition { wamid: Some(&id), ..Transition::new(&[SendState::Queued], SendState::Accepted) };
    rig.store.transition(&send.id, &change, now).await.unwrap();
    send.wamid = Some(id);
    *send
}

/// As the API and the queues show it.
pub(super) async fn facts(rig: &Rig, api: &Function, carried: &Carried) -> Facts {
    let mut facts = Facts::default();
    let mut seen = |item: String, at: &Value| {
        facts.times.extend(at.as_str().map(|at| (item.clone(), at.to_owned())));
        *facts.stored.entry(item).or_default() += 1;
    };
    let contact = format!("/v1/channels/{NUMBER}/contacts/wa:{PHONE}");
    let history = rig.get(api, &format!("{contact}/messages?limit=100")).await.body;
    for message in history["items"].as_array().into_iter().flatten() {
        if message["direction"] == "inbound" {
            seen(format!("message {}", message["id"].as_str().unwrap()), &message["at"]);
        }
    }
    for number in [10, 11] {
        let id = wamid(OTHER_PHONES[0], number);
        if rig.get(api, &format!("/v1/messages/{id}")).await.status == 200 {
            seen(format!("message {id}"), &Value::Null);
        }
    }
    let consent = rig.get(api, &format!("{contact}/consent")).await.body;
    if consent["state"] == "stop" {
        facts.effects.insert("they want no more marketing".to_owned());
    }
    let renumbered = rig.get(api, &format!("/v1/channels/{NUMBER}/contacts/wa:{}", OTHER_PHONES[1])).await.body;
    if renumbered["key"] == format!("wa:{}", OTHER_PHONES[0]) {
        facts.effects.insert("their new number is known".to_owned());
    }
    let send = rig.get(api, &format!("/v1/messages/{}", wamid(PHONE, 99))).await.body;
    for status in send["statuses"].as_array().unwrap() {
        let item = format!("status {}:{}", send["wamid"].as_str().unwrap(), status["status"].as_str().unwrap());
        seen(item, &status["at"]);
    }
    let day = &carried.last_inbound_at[..10];
    let kept = rig.get(api, &format!("/v1/quarantine?cause=change&limit=100&day={day}")).await.body;
    for change in kept["items"].as_array().unwrap() {
        seen(format!("change {}", change["field"].as_str().unwrap()), &Value::Null);
    }
    let person = rig.get(api, &contact).await.body;
    facts.last_inbound_at = person["last_inbound_at"].as_str().map(str::to_owned);
    for event in rig.events() {
        let data = &event["data"];
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let item = match event["type"].as_str().unwrap() {
            "message.received" => format!("message {}", text(&data["id"])),
            "message.status" => {
                let item = format!("status {}:{}", text(&data["id"]), text(&data["status"]));
                // Meta's time is part of what makes two of them one (contract §3.3).
                let at = time(text(&data["timestamp"]).parse().unwrap());
                if carried.times.get(&item).is_none_or(|first| *first == at) { item } else { format!("{item}, again") }
            }
            _ => format!("change {}", text(&data["field"])),
        };
        facts.told.entry(item).or_default().push(text(&event["id"]));
    }
    let jobs = rig.queued(&rig.local.ready().queues.media);
    facts.jobs = jobs.iter().map(|job| job["message_id"].as_str().unwrap().to_owned()).collect();
    facts
}
