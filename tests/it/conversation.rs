//! The walk in and out: a person writes, the team answers, and sees what became of it.

use serde_json::{Value, json};

use crate::system::{NUMBER, System, WABA, eventually, logged};

const ANA: &str = "15550177201";
const BEN: &str = "15550177202";

#[tokio::test]
async fn a_question_and_its_answer() {
    let system = System::start().await;
    let question = system.write_in(ANA, &json!({"name": "Canary Ana", "text": "canary question"})).await;

    let inbox = system.get(&format!("/v1/channels/{NUMBER}/inbox")).await.json();
    let line = &inbox["items"][0];
    assert_eq!((&line["contact"]["name"], &line["contact"]["window"]["open"]), (&json!("Canary Ana"), &json!(true)));
    assert_eq!(
        (&line["last_message"]["id"], &line["last_message"]["direction"]),
        (&json!(question), &json!("inbound"))
    );
    assert_eq!(line["last_message"]["display"]["text"], "canary question");

    let answer = json!({
        "to": format!("+{ANA}"), "type": "text", "text": {"body": "canary answer"},
        "context": {"message_id": question}, "biz_opaque_callback_data": "ticket 17",
    });
    let id = system.send(&answer).await;
    let message = all_told(&system, &id).await;
    assert_eq!((&message["direction"], &message["reference"]), (&json!("outbound"), &json!("ticket 17")));
    assert_eq!((&message["content"], &message["errors"]), (&answer, &json!([])));
    assert_eq!(message["contact"], line["contact"]["key"]);
    assert_eq!(message["pricing"]["billable"], false);

    // Meta got what was asked for, with our id in place of the caller's reference.
    let sends = system.meta().sends();
    let [sent] = sends.as_slice() else { panic!("{} sends", sends.len()) };
    let request: Value = serde_json::from_str(sent.request.get()).unwrap();
    assert_eq!((&request["messaging_product"], &request["to"]), (&json!("whatsapp"), &json!(format!("+{ANA}"))));
    assert_eq!((&request["text"], &request["context"]), (&answer["text"], &answer["context"]));
    assert_eq!((sent.opaque.as_deref(), sent.phone_number_id.as_str()), (Some(id.as_str()), NUMBER));
    assert_eq!(message["wamid"], sent.wamid.as_str());
    assert_eq!(system.message(&sent.wamid).await["id"], id.as_str());

    let history = system.get(&format!("/v1/channels/{NUMBER}/contacts/+{ANA}/messages")).await.json();
    let ids: Vec<_> = history["items"].as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap()).collect();
    assert_eq!(ids, [id.as_str(), question.as_str()]);
    assert_eq!(system.get(&format!("/v1/channels/{NUMBER}/inbox")).await.json()["items"][0]["last_message"]["id"], id);

    let told = system.events().await;
    let kinds: Vec<_> = told.iter().map(|event| event.kind.as_str()).collect();
    assert_eq!(kinds, ["message.received", "message.status", "message.status", "message.status"]);
    assert!(told.iter().all(|event| event.waba_id.as_deref() == Some(WABA)));
    assert!(told.iter().all(|event| event.contact["key"] == line["contact"]["key"]));
    // What `done` searches is there to be searched.
    assert!(logged().contains("ingested") && logged().contains(&id));
    system.done().await;
}

/// Two people at once: each gets their own, in the order it was queued (I7, I8).
#[tokio::test]
async fn order_holds_per_person() {
    let system = System::start().await;
    for person in [ANA, BEN] {
        system.write_in(person, &json!({"text": "canary"})).await;
    }
    let mut wanted: Vec<(String, String)> = Vec::new();
    for turn in 0..6 {
        for person in [ANA, BEN] {
            let text = format!("canary {turn}");
            system.send(&json!({"to": person, "type": "text", "text": {"body": text}})).await;
            wanted.push((person.to_owned(), text));
        }
    }
    let sends =
        eventually("twelve sends", async || Some(system.meta().sends()).filter(|sends| sends.len() == 12)).await;
    for person in [ANA, BEN] {
        let text =
            |request: &str| serde_json::from_str::<Value>(request).unwrap()["text"]["body"].as_str().map(str::to_owned);
        let of_person = sends.iter().filter(|sent| sent.wa_id.as_deref() == Some(person));
        let got: Vec<_> = of_person.filter_map(|sent| text(sent.request.get())).collect();
        let asked: Vec<_> = wanted.iter().filter(|(to, _)| to == person).map(|(_, text)| text.clone()).collect();
        assert_eq!(got, asked);
    }
    system.done().await;
}

/// The message, once Meta has told all there is to tell.
async fn all_told(system: &System, id: &str) -> Value {
    let message = eventually("the last status", async || {
        let message = system.message(id).await;
        Some(message).filter(|message| message["statuses"].as_array().is_some_and(|told| told.len() == 3))
    })
    .await;
    let told: Vec<_> =
        message["statuses"].as_array().unwrap().iter().map(|one| one["status"].as_str().unwrap()).collect();
    assert_eq!(told, ["sent", "delivered", "read"]);
    assert_eq!(message["state"], "accepted");
    message
}
