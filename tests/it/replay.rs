//! Events that a consumer lost are published again, under ids of their own.

use serde_json::json;

use crate::system::{Message, NUMBER, System, notification};

#[tokio::test]
async fn a_stored_message_is_told_again() {
    let system = System::start().await;
    let message = Message::new("15550177121", "canary");
    assert_eq!(system.webhook(notification(NUMBER, std::slice::from_ref(&message))).await.status, 200);
    let [first] = <[_; 1]>::try_from(system.events().await).ok().unwrap();
    let asked = json!({"ids": [message.wamid, "wamid.nobody"]});
    let mut dry = asked.clone();
    dry["dry_run"] = true.into();
    assert_eq!(system.post("/v1/replay", &dry).await.json()["items"][0]["published"], false);
    assert_eq!(system.events().await.len(), 1);

    let run = system.post("/v1/replay", &asked).await.json();
    assert_eq!((&run["items"][0]["published"], &run["items"][1]["reason"]), (&json!(true), &json!("not_found")));
    let again = system.events().await.pop().unwrap();
    assert_eq!(again.id, run["items"][0]["event_id"].as_str().unwrap());
    assert!(again.id.starts_with(&first.id) && again.id.ends_with(run["run_id"].as_str().unwrap()));
    assert_eq!((again.data.get(), &again.contact, &again.at), (first.data.get(), &first.contact, &first.at));
    system.done().await;
}
