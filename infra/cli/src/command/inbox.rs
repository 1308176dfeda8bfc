//! `waypost inbox`.

use clap::Args;
use serde_json::Value;

use crate::api::Call;
use crate::choose::{list, text};
use crate::command::message::status_of;
use crate::error::Error;
use crate::print::Printer;
use crate::reach::System;
use crate::time::short;

#[derive(Args)]
#[command(after_help = "Examples:
  waypost inbox
  waypost inbox --channel support --limit 5
  waypost inbox --json --stack waypost")]
pub(crate) struct InboxArgs {
    /// Name or phone_number_id; may be left out where there is only one.
    #[arg(long, value_name = "CHANNEL")]
    channel: Option<String>,
    /// Conversations to show, 1 to 100.
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u8).range(1..=100))]
    limit: u8,
    /// The cursor of the page before.
    #[arg(long)]
    cursor: Option<String>,
}

pub(crate) async fn run(system: &System, printer: Printer, args: &InboxArgs) -> Result<(), Error> {
    let channel = system.channel(args.channel.as_deref()).await?;
    let call = Call::get(["v1", "channels", &channel.phone_number_id, "inbox"])
        .with_query("limit", Some(args.limit))
        .with_query("cursor", args.cursor.as_ref());
    let page = system.api.call(call).await?;
    printer.either(&page, |printer| {
        let rows = list(&page, "/items").iter().map(row).collect();
        let empty = format!("Nobody has written to {} yet.", channel.name);
        let table = printer.table(&["FROM", "CONTACT", "LAST MESSAGE", "STATUS", "AT", "WINDOW"], rows, &empty);
        with_more(table, &page)
    })
}

/// Says how to see the rest.
pub(crate) fn with_more(table: String, page: &Value) -> String {
    match page.get("cursor").and_then(Value::as_str) {
        Some(cursor) => format!("{table}\nThere is more: --cursor {cursor}"),
        None => table,
    }
}

/// Until when one may write freely.
pub(crate) fn window(contact: &Value) -> String {
    match contact.pointer("/window/open").and_then(Value::as_bool) {
        Some(true) => format!("open until {}", short(&text(contact, "/window/expires_at"))),
        _ => String::from("closed"),
    }
}

fn row(conversation: &Value) -> Vec<String> {
    let message = conversation.get("last_message").unwrap_or(&Value::Null);
    let ours = text(message, "/direction") == "outbound";
    let said = text(message, "/display/text");
    vec![
        text(conversation, "/contact/name"),
        text(conversation, "/contact/key"),
        first_line(&if ours { format!("you: {said}") } else { said }),
        if ours { status_of(message) } else { String::from("received") },
        short(&text(conversation, "/last_activity_at")),
        window(conversation.get("contact").unwrap_or(&Value::Null)),
    ]
}

/// Enough of a message to know it by.
pub(crate) fn first_line(said: &str) -> String {
    let line = said.lines().next().unwrap_or_default();
    let short: String = line.chars().take(60).collect();
    if short.len() < said.len() { format!("{short}…") } else { short }
}
