//! A replay from its first request to its last: each does a bounded part and says where to go on.

use serde_json::{Value, json};

use crate::api::Call;
use crate::choose::text;
use crate::error::Error;
use crate::progress::bar;
use crate::reach::System;

/// What a whole replay came to.
pub(crate) struct Replayed {
    pub(crate) run_id: String,
    pub(crate) items: Vec<Value>,
    contacts: u64,
}

/// Repeats the request until it is done. The answers' run is one, so that a part that is asked for again tells nothing
/// twice.
pub(crate) async fn whole(system: &System, mut body: Value) -> Result<Replayed, Error> {
    let bar = bar();
    let mut replayed = Replayed { run_id: String::new(), items: Vec::new(), contacts: 0 };
    loop {
        let mut part = system.api.call(Call::post(["v1", "replay"], body.clone())).await?;
        replayed.run_id = text(&part, "/run_id");
        replayed.contacts += part.get("contacts").and_then(Value::as_u64).unwrap_or(0);
        if let Some(Value::Array(items)) = part.get_mut("items").map(Value::take) {
            replayed.items.extend(items);
        }
        bar.set_message(replayed.so_far());
        bar.tick();
        match part.get_mut("cursor").map(Value::take) {
            Some(Value::String(cursor)) => body["cursor"] = cursor.into(),
            _ => break,
        }
    }
    bar.finish_and_clear();
    Ok(replayed)
}

impl Replayed {
    pub(crate) fn to_json(&self) -> Value {
        json!({"run_id": self.run_id, "items": self.items})
    }

    pub(crate) fn summary(&self, dry_run: bool) -> String {
        let done = self.items.iter().filter(|item| item.get("reason").is_none_or(Value::is_null)).count();
        let events: u64 = self.items.iter().filter_map(|item| item.pointer("/kept/events")?.as_u64()).sum();
        let kept = self.items.iter().any(|item| item.get("kept").is_some());
        let what = if kept { format!("{events} events of {done} things kept") } else { format!("{done} events") };
        if dry_run { format!("Would publish {what}.") } else { format!("Published {what} as run {}.", self.run_id) }
    }

    fn so_far(&self) -> String {
        let count =
            |pointer: &str| -> u64 { self.items.iter().filter_map(|item| item.pointer(pointer)?.as_u64()).sum() };
        match self.contacts {
            0 => format!("{} done, {} events", self.items.len(), count("/kept/events")),
            contacts => format!("{contacts} contacts, {} messages", self.items.len()),
        }
    }
}
