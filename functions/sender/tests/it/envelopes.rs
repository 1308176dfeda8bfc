//! What a team's own code puts on the queue.

use model::{PhoneNumberId, SendId};
use sandbox::meta::local;
use serde_json::{Value, json};

use crate::world::{ANA, Batch, NUMBER, World, text};

fn envelope(id: &str, number: &str, message: &Value) -> String {
    json!({"v": 1, "id": id, "phone_number_id": number, "message": message}).to_string()
}

fn send_id(number: &str, id: &str) -> SendId {
    SendId::from_idempotency(&PhoneNumberId::new(number), id)
}

#[tokio::test]
async fn a_send_nobody_stored_is_stored_and_sent_once() {
    let world = World::start().await;
    world.hear(ANA).await;
    let mut message = text(&format!("+{ANA}"), "hello");
    message["biz_opaque_callback_data"] = json!("order-7");
    let body = envelope("order-7", NUMBER, &message);
    world.put(&body, "ana", "1").await;
    world.put(&body, "ana", "2").await;
    assert_eq!(world.deliver().await, Batch { received: 2, failed: 0 });
    let send = world.send(&send_id(NUMBER, "order-7")).await;
    assert_eq!((send.state.as_str(), send.reference.as_deref()), ("accepted", Some("order-7")));
    assert_eq!(send.contact.as_str(), format!("wa:{ANA}"));
    assert_eq!(world.calls(), 1);
}

#[tokio::test]
async fn meta_may_judge_the_window() {
    let world = World::start().await;
    world.meta.open_window(NUMBER, ANA);
    let mut body: Value = serde_json::from_str(&envelope("a", NUMBER, &text(ANA, "hello"))).unwrap();
    body["options"] = json!({"window": "meta"});
    world.put(&body.to_string(), "ana", "1").await;
    world.deliver().await;
    assert_eq!(world.state(&send_id(NUMBER, "a")).await, ("accepted".into(), None));
}

#[tokio::test]
async fn what_can_never_be_sent_is_stored_so_that_it_is_seen() {
    let world = World::start().await;
    let cases = [
        ("wrong", NUMBER, json!({"to": ANA, "type": "text"}), "invalid_message"),
        ("nobody", NUMBER, json!({"type": "text", "text": {"body": "x"}}), "invalid_message"),
        ("no object", NUMBER, json!(7), "invalid_message"),
        ("poll", NUMBER, json!({"to": ANA, "type": "poll", "poll": {}}), "invalid_message"),
        ("elsewhere", "999", text(ANA, "x"), "unknown_channel"),
        ("closed", NUMBER, text(ANA, "x"), "window_closed"),
    ];
    for (id, number, message, code) in &cases {
        world.put(&envelope(id, number, message), id.replace(' ', "").as_str(), &id.replace(' ', "")).await;
        assert_eq!(world.deliver().await, Batch { received: 1, failed: 0 }, "{id}");
        assert_eq!(world.state(&send_id(number, id)).await, ("failed".into(), Some((*code).into())), "{id}");
    }
    let mut option: Value = serde_json::from_str(&envelope("option", NUMBER, &text(ANA, "x"))).unwrap();
    let refused = [(json!({"window": "ours"}), "invalid_message"), (json!({"tomorrow": 1}), "not_supported")];
    for (options, code) in refused {
        option["options"] = options;
        option["id"] = option["options"].to_string().into();
        let id = option["id"].as_str().unwrap().to_owned();
        world.put(&option.to_string(), &id.replace(['"', ' '], ""), &id.replace(['"', ' '], "")).await;
        world.deliver().await;
        assert_eq!(world.state(&send_id(NUMBER, &id)).await.1.as_deref(), Some(code));
    }
    let events = world.events();
    assert_eq!(events.len(), cases.len() + 2);
    assert!(events.iter().all(|event| event["type"] == "message.failed"));
    assert_eq!((&events[1]["contact"], &events[1]["data"]["contact"]), (&Value::Null, &Value::Null));
    assert_eq!((world.calls(), world.dead().len()), (0, 0));
}

/// To a group, and of a type that only Meta can judge: the fake one knows the group, and no polls.
#[tokio::test]
async fn a_group_and_a_type_of_tomorrow_are_for_meta_to_judge() {
    let world = World::start().await;
    world.hear(ANA).await;
    let group = json!({"recipient_type": "group", "to": local::GROUP_ID, "type": "text", "text": {"body": "x"}});
    world.put(&envelope("group", NUMBER, &group), "group", "1").await;
    let mut poll: Value =
        serde_json::from_str(&envelope("poll", NUMBER, &json!({"to": ANA, "type": "poll", "poll": {"a": 1.50}})))
            .unwrap();
    poll["options"] = json!({"raw": true});
    world.put(&poll.to_string(), "ana", "2").await;
    world.deliver().await;
    let send = world.send(&send_id(NUMBER, "group")).await;
    assert_eq!(
        (send.state.as_str(), send.contact.as_str()),
        ("accepted", format!("group:{}", local::GROUP_ID).as_str())
    );
    assert_eq!(world.meta.sends()[0].to, local::GROUP_ID);
    assert_eq!(world.state(&send_id(NUMBER, "poll")).await, ("failed".into(), Some("131009".into())));
    assert_eq!(world.meta.refused().len(), 1);
    let failed = world.events();
    assert_eq!((failed.len(), &failed[0]["data"]["display"]["text"]), (1, &json!("[poll]")));
}

#[tokio::test]
async fn poison_goes_to_the_dead_letter_queue_and_the_others_go_on() {
    let world = World::start().await;
    let poison = [
        "not json".to_owned(),
        "{}".to_owned(),
        json!({"v": 2, "id": "x", "phone_number_id": NUMBER}).to_string(),
        envelope("", NUMBER, &text(ANA, "x")),
        envelope("huge", NUMBER, &text(ANA, &"x".repeat(310 * 1024))),
        json!({"v": 1, "id": "x", "phone_number_id": NUMBER, "message": text(ANA, "x"), "options": "later"})
            .to_string(),
        // Nobody stored it.
        json!({"v": 1, "id": "snd_aaaaaaaaaaaaaaaaaaaaaaaa", "phone_number_id": NUMBER}).to_string(),
    ];
    for (number, body) in poison.iter().enumerate() {
        world.put(body, "same", &number.to_string()).await;
    }
    let id = world.text("good", ANA).await;
    assert_eq!(world.deliver().await, Batch { received: 8, failed: 0 });
    let dead: Vec<String> = world.dead().into_iter().map(|message| message.body).collect();
    assert_eq!(dead, poison);
    assert_eq!(world.state(&id).await.0, "accepted");
    assert!(world.queued().is_empty());
}
