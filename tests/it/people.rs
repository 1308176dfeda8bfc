//! Who is who, on the running system: identities, changes of number, merges (K-01…K-05), and the window they have.

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::system::{Answer, NUMBER, System, envelope, fresh_wamid};

/// A person, by what Meta gives of them.
#[derive(Clone, Copy)]
struct Ids<'a> {
    phone: Option<&'a str>,
    user: Option<&'a str>,
}

const fn phone(phone: &str) -> Ids<'_> {
    Ids { phone: Some(phone), user: None }
}

const fn user(user: &str) -> Ids<'_> {
    Ids { phone: None, user: Some(user) }
}

const fn both<'a>(phone: &'a str, user: &'a str) -> Ids<'a> {
    Ids { phone: Some(phone), user: Some(user) }
}

/// Seconds ago: Meta's time of what is said.
fn ago(seconds: i64) -> i64 {
    Timestamp::now().as_second() - seconds
}

fn text(from: Ids<'_>, at: i64) -> (String, Value) {
    let wamid = fresh_wamid();
    let mut message = json!({"id": wamid, "timestamp": at.to_string(), "type": "text", "text": {"body": "canary"}});
    let mut contact = json!({"profile": {"name": "Canary"}});
    for (own, of_contact, id) in [("from", "wa_id", from.phone), ("from_user_id", "user_id", from.user)] {
        if let Some(id) = id {
            message[own] = id.into();
            contact[of_contact] = id.into();
        }
    }
    (wamid, json!({"messages": [message], "contacts": [contact]}))
}

fn number_changed(old: Ids<'_>, new: Ids<'_>, at: i64) -> Value {
    let system = json!({"type": "user_changed_number", "body": "canary changed", "wa_id": new.phone,
        "user_id": new.user, "previous_user_id": old.user});
    json!({"messages": [{"id": fresh_wamid(), "from": old.phone, "timestamp": at.to_string(), "type": "system",
        "system": system}]})
}

impl System {
    /// Meta tells this of the channel.
    async fn told(&self, value: &Value) {
        let mut value = value.clone();
        value["messaging_product"] = "whatsapp".into();
        value["metadata"] = json!({"display_phone_number": "15550100", "phone_number_id": NUMBER});
        let body = envelope(Timestamp::now(), &[json!({"field": "messages", "value": value})]);
        assert_eq!(self.webhook(body).await.status, 200);
    }

    async fn wrote(&self, from: Ids<'_>, at: i64) -> String {
        let (wamid, value) = text(from, at);
        self.told(&value).await;
        wamid
    }

    async fn person(&self, key: &str) -> Value {
        let answer = self.contact(NUMBER, key).await;
        assert_eq!(answer.status, 200, "{key}: {}", answer.text);
        answer.json()
    }

    async fn wamids(&self, key: &str) -> Vec<String> {
        let history = self.get(&format!("/v1/channels/{NUMBER}/contacts/{key}/messages")).await.json();
        let items = history["items"].as_array().unwrap();
        items.iter().rev().map(|message| message["id"].as_str().unwrap().to_owned()).collect()
    }

    async fn inbox_keys(&self) -> Vec<String> {
        let inbox = self.get(&format!("/v1/channels/{NUMBER}/inbox")).await.json();
        let items = inbox["items"].as_array().unwrap();
        let mut keys: Vec<_> = items.iter().map(|item| item["contact"]["key"].as_str().unwrap().to_owned()).collect();
        keys.sort();
        keys
    }

    async fn merged(&self, key: &str, into: &str, dry_run: bool) -> Answer {
        let body = json!({"into": into, "reason": "the same", "dry_run": dry_run});
        self.post(&format!("/v1/channels/{NUMBER}/contacts/{key}/merge"), &body).await
    }
}

/// K-04: each way of being known, and a reply to each goes the way Meta asks for.
#[tokio::test]
async fn everybody_is_somebody() {
    let system = System::start().await;
    system.wrote(phone("15550177201"), ago(40)).await;
    system.wrote(user("US.177202"), ago(30)).await;
    system.wrote(both("15550177203", "US.177203"), ago(20)).await;
    assert_eq!(system.inbox_keys().await, ["user:US.177202", "wa:15550177201", "wa:15550177203"]);
    let nobody = system.person("US.177202").await;
    assert!(nobody.get("phone").is_none() && nobody["window"]["open"] == true);
    assert_eq!(system.person("US.177203").await["phone"], "+15550177203");
    assert_eq!(system.person("+15550177203").await["identities"], json!(["user:US.177203", "wa:15550177203"]));
    system.done().await;
}

