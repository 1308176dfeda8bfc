//! Sends: what is accepted, and each refusal.

use std::time::Duration;

use reqwest::Method;
use sandbox::meta::{Refusal, Token, local};
use serde_json::{Value, json};

use crate::harness::{NUMBER, PERSON, World, template_to, text_to, until};

#[tokio::test]
async fn an_accepted_send_is_answered_as_meta_does() {
    let world = World::quiet().await;
    let answer = world.send_text().await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert_eq!(answer.json["contacts"][0], json!({"input": "+15550123456", "wa_id": "15550123456"}));
    assert!(answer.wamid().starts_with("wamid.") && answer.wamid().len() <= 255);
    assert!(answer.json["messages"][0].get("message_status").is_none());
    assert!(answer.headers.contains_key("x-fb-trace-id"));
    let sends = world.control(Method::GET, "sends", Value::Null).await.json;
    assert_eq!(sends["sends"][0]["wamid"], answer.wamid());
    assert_eq!(sends["sends"][0]["opaque"], "snd_1");
    assert_eq!(sends["sends"][0]["request"]["text"]["body"], "Hi");
    assert_eq!(sends["refused"], json!([]));
}

#[tokio::test]
async fn a_wamid_is_opaque_base64_with_all_its_letters() {
    let world = World::quiet().await;
    world.meta.settings(|settings| settings.enforce.pair = false);
    let mut seen = String::new();
    for _ in 0..60 {
        seen += &world.send_text().await.wamid();
    }
    assert!(['+', '/', '='].iter().all(|c| seen.contains(*c)));
}

#[tokio::test]
async fn tokens() {
    let mut world = World::quiet().await;
    let spoiled = [("checked", 460), ("gone", 467)];
    for (value, subcode) in spoiled {
        world.meta.put_token(Token { invalid: Some(subcode), ..Token::system_user(value, local::APP_ID) });
    }
    let past = world.meta.clock().now();
    world.meta.put_token(Token { expires_at: Some(past), ..Token::system_user("old", local::APP_ID) });
    let no_scope =
        Token { scopes: vec![sandbox::meta::MANAGEMENT.to_owned()], ..Token::system_user("few", local::APP_ID) };
    world.meta.put_token(no_scope);
    let mut elsewhere = Token::system_user("far", local::APP_ID);
    elsewhere.granular.insert(sandbox::meta::MESSAGING.to_owned(), vec!["9".to_owned()]);
    world.meta.put_token(elsewhere);
    for (token, status, code, subcode) in [
        ("", 401, 190, None),
        ("nobody", 401, 190, None),
        ("checked", 401, 190, Some(460)),
        ("old", 401, 190, Some(463)),
        ("gone", 401, 190, Some(467)),
        ("few", 403, 10, None),
        ("far", 403, 200, None),
    ] {
        token.clone_into(&mut world.token);
        let answer = world.send_text().await;
        assert_eq!((answer.status, answer.code(), answer.subcode()), (status, Some(code), subcode), "{token}");
    }
    assert_eq!(world.meta.refused().len(), 7);
    world.token = local::ACCESS_TOKEN.to_owned();
    assert_eq!(world.send_text().await.status, 200);
}

#[tokio::test]
async fn numbers_that_are_not_there() {
    let world = World::quiet().await;
    let answer = world.post("100000000000009/messages", text_to("+15550123456")).await;
    assert_eq!((answer.status, answer.code(), answer.subcode()), (400, Some(100), Some(33)));
    let answer = world.post("nobody/messages", text_to("+15550123456")).await;
    assert_eq!((answer.status, answer.code()), (404, Some(803)));
    let answer = world.post(&format!("{NUMBER}/faxes"), json!({})).await;
    assert_eq!(answer.code(), Some(2500));
    world.meta.number(NUMBER, |number| number.registered = false);
    assert_eq!(world.send_text().await.code(), Some(133_010));
}

