//! Every template of an account, as the API has them.

use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget};
use model::{Template, Timestamp, WabaId};
use serde_json::{Map, Value};

use crate::api::Call;
use crate::choose::{list, text};
use crate::error::Error;
use crate::reach::System;

/// What the API adds to Meta's members.
const OURS: [&str; 11] = [
    "waba_id",
    "label",
    "sendable",
    "absent",
    "status_details",
    "next_category",
    "quality",
    "submitted_category",
    "extra",
    "updated_at",
    "rejected_reason",
];

/// All of them, also those that are gone, and when they were last read from Meta.
pub(super) async fn all(system: &System, waba: &str) -> Result<(Vec<Template>, String), Error> {
    let (progress, started) = (ProgressBar::hidden(), Instant::now());
    let mut templates = Vec::new();
    let mut cursor: Option<String> = None;
    loop {
        let call = Call::get(["v1", "wabas", waba, "templates"]).with_query("limit", Some(100));
        let page = system.api.call(call.with_query("cursor", cursor)).await?;
        templates.extend(list(&page, "/items").iter().filter_map(|item| read(waba, item)));
        progress.set_position(templates.len() as u64);
        // For what takes longer, and on a terminal only.
        if started.elapsed() > Duration::from_secs(1) && progress.is_hidden() {
            progress.set_draw_target(ProgressDrawTarget::stderr());
        }
        cursor = page.get("cursor").and_then(Value::as_str).map(str::to_owned);
        if cursor.is_none() {
            progress.finish_and_clear();
            return Ok((templates, text(&page, "/last_synced_at")));
        }
    }
}

fn read(waba: &str, shown: &Value) -> Option<Template> {
    let mut listed: Map<String, Value> = shown.get("extra").and_then(Value::as_object).cloned().unwrap_or_default();
    let members = shown.as_object()?.iter().filter(|(name, _)| !OURS.contains(&name.as_str()));
    listed.extend(members.map(|(name, value)| (name.clone(), value.clone())));
    let raw = serde_json::value::to_raw_value(&listed).ok()?;
    let updated_at: Timestamp = text(shown, "/updated_at").parse().ok()?;
    let template = Template::parse(&WabaId::new(waba), &raw, updated_at)?;
    Some(Template { absent: shown.get("absent") == Some(&Value::Bool(true)), ..template })
}
