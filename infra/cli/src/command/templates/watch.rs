//! `waypost templates status --watch`: reviews as they end. Meta tells of them by webhook, so only what is stored is asked.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use crate::api::Call;
use crate::choose::{list, text};
use crate::error::Error;
use crate::print::{self, Printer};
use crate::reach::System;

const EVERY: Duration = Duration::from_secs(2);

type Identity = (String, String);

pub(super) async fn run(system: &System, printer: Printer, waba: Option<&str>, timeout: u64) -> Result<(), Error> {
    let waba = system.waba(waba).await?;
    let deadline = Instant::now() + Duration::from_secs(timeout);
    let mut waiting = pending(system, &waba).await?;
    let mut ended = Vec::new();
    if !printer.is_json() {
        print::line(&format!("{} in review.", waiting.len()))?;
    }
    while !waiting.is_empty() {
        if Instant::now() >= deadline {
            printer.either(&json!({"items": ended, "waiting": waiting.len()}), |_| String::new())?;
            let what = format!("{} are still in review after {timeout} s", waiting.len());
            return Err(Error::failed(what, "Meta takes up to a day; the same command waits on"));
        }
        sleep(EVERY).await;
        let still = pending(system, &waba).await?;
        let over: Vec<Identity> = waiting.difference(&still).cloned().collect();
        for identity in over {
            let template = named(system, &waba, &identity).await?;
            if !printer.is_json() {
                print::line(&told(&template))?;
            }
            ended.push(template);
        }
        waiting = still;
    }
    let rejected = ended.iter().filter(|template| template["status"] == "REJECTED").count();
    if printer.is_json() {
        print::line(&json!({"items": ended, "waiting": 0}).to_string())?;
    }
    match rejected {
        0 => Ok(()),
        count => Err(Error::failed(format!("{count} rejected"), "waypost templates list --status rejected says why")),
    }
}

async fn pending(system: &System, waba: &str) -> Result<BTreeSet<Identity>, Error> {
    let mut found = BTreeSet::new();
    let mut cursor: Option<String> = None;
    loop {
        let call = Call::get(["v1", "wabas", waba, "templates"]).with_query("status", Some("PENDING"));
        let page = system.api.call(call.with_query("limit", Some(100)).with_query("cursor", cursor)).await?;
        let there = list(&page, "/items").iter().filter(|template| template["absent"] != true);
        found.extend(there.map(|template| (text(template, "/name"), text(template, "/language"))));
        cursor = page.get("cursor").and_then(Value::as_str).map(str::to_owned);
        if cursor.is_none() {
            return Ok(found);
        }
    }
}

/// As it stands; what is gone meanwhile is told so.
async fn named(system: &System, waba: &str, (name, language): &Identity) -> Result<Value, Error> {
    let call = Call::get(["v1", "wabas", waba, "templates"]).with_query("q", Some(name));
    let page = system.api.call(call.with_query("language", Some(language)).with_query("limit", Some(100))).await?;
    let found = list(&page, "/items").iter().find(|template| text(template, "/name") == *name);
    Ok(found.cloned().unwrap_or_else(|| json!({"name": name, "language": language, "absent": true, "label": "gone"})))
}

fn told(template: &Value) -> String {
    let reason = Some(text(template, "/rejected_reason")).filter(|reason| !reason.is_empty());
    let advice =
        Some(text(template, "/status_details/rejection_info/recommendation")).filter(|words| !words.is_empty());
    let why: Vec<String> = reason.into_iter().chain(advice).collect();
    let why = if why.is_empty() { String::new() } else { format!(": {}", why.join(": ")) };
    let (name, language, label) = (text(template, "/name"), text(template, "/language"), text(template, "/label"));
    print::plain(&format!("{name} ({language}): {label}{why}"))
}
