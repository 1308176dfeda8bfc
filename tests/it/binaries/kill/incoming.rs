//! Inbound: what Meta posts is stored once and told under one id, wherever the webhook dies (I1, I2, I3).

use model::send::WindowPolicy;
use model::{ContactKey, MessageId, PhoneNumberId, Send, SendState, Timestamp};
use serde_json::{Value, json};
use store::{CreatedSend, NewSend, Transition};

use super::{Moment, at_every, doomed};
use crate::binaries::canary::{self, PHONE, wamid};
use crate::binaries::checker::{self, Carried, Facts, Inbound};
use crate::binaries::mailbox::Post;
use crate::binaries::rig::{NUMBER, Rig, WABA};
use crate::lambda::Function;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_that_meta_posts_is_lost_or_doubled() {
    let rig = Rig::start().await;
    let (post, carried) = notification(&rig).await;
    let webhook = rig.process("webhook").await;
    assert_eq!(rig.post(&webhook, &post, false).await, Some(200));
    webhook.stop().await;
    let api = rig.process("api").await;
    let facts = facts(&rig, &api, &carried).await;
    let run = Inbound { acknowledged: vec![facts.clone()], finally: facts };
    assert_eq!(checker::inbound(&carried, &run), []);
    let requests = rig.toward_aws("webhook").records().len();
    drop(api);
    rig.close().await;
    at_every("inbound", [requests, 0], killed_at).await;
}

/// Whether the process died where it was to die.
async fn killed_at(moment: Moment) -> bool {
    let rig = Rig::start().await;
    let (post, carried) = notification(&rig).await;
    let api = rig.process("api").await;
    let mut run = Inbound::default();
    let (webhook, trap) = doomed(&rig, "webhook", moment).await;
    if rig.post(&webhook, &post, false).await == Some(200) {
        run.acknowledged.push(facts(&rig, &api, &carried).await);
    }
    drop(webhook);
    // Meta repeats what was not answered 200; and now and then what was.
    let webhook = rig.process("webhook").await;
    for base64 in [true, false] {
        if rig.post(&webhook, &post, base64).await == Some(200) {
            run.acknowledged.push(facts(&rig, &api, &carried).await);
        }
    }
    run.finally = facts(&rig, &api, &carried).await;
    assert_eq!(checker::inbound(&carried, &run), [], "{moment:?}");
    assert_eq!(rig.dead(), 0);
    drop((webhook, api));
    rig.close().await;
    trap.is_sprung()
}

/// Texts and a file from a person nobody knows, a status of a send of ours, and a field of tomorrow: all in one POST.
async fn notification(rig: &Rig) -> (Post, Carried) {
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
    let image = json!({"id": "777000000000001", "mime_type": "image/jpeg", "sha256": "q83vq83vq83vq83vq83vq83vq83vq83vq83vq83vq80="});
    let metadata = json!({"display_phone_number": "15550100", "phone_number_id": NUMBER});
    let body = json!({"object": "whatsapp_business_account", "entry": [{"id": WABA, "changes": [
        {"field": "messages", "value": {
            "messaging_product": "whatsapp", "metadata": metadata,
            "contacts": [{"profile": {"name": canary::NAME}, "wa_id": PHONE, "user_id": canary::USER_ID}],
            "messages": [
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
    ]}]});
    let mut items: Vec<String> = (0..3).map(|number| format!("message {}", wamid(PHONE, number))).collect();
    items.extend([format!("status {}:delivered", wamid(PHONE, 99)), "change field_of_tomorrow".to_owned()]);
    let last_inbound_at = Timestamp::from_second(newest).unwrap().to_string();
    (Rig::signed(&body), Carried { items, jobs: vec![wamid(PHONE, 0)], last_inbound_at })
}

/// A send that Meta took some time ago.
async fn accepted_send(rig: &Rig) -> Send {
    let number = PhoneNumberId::new(NUMBER);
    let message = json!({"to": PHONE, "type": "text", "text": {"body": canary::TEXT}});
    let new = NewSend {
        id: model::SendId::from_idempotency(&number, "before"),
        phone_number_id: number,
        contact: ContactKey::new(format!("wa:{PHONE}")),
        kind: "text".to_owned(),
        message: serde_json::value::to_raw_value(&message).unwrap(),
        reference: None,
        window: Some(WindowPolicy::Meta),
        body_hash: String::new(),
    };
    let now = Timestamp::now();
    let CreatedSend::New(mut send) = rig.store.create_send(new, now).await.unwrap() else { panic!("it is there") };
    let id = MessageId::new(wamid(PHONE, 99));
    let change = Transition { wamid: Some(&id), ..Transition::new(&[SendState::Queued], SendState::Accepted) };
    rig.store.transition(&send.id, &change, now).await.unwrap();
    send.wamid = Some(id);
    *send
}

/// As the API and the queues show it.
async fn facts(rig: &Rig, api: &Function, carried: &Carried) -> Facts {
    let mut facts = Facts::default();
    let mut seen = |item: String| *facts.stored.entry(item).or_default() += 1;
    let contact = format!("/v1/channels/{NUMBER}/contacts/wa:{PHONE}");
    let history = rig.get(api, &format!("{contact}/messages?limit=100")).await.body;
    for message in history["items"].as_array().into_iter().flatten() {
        if message["direction"] == "inbound" {
            seen(format!("message {}", message["id"].as_str().unwrap()));
        }
    }
    let send = rig.get(api, &format!("/v1/messages/{}", wamid(PHONE, 99))).await.body;
    for status in send["statuses"].as_array().unwrap() {
        seen(format!("status {}:{}", send["wamid"].as_str().unwrap(), status["status"].as_str().unwrap()));
    }
    let day = &carried.last_inbound_at[..10];
    let kept = rig.get(api, &format!("/v1/quarantine?cause=change&limit=100&day={day}")).await.body;
    for change in kept["items"].as_array().unwrap() {
        seen(format!("change {}", change["field"].as_str().unwrap()));
    }
    let person = rig.get(api, &contact).await.body;
    facts.last_inbound_at = person["last_inbound_at"].as_str().map(str::to_owned);
    for event in rig.events() {
        let data = &event["data"];
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let item = match event["type"].as_str().unwrap() {
            "message.received" => format!("message {}", text(&data["id"])),
            "message.status" => format!("status {}:{}", text(&data["id"]), text(&data["status"])),
            _ => format!("change {}", text(&data["field"])),
        };
        facts.told.entry(item).or_default().push(text(&event["id"]));
    }
    let jobs = rig.queued(&rig.local.ready().queues.media);
    facts.jobs = jobs.iter().map(|job| job["message_id"].as_str().unwrap().to_owned()).collect();
    facts
}
