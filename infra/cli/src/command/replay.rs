//! `waypost replay`: events told again, and what was kept taken in.

mod run;

use clap::{ArgGroup, Args, ValueEnum};
use serde_json::{Value, json};

use crate::choose::text;
use crate::error::Error;
use crate::print::Printer;
use crate::reach::System;
pub(crate) use run::whole;

#[derive(Args)]
#[command(group = ArgGroup::new("what").required(true).multiple(true).args(["ids", "from", "quarantine"]))]
#[command(after_help = "Examples:
  waypost replay WAMID
  waypost replay --from 2026-01-31T08:00:00Z --channel support --dry-run
  waypost replay --quarantine --cause unregistered")]
pub(crate) struct ReplayArgs {
    /// Wamids of messages from people, up to 100.
    #[arg(num_args = 1..=100, value_name = "ID", conflicts_with_all = ["from", "quarantine", "to", "channel"])]
    ids: Vec<String>,
    /// Messages that people wrote from this time on, by Meta's clock: RFC 3339, as 2026-01-31T08:00:00Z. With
    /// --quarantine, what is kept from then on.
    #[arg(long, value_name = "TIME")]
    from: Option<String>,
    /// Until before this time. Default: now.
    #[arg(long, value_name = "TIME")]
    to: Option<String>,
    /// Only of this channel: its name or phone_number_id.
    #[arg(long, value_name = "CHANNEL")]
    channel: Option<String>,
    /// What was kept because it could not be taken in; of the last 14 days, unless --from or --day says otherwise.
    #[arg(long)]
    quarantine: bool,
    /// Of one day in UTC, as 2026-01-31.
    #[arg(long, value_name = "DATE", requires = "quarantine", conflicts_with_all = ["from", "to"])]
    day: Option<String>,
    /// Only what was kept for this cause. Default: all but `change`, which was taken in when it came.
    #[arg(long, requires = "quarantine")]
    cause: Option<Cause>,
    /// Also what an earlier replay took in.
    #[arg(long, requires = "quarantine")]
    again: bool,
    /// Say what would be published, and write and publish nothing.
    #[arg(long)]
    dry_run: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum Cause {
    /// For a number that is no channel, or was none when it came.
    Unregistered,
    /// A part that the system could not read.
    Unknown,
    /// A body that was no webhook.
    Unprocessable,
    /// Another field than messages, kept as it came.
    Change,
}

/// Fails where an id gave no event, or something kept could not be taken in, so that a script notices.
pub(crate) async fn run(system: &System, printer: Printer, args: ReplayArgs) -> Result<(), Error> {
    let dry_run = args.dry_run;
    let kept = args.quarantine;
    let body = body(system, args).await?;
    let replayed = whole(system, body).await?;
    printer.either(&replayed.to_json(), |printer| {
        let heading: &[&str] = if kept {
            &["KEPT", "CAUSE", "OUTCOME", "MESSAGES", "STATUSES", "EVENTS"]
        } else {
            &["MESSAGE", "OUTCOME", "EVENT"]
        };
        let rows = replayed.items.iter().map(|item| row(item, dry_run)).collect();
        let table = printer.table(heading, rows, "Nothing was replayed.");
        format!("{table}\n\n{}", replayed.summary(dry_run))
    })?;
    let without = replayed.items.iter().filter(|item| item.get("reason").is_some_and(Value::is_string)).count();
    if without > 0 {
        return Err(Error::Failed(format!("{without} of {} gave no event", replayed.items.len())));
    }
    Ok(())
}

async fn body(system: &System, args: ReplayArgs) -> Result<Value, Error> {
    let mut body = json!({"dry_run": args.dry_run});
    if args.quarantine {
        let mut kept = json!({});
        let named = [("day", args.day), ("from", args.from), ("to", args.to), ("cause", args.cause.map(Cause::word))];
        for (name, value) in named {
            if let Some(value) = value {
                kept[name] = value.into();
            }
        }
        if let Some(channel) = args.channel {
            kept["phone_number_id"] = number(system, &channel).await?.into();
        }
        body["quarantine"] = kept;
        body["again"] = args.again.into();
        return Ok(body);
    }
    if !args.ids.is_empty() {
        body["ids"] = args.ids.into();
        return Ok(body);
    }
    for (name, value) in [("from", args.from), ("to", args.to)] {
        if let Some(value) = value {
            body[name] = value.into();
        }
    }
    if let Some(channel) = args.channel {
        body["channel"] = number(system, &channel).await?.into();
    }
    Ok(body)
}

/// What is quarantined is mostly for numbers that are no channels: an id is taken as it is.
async fn number(system: &System, channel: &str) -> Result<String, Error> {
    if !channel.is_empty() && channel.bytes().all(|byte| byte.is_ascii_digit()) {
        return Ok(channel.to_owned());
    }
    Ok(system.channel(Some(channel)).await?.phone_number_id)
}

fn row(item: &Value, dry_run: bool) -> Vec<String> {
    let reason = text(item, "/reason");
    let outcome = match reason.as_str() {
        "not_found" => "there is no such message",
        "not_received" => "no person wrote it",
        "unregistered" => "its number is no channel",
        "unreadable" => "still cannot be read",
        "" if dry_run => "would be published",
        "" => "published",
        other => other,
    };
    let mut row = vec![text(item, "/id"), outcome.to_owned()];
    match item.get("kept") {
        Some(kept) => {
            row.insert(1, text(kept, "/cause"));
            row.extend(["/messages", "/statuses", "/events"].map(|name| text(kept, name)));
        }
        None => row.push(text(item, "/event_id")),
    }
    row
}

impl Cause {
    fn word(self) -> String {
        let word = match self {
            Self::Unregistered => "unregistered",
            Self::Unknown => "unknown",
            Self::Unprocessable => "unprocessable",
            Self::Change => "change",
        };
        word.to_owned()
    }
}
