//! Each function uses only what its role grants, and its role grants only what it uses (quality goal S1).

mod conditional;

use std::collections::{BTreeMap, BTreeSet};

use sandbox::Service;
use sandbox::aws::faults::Fault;
use serde_json::{Value, json};

use super::canary::{self, PHONE};
use super::rig::{FUNCTIONS, NUMBER, Rig, WABA};
use super::view::Batch;
use super::walks;
use crate::template::yaml;

/// What Lambda does in a function's name, and not the function itself.
const LAMBDAS_OWN: [&str; 5] = [
    "logs:CreateLogStream",
    "logs:PutLogEvents",
    // The event source mapping polls and deletes with the function's role.
    "sqs:DeleteMessage",
    "sqs:GetQueueAttributes",
    "sqs:ReceiveMessage",
];

type Actions = BTreeMap<String, BTreeSet<String>>;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_granted_is_what_is_used() {
    let rig = Rig::start().await;
    walks::handshake(&rig).await;
    walks::inbound(&rig).await;
    // Before the clock is moved on: the functions' own stays.
    erased(&rig).await;
    walks::outbound(&rig).await;
    walks::media(&rig).await;
    walks::outbound_media(&rig).await;
    walks::sync(&rig).await;
    nameless_status(&rig).await;
    large(&rig).await;
    unsendable(&rig).await;
    respelled(&rig).await;
    throttled(&rig).await;
    abandoned_upload(&rig).await;
    managed(&rig).await;
    undelivered(&rig).await;
    paused(&rig).await;
    let used = used(&rig);
    rig.close().await;
    let template = yaml::template();
    let granted = granted(&template);
    assert_eq!(beyond(&used, &granted), Actions::new(), "used and not granted");
    let idle = beyond(&granted, &used);
    eprintln!("granted and not used: {idle:?}");
    assert_eq!(idle, Actions::new(), "granted and not used by any walk");
    conditional::hold(&template, &used);
}

/// The comparison notices both.
#[test]
fn an_action_too_many_and_one_too_few_are_noticed() {
    let of = |actions: &[&str]| -> Actions {
        [("sender".to_owned(), actions.iter().map(|action| (*action).to_owned()).collect())].into()
    };
    assert_eq!(beyond(&of(&["a:A", "a:B"]), &of(&["a:A"])), of(&["a:B"]));
    assert_eq!(beyond(&of(&["a:A"]), &of(&["a:A", "a:B"])), Actions::new());
    assert_eq!(beyond(&of(&["a:A"]), &Actions::new()), of(&["a:A"]));
    let template = yaml::template();
    assert!(granted(&template)["media"].contains("s3:PutObject"));
    assert_eq!(granted(&template).len(), FUNCTIONS.len());
}

fn beyond(one: &Actions, other: &Actions) -> Actions {
    let none = BTreeSet::new();
    let each = one.iter().map(|(function, actions)| {
        let known = other.get(function).unwrap_or(&none);
        (function.clone(), actions.difference(known).cloned().collect::<BTreeSet<_>>())
    });
    each.filter(|(_, actions)| !actions.is_empty()).collect()
}

fn granted(template: &serde_yaml_ng::Value) -> Actions {
    let mut granted = Actions::new();
    for (role, statement) in yaml::grants(template).into_iter().chain(conditional::attached(template, None)) {
        let Some((function, _)) = FUNCTIONS.iter().find(|(_, id)| format!("{id}Role") == role) else { continue };
        let actions = yaml::items(&statement["Action"]).into_iter().map(|action| yaml::text(action).to_owned());
        let own = actions.filter(|action| !LAMBDAS_OWN.contains(&action.as_str()));
        granted.entry((*function).to_owned()).or_default().extend(own);
    }
    granted
}

fn used(rig: &Rig) -> Actions {
    let actions = |calls: BTreeSet<sandbox::Call>| {
        calls.iter().flat_map(|call| permissions(call.service, &call.operation)).collect::<BTreeSet<_>>()
    };
    rig.used().into_iter().map(|(function, calls)| (function.to_owned(), actions(calls))).collect()
}