#[tokio::test]
async fn shapes_name_the_field() {
    let world = World::quiet().await;
    world.meta.open_window(NUMBER, PERSON);
    for (pointer, value, code, field) in [
        ("/messaging_product", json!("sms"), 100, "messaging_product"),
        ("/messaging_product", Value::Null, 131_008, "messaging_product"),
        ("/type", json!("fax"), 131_009, "type"),
        ("/to", Value::Null, 131_008, "to"),
        ("/to", json!("nobody"), 131_009, "to"),
        ("/text", Value::Null, 131_008, "text"),
        ("/text", json!("Hi"), 100, "text"),
        ("/text/body", json!(""), 131_008, "text['body']"),
        ("/text/body", json!("x".repeat(4097)), 100, "text['body']"),
        ("/biz_opaque_callback_data", json!("x".repeat(513)), 100, "biz_opaque_callback_data"),
    ] {
        let mut body = text_to("+15550123456");
        *body.pointer_mut(pointer).unwrap() = value;
        let answer = world.send(body).await;
        assert_eq!(answer.code(), Some(code), "{pointer}: {}", answer.text);
        assert!(answer.details().contains(field), "{pointer}: {}", answer.details());
    }
    let mut body = text_to("+15550123456");
    body["waypost"] = json!({});
    assert!(world.send(body).await.details().contains("waypost"));
    let refused = world.http.post(format!("{}/v24.0/{NUMBER}/messages", world.meta.url()));
    let refused = refused.bearer_auth(&world.token).body("{").send().await.unwrap();
    assert_eq!(refused.status(), 400);
}

#[tokio::test]
async fn the_window_opens_with_a_message_and_closes_by_the_clock() {
    let world = World::quiet().await;
    let text = || world.send(text_to("+15550123456"));
    assert_eq!(text().await.code(), Some(131_047));
    let written = world.meta.write_in(PERSON, &json!({"text": "Hello"})).await.unwrap();
    assert!(written.delivered);
    assert_eq!(text().await.status, 200);
    world.meta.clock().advance(Duration::from_mins(24 * 60 - 1));
    assert_eq!(text().await.status, 200);
    world.meta.clock().advance(Duration::from_mins(1));
    assert_eq!(text().await.code(), Some(131_047));
    let hello = template_to("+15550123456", "hello_world", json!([]));
    assert_eq!(world.send(hello).await.status, 200);
    // A message that was written long ago opens nothing.
    let old = (world.meta.clock().now() - jiff::SignedDuration::from_hours(25)).as_second();
    world.meta.write_in(PERSON, &json!({"text": "Hello", "at": old})).await.unwrap();
    assert_eq!(text().await.code(), Some(131_047));
    world.meta.settings(|settings| settings.enforce.window = false);
    assert_eq!(text().await.status, 200);
}

#[tokio::test]
async fn what_opens_the_window_and_what_does_not() {
    let world = World::quiet().await;
    for (kind, content, status) in [
        ("reaction", json!({"message_id": "wamid.x", "emoji": "👍"}), 400),
        ("system", json!({"type": "user_changed_number", "body": "x"}), 400),
        ("edit", json!({"original_message_id": "wamid.x"}), 400),
        ("revoke", json!({"original_message_id": "wamid.x"}), 400),
        ("unsupported", json!({"type": "poll"}), 200),
    ] {
        world.meta.write_in(PERSON, &json!({"type": kind, kind: content})).await.unwrap();
        assert_eq!(world.send(text_to("+15550123456")).await.status, status, "{kind}");
    }
    let called = world.control(Method::POST, "users/15550188888/calls", json!({})).await;
    assert_eq!(called.status, 200);
    assert_eq!(world.send(text_to("+15550188888")).await.status, 200);
    assert_eq!(world.callback.posts().last().unwrap().json()["entry"][0]["changes"][0]["field"], "calls");
}

