//! `waypost contacts merge` and `unmerge`.

use clap::Args;
use serde_json::{Value, json};

use crate::api::Call;
use crate::choose::text;
use crate::error::Error;
use crate::print::{Printer, plain};
use crate::reach::System;

#[derive(Args)]
#[command(after_help = "Examples:
  waypost contacts merge +15550102 --into +15550101 --dry-run
  waypost contacts merge +15550102 --into +15550101 --reason 'changed her number'")]
pub(crate) struct MergeArgs {
    /// The contact that is absorbed: a contact key, `wa:…`, `+E.164` or a user id.
    key: String,
    /// The contact that stays.
    #[arg(long, value_name = "KEY")]
    into: String,
    /// Why, for whoever asks later.
    #[arg(long)]
    reason: Option<String>,
    /// Name or phone_number_id; may be left out where there is only one.
    #[arg(long, value_name = "CHANNEL")]
    channel: Option<String>,
    /// Say what would come of it, and change nothing.
    #[arg(long)]
    dry_run: bool,
}

#[derive(Args)]
#[command(after_help = "Examples:
  waypost contacts unmerge wa:15550102 --dry-run
  waypost contacts unmerge wa:15550102")]
pub(crate) struct UnmergeArgs {
    /// The contact that was merged, as `contacts show` names it.
    key: String,
    /// Name or phone_number_id; may be left out where there is only one.
    #[arg(long, value_name = "CHANNEL")]
    channel: Option<String>,
    /// Say what would come of it, and change nothing.
    #[arg(long)]
    dry_run: bool,
}

pub(super) async fn merge(system: &System, printer: Printer, args: &MergeArgs) -> Result<(), Error> {
    let channel = system.channel(args.channel.as_deref()).await?;
    let path = ["v1", "channels", &channel.phone_number_id, "contacts", &args.key, "merge"];
    let mut body = json!({"into": args.into, "dry_run": args.dry_run});
    if let Some(reason) = &args.reason {
        body["reason"] = json!(reason);
    }
    let done = system.api.call(Call::post(path, body)).await?;
    printer.either(&done, |_| {
        let whole = who(&done, "/contact");
        let changed = done.get("changed").and_then(Value::as_bool).unwrap_or_default();
        match (changed, args.dry_run) {
            (false, _) => format!("{} is part of {whole} already. Nothing changes.", args.key),
            (true, true) => format!("{} would become part of {whole}. Nothing was changed.", args.key),
            (true, false) => format!("{} is now part of {whole}.", args.key),
        }
    })
}

pub(super) async fn unmerge(system: &System, printer: Printer, args: &UnmergeArgs) -> Result<(), Error> {
    let channel = system.channel(args.channel.as_deref()).await?;
    let path = ["v1", "channels", &channel.phone_number_id, "contacts", &args.key, "unmerge"];
    let done = system.api.call(Call::post(path, json!({"dry_run": args.dry_run}))).await?;
    printer.either(&done, |_| {
        let (out, rest) = (who(&done, "/contact"), who(&done, "/from"));
        if args.dry_run {
            format!("{out} would be taken out of {rest}. Nothing was changed.")
        } else {
            format!("{out} stands alone again, apart from {rest}.")
        }
    })
}

fn who(done: &Value, place: &str) -> String {
    let of = |name: &str| text(done, &format!("{place}/{name}"));
    match of("name") {
        name if name.is_empty() => of("key"),
        name => format!("{} ({})", of("key"), plain(&name)),
    }
}