/// What IAM asks for, which is not always named like the operation (service authorization reference).
fn permissions(service: Service, operation: &str) -> Vec<String> {
    let names: &[&str] = match (service, operation) {
        // The proxy sees no bodies. Every batch of ours may hold both, and holds no SELECT.
        (Service::DynamoDb, "BatchExecuteStatement" | "ExecuteTransaction") => &["PartiQLInsert", "PartiQLUpdate"],
        (Service::DynamoDb, "TransactWriteItems") => &["PutItem", "UpdateItem", "DeleteItem"],
        (Service::S3, "HeadObject") => &["GetObject"],
        (Service::Sqs, "SendMessageBatch") => &["SendMessage"],
        (Service::Sqs, "ChangeMessageVisibilityBatch") => &["ChangeMessageVisibility"],
        (Service::S3, "CreateMultipartUpload" | "UploadPart" | "CompleteMultipartUpload") => &["PutObject"],
        _ => &[operation],
    };
    names.iter().map(|name| format!("{}:{name}", service.as_str())).collect()
}

/// A status that does not name our send, as of a message that something else sent: it is looked up by wamid.
async fn nameless_status(rig: &Rig) {
    let (webhook, api) = (rig.process("webhook").await, rig.process("api").await);
    let wamid = rig.meta().sends()[0].wamid.clone();
    let status = json!({"id": wamid, "status": "read", "timestamp": "1773342238", "recipient_id": PHONE});
    let metadata = json!({"display_phone_number": "15550100", "phone_number_id": NUMBER});
    let value = json!({"messaging_product": "whatsapp", "metadata": metadata, "statuses": [status]});
    rig.meta().deliver_raw(value, "messages").await;
    assert_eq!(rig.take_mail(&webhook).await, 1);
    let message = rig.get(&api, &format!("/v1/messages/{wamid}")).await.body;
    let statuses = message["statuses"].as_array().unwrap();
    assert!(statuses.iter().any(|status| status["status"] == "read"), "{statuses:?}");
}

/// What is too large for an item or for the queue goes to the bucket, and is read from there.
async fn large(rig: &Rig) {
    let (webhook, api) = (rig.process("webhook").await, rig.process("api").await);
    let long = canary::TEXT.repeat(10_000);
    let written = rig.meta().write_in(PHONE, &json!({ "text": long })).await.unwrap();
    rig.take_mail(&webhook).await;
    let message = rig.get(&api, &format!("/v1/messages/{}", written.wamid)).await;
    assert_eq!(message.body["content"]["text"]["body"], long);
    let replay = json!({"ids": [written.wamid]});
    let replayed = rig.ask(&api, "POST", "/v1/replay", None, &replay).await.unwrap();
    assert_eq!((replayed.status, &replayed.body["items"][0]["published"]), (200, &json!(true)), "{}", replayed.body);
}

/// Put on the queue by a team's own code: one record that cannot be read, one large send that cannot be sent, and one to
/// somebody by two names.
async fn unsendable(rig: &Rig) {
    let sender = rig.process("sender").await;
    let queues = &rig.local.ready().queues;
    let large = json!({"to": PHONE, "type": "text", "text": {"body": "x".repeat(250_000)}});
    let fine = json!({"to": PHONE, "type": "text", "text": {"body": canary::TEXT}});
    let envelope = |id: &str, message: &Value| {
        json!({"v": 1, "id": id, "phone_number_id": NUMBER, "message": message}).to_string()
    };
    for (group, body) in
        [("a", canary::TEXT.to_owned()), ("b", envelope("large", &large)), ("c", envelope("fine", &fine))]
    {
        let request = rig.sqs().send_message().queue_url(&queues.outbound).message_body(body);
        request.message_group_id(group).message_deduplication_id(group).send().await.unwrap();
    }
    let before = rig.meta().sends().len();
    rig.send_all(&sender).await;
    assert_eq!(rig.dead(), 1);
    assert_eq!(rig.meta().sends().len(), before + 1);
    assert!(rig.events().iter().any(|event| event["type"] == "message.failed" && event["data"].is_null()));
    rig.aws().sqs().clear(&queues.outbound_dlq).unwrap();
}

/// A client, and a team's own code, dial numbers that WhatsApp spells in another way (K-02).
async fn respelled(rig: &Rig) {
    let (sender, api) = (rig.process("sender").await, rig.process("api").await);
    let outbound = &rig.local.ready().queues.outbound;
    let template = json!({"name": "hello_world", "language": {"code": "en_US"}});
    let message = |to: &str| json!({"to": to, "type": "template", "template": template});
    let path = format!("/v1/channels/{NUMBER}/messages");
    let asked = rig.ask(&api, "POST", &path, None, &message("+5531971234567")).await.unwrap();
    assert_eq!(asked.status, 202, "{}", asked.body);
    rig.send_all(&sender).await;
    let message = message("+525555550100");
    let body = json!({"v": 1, "id": "respelled", "phone_number_id": NUMBER, "message": message}).to_string();
    let request = rig.sqs().send_message().queue_url(outbound).message_body(body);
    request.message_group_id("respelled").message_deduplication_id("respelled").send().await.unwrap();
    rig.send_all(&sender).await;
    for spelling in ["525555550100", "5215555550100", "5531971234567", "553171234567"] {
        let history = rig.get(&api, &format!("/v1/channels/{NUMBER}/contacts/+{spelling}/messages")).await;
        assert_eq!(history.body["items"][0]["state"], "accepted", "{}", history.body);
    }
}

