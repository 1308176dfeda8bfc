//! `waypost templates`.

use std::time::Duration;

use clap::{Args, Subcommand};
use http::Method;
use serde_json::Value;
use tokio::time::{Instant, sleep};

use crate::api::Call;
use crate::choose::{list, text};
use crate::command::inbox::with_more;
use crate::error::Error;
use crate::print::Printer;
use crate::reach::System;
use crate::time::short;

#[derive(Subcommand)]
pub(crate) enum TemplatesCommand {
    /// Templates as the last sync found them.
    List(Filter),
    /// Read templates and numbers from Meta now.
    Sync {
        /// The account; may be left out where there is only one.
        #[arg(long, value_name = "ID")]
        waba: Option<String>,
        /// Wait for the outcome, up to this many seconds.
        #[arg(long, value_name = "SECONDS", num_args = 0..=1, default_missing_value = "120")]
        wait: Option<u64>,
    },
    /// How the last sync went.
    Status {
        /// The account; may be left out where there is only one.
        #[arg(long, value_name = "ID")]
        waba: Option<String>,
    },
}

#[derive(Args)]
pub(crate) struct Filter {
    /// The account; may be left out where there is only one.
    #[arg(long, value_name = "ID")]
    waba: Option<String>,
    /// `Approved`, `Rejected`, `Submitted`, … or Meta's own word.
    #[arg(long)]
    status: Option<String>,
    /// `marketing`, `utility` or `authentication`.
    #[arg(long)]
    category: Option<String>,
    /// As in `en_US`.
    #[arg(long)]
    language: Option<String>,
    /// `green`, `yellow`, `red` or `unknown`.
    #[arg(long)]
    quality: Option<String>,
    /// Part of the name or of the text.
    #[arg(long, short = 'q', value_name = "WORDS")]
    q: Option<String>,
    /// Templates to show, 1 to 100.
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u8).range(1..=100))]
    limit: u8,
    /// The cursor of the page before.
    #[arg(long)]
    cursor: Option<String>,
}

pub(crate) async fn run(system: &System, printer: Printer, command: &TemplatesCommand) -> Result<(), Error> {
    match command {
        TemplatesCommand::List(filter) => show_list(system, printer, filter).await,
        TemplatesCommand::Status { waba } => {
            let waba = system.waba(waba.as_deref()).await?;
            let status = read_status(system, &waba).await?;
            printer.either(&status, |printer| facts(printer, &status))
        }
        TemplatesCommand::Sync { waba, wait } => {
            let waba = system.waba(waba.as_deref()).await?;
            let before = text(&read_status(system, &waba).await?, "/last_attempt/at");
            let call = Call::new(Method::POST, ["v1", "wabas", &waba, "templates", "sync"]);
            let asked = system.api.call(call).await?;
            let Some(wait) = wait else {
                return printer.either(&asked, |_| {
                    format!(
                        "A sync of {waba} is {}. `waypost templates status` says how it went.",
                        text(&asked, "/state")
                    )
                });
            };
            let running = text(&asked, "/state") == "in_progress";
            let status = wait_for(system, &waba, &before, running, Duration::from_secs(*wait)).await?;
            printer.either(&status, |printer| facts(printer, &status))?;
            match text(&status, "/last_attempt/state").as_str() {
                "succeeded" => Ok(()),
                state => Err(Error::Failed(format!("the sync is {state}"))),
            }
        }
    }
}

async fn show_list(system: &System, printer: Printer, filter: &Filter) -> Result<(), Error> {
    let waba = system.waba(filter.waba.as_deref()).await?;
    let call = Call::get(["v1", "wabas", &waba, "templates"])
        .with_query("status", filter.status.as_ref())
        .with_query("category", filter.category.as_ref())
        .with_query("language", filter.language.as_ref())
        .with_query("quality", filter.quality.as_ref())
        .with_query("q", filter.q.as_ref())
        .with_query("limit", Some(filter.limit))
        .with_query("cursor", filter.cursor.as_ref());
    let page = system.api.call(call).await?;
    printer.either(&page, |printer| {
        let rows = list(&page, "/items").iter().map(row).collect();
        let synced = match short(&text(&page, "/last_synced_at")) {
            never if never.is_empty() => String::from("Never synced; `waypost templates sync` reads them from Meta."),
            at => format!("Last synced {at}."),
        };
        let heading = ["NAME", "LANGUAGE", "CATEGORY", "STATUS", "QUALITY", "WHY"];
        format!("{}\n{synced}", with_more(printer.table(&heading, rows, "No template fits."), &page))
    })
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
            return Err(Error::Failed(format!("the sync has not ended within {} s", patience.as_secs())));
        }
        sleep(Duration::from_millis(250)).await;
    }
}

fn row(template: &Value) -> Vec<String> {
    let gone = template.get("absent").and_then(Value::as_bool).unwrap_or_default();
    let label = text(template, "/label");
    vec![
        text(template, "/name"),
        text(template, "/language"),
        text(template, "/category").to_lowercase(),
        if gone { String::from("gone from Meta") } else { label },
        text(template, "/quality").to_lowercase(),
        why(template),
    ]
}

/// What there is to know of its status, and of a category to come, which is another price.
fn why(template: &Value) -> String {
    let next = text(template, "/next_category/category");
    let next = match short(&text(template, "/next_category/at")) {
        _ if next.is_empty() => String::new(),
        at if at.is_empty() => format!("will be {}", next.to_lowercase()),
        at => format!("will be {} from {at}", next.to_lowercase()),
    };
    let told = [text(template, "/rejected_reason"), text(template, "/status_details/other_info/title"), next];
    told.into_iter().filter(|word| !word.is_empty()).collect::<Vec<_>>().join(", ")
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_template_says_why_and_what_comes() {
        assert_eq!(why(&json!({})), "");
        assert_eq!(why(&json!({"rejected_reason": "SCAM"})), "SCAM");
        let paused = json!({"status_details": {"other_info": {"title": "FIRST_PAUSE"}},
            "next_category": {"category": "MARKETING", "at": "2026-01-06T12:01:00Z"}});
        assert_eq!(why(&paused), "FIRST_PAUSE, will be marketing from 2026-01-06 12:01:00Z");
        assert_eq!(why(&json!({"next_category": {"category": "MARKETING"}})), "will be marketing");
    }
}
