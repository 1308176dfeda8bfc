//! Webhooks: shape, signature, repeats, order, batches, and where they go.

use reqwest::Method;
use sandbox::meta::{Release, Retry, WebhookState, local};
use serde_json::{Value, json};

use crate::callback::Callback;
use crate::harness::{NUMBER, PERSON, WABA, World, until};

#[tokio::test]
async fn a_message_in_is_signed_over_its_escaped_bytes() {
    let world = World::quiet().await;
    let written = world.meta.write_in(PERSON, &json!({"text": "Olá/😀", "name": "Ana"})).await.unwrap();
    assert!(written.delivered && written.wamid.starts_with("wamid."));
    let post = &world.callback.posts()[0];
    assert!(post.signed_with(local::APP_SECRET) && !post.signed_with("another-secret"));
    let body = std::str::from_utf8(&post.body).unwrap();
    assert!(body.is_ascii() && body.contains(r"Ol\u00e1\/\ud83d\ude00"), "{body}");
    let json = post.json();
    assert_eq!(json["object"], "whatsapp_business_account");
    assert_eq!(json["entry"][0]["id"], WABA);
    let value = post.value();
    assert_eq!(value["metadata"], json!({"display_phone_number": "15550100", "phone_number_id": NUMBER}));
    assert_eq!(value["contacts"][0]["profile"]["name"], "Ana");
    assert_eq!(value["contacts"][0]["wa_id"], PERSON);
    let message = &value["messages"][0];
    assert_eq!((&message["from"], &message["id"]), (&json!(PERSON), &json!(written.wamid)));
    assert_eq!((&message["type"], &message["text"]["body"]), (&json!("text"), &json!("Olá/😀")));
    assert!(message["timestamp"].is_string());
    assert_eq!(message["from_user_id"], value["contacts"][0]["user_id"]);
}

#[tokio::test]
async fn statuses_follow_each_other_in_their_2026_shapes() {
    let world = World::with(|config| {
        config.settings.auto_status.sent_ms = Some(1);
        config.settings.auto_status.delivered_ms = Some(1);
        config.settings.auto_status.read_ms = Some(1);
    })
    .await;
    world.meta.person(PERSON, |person| {
        person.name = Some("Ana".to_owned());
        person.username = Some("ana.d".to_owned());
    });
    let wamid = world.send_text().await.wamid();
    until(|| (world.callback.statuses() == ["sent", "delivered", "read"]).then_some(())).await;
    for post in world.callback.posts() {
        let (value, status) = (post.value(), post.status().unwrap());
        let item = &value["statuses"][0];
        assert_eq!((&item["id"], &item["recipient_id"]), (&json!(wamid), &json!(PERSON)));
        assert_eq!(item["biz_opaque_callback_data"], "snd_1");
        assert_eq!(item["recipient_user_id"], value["contacts"][0]["user_id"]);
        assert_eq!(item.get("pricing").is_some(), status != "read", "{status}");
        assert_eq!(value["contacts"][0]["profile"].get("username").is_some(), status != "sent", "{status}");
        assert!(item.get("conversation").is_none());
    }
    assert_eq!(world.meta.sends()[0].statuses.len(), 3);
}

#[tokio::test]
async fn a_reaction_is_only_ever_sent() {
    let world = World::with(|config| {
        config.settings.auto_status.sent_ms = Some(1);
        config.settings.auto_status.delivered_ms = Some(1);
    })
    .await;
    world.meta.open_window(NUMBER, PERSON);
    let reaction = json!({"messaging_product": "whatsapp", "to": "+15550123456", "type": "reaction",
        "reaction": {"message_id": "wamid.x", "emoji": "👍"}});
    assert_eq!(world.send(reaction).await.status, 200);
    world.send_text().await;
    until(|| world.callback.statuses().contains(&"delivered".to_owned()).then_some(())).await;
    assert_eq!(world.meta.sends()[0].statuses.len(), 1);
}

#[tokio::test]
async fn what_is_not_answered_200_is_repeated() {
    let retry = Retry { base_ms: 5, ..Retry::default() };
    let world = World::with(|config| config.settings.retry = retry).await;
    world.callback.answer(&[500, 202, 404]);
    let written = world.meta.write_in(PERSON, &json!({"text": "Hello"})).await.unwrap();
    assert!(!written.delivered);
    until(|| (world.meta.webhooks()[0].state == WebhookState::Delivered).then_some(())).await;
    let posts = world.callback.posts();
    assert_eq!(posts.iter().map(|post| post.answered).collect::<Vec<_>>(), [500, 202, 404, 200]);
    assert!(posts.iter().all(|post| post.body == posts[0].body && post.signature == posts[0].signature));
    assert_eq!(world.meta.webhooks()[0].attempts.len(), 4);
}

#[tokio::test]
async fn repeats_end_some_day() {
    let retry = Retry { base_ms: 1, attempts: 3, ..Retry::default() };
    let world = World::with(|config| config.settings.retry = retry).await;
    world.callback.answer(&[500; 10]);
    world.meta.write_in(PERSON, &json!({"text": "Hello"})).await.unwrap();
    until(|| (world.meta.webhooks()[0].state == WebhookState::GivenUp).then_some(())).await;
    assert_eq!(world.callback.posts().len(), 3);
}