/// Meta asks for patience: the record comes back when it said.
async fn throttled(rig: &Rig) {
    let (api, sender) = (rig.process("api").await, rig.process("sender").await);
    let fault = json!({"fault": {"error": {"code": 130_429}}, "times": 1});
    rig.meta().fault(serde_json::from_value(fault).unwrap());
    let path = format!("/v1/channels/{NUMBER}/messages");
    let body = json!({"to": PHONE, "type": "text", "text": {"body": canary::TEXT}});
    assert_eq!(rig.ask(&api, "POST", &path, None, &body).await.unwrap().status, 202);
    let outbound = &rig.local.ready().queues.outbound;
    let batch = rig.deliver(&sender, "sender", outbound).await.unwrap();
    assert_eq!((batch.received, batch.failed), (1, 1));
    rig.send_all(&sender).await;
    let tick = sender.invoke(rig.schedule("sender"), rig.timeout("sender")).await;
    assert_eq!(tick.answer()["failed"], 0);
}

/// Somebody who counted for the messaging limit and was not reached after all.
async fn undelivered(rig: &Rig) {
    let (webhook, api, sender) = (rig.process("webhook").await, rig.process("api").await, rig.process("sender").await);
    let path = format!("/v1/channels/{NUMBER}/messages");
    let body = json!({"to": "+15550177909", "type": "template",
        "template": {"name": "hello_world", "language": {"code": "en_US"}}});
    let asked = rig.ask(&api, "POST", &path, None, &body).await.unwrap();
    assert_eq!(asked.status, 202, "{}", asked.body);
    rig.send_all(&sender).await;
    let sent = rig.meta().sends().pop().unwrap();
    assert_eq!(sent.opaque.as_deref(), asked.body["id"].as_str());
    rig.meta().report(&sent.wamid, "failed", Some(131_026)).await.unwrap();
    assert_eq!(rig.take_mail(&webhook).await, 1);
}

/// A person is erased with the file they sent, and another one's file while it is copied.
async fn erased(rig: &Rig) {
    let (webhook, api, media) = (rig.process("webhook").await, rig.process("api").await, rig.process("media").await);
    let queue = &rig.local.ready().queues.media;
    let image = json!({"type": "image", "image": {"mime_type": "image/png", "bytes": "Y2FuYXJ5"}});
    let stored = async || {
        let listed = rig.s3().list_objects_v2().bucket(&rig.local.ready().bucket).prefix("media/");
        listed.send().await.unwrap().contents().len()
    };
    rig.meta().write_in("15550177907", &image).await.unwrap();
    rig.take_mail(&webhook).await;
    assert_eq!(rig.deliver(&media, "media", queue).await, Some(Batch { received: 1, failed: 0 }));
    let before = stored().await;
    let path = format!("/v1/channels/{NUMBER}/contacts/+15550177907");
    loop {
        let erased = rig.ask(&api, "DELETE", &path, None, &Value::Null).await.unwrap();
        assert_eq!(erased.status, 200, "{}", erased.body);
        if erased.body["state"] == "settling" {
            break;
        }
    }
    assert_eq!(stored().await, before - 1);
    let written = rig.meta().write_in("15550177908", &image).await.unwrap();
    rig.take_mail(&webhook).await;
    let slow = Fault::delay(std::time::Duration::from_secs(2)).on(Service::S3).operation("PutObject").times(1);
    rig.aws().faults().add(slow);
    let gone = async {
        crate::system::eventually("the copy", async || (!rig.aws().faults().pending()).then_some(())).await;
        let key = |value: String| aws_sdk_dynamodb::types::AttributeValue::S(value);
        let delete = rig.dynamodb().delete_item().table_name(&rig.local.ready().table);
        let delete = delete.key("pk", key(format!("M#{}", written.wamid))).key("sk", key(String::from("MESSAGE")));
        delete.send().await.unwrap();
    };
    let (batch, ()) = futures::join!(rig.deliver(&media, "media", queue), gone);
    assert_eq!(batch, Some(Batch { received: 1, failed: 0 }));
    assert_eq!(stored().await, before - 1);
}

