//! `waypost replay`.

use clap::Args;
use serde_json::{Value, json};

use crate::api::Call;
use crate::choose::{list, text};
use crate::error::Error;
use crate::print::Printer;
use crate::reach::System;

#[derive(Args)]
pub(crate) struct ReplayArgs {
    /// Wamids of messages from people, up to 100.
    #[arg(required = true, num_args = 1..=100, value_name = "ID")]
    ids: Vec<String>,
    /// Say what would be published, and publish nothing.
    #[arg(long)]
    dry_run: bool,
}

/// Fails where an id gave no event, so that a script notices.
pub(crate) async fn run(system: &System, printer: Printer, args: ReplayArgs) -> Result<(), Error> {
    let body = json!({"ids": args.ids, "dry_run": args.dry_run});
    let replayed = system.api.call(Call::post(["v1", "replay"], body)).await?;
    let items = list(&replayed, "/items");
    printer.either(&replayed, |printer| {
        let rows = items.iter().map(|item| row(item, args.dry_run)).collect();
        printer.table(&["MESSAGE", "OUTCOME", "EVENT"], rows, "Nothing was replayed.")
    })?;
    let without = items.iter().filter(|item| item.get("event_id").is_none_or(Value::is_null)).count();
    if without > 0 {
        return Err(Error::Failed(format!("{without} of {} gave no event", items.len())));
    }
    Ok(())
}

fn row(item: &Value, dry_run: bool) -> Vec<String> {
    let reason = text(item, "/reason");
    let outcome = match reason.as_str() {
        "not_found" => "there is no such message",
        "not_received" => "no person wrote it",
        "" if dry_run => "would be published",
        "" => "published",
        other => other,
    };
    vec![text(item, "/id"), outcome.to_owned(), text(item, "/event_id")]
}