/// K-05, in both orders: one person, their whole history, and a window only since they wrote from the new number.
#[tokio::test]
async fn a_changed_number_is_the_same_person() {
    for late in [false, true] {
        let system = System::start().await;
        let (old, new) = (both("15550177211", "US.177211"), both("15550177212", "US.177212"));
        let first = system.wrote(old, ago(300)).await;
        let change = number_changed(old, new, ago(200));
        if !late {
            system.told(&change).await;
            let closed = system.person("+15550177212").await;
            assert_eq!(
                (&closed["window"]["open"], &closed["window"]["reason"]),
                (&json!(false), &json!("identity_changed"))
            );
            assert!(closed["window"]["explanation"].as_str().unwrap().contains("changed"));
            let body = json!({"to": "+15550177212", "type": "text", "text": {"body": "canary"}});
            let refused = system.post(&format!("/v1/channels/{NUMBER}/messages"), &body).await;
            assert_eq!((refused.status, &refused.json()["code"]), (422, &json!("window_closed")), "I6");
        }
        let second = system.wrote(new, ago(100)).await;
        if late {
            system.told(&change).await;
        }
        let person = system.person("+15550177212").await;
        for key in ["wa:15550177211", "US.177211", "US.177212", "+15550177211"] {
            assert_eq!(system.person(key).await, person, "{key}");
        }
        assert_eq!(person["key"], "wa:15550177211");
        assert_eq!((&person["phone"], &person["window"]["opened_by"]["id"]), (&json!("+15550177212"), &json!(second)));
        assert_eq!(person["merged"].is_array(), late, "told late, two were one: {person}");
        let history = system.wamids("+15550177212").await;
        assert_eq!((history.len(), &history[0], &history[2]), (3, &first, &second));
        assert_eq!(system.inbox_keys().await, ["wa:15550177211"]);
        // Told of as one from now on.
        let third = system.wrote(new, ago(50)).await;
        let events = system.events_of("message.received").await;
        let event = events.iter().find(|event| event.data()["id"] == third.as_str()).unwrap();
        assert_eq!(
            (&event.contact["key"], &event.contact["phone"]),
            (&json!("wa:15550177211"), &json!("+15550177212"))
        );
        system.done().await;
    }
}

/// A number given to somebody else is not the one who had it: not their history, and not their window.
#[tokio::test]
async fn a_recycled_number_is_somebody_else() {
    let system = System::start().await;
    let (old, new) = (both("15550177221", "US.177221"), both("15550177222", "US.177222"));
    system.wrote(old, ago(300)).await;
    system.told(&number_changed(old, new, ago(200))).await;
    let body = json!({"to": "+15550177221", "type": "text", "text": {"body": "canary"}});
    let refused = system.post(&format!("/v1/channels/{NUMBER}/messages"), &body).await;
    assert_eq!(refused.json()["code"], "window_closed", "nobody wrote from there since");
    let other = system.wrote(both("15550177221", "US.177229"), ago(100)).await;
    let person = system.person("+15550177221").await;
    assert_eq!((&person["key"], system.wamids("+15550177221").await), (&json!("user:US.177229"), vec![other]));
    assert_eq!(system.person("wa:15550177221").await["phone"], "+15550177222", "a key stays whose it was");
    // Theirs is open; the fake Meta did not see them write, and says so.
    system.message_in(&system.send(&body).await, "failed").await;
    system.done().await;
}

/// K-02: dialled as people write it, answered as WhatsApp spells it.
#[tokio::test]
async fn a_spelling_is_no_second_person() {
    let system = System::start().await;
    system.local.sync().await.unwrap();
    let template = json!({"name": "hello_world", "language": {"code": "en_US"}});
    let send = system.send(&json!({"to": "+5531971234567", "type": "template", "template": template})).await;
    system.message_in(&send, "accepted").await;
    let answer = system.wrote(phone("553171234567"), ago(10)).await;
    assert_eq!(system.inbox_keys().await, ["wa:5531971234567"]);
    for key in ["+5531971234567", "+553171234567"] {
        let mut history = system.wamids(key).await;
        history.sort();
        let mut both = [send.clone(), answer.clone()];
        both.sort();
        assert_eq!(history, both, "{key}");
        let person = system.person(key).await;
        assert_eq!((&person["wa_id"], &person["window"]["open"]), (&json!("553171234567"), &json!(true)));
    }
    // Free to answer, by either spelling; a landline with the same digits is nobody's mobile.
    let answered = json!({"to": "+5531971234567", "type": "text", "text": {"body": "x"}});
    system.message_in(&system.send(&answered).await, "failed").await;
    system.wrote(phone("551133330100"), ago(5)).await;
    assert_eq!(system.contact(NUMBER, "+5511933330100").await.status, 404);
    system.done().await;
}

