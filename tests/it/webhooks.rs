//! infra/docs/webhooks.md says what becomes of everything Meta can send. Here every row of it is sent, and it is so.

mod beside;
mod fields;
mod messages;
mod page;
mod statuses;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use local::Options;
use sandbox::Clock;
use serde_json::{Value, json};

use crate::system::{Event, NUMBER, System, WABA};

/// On a clock that stands still between posts, so that one second holds one of them.
async fn system() -> System {
    let monday = "2026-01-05T12:00:00Z".parse().unwrap();
    let system = System::start_with(Options { clock: Clock::standing(monday), ..System::options() }).await;
    system.local.sync().await.unwrap();
    system
}

/// Posts these changes a while after whatever was before, and gives the events that came of them.
async fn posted(system: &System, changes: &[Value]) -> Vec<Event> {
    system.local.clock().advance(std::time::Duration::from_secs(5));
    let before = system.events().await.len();
    let entry = json!({"id": WABA, "time": system.local.clock().now().as_second(), "changes": changes});
    let body = json!({"object": "whatsapp_business_account", "entry": [entry]}).to_string();
    let answer = system.webhook(body).await;
    assert_eq!(answer.status, 200, "{changes:?}");
    system.events().await.split_off(before)
}

/// A change of `messages` on our number, with these members.
fn change(members: &Value) -> Value {
    let mut value = json!({"messaging_product": "whatsapp",
        "metadata": {"display_phone_number": "15550100", "phone_number_id": NUMBER}});
    value.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
    json!({"field": "messages", "value": value})
}

/// The model's examples: one folder of them, by file name without extension.
fn examples(folder: &str) -> BTreeMap<String, Value> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/model/tests/fixtures").join(folder);
    let read = |entry: std::io::Result<fs::DirEntry>| {
        let path = entry.unwrap().path();
        let json = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
        (path.file_stem().unwrap().to_string_lossy().into_owned(), json)
    };
    fs::read_dir(folder).unwrap().map(read).collect()
}