#[tokio::test]
async fn a_closed_window_may_be_told_later() {
    let world = World::with(|config| {
        config.settings.enforce.window_refusal = Refusal::Status;
        config.settings.auto_status.sent_ms = Some(1);
    })
    .await;
    let answer = world.send(text_to("+15550123456")).await;
    assert_eq!(answer.status, 200);
    let failed =
        until(|| world.callback.posts().into_iter().find(|post| post.status().as_deref() == Some("failed"))).await;
    let value = failed.value();
    assert_eq!(value["statuses"][0]["errors"][0]["code"], 131_047);
    assert_eq!(value["statuses"][0]["biz_opaque_callback_data"], "snd_1");
    assert!(value["statuses"][0].get("recipient_user_id").is_none() && value.get("contacts").is_none());
}

#[tokio::test]
async fn unreachable_people_and_test_numbers() {
    let world = World::quiet().await;
    world.meta.settings(|settings| settings.enforce.unreachable_refusal = Refusal::Answer);
    world.meta.person(PERSON, |person| person.unreachable = true);
    assert_eq!(world.send_text().await.code(), Some(131_026));
    world.meta.person(PERSON, |person| person.unreachable = false);
    world.meta.number(NUMBER, |number| number.allow_list = Some(vec!["+1 555 019 9999".to_owned()]));
    assert_eq!(world.send_text().await.code(), Some(131_030));
    world.meta.number(NUMBER, |number| number.allow_list = None);
    assert_eq!(world.send_text().await.status, 200);
    world.meta.person(PERSON, |person| person.stopped_marketing = true);
    let offer = json!([{"type": "body", "parameters": [{"type": "text", "text": "Ana"}]}]);
    assert_eq!(world.send(template_to("+15550123456", "monthly_offer", offer)).await.code(), Some(131_050));
    assert_eq!(world.send(text_to("+15550100")).await.code(), Some(131_021));
}

#[tokio::test]
async fn spellings_of_three_countries() {
    let world = World::quiet().await;
    for (dialled, wa_id) in [
        ("+55 31 95555-0100", "553155550100"),
        ("+52 55 5555 0100", "5215555550100"),
        ("+54 11 5555 0100", "5491155550100"),
    ] {
        world.meta.open_window(NUMBER, wa_id);
        let answer = world.send(text_to(dialled)).await;
        assert_eq!(answer.json["contacts"][0], json!({"input": dialled, "wa_id": wa_id}), "{}", answer.text);
    }
    // The spelling under which a person wrote in wins.
    world.meta.open_window(NUMBER, "5531966660100");
    let answer = world.send(text_to("+5531966660100")).await;
    assert_eq!(answer.json["contacts"][0]["wa_id"], "5531966660100");
}

#[tokio::test]
async fn by_user_id() {
    let world = World::quiet().await;
    let body =
        json!({"messaging_product": "whatsapp", "recipient": "US.1000000001", "type": "text", "text": {"body": "Hi"}});
    assert_eq!(world.send(body.clone()).await.code(), Some(131_047));
    world.meta.write_in("US.1000000001", &json!({"text": "Hello"})).await.unwrap();
    let value = world.callback.posts()[0].value();
    assert_eq!(value["messages"][0]["from_user_id"], "US.1000000001");
    assert!(value["messages"][0].get("from").is_none() && value["contacts"][0].get("wa_id").is_none());
    let answer = world.send(body).await;
    assert_eq!(answer.json["contacts"][0], json!({"input": "US.1000000001", "user_id": "US.1000000001"}));
    let code = json!([{"type": "body", "parameters": [{"type": "text", "text": "123456"}]},
        {"type": "button", "sub_type": "url", "index": "0", "parameters": [{"type": "text", "text": "123456"}]}]);
    let mut otp = template_to("+15550123456", "login_code", code);
    assert_eq!(world.send(otp.clone()).await.status, 200);
    otp.as_object_mut().unwrap().remove("to");
    otp["recipient"] = json!("US.1000000001");
    assert_eq!(world.send(otp).await.code(), Some(131_062));
}

