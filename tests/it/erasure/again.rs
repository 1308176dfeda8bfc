//! What comes after an erasure: what was before, once more, by every way; and what is new.

use super::*;

#[tokio::test]
async fn nothing_comes_back() {
    let mut told = Told::start().await;
    told.everything().await;
    told.erase(ANA).await;
    let (items, objects) = (told.system.items().await, told.objects().await);
    told.system.events().await;
    let events = told.system.events().await.len();

    // Meta tells all of it again; and what it had not told yet of the messages from before.
    for body in told.bodies.clone() {
        assert_eq!(told.system.webhook(body).await.status, 200);
    }
    let read: Vec<Value> = told.sends.iter().map(|id| told.status("wamid.late", id, "read")).collect();
    let mut foreign = told.status("wamid.foreign", "", "read");
    foreign.as_object_mut().unwrap().remove("biz_opaque_callback_data");
    let late = envelope(told.now(), &[statuses_of(&read), statuses_of(&[foreign])]);
    assert_eq!(told.system.webhook(late).await.status, 200);
    assert_eq!(told.found().await, Vec::<String>::new());
    // The others' is told once more, as ever; nothing of the person is.
    for event in &told.system.events().await[events..] {
        assert!(!told.traces.iter().any(|trace| event.body.contains(trace)), "{}", event.body);
    }

    // A replay of everything that is stored or kept.
    for mut body in [json!({"from": "2025-12-01T00:00:00Z"}), json!({"quarantine": {}, "again": true})] {
        while let Some(cursor) = told.system.post("/v1/replay", &body).await.json()["cursor"].as_str() {
            body["cursor"] = cursor.into();
        }
    }
    // The queue's records: of a send that is gone, and of one that the team's own code had queued before.
    let sent = told.system.meta().sends().len();
    let queue = &told.system.local.ready().queues.outbound;
    let envelope_of =
        |id: &str, message: &Value| json!({"v": 1, "id": id, "phone_number_id": NUMBER, "message": message});
    let template = json!({"name": "hello_world", "language": {"code": "en_US"}});
    let message = json!({"to": ANA, "type": "template", "template": template});
    let stored = json!({"v": 1, "id": told.sends[0], "phone_number_id": NUMBER});
    for (n, body) in [stored, envelope_of(&told.sends[0], &message)].iter().enumerate() {
        put(&told, queue, body, &format!("redriven-{n}")).await;
    }
    drained(&told).await;
    assert_eq!(told.system.meta().sends().len(), sent);
    assert_eq!(told.found().await, Vec::<String>::new());
    let kinds = |items: &[crate::system::Item]| {
        let mut kinds: Vec<String> = items.iter().map(|item| json!(item["kind"]).to_string()).collect();
        kinds.sort();
        kinds
    };
    assert_eq!(kinds(&told.system.items().await), kinds(&items));
    assert_eq!(told.objects().await.len(), objects.len());

    // The key of a send to them is used up.
    let later = json!({"to": BEN, "type": "text", "text": {"body": "canary"}});
    let messages = format!("/v1/channels/{NUMBER}/messages");
    assert_eq!(told.system.post_with_key(&messages, "tulips", &later).await.json()["code"], "idempotency_conflict");
    told.system.done().await;
}

#[tokio::test]
async fn what_was_queued_before_is_not_sent() {
    let mut told = Told::start().await;
    told.told(&[messages_of(&[told.text(ANA, WORDS)])]).await;
    // From the first request on: the person's records that lie in the queue have a time before it.
    let answer = told.system.delete(&path(ANA)).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let queue = &told.system.local.ready().queues.outbound;
    let template = json!({"name": "hello_world", "language": {"code": "en_US"}});
    let message = json!({"to": format!("+{ANA}"), "type": "template", "template": template});
    let envelope_of = |id: &str| json!({"v": 1, "id": id, "phone_number_id": NUMBER, "message": message});
    put(&told, queue, &envelope_of("order-4711"), "order-4711").await;
    drained(&told).await;
    assert!(told.system.meta().sends().is_empty());
    told.erase(ANA).await;
    assert_eq!(told.found().await, Vec::<String>::new());
    // What is queued later is sent: somebody wants to write to them.
    put(&told, queue, &envelope_of("order-4712"), "order-4712").await;
    eventually("the send", async || (told.system.meta().sends().len() == 1).then_some(())).await;
    told.system.done().await;
}

