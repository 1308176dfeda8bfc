//! A person wants marketing no more, or again, and says so in one of four ways (item 8 of the inbound issue).

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::system::{Message, NUMBER, System, envelope, fresh_wamid, notification};

const ANA: &str = "15550177501";

async fn consent(system: &System, person: &str) -> Value {
    let answer = system.get(&format!("/v1/channels/{NUMBER}/contacts/+{person}/consent")).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer.json()
}

fn said(person: &str, body: &str, at: i64) -> Message {
    Message { at, ..Message::new(person, body) }
}

async fn tell(system: &System, message: &Message) {
    assert_eq!(system.webhook(notification(NUMBER, std::slice::from_ref(message))).await.status, 200);
}

fn preference(person: &str, value: &str, at: i64) -> Value {
    let told = json!({"wa_id": person, "detail": "canary", "category": "marketing_messages", "value": value,
        "timestamp": at});
    json!({"field": "user_preferences", "value": {"messaging_product": "whatsapp",
        "metadata": {"display_phone_number": "15550100", "phone_number_id": NUMBER},
        "contacts": [{"profile": {"name": "Canary"}, "wa_id": person}], "user_preferences": [told]}})
}

fn refusal(person: &str, at: i64) -> Value {
    let status = json!({"id": fresh_wamid(), "status": "failed", "timestamp": at.to_string(), "recipient_id": person,
        "errors": [{"code": 131_050, "title": "Unable to deliver the message"}]});
    json!({"field": "messages", "value": {"messaging_product": "whatsapp",
        "metadata": {"display_phone_number": "15550100", "phone_number_id": NUMBER}, "statuses": [status]}})
}

/// A word and nothing else, in any language, as text or as a button; the message is told as any message is.
#[tokio::test]
async fn a_word_stops_and_a_word_resumes() {
    let system = System::start().await;
    let now = Timestamp::now().as_second();
    tell(&system, &said(ANA, "Please don't stop, canary", now - 100)).await;
    assert_eq!(consent(&system, ANA).await["state"], "unknown");
    let stop = said(ANA, " ¡BAJA! ", now - 90);
    tell(&system, &stop).await;
    let stopped = consent(&system, ANA).await;
    assert_eq!((&stopped["state"], &stopped["because"]["source"]), (&json!("stop"), &json!("words")));
    assert_eq!(stopped["because"]["message_id"], stop.wamid);
    let since: Timestamp = stopped["since"].as_str().unwrap().parse().unwrap();
    assert_eq!(since.as_second(), now - 90);

    // A quick reply of a template. What is late does not undo what is new.
    let button = json!({"from": ANA, "id": fresh_wamid(), "timestamp": (now - 80).to_string(), "type": "button",
        "button": {"text": "Start", "payload": "x"}});
    let value =
        json!({"metadata": {"display_phone_number": "15550100", "phone_number_id": NUMBER}, "messages": [button]});
    let change = json!({"field": "messages", "value": value});
    assert_eq!(system.webhook(envelope(Timestamp::now(), &[change])).await.status, 200);
    tell(&system, &said(ANA, "STOP", now - 85)).await;
    let resumed = consent(&system, ANA).await;
    assert_eq!((&resumed["state"], resumed["history"].as_array().unwrap().len()), (&json!("resume"), 3));

    let told = system.events_of("consent.changed").await;
    let fields: Vec<Value> = told.iter().map(|event| event.data()["field"].clone()).collect();
    assert_eq!(fields, ["opt_out_words", "opt_in_words", "opt_out_words"]);
    assert_eq!((&told[0].contact["wa_id"], &told[0].data()["value"]), (&json!(ANA), &stop.json()));
    assert_eq!(system.events_of("message.received").await.len(), 4);
    system.done().await;
}

/// WhatsApp's own settings and Meta's refusals: in every order and twice, with one answer.
#[tokio::test]
async fn meta_tells_it_in_any_order() {
    let system = System::start().await;
    let now = Timestamp::now().as_second();
    let tellings = |person: &str| {
        [
            preference(person, "stop", now - 50),
            refusal(person, now - 40),
            preference(person, "resume", now - 30),
            preference(person, "stop", now - 60),
        ]
    };
    for nth in 0..24_usize {
        let person = format!("155501775{nth:02}");
        let (mut left, mut choice) = (tellings(&person).to_vec(), nth);
        let mut order = Vec::new();
        for size in (1..=4).rev() {
            order.push(left.remove(choice % size));
            choice /= size;
        }
        for change in order.iter().chain(&order) {
            assert_eq!(system.webhook(envelope(Timestamp::now(), std::slice::from_ref(change))).await.status, 200);
        }
        let holds = consent(&system, &person).await;
        assert_eq!((&holds["state"], &holds["because"]["source"]), (&json!("resume"), &json!("user_preferences")));
        assert_eq!(holds["history"].as_array().unwrap().len(), 4, "{holds}");
        assert_eq!(holds["history"][1]["source"], "131050");
    }
    let told = system.events_of("consent.changed").await;
    assert!(told.iter().all(|event| event.contact["key"].is_string()));
    assert!(
        told.iter().any(|event| event.data() == preference("15550177500", "stop", now - 50)),
        "the change as it came"
    );
    assert!(told.iter().any(|event| event.data()["field"] == "131050"));
    system.done().await;
}

