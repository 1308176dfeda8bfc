//! Which errors messages ended with lately, counted: codes, and nothing of the messages.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::api::Call;
use crate::choose::{list, text};
use crate::error::Error;
use crate::reach::System;

/// Of so many conversations of a channel, the newest first, so many messages each.
const CONVERSATIONS: usize = 20;
const MESSAGES: usize = 50;

/// By source, code and state.
pub(super) async fn recent(system: &System, phone_number_id: &str) -> Result<Value, Error> {
    let inbox = Call::get(["v1", "channels", phone_number_id, "inbox"]).with_query("limit", Some(CONVERSATIONS));
    let inbox = system.api.call(inbox).await?;
    let mut seen: BTreeMap<(String, String, String), (u64, String)> = BTreeMap::new();
    let mut looked_at = 0_u64;
    for conversation in list(&inbox, "/items") {
        let key = text(conversation, "/contact/key");
        let page = Call::get(["v1", "channels", phone_number_id, "contacts", &key, "messages"]);
        let page = system.api.call(page.with_query("limit", Some(MESSAGES))).await?;
        for message in list(&page, "/items") {
            looked_at += 1;
            for error in list(message, "/errors") {
                let class = (text(error, "/source"), text(error, "/code"), text(message, "/state"));
                let (count, newest) = seen.entry(class).or_default();
                *count += 1;
                *newest = text(message, "/at").max(std::mem::take(newest));
            }
        }
    }
    let classes = seen.into_iter().map(|((source, code, state), (count, newest_at))| {
        json!({"source": source, "code": code, "state": state, "count": count, "newest_at": newest_at})
    });
    let classes: Vec<Value> = classes.collect();
    Ok(json!({"phone_number_id": phone_number_id, "messages_looked_at": looked_at, "classes": classes}))
}