#[tokio::test]
async fn who_writes_anew_is_somebody_new() {
    let mut told = Told::start().await;
    told.everything().await;
    // They write while the erasure is under way, and when it is over.
    assert_eq!(told.system.delete(&path(ANA)).await.json()["state"], "erasing");
    told.system.local.clock().advance(Duration::from_secs(1));
    let meanwhile = told.now();
    told.system.write_in(ANA, &json!({"text": "canary anew", "user_id": USER})).await;
    told.erase(ANA).await;
    told.system.local.clock().advance(Duration::from_mins(1));
    let new = told.system.write_in(ANA, &json!({"text": "canary at last", "user_id": USER})).await;
    let contact = told.system.contact(NUMBER, ANA).await.json();
    assert_eq!(contact["first_seen_at"], json!(meanwhile), "{contact}");
    assert_eq!((&contact["window"]["open"], &contact["key"]), (&json!(true), &json!(format!("wa:{ANA}"))));
    assert!(contact.get("merged").is_none(), "{contact}");
    let history = told.system.get(&format!("{}/messages", path(ANA))).await.json();
    let history = history["items"].as_array().unwrap().clone();
    assert_eq!((history.len(), &history[0]["id"]), (2, &json!(new)), "{history:?}");
    let consent = told.system.get(&format!("{}/consent", path(ANA))).await.json();
    assert_eq!(consent["state"], "unknown", "{consent}");
    // And what is sent to them from now on has its statuses.
    let id = told.system.send(&json!({"to": ANA, "type": "text", "text": {"body": "canary"}})).await;
    let wamid = told.system.message_in(&id, "accepted").await["wamid"].as_str().unwrap().to_owned();
    let delivered = told.status(&wamid, &id, "delivered");
    told.told(&[statuses_of(&[delivered])]).await;
    assert_eq!(told.system.message(&id).await["statuses"][0]["status"], "delivered");
    // A second erasure is one of its own.
    told.system.local.clock().advance(Duration::from_mins(1));
    told.erase(ANA).await;
    assert_eq!(told.found().await, Vec::<String>::new());
    assert_eq!(told.system.items_of("erasure").await.len(), 2);
    told.system.done().await;
}

/// Beyond the time that anything from before can come, nothing is remembered.
#[tokio::test]
async fn the_tombstone_ends() {
    let mut told = Told::start().await;
    told.told(&[messages_of(&[told.text(ANA, WORDS)])]).await;
    told.erase(ANA).await;
    told.system.local.clock().advance(Duration::from_hours(24 * 15));
    assert_eq!(told.system.webhook(told.bodies[0].clone()).await.status, 200);
    assert_eq!(told.found().await, Vec::<String>::new());
    told.system.local.clock().advance(Duration::from_hours(24 * 31));
    assert_eq!(told.system.webhook(told.bodies[0].clone()).await.status, 200);
    assert_eq!(told.system.contact(NUMBER, ANA).await.status, 200);
    told.system.done().await;
}

async fn put(told: &Told, queue: &str, body: &Value, id: &str) {
    let request = told.system.aws.sqs().send_message().queue_url(queue).message_body(body.to_string());
    request.message_group_id("person").message_deduplication_id(id).send().await.unwrap();
}

async fn drained(told: &Told) {
    let queue = &told.system.local.ready().queues.outbound;
    let empty = async || (told.system.local.aws().sqs().counts(queue).unwrap().total() == 0).then_some(());
    eventually("an empty queue", empty).await;
}