#[tokio::test]
async fn held_webhooks_go_in_any_order_and_size() {
    let world = World::quiet().await;
    let ids = || -> Vec<Vec<Value>> {
        let of_post = |json: Value| {
            let changes =
                json["entry"].as_array().unwrap().iter().flat_map(|entry| entry["changes"].as_array().unwrap().clone());
            changes
                .flat_map(|change| change["value"]["messages"].as_array().unwrap().clone())
                .map(|m| m["text"]["body"].clone())
                .collect()
        };
        world.callback.posts().iter().map(|post| of_post(post.json())).collect()
    };
    for (how, expected) in [
        (Release { reversed: true, ..Release::default() }, json!([["2"], ["1"], ["0"]])),
        (Release { batch: 2, ..Release::default() }, json!([["0", "1"], ["2"]])),
        (
            Release { batch: 1000, merge: true, copies: 2, ..Release::default() },
            json!([["0", "1", "2"], ["0", "1", "2"]]),
        ),
    ] {
        let before = ids().len();
        world.meta.hold_webhooks();
        for n in 0..3 {
            let written = world.meta.write_in(PERSON, &json!({"text": n.to_string()})).await.unwrap();
            assert!(!written.delivered);
        }
        assert_eq!(ids().len(), before);
        world.meta.release(&how).await;
        assert_eq!(json!(ids()[before..]), expected);
    }
    let last = world.callback.posts().pop().unwrap().json();
    assert_eq!(last["entry"][0]["changes"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn raw_values_and_bodies() {
    let world = World::quiet().await;
    let value = json!({"messaging_product": "whatsapp", "metadata": {"phone_number_id": NUMBER},
        "messages": [{"id": "wamid.raw", "from": PERSON, "timestamp": world.meta.clock().now().as_second().to_string(),
            "type": "text", "text": {"body": "Hi"}}]});
    let records = world.meta.deliver_raw(value, "messages").await;
    assert_eq!(records[0].state, WebhookState::Delivered);
    let read = json!({"messaging_product": "whatsapp", "status": "read", "message_id": "wamid.raw"});
    assert_eq!(world.post(&format!("{NUMBER}/messages"), read).await.status, 200);
    assert_eq!(world.send(crate::harness::text_to("+15550123456")).await.status, 200);
    world.meta.deliver_raw(json!({"event": "VERIFIED_ACCOUNT"}), "account_update").await;
    assert!(world.callback.posts()[1].json()["entry"][0]["time"].is_i64());
    let record = world.meta.deliver_body(&b"{\"odd\" :1}\n"[..]).await.unwrap();
    let post = world.callback.posts().pop().unwrap();
    assert_eq!(&post.body[..], b"{\"odd\" :1}\n");
    assert!(post.signed_with(local::APP_SECRET) && record.signature == post.signature);
    let listed = world.control(Method::GET, "webhooks", Value::Null).await.json;
    assert_eq!(listed["webhooks"].as_array().unwrap().len(), 3);
    let sent = world.control(Method::POST, "webhooks", json!({"field": "flows", "value": {"event": "X"}})).await;
    assert_eq!(sent.json["webhooks"][0]["state"], "delivered");
}

#[tokio::test]
async fn statuses_by_hand() {
    let world = World::quiet().await;
    let wamid = world.send_text().await.wamid();
    for status in ["read", "delivered", "sent"] {
        let answer = world.control(Method::POST, "statuses", json!({"wamid": wamid, "status": status})).await;
        assert_eq!(answer.json["webhooks"][0]["state"], "delivered");
    }
    assert_eq!(world.callback.statuses(), ["read", "delivered", "sent"]);
    let failed = json!({"wamid": wamid, "status": "failed", "code": 131_026, "details": "Gone"});
    world.control(Method::POST, "statuses", failed).await;
    let value = world.callback.posts().pop().unwrap().value();
    assert_eq!(value["statuses"][0]["errors"][0]["error_data"]["details"], "Gone");
    assert_eq!(
        world.control(Method::POST, "statuses", json!({"wamid": "wamid.x", "status": "read"})).await.status,
        404
    );
}

#[tokio::test]
async fn nothing_comes_without_a_subscription_and_overrides_have_their_fields() {
    let world = World::quiet().await;
    let path = format!("{WABA}/subscribed_apps");
    assert_eq!(world.get(&path).await.json["data"][0]["whatsapp_business_api_data"]["id"], local::APP_ID);
    world.call(Method::DELETE, &path, None).await;
    assert!(!world.meta.write_in(PERSON, &json!({"text": "1"})).await.unwrap().delivered);
    let other = Callback::start().await;
    let wrong = json!({"override_callback_uri": other.url, "verify_token": "wrong"});
    assert_eq!(world.post(&path, wrong).await.code(), Some(2200));
    let right = json!({"override_callback_uri": other.url, "verify_token": "local-verify-token"});
    assert_eq!(world.post(&path, right).await.json, json!({"success": true}));
    assert_eq!(world.get(&path).await.json["data"][0]["override_callback_uri"], other.url.as_str());
    world.meta.write_in(PERSON, &json!({"text": "2"})).await.unwrap();
    world.meta.deliver_raw(json!({"event": "APPROVED"}), "message_template_status_update").await;
    assert_eq!((other.posts().len(), world.callback.posts().len()), (1, 1));
    // The number's own URL goes before the WABA's, and an empty one removes it.
    let set = |url: &str| json!({"webhook_configuration": {"override_callback_uri": url, "verify_token": "local-verify-token"}});
    assert_eq!(world.post(NUMBER, set(&world.callback.url)).await.status, 200);
    let shown = world.get(&format!("{NUMBER}?fields=webhook_configuration")).await.json;
    assert_eq!(shown["webhook_configuration"]["phone_number"], world.callback.url.as_str());
    world.meta.write_in(PERSON, &json!({"text": "3"})).await.unwrap();
    assert_eq!(world.callback.posts().len(), 2);
    assert_eq!(world.post(NUMBER, set("")).await.status, 200);
    assert_eq!(world.post(&path, json!({})).await.status, 200);
    world.meta.write_in(PERSON, &json!({"text": "4"})).await.unwrap();
    assert_eq!((other.posts().len(), world.callback.posts().len()), (1, 3));
}
