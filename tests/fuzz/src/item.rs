//! F9: items as DynamoDB answers with them, of this build, of the one before, of the next, and of nobody. Each is read as
//! what it is or refused; nothing else happens.

use std::sync::LazyLock;

use jiff::Timestamp;
use model::{ContactKey, MessageId, PhoneNumberId, SendId, WabaId};
use serde_json::Value;

use super::world::World;

static WORLD: LazyLock<World> = LazyLock::new(World::new);

pub fn item(data: &[u8]) {
    WORLD.stub.holds(data);
    let parsed: Value = serde_json::from_slice(data).unwrap_or_default();
    let text = |name: &str| parsed[name]["S"].as_str().filter(|text| !text.is_empty()).unwrap_or("1").to_owned();
    let number = PhoneNumberId::new(text("phone_number_id"));
    let now: Timestamp = "2026-01-05T12:00:00Z".parse().unwrap();
    let store = &WORLD.store;
    WORLD.run(async {
        // By what it says it is, and by its key where it says nothing. An error is an answer.
        match text("kind").as_str() {
            "channel" | "channel_name" => drop(store.channel(&number).await),
            "contact" | "alias" => drop(store.contact(&number, &ContactKey::new(text("contact_key"))).await),
            "template" => drop(store.templates(&WabaId::new(text("waba_id"))).await),
            "sync" => drop(store.sync_run(&WabaId::new(text("waba_id"))).await),
            "send" => {
                let id = SendId::parse(&text("send_id")).unwrap_or_else(|| SendId::from_idempotency(&number, "fuzz"));
                drop(store.send(&id, now).await);
                drop(store.message(id.as_str(), now).await);
            }
            _ => {
                let id = MessageId::new(text("message_id"));
                drop(store.message(id.as_str(), now).await);
                drop(store.media_of(&id, now).await);
                drop(store.consent(&number, &ContactKey::new(text("contact_key"))).await);
            }
        }
    });
}
