//! Payloads of tomorrow, of mistakes and of malice: well signed, so all of it is kept, it is answered 200, and what stands
//! beside it is not held up (A-04, U-01, fault matrix 14).

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::system::{Message, NUMBER, System, envelope, fresh_wamid, message_path, notification};

const ANA: &str = "15550177131";
/// An id that is no string.
const NUMERIC: &str = "1234567890123";

/// Elements of `messages[]`; `WAMID` is to be a fresh one.
fn odd_messages() -> Vec<(&'static str, String)> {
    let text = |id: &str, rest: &str| format!(r#"{{"from":"{ANA}","id":{id},"timestamp":"1790000000",{rest}}}"#);
    let ours = |rest: &str| text("\"WAMID\"", rest);
    let hello = r#""type":"text","text":{"body":"canary"}"#;
    let deep = format!("{}1{}", "[".repeat(5_000), "]".repeat(5_000));
    let long = "x".repeat(3_000);
    vec![
        ("a lone surrogate", ours(r#""type":"text","text":{"body":"canary \ud800"}"#)),
        ("NUL and other controls", ours(r#""type":"text","text":{"body":"canary \u0000\u0001\u001f\u007f"}"#)),
        ("not characters", ours("\"type\":\"text\",\"text\":{\"body\":\"canary \u{fffe}\u{ffff}\"}")),
        ("a type of tomorrow", ours(r#""type":"hologram","hologram":{"canary":1}"#)),
        ("no type", ours(r#""text":{"body":"canary"}"#)),
        ("a type that is no text", ours(r#""type":7,"text":{"body":"canary"}"#)),
        ("no content", ours(r#""type":"text""#)),
        ("content of another shape", ours(r#""type":"text","text":["canary"]"#)),
        ("members twice", ours(r#""type":"text","type":"image","text":{"body":"canary"},"text":{"body":"b"}"#)),
        ("members twice deeper", ours(r#""type":"text","text":{"body":"canary","body":"b"}"#)),
        (
            "numbers beyond all types",
            ours(r#""type":"text","text":{"body":"canary"},"n":[1e400,-1e-400,99999999999999999999999]"#),
        ),
        ("nesting without end", ours(&format!(r#"{hello},"deep":{deep}"#))),
        ("a content nested without end", ours(&format!(r#""type":"text","text":{deep}"#))),
        ("a time in milliseconds", ours(hello).replace("1790000000", "1790000000000")),
        ("a time that is no time", ours(hello).replace("1790000000", "soon")),
        ("a time before all time", ours(hello).replace("\"1790000000\"", "-99999999999999999999")),
        ("no sender", ours(hello).replace(&format!("\"from\":\"{ANA}\","), "")),
        ("an empty sender", ours(hello).replace(ANA, "")),
        ("a sender that is a number", ours(hello).replace(&format!("\"{ANA}\""), ANA)),
        ("a sender that is a list", ours(hello).replace(&format!("\"{ANA}\""), "[1]")),
        ("a very long sender", ours(hello).replace(ANA, &"5".repeat(3_000))),
        ("a media id that is an object", ours(r#""type":"image","image":{"id":{"canary":1}}"#)),
        ("a media id with slashes", ours(r#""type":"image","image":{"id":"../../x?y=1#z","mime_type":"a"}"#)),
        ("a very long media id", ours(&format!(r#""type":"image","image":{{"id":"{long}","mime_type":"image/png"}}"#))),
        ("a very long type", ours(&format!(r#""type":"{long}""#))),
        ("a very long id", text(&format!("\"wamid.{long}\""), hello)),
        ("an empty id", text("\"\"", hello)),
        ("no id", text("null", hello)),
        ("an id that is a number", text(NUMERIC, hello)),
        ("no object", String::from("null")),
        ("an empty object", String::from("{}")),
        ("a list", String::from("[[]]")),
    ]
}

#[tokio::test]
async fn an_odd_message_holds_up_nobody() {
    let system = System::start().await;
    for (what, odd) in odd_messages() {
        let (wamid, neighbour) = (fresh_wamid(), Message::new("15550177132", "canary neighbour"));
        let odd = odd.replace("WAMID", &wamid);
        let before = system.items().await.len();
        let placeholder = json!({"field": "messages", "value": {
            "metadata": {"display_phone_number": "15550100", "phone_number_id": NUMBER},
            "messages": ["ODD", neighbour.json()],
        }});
        let body = envelope(Timestamp::now(), &[placeholder]).replacen("\"ODD\"", &odd, 1);
        assert_eq!(system.webhook(body).await.status, 200, "{what}");
        assert_eq!(system.message(&neighbour.wamid).await["content"], neighbour.json(), "{what}");
        assert!(system.items().await.len() >= before + 2, "{what}: it is not kept");
        is_kept(&system, what, if odd.contains(NUMERIC) { NUMERIC } else { &wamid }, &odd).await;
        let events = system.events().await;
        // What SQS does not take as it is reaches the queue escaped.
        let told = odd.replace('\u{fffe}', "\\ufffe").replace('\u{ffff}', "\\uffff");
        assert!(events.iter().any(|event| event.data.get().contains(&told)), "{what}: it is not told");
        assert!(events.iter().any(|event| event.data.get().contains(&neighbour.wamid)), "{what}");
    }
    system.done().await;
}

/// Token for token: as a message where it can be told which one it is, else among what could not be read.
async fn is_kept(system: &System, what: &str, wamid: &str, odd: &str) {
    let raw = system.get(&format!("{}/raw", message_path(wamid))).await;
    if raw.status == 200 {
        assert_eq!(raw.text, odd, "{what}");
        let shown = system.get(&message_path(wamid)).await;
        assert!(shown.status == 200 && shown.text.contains(odd), "{what}: {}", shown.status);
    } else {
        let kept = system.get("/v1/quarantine?cause=unknown&limit=100").await;
        assert!(kept.text.contains(&format!("\"raw\":{odd}")), "{what}: {}", kept.text);
    }
}

/// Whole envelopes that are not what they should be.
#[tokio::test]
async fn an_odd_envelope_is_kept() {
    let system = System::start().await;
    let change =
        |value: Value| json!({"entry": [{"id": "1", "changes": [{"field": "messages", "value": value}]}]}).to_string();
    let statuses = |statuses: Value| change(json!({"metadata": {"phone_number_id": NUMBER}, "statuses": statuses}));
    let long = "x".repeat(3_000);
    for (what, body) in [
        ("nothing at all", String::new()),
        ("no entries", String::from("{}")),
        ("entries that are none", json!({"entry": [null, 1, "canary", [], {}]}).to_string()),
        ("changes that are none", json!({"entry": [{"id": "1", "changes": [null, 1, {}, {"field": 1}]}]}).to_string()),
        (
            "an entry without an id",
            json!({"entry": [{"changes": [{"field": "account_update", "value": 1}]}]}).to_string(),
        ),
        ("a very long entry id", json!({"entry": [{"id": long, "changes": [{"field": "x", "value": 1}]}]}).to_string()),
        ("a very long field", json!({"entry": [{"id": "1", "changes": [{"field": long, "value": 1}]}]}).to_string()),
        (
            "times of all sorts",
            json!({"entry": [{"id": "1", "time": "soon", "changes": [{"field": "x"}]}]}).to_string(),
        ),
        ("no value", change(Value::Null)),
        ("no number", change(json!({"messages": [{"id": "wamid.x"}]}))),
        ("a very long number", change(json!({"metadata": {"phone_number_id": long}, "messages": [{"id": "wamid.x"}]}))),
        ("an empty number", change(json!({"metadata": {"phone_number_id": ""}, "messages": [{"id": "wamid.x"}]}))),
        (
            "lists that are none",
            change(json!({"metadata": {"phone_number_id": NUMBER}, "messages": {}, "statuses": 1, "contacts": "x"})),
        ),
        ("statuses that are none", statuses(json!([null, 1, {}, {"id": "wamid.x"}, {"status": "sent"}]))),
        (
            "a status of tomorrow",
            statuses(json!([{"id": "wamid.y", "status": "beamed up!", "timestamp": "1790000000"}])),
        ),
        ("a very long status", statuses(json!([{"id": "wamid.z", "status": long, "timestamp": "1790000000"}]))),
        ("a status of a very long id", statuses(json!([{"id": long, "status": "sent", "timestamp": "1790000000"}]))),
        ("an empty status", statuses(json!([{"id": "wamid.w", "status": "", "timestamp": "1790000000"}]))),
        (
            "a status for somebody very long",
            statuses(json!([{"id": "wamid.v", "status": "sent", "recipient_id": long}])),
        ),
        (
            "callback data that lie",
            statuses(
                json!([{"id": "wamid.u", "status": "sent", "biz_opaque_callback_data": "snd_aaaaaaaaaaaaaaaaaaaaaaaa"}]),
            ),
        ),
    ] {
        let before = system.items().await.len();
        assert_eq!(system.webhook(body.clone()).await.status, 200, "{what}");
        assert!(system.items().await.len() > before, "{what}: it is not kept");
        assert_eq!(system.webhook(body).await.status, 200, "{what}, again");
    }
    // The system is as well as before.
    let message = Message::new(ANA, "canary");
    assert_eq!(system.webhook(notification(NUMBER, &[message])).await.status, 200);
    system.done().await;
}

/// Well signed and no webhook at all: kept to the byte, whatever its size and letters, answered 200, and tried again by a
/// replay (R2).
#[tokio::test]
async fn a_body_that_is_no_webhook_is_kept_to_the_byte() {
    let system = System::start().await;
    let mut huge = b"canary \xff".to_vec();
    huge.resize(700_000, 0xfe);
    let bodies = [b"canary, no webhook".to_vec(), b"{\"entry\":[\"canary \xff\xc3\"]}".to_vec(), huge, Vec::new()];
    for body in &bodies {
        assert_eq!(system.webhook(body.clone()).await.status, 200);
    }
    let kept = system.get("/v1/quarantine?cause=unprocessable").await.json();
    let kept = kept["items"].as_array().unwrap().clone();
    assert_eq!(kept.len(), bodies.len());
    let read = |item: &Value| -> Option<Vec<u8>> {
        let text = item["raw"].as_str()?;
        match item["encoding"].as_str() {
            Some("base64") => Some(base64::Engine::decode(&base64::engine::general_purpose::STANDARD, text).unwrap()),
            _ => Some(text.as_bytes().to_vec()),
        }
    };
    let mut found: Vec<Vec<u8>> = kept.iter().filter_map(read).collect();
    // The list does not repeat what is large; the bucket has it.
    assert_eq!(found.len(), bodies.len() - 1);
    found.sort();
    let mut expected: Vec<Vec<u8>> = bodies.iter().filter(|body| body.len() < 30_000).cloned().collect();
    expected.sort();
    assert_eq!(found, expected);
    let run = crate::replay::whole(&system, json!({"quarantine": {"cause": "unprocessable"}})).await;
    assert!(run.len() == bodies.len() && run.iter().all(|item| item["reason"] == "unreadable"), "{run:?}");
    system.done().await;
}
