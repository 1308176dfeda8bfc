//! `waypost doctor`: looks for everything that can be wrong. infra/docs/doctor.md lists the checks.

pub(crate) mod gather;

use std::time::Duration;

use clap::Args;
use graph::codes;
use model::health::{Finding, Level, SendFacts, inbound as arrival};
use serde_json::Value;

use crate::api::Call;
use crate::choose::{Channel, list, text};
use crate::error::Error;
use crate::print::Printer;
use crate::reach::System;
use crate::reach::meta::MetaArgs;
use crate::{findings, inbound};

#[derive(Args)]
#[command(
    after_help = "Exit codes: 0 nothing is worse than worth knowing; 1 a warning; 2 an error; 69 the system cannot be reached.

Examples:
  waypost doctor --stack waypost
  waypost doctor --wait-inbound 5m
  waypost doctor --message SEND_ID"
)]
pub(crate) struct DoctorArgs {
    /// Name or phone_number_id. Default: every channel.
    #[arg(long, value_name = "CHANNEL")]
    channel: Option<String>,
    /// A send to explain, by send id or wamid; may be repeated.
    #[arg(long, value_name = "ID")]
    message: Vec<String>,
    /// Wait until somebody writes to the channel: seconds, or as 5m.
    #[arg(long, value_name = "TIME", value_parser = inbound::duration, num_args = 0..=1, default_missing_value = "5m")]
    wait_inbound: Option<Duration>,
    #[command(flatten)]
    meta: MetaArgs,
}

/// What is said of a number that nobody writes to.
const SILENT: [&str; 2] = ["nothing_received", "no_inbound"];

pub(crate) async fn run(system: &System, printer: Printer, args: &DoctorArgs) -> Result<(), Error> {
    let mut channels: Vec<Channel> = system.channels().await?.iter().map(Channel::read).collect();
    if args.channel.is_some() {
        let only = system.channel(args.channel.as_deref()).await?;
        channels.retain(|channel| channel.phone_number_id == only.phone_number_id);
    }
    let waited_for = match args.wait_inbound {
        Some(_) => Some(system.channel(args.channel.as_deref()).await?),
        None => None,
    };
    let gathered = gather::system(system, &args.meta, &channels).await?;
    let mut found: Vec<Finding> = Vec::new();
    for id in &args.message {
        found.push(send(system, id).await?);
    }
    let mut heard_of = None;
    if let (Some(within), Some(channel)) = (args.wait_inbound, waited_for) {
        let before = inbound::seen(system, &channel.phone_number_id).await?;
        if !printer.is_json() {
            eprintln!("Write to {} from a phone now.", channel.display_phone_number);
        }
        let after = inbound::wait(system, &channel.phone_number_id, &before, within).await?;
        found.push(arrival(after, within));
        heard_of = after.map(|_| channel.phone_number_id);
    }
    for gather::Found { of, mut finding } in gathered {
        // Somebody has written since.
        if SILENT.contains(&finding.id) && of.is_some_and(|of| Some(&of.phone_number_id) == heard_of.as_ref()) {
            continue;
        }
        // Which channel is meant, where there are several.
        if let Some(channel) = of.filter(|_| channels.len() > 1) {
            finding.what = format!("{}: {}", channel.name, finding.what);
        }
        found.push(finding);
    }
    found.sort_by_key(|finding| std::cmp::Reverse(finding.level));
    findings::conclude(printer, &found)
}

/// What `/v1` says of a channel.
async fn channel(system: &System, channel: &Channel) -> Result<(Vec<Finding>, Value), Error> {
    let health = system.api.call(Call::get(["v1", "channels", &channel.phone_number_id, "health"])).await?;
    let found = list(&health, "/findings").iter().filter_map(read).collect();
    Ok((found, health))
}

/// A finding as the API tells it. One that this build does not know is left out: it has no id here.
fn read(finding: &Value) -> Option<Finding> {
    let id = text(finding, "/id");
    let check = model::health::ALL.iter().find(|check| check.id == id)?;
    let level = match text(finding, "/level").as_str() {
        "error" => Level::Error,
        "warn" => Level::Warn,
        "manual" => Level::Manual,
        "info" => Level::Info,
        _ => Level::Ok,
    };
    Some(Finding { id: check.id, level, what: text(finding, "/what"), remedy: text(finding, "/remedy") })
}

async fn send(system: &System, id: &str) -> Result<Finding, Error> {
    let message = system.api.call(Call::get(["v1", "messages", id])).await?;
    let error = list(&message, "/errors").last().map(|error| {
        let code: i64 = text(error, "/code").parse().unwrap_or_default();
        let remedy = Some(text(error, "/remedy")).filter(|remedy| !remedy.is_empty());
        (code, text(error, "/title"), remedy.unwrap_or_else(|| codes::remedy(code, None).to_owned()))
    });
    Ok(SendFacts { id: id.to_owned(), state: text(&message, "/state"), error }.finding())
}