/// Only Meta ends a stop that Meta knows of; the operator's word is kept all the same.
#[tokio::test]
async fn an_operator_has_a_say() {
    let system = System::start().await;
    let now = Timestamp::now().as_second();
    let path = format!("/v1/channels/{NUMBER}/contacts/+{ANA}/consent");
    let set = async |state: &str| {
        let answer = system.put(&path, &json!({"state": state, "reason": "canary, by phone"})).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        answer.json()
    };
    assert_eq!(set("stop").await["because"]["source"], "operator");
    assert_eq!(set("resume").await["state"], "resume");
    let refused = envelope(Timestamp::now(), &[refusal(ANA, now - 500)]);
    assert_eq!(system.webhook(refused).await.status, 200);
    assert_eq!(set("resume").await["state"], "stop");
    let wanted = envelope(Timestamp::now(), &[preference(ANA, "resume", now - 400)]);
    assert_eq!(system.webhook(wanted).await.status, 200);
    assert_eq!(consent(&system, ANA).await["state"], "resume");
    let operator =
        system.events_of("consent.changed").await.into_iter().find(|event| event.data()["field"] == "operator");
    assert_eq!(operator.unwrap().data()["value"], json!({"state": "stop", "reason": "canary, by phone"}));
    system.done().await;
}

/// A channel's own words count instead of the default ones.
#[tokio::test]
async fn a_channel_has_its_own_words() {
    let system = System::start().await;
    let channel = "100000000000003";
    system.add_channel(channel, crate::system::WABA).await;
    let own = json!({"version": 1, "opt_out_words": ["Canary Genug"], "opt_in_words": []});
    assert_eq!(system.patch(&format!("/v1/channels/{channel}"), &own).await.status, 200);
    let state = async || {
        let answer = system.get(&format!("/v1/channels/{channel}/contacts/+{ANA}/consent")).await;
        answer.json()["state"].clone()
    };
    for (body, expected) in [("STOP", "unknown"), ("canary genug!", "stop"), ("START", "stop")] {
        let message = Message::new(ANA, body);
        assert_eq!(system.webhook(notification(channel, &[message])).await.status, 200);
        assert_eq!(state().await, expected, "{body}");
    }
    // What is said to one number is not said to another.
    assert_eq!(consent(&system, ANA).await["state"], "unknown");
    system.done().await;
}

/// Settings changed before the first message, told by user id alone; the person who then writes is the same one, and so
/// is one who was taken for two until they were merged.
#[tokio::test]
async fn it_follows_the_person() {
    let system = System::start().await;
    let now = Timestamp::now().as_second();
    let mut told = preference(ANA, "stop", now - 50);
    told["value"]["user_preferences"][0]["user_id"] = "US.177501".into();
    told["value"]["user_preferences"][0].as_object_mut().unwrap().remove("wa_id");
    told["value"].as_object_mut().unwrap().remove("contacts");
    assert_eq!(system.webhook(envelope(Timestamp::now(), &[told])).await.status, 200);
    let mut message = said(ANA, "canary", now - 40).json();
    message["from_user_id"] = "US.177501".into();
    let value =
        json!({"metadata": {"display_phone_number": "15550100", "phone_number_id": NUMBER}, "messages": [message]});
    let change = json!({"field": "messages", "value": value});
    assert_eq!(system.webhook(envelope(Timestamp::now(), &[change])).await.status, 200);
    assert_eq!(consent(&system, ANA).await["state"], "stop");

    let other = "15550177599";
    tell(&system, &said(other, "canary", now - 30)).await;
    assert_eq!(consent(&system, other).await["state"], "unknown");
    let merge = json!({"into": format!("wa:{other}"), "reason": "canary, one person"});
    let path = format!("/v1/channels/{NUMBER}/contacts/+{ANA}/merge");
    let merged = system.post(&path, &merge).await;
    assert_eq!(merged.status, 200, "{}", merged.text);
    assert_eq!(
        (consent(&system, other).await["state"].clone(), consent(&system, ANA).await["state"].clone()),
        (json!("stop"), json!("stop"))
    );
    system.done().await;
}
