//! `waypost templates sync` and `status`.

use std::time::Duration;

use http::Method;
use serde_json::Value;
use tokio::time::{Instant, sleep};

use crate::api::Call;
use crate::choose::text;
use crate::error::Error;
use crate::print::Printer;
use crate::reach::System;
use crate::time::short;

/// How long a plan waits for the sync before it. 6,000 templates take seconds.
const PATIENCE: Duration = Duration::from_mins(2);

pub(super) async fn run(system: &System, printer: Printer, waba: Option<&str>, wait: Option<u64>) -> Result<(), Error> {
    let waba = system.waba(waba).await?;
    let Some(wait) = wait else {
        let asked = ask(system, &waba).await?;
        return printer.either(&asked, |_| {
            format!("A sync of {waba} is {}. `waypost templates status` says how it went.", text(&asked, "/state"))
        });
    };
    let status = whole(system, &waba, Duration::from_secs(wait)).await?;
    printer.either(&status, |printer| facts(printer, &status))?;
    succeeded(&status)
}

pub(super) async fn status(system: &System, printer: Printer, waba: Option<&str>) -> Result<(), Error> {
    let waba = system.waba(waba).await?;
    let status = read_status(system, &waba).await?;
    printer.either(&status, |printer| facts(printer, &status))
}

/// Meta's templates as they are now; fails where they cannot be read.
pub(super) async fn fresh(system: &System, waba: &str) -> Result<(), Error> {
    succeeded(&whole(system, waba, PATIENCE).await?)
}

async fn whole(system: &System, waba: &str, patience: Duration) -> Result<Value, Error> {
    let before = text(&read_status(system, waba).await?, "/last_attempt/at");
    let running = text(&ask(system, waba).await?, "/state") == "in_progress";
    wait_for(system, waba, &before, running, patience).await
}

async fn ask(system: &System, waba: &str) -> Result<Value, Error> {
    system.api.call(Call::new(Method::POST, ["v1", "wabas", waba, "templates", "sync"])).await
}

fn succeeded(status: &Value) -> Result<(), Error> {
    match text(status, "/last_attempt/state").as_str() {
        "succeeded" => Ok(()),
        state => {
            let why = text(status, "/last_attempt/error");
            let why = if why.is_empty() { why } else { format!(": {why}") };
            Err(Error::failed(
                format!("the sync is {state}{why}"),
                "waypost doctor says what keeps Meta from answering",
            ))
        }
    }
}

async fn read_status(system: &System, waba: &str) -> Result<Value, Error> {
    system.api.call(Call::get(["v1", "wabas", waba, "templates", "sync"])).await
}

/// The status once a sync later than `before` has ended; one that is running counts.
async fn wait_for(
    system: &System,
    waba: &str,
    before: &str,
    running: bool,
    patience: Duration,
) -> Result<Value, Error> {
    let deadline = Instant::now() + patience;
    loop {
        let status = read_status(system, waba).await?;
        let newer = running || text(&status, "/last_attempt/at") != before;
        if newer && text(&status, "/last_attempt/state") != "running" {
            return Ok(status);
        }
        if Instant::now() >= deadline {
            let what = format!("the sync has not ended within {} s", patience.as_secs());
            return Err(Error::failed(what, "it goes on by itself; waypost templates status says how it ended"));
        }
        sleep(Duration::from_millis(250)).await;
    }
}

fn facts(printer: Printer, status: &Value) -> String {
    let of = |name: &str| text(status, &format!("/last_attempt/{name}"));
    let facts = [
        ("WABA", text(status, "/waba_id")),
        (
            "LAST SYNCED",
            Some(short(&text(status, "/last_synced_at"))).filter(|at| !at.is_empty()).unwrap_or("never".into()),
        ),
        ("LAST ATTEMPT", short(&of("at"))),
        ("STATE", of("state")),
        ("LISTED", of("listed")),
        ("WRITTEN", of("written")),
        ("GONE", of("absent")),
        ("ERROR", of("error")),
    ];
    printer.facts(&facts)
}
