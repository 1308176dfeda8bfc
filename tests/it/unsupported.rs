//! The guide's five examples of what WhatsApp cannot tell, or could not then (U-01…U-04): each is stored, shown, told and
//! given back raw, and its neighbours are taken in.

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::system::{Message, NUMBER, System, envelope, fresh_wamid, message_path};

const ANA: &str = "15550177601";
const FALLBACK: &str = "Canary: look at your phone.";

struct Example {
    what: &'static str,
    content: Value,
    shown: &'static str,
    kind: &'static str,
    raw_says_more: bool,
    code: Option<&'static str>,
}

fn unsupported(kind: Option<&str>) -> Value {
    let error = json!({"code": 131_051, "title": "Message type unknown", "message": "Message type unknown",
        "error_data": {"details": "Message type is currently not supported."}});
    let mut message = json!({"type": "unsupported", "errors": [error]});
    if let Some(kind) = kind {
        message["unsupported"] = json!({"type": kind});
    }
    message
}

fn examples() -> Vec<Example> {
    let example = |what, content, shown, kind| Example { what, content, shown, kind, raw_says_more: false, code: None };
    let unknown = |what, content, kind| Example {
        what,
        content,
        shown: FALLBACK,
        kind,
        raw_says_more: true,
        code: Some("131051"),
    };
    let card =
        json!({"name": {"formatted_name": "Canary Bo", "first_name": "Bo"}, "phones": [{"phone": "+1 555 0102"}]});
    let earlier = "wamid.canary-earlier";
    vec![
        example("a contact card", json!({"type": "contacts", "contacts": [card]}), "[Contact] Canary Bo", "contacts"),
        example(
            "a reaction",
            json!({"type": "reaction", "reaction": {"message_id": earlier, "emoji": "👍"}}),
            "[Reaction] 👍",
            "reaction",
        ),
        example(
            "a deleted message",
            json!({"type": "revoke", "revoke": {"original_message_id": earlier}}),
            "[Message deleted]",
            "revoke",
        ),
        unknown("a poll", unsupported(Some("poll")), "poll"),
        unknown("a view-once photo", unsupported(None), "unsupported"),
    ]
}

#[tokio::test]
async fn each_of_the_five_is_stored_shown_and_given_back() {
    let system = System::start().await;
    let channel = format!("/v1/channels/{NUMBER}");
    let version = system.get(&channel).await.json()["version"].clone();
    let own = json!({"version": version, "fallback_text": FALLBACK});
    assert_eq!(system.patch(&channel, &own).await.status, 200);
    for example in examples() {
        let what = example.what;
        let (before, after) = (Message::new(ANA, "canary before"), Message::new(ANA, "canary after"));
        let wamid = fresh_wamid();
        let mut message = example.content.clone();
        message["from"] = ANA.into();
        message["id"] = wamid.as_str().into();
        message["timestamp"] = Timestamp::now().as_second().to_string().into();
        let change = json!({"field": "messages", "value": {
            "metadata": {"display_phone_number": "15550100", "phone_number_id": NUMBER},
            "messages": [before.json(), message, after.json()],
        }});
        let body = envelope(Timestamp::now(), &[change]);
        assert_eq!(system.webhook(body.clone()).await.status, 200, "{what}");

        let shown = system.message(&wamid).await;
        assert_eq!(shown["display"]["text"], example.shown, "{what}");
        assert_eq!(shown["display"]["type"], example.kind, "{what}");
        assert_eq!(shown["display"]["payload_available"], example.raw_says_more, "{what}");
        let codes: Vec<&str> =
            shown["errors"].as_array().unwrap().iter().map(|error| error["code"].as_str().unwrap()).collect();
        assert_eq!(codes, example.code.into_iter().collect::<Vec<_>>(), "{what}");
        if example.code.is_some() {
            let error = &shown["errors"][0];
            assert!(!error["remedy"].as_str().unwrap().is_empty() && error["raw"]["code"] == 131_051, "{what}");
        }
        // Raw, token for token, and told so.
        let raw = system.get(&format!("{}/raw", message_path(&wamid))).await;
        assert_eq!(raw.json(), message, "{what}");
        assert!(body.contains(&raw.text), "{what}: token for token");
        let events = system.events_of("message.received").await;
        assert!(events.iter().any(|event| event.data.get() == raw.text), "{what}");
        for neighbour in [before, after] {
            assert_eq!(system.message(&neighbour.wamid).await["content"], neighbour.json(), "{what}");
            assert!(events.iter().any(|event| event.data() == neighbour.json()), "{what}");
        }
    }
    // The inbox shows the channel's words too, and taking them away brings back the default.
    let poll = json!({"type": "unsupported", "unsupported": {"type": "poll"}, "from": ANA, "id": fresh_wamid(),
        "timestamp": (Timestamp::now().as_second() + 1).to_string(), "errors": [{"code": 131_051}]});
    let value =
        json!({"metadata": {"display_phone_number": "15550100", "phone_number_id": NUMBER}, "messages": [poll]});
    let change = json!({"field": "messages", "value": value});
    assert_eq!(system.webhook(envelope(Timestamp::now(), &[change])).await.status, 200);
    let last = async || {
        system.get(&format!("{channel}/inbox")).await.json()["items"][0]["last_message"]["display"]["text"].clone()
    };
    assert_eq!(last().await, FALLBACK);
    let version = system.get(&channel).await.json()["version"].clone();
    assert_eq!(system.patch(&channel, &json!({"version": version, "fallback_text": null})).await.status, 200);
    assert_eq!(last().await, "Unsupported Message");
    system.done().await;
}