#[tokio::test]
async fn templates_are_judged_when_sent() {
    let world = World::quiet().await;
    let send = |name: &str, components: Value| world.send(template_to("+15550123456", name, components));
    let body = |texts: &[&str]| {
        let parameters: Vec<Value> = texts.iter().map(|text| json!({"type": "text", "text": text})).collect();
        json!([{"type": "body", "parameters": parameters}])
    };
    let accepted = send("order_shipped", body(&["Ana", "A-17"])).await;
    assert_eq!(accepted.json["messages"][0]["message_status"], "accepted");
    for (name, components, status, code) in [
        ("nothing", json!([]), 404, 132_001),
        ("spring_sale", json!([]), 404, 132_001),
        ("weekly_digest", json!([]), 400, 132_015),
        ("order_shipped", body(&["Ana"]), 400, 132_000),
        ("order_shipped", body(&["Ana", "a\tb"]), 400, 132_018),
        ("receipt", body(&["Ana"]), 400, 132_012),
    ] {
        let answer = send(name, components).await;
        assert_eq!((answer.status, answer.code()), (status, Some(code)), "{name}: {}", answer.text);
    }
    world
        .control(Method::POST, "templates", json!({"name": "hello_world", "language": "en_US", "status": "DISABLED"}))
        .await;
    assert_eq!(send("hello_world", json!([])).await.code(), Some(132_016));
}

#[tokio::test]
async fn paced_templates_are_held_until_settled() {
    let world = World::with(|config| {
        config.settings.auto_status.sent_ms = Some(1);
        config.settings.auto_status.delivered_ms = None;
        config.settings.auto_status.read_ms = None;
    })
    .await;
    let paced = json!({"name": "hello_world", "language": "en_US", "paced": true});
    for (dropped, status) in [(false, "sent"), (true, "failed")] {
        world.control(Method::POST, "templates", paced.clone()).await;
        let answer = world.send(template_to("+15550123456", "hello_world", json!([]))).await;
        assert_eq!(answer.json["messages"][0]["message_status"], "held_for_quality_assessment");
        let settled = world.control(Method::POST, "held", json!({"dropped": dropped})).await;
        assert_eq!(settled.json["settled"], 1);
        until(|| world.callback.statuses().iter().any(|seen| seen == status).then_some(())).await;
    }
}

#[tokio::test]
async fn marking_read() {
    let world = World::quiet().await;
    let path = format!("{NUMBER}/messages");
    let written = world.meta.write_in(PERSON, &json!({"text": "Hello"})).await.unwrap();
    let mut read = json!({"messaging_product": "whatsapp", "status": "read", "message_id": written.wamid});
    assert_eq!(world.post(&path, read.clone()).await.json, json!({"success": true}));
    read["typing_indicator"] = json!({"type": "text"});
    assert_eq!(world.post(&path, read.clone()).await.status, 200);
    assert!(world.meta.reads()[1].typing && !world.meta.reads()[0].typing);
    read["type"] = json!("text");
    assert_eq!(world.post(&path, read.clone()).await.code(), Some(100));
    read.as_object_mut().unwrap().remove("type");
    let sent = world.send_text().await.wamid();
    read["message_id"] = json!(sent);
    assert_eq!(world.post(&path, read).await.code(), Some(131_009));
}

#[tokio::test]
async fn groups_and_the_marketing_edge() {
    let world = World::with(|config| config.groups.push("G1".to_owned())).await;
    let to = |group: &str| {
        json!({"messaging_product": "whatsapp", "recipient_type": "group", "to": group,
        "type": "text", "text": {"body": "Hi"}})
    };
    assert_eq!(world.send(to("G1")).await.json["messages"][0]["group_id"], "G1");
    assert_eq!(world.send(to("G2")).await.code(), Some(131_041));
    let edge = format!("{NUMBER}/marketing_messages");
    assert_eq!(world.post(&edge, template_to("+15550123456", "hello_world", json!([]))).await.code(), Some(131_055));
    let offer = json!([{"type": "body", "parameters": [{"type": "text", "text": "Ana"}]}]);
    assert_eq!(world.post(&edge, template_to("+15550123456", "monthly_offer", offer)).await.status, 200);
}