/// The account's calls of this hour are used up: a sync that is asked for waits. Last, since they stay used up.
async fn paused(rig: &Rig) {
    let (api, sync) = (rig.process("api").await, rig.process("template-sync").await);
    rig.meta().number(NUMBER, |number| drop(number.node.insert("quality_rating".into(), "RED".into())));
    sync.invoke(rig.schedule("template-sync"), rig.timeout("template-sync")).await;
    assert!(rig.events().iter().any(|event| event["data"]["field"] == "phone_numbers"), "what changed is told");
    rig.meta().settings(|settings| settings.enforce.management_per_hour = Some(1));
    sync.invoke(rig.schedule("template-sync"), rig.timeout("template-sync")).await;
    let path = format!("/v1/wabas/{WABA}/templates/sync");
    assert_eq!(rig.ask(&api, "POST", &path, None, &Value::Null).await.unwrap().status, 202);
    let queue = &rig.local.ready().queues.sync;
    let batch = rig.deliver(&sync, "template-sync", queue).await.unwrap();
    assert!(batch.received > 0 && batch.failed == batch.received, "{batch:?}");
}

/// The bucket refuses a part: what was begun is taken back.
async fn abandoned_upload(rig: &Rig) {
    use base64::Engine;
    let (webhook, media) = (rig.process("webhook").await, rig.process("media").await);
    let bytes = base64::engine::general_purpose::STANDARD.encode(vec![7; 9 * 1024 * 1024]);
    let video = json!({"mime_type": "video/mp4", "bytes": bytes});
    rig.meta().write_in(PHONE, &json!({"type": "video", "video": video})).await.unwrap();
    rig.take_mail(&webhook).await;
    rig.aws().faults().add(Fault::error(403, "AccessDenied").on(Service::S3).operation("UploadPart").times(1));
    let queue = &rig.local.ready().queues.media;
    let batch = rig.deliver(&media, "media", queue).await.unwrap();
    assert_eq!((batch.received, batch.failed), (1, 1));
    rig.local.clock().advance(rig.timeout("media") * 7);
    let batch = rig.deliver(&media, "media", queue).await.unwrap();
    assert_eq!((batch.received, batch.failed), (1, 0));
}

/// A channel comes, with what waited for it in quarantine, changes its name and goes.
async fn managed(rig: &Rig) {
    let (webhook, api) = (rig.process("webhook").await, rig.process("api").await);
    let message = json!({"from": PHONE, "id": "wamid.early", "timestamp": "1773342238", "type": "text",
        "text": {"body": canary::TEXT}});
    let value = json!({"metadata": {"phone_number_id": "100000000000009"}, "messages": [message]});
    rig.meta().deliver_raw(value, "messages").await;
    assert_eq!(rig.take_mail(&webhook).await, 1);
    let new = json!({"phone_number_id": "100000000000009", "waba_id": WABA, "name": "second"});
    let added = rig.ask(&api, "POST", "/v1/channels", None, &new).await.unwrap();
    assert_eq!(added.status, 201, "{}", added.body);
    let quarantine = json!({"phone_number_id": "100000000000009", "from": "2026-01-01T00:00:00Z"});
    let mut replay = json!({ "quarantine": quarantine });
    // A year takes several requests.
    let replayed = loop {
        let part = rig.ask(&api, "POST", "/v1/replay", None, &replay).await.unwrap();
        match part.body["items"][0].clone() {
            Value::Null => replay["cursor"] = part.body["cursor"].as_str().unwrap().into(),
            item => break item,
        }
    };
    assert_eq!(replayed["published"], true, "{replayed}");
    let path = "/v1/channels/100000000000009";
    let change = json!({"version": 1, "name": "other"});
    assert_eq!(rig.ask(&api, "PATCH", path, None, &change).await.unwrap().status, 200);
    assert_eq!(rig.ask(&api, "DELETE", path, None, &Value::Null).await.unwrap().status, 204);
    let erased = rig.ask(&api, "DELETE", &format!("{path}/data"), None, &Value::Null).await.unwrap();
    assert_eq!((erased.status, &erased.body["counts"]["received"]), (200, &json!(1)), "{}", erased.body);
    let listed = rig.get(&api, "/v1/channels").await;
    assert_eq!(listed.body["items"].as_array().unwrap().len(), 1);
}