/// K-02: merged by an operator, and taken apart again with everything that was written meanwhile.
#[tokio::test]
async fn an_operator_merges_and_takes_apart() {
    let system = System::start().await;
    let one = system.wrote(phone("15550177231"), ago(300)).await;
    let two = system.wrote(phone("15550177232"), ago(200)).await;
    let before = (system.person("+15550177231").await, system.person("+15550177232").await);
    let planned = system.merged("+15550177232", "wa:15550177231", true).await.json();
    assert_eq!((&planned["dry_run"], &planned["changed"]), (&json!(true), &json!(true)));
    assert_eq!(system.inbox_keys().await.len(), 2, "nothing happened");
    let done = system.merged("+15550177232", "wa:15550177231", false).await;
    assert_eq!(done.status, 200, "{}", done.text);
    assert_eq!(done.json()["contact"]["merged"][0]["key"], "wa:15550177232");
    assert_eq!(system.merged("+15550177232", "wa:15550177231", false).await.json()["changed"], false);
    assert_eq!(system.inbox_keys().await, ["wa:15550177231"]);
    let three = system.wrote(phone("15550177232"), ago(100)).await;
    let events = system.events_of("message.received").await;
    let event = events.iter().find(|event| event.data()["id"] == three.as_str()).unwrap();
    assert_eq!(event.contact["key"], "wa:15550177231");
    assert_eq!(system.wamids("wa:15550177232").await, [&*one, &*two, &*three]);
    let messages = system.get(&format!("/v1/channels/{NUMBER}/contacts/wa:15550177231/messages")).await.json();
    assert!(messages["items"].as_array().unwrap().iter().all(|message| message["contact"] == "wa:15550177231"));
    assert_eq!(system.person("+15550177232").await["window"]["opened_by"]["id"], three.as_str());
    let path = format!("/v1/channels/{NUMBER}/contacts/wa:15550177232/unmerge");
    let apart = system.post(&path, &json!({"dry_run": true})).await.json();
    assert_eq!(apart["from"], before.0);
    assert_eq!(system.inbox_keys().await.len(), 1, "nothing happened");
    let apart = system.post(&path, &json!({})).await.json();
    assert_eq!((&apart["from"], &system.person("+15550177231").await), (&before.0, &before.0));
    assert_eq!(apart["contact"]["first_seen_at"], before.1["first_seen_at"]);
    assert_eq!(
        (system.wamids("+15550177231").await, system.wamids("+15550177232").await),
        (vec![one], vec![two, three])
    );
    let again = system.post(&path, &json!({})).await;
    assert_eq!((again.status, &again.json()["code"]), (409, &json!("not_merged")));
    for (key, into) in [("+15550177239", "+15550177231"), ("nobody", "+15550177231")] {
        assert_eq!(system.merged(key, into, false).await.status, 404);
    }
    assert_eq!(system.merged("+15550177231", "+15550177239", false).await.json()["code"], "invalid_request");
    system.done().await;
}

/// W-01, W-07: why a window stands as it does, in words and in fields.
#[tokio::test]
async fn the_window_explains_itself() {
    let system = System::start().await;
    let wamid = system.wrote(phone("15550177241"), ago(60)).await;
    let window = system.person("+15550177241").await["window"].clone();
    assert_eq!((&window["open"], &window["reason"]), (&json!(true), &json!("message")));
    assert_eq!((&window["opened_by"]["kind"], &window["opened_by"]["type"]), (&json!("message"), &json!("text")));
    assert_eq!(window["opened_by"]["id"], wamid.as_str());
    assert!(window["explanation"].as_str().unwrap().starts_with("Open until "));
    system.wrote(phone("15550177242"), ago(86_400)).await;
    let window = system.person("+15550177242").await["window"].clone();
    assert_eq!(
        (&window["open"], &window["reason"], &window["closed_since"]),
        (&json!(false), &json!("expired"), &window["expires_at"])
    );
    let rang = json!({"calls": [{"id": "wacid.canary", "event": "connect", "direction": "USER_INITIATED",
        "from": "15550177242", "timestamp": ago(30).to_string()}],
        "metadata": {"phone_number_id": NUMBER}, "messaging_product": "whatsapp"});
    let body = envelope(Timestamp::now(), &[json!({"field": "calls", "value": rang})]);
    assert_eq!(system.webhook(body).await.status, 200);
    let window = system.person("+15550177242").await["window"].clone();
    assert_eq!((&window["open"], &window["reason"]), (&json!(true), &json!("call")));
    system.done().await;
}
