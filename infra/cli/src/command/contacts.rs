//! `waypost contacts`.

mod consent;
mod erase;
mod export;
mod merge;

use clap::Subcommand;
use serde_json::{Value, json};

use crate::api::Call;
use crate::choose::{list, text};
use crate::command::inbox::{first_line, window, with_more};
use crate::command::message::status_of;
use crate::error::Error;
use crate::print::Printer;
use crate::reach::System;
use crate::time::short;
use consent::ConsentArgs;
use erase::EraseArgs;
pub(crate) use erase::counts;
use export::ExportArgs;
use merge::{MergeArgs, UnmergeArgs};

#[derive(Subcommand)]
pub(crate) enum ContactsCommand {
    /// Contacts of a channel, those who wrote last first.
    #[command(after_help = "Examples:
  waypost contacts list
  waypost contacts list --channel support --limit 100 --json")]
    List {
        /// Name or phone_number_id; may be left out where there is only one.
        #[arg(long, value_name = "CHANNEL")]
        channel: Option<String>,
        /// Contacts to show, 1 to 100.
        #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u8).range(1..=100))]
        limit: u8,
        /// The cursor of the page before.
        #[arg(long)]
        cursor: Option<String>,
    },
    /// One contact, with the last messages in both directions.
    #[command(after_help = "Examples:
  waypost contacts show +15550101
  waypost contacts show wa:15550101 --limit 50")]
    Show {
        /// A contact key, `wa:…`, `+E.164` or a user id.
        key: String,
        /// Name or phone_number_id; may be left out where there is only one.
        #[arg(long, value_name = "CHANNEL")]
        channel: Option<String>,
        /// Messages to show, 1 to 100.
        #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u8).range(1..=100))]
        limit: u8,
    },
    /// Whether a person wants marketing, and why; or say it for them.
    Consent(ConsentArgs),
    /// Say that two contacts are one person: one history, one window, and either key finds it. Nothing is moved; unmerge
    /// takes it back.
    Merge(MergeArgs),
    /// Take a contact out of the one it was merged into, with all that it wrote meanwhile.
    Unmerge(UnmergeArgs),
    /// Everything that is kept of a person: contact, consent, messages both ways, files, and what was kept raw.
    Export(ExportArgs),
    /// Erase a person: everything that is kept of them goes, and nothing of it comes back. First says what would go, then asks.
    Erase(EraseArgs),
}

pub(crate) async fn run(system: &System, printer: Printer, command: &ContactsCommand) -> Result<(), Error> {
    match command {
        ContactsCommand::List { channel, limit, cursor } => {
            let channel = system.channel(channel.as_deref()).await?;
            let call = Call::get(["v1", "channels", &channel.phone_number_id, "contacts"])
                .with_query("limit", Some(limit))
                .with_query("cursor", cursor.as_ref());
            let page = system.api.call(call).await?;
            printer.either(&page, |printer| {
                let rows = list(&page, "/items").iter().map(row).collect();
                let empty = format!("Nobody has written to {} yet.", channel.name);
                with_more(printer.table(&["KEY", "NAME", "PHONE", "LAST WROTE", "WINDOW"], rows, &empty), &page)
            })
        }
        ContactsCommand::Show { key, channel, limit } => {
            let channel = system.channel(channel.as_deref()).await?;
            let path = ["v1", "channels", &channel.phone_number_id, "contacts", key];
            let contact = system.api.call(Call::get(path)).await?;
            let messages = path.into_iter().chain(["messages"]);
            let mut messages = system.api.call(Call::get(messages).with_query("limit", Some(limit))).await?;
            let messages = messages.get_mut("items").map_or(json!([]), Value::take);
            let whole = json!({"contact": contact, "messages": messages});
            printer.either(&whole, |printer| shown(printer, &whole))
        }
        ContactsCommand::Consent(args) => consent::run(system, printer, args).await,
        ContactsCommand::Merge(args) => merge::merge(system, printer, args).await,
        ContactsCommand::Unmerge(args) => merge::unmerge(system, printer, args).await,
        ContactsCommand::Export(args) => export::run(system, printer, args).await,
        ContactsCommand::Erase(args) => erase::run(system, printer, args).await,
    }
}

fn row(contact: &Value) -> Vec<String> {
    vec![
        text(contact, "/key"),
        text(contact, "/name"),
        text(contact, "/phone"),
        short(&text(contact, "/last_inbound_at")),
        window(contact),
    ]
}

fn shown(printer: Printer, whole: &Value) -> String {
    let of = |name: &str| text(whole, &format!("/contact/{name}"));
    let facts = [
        ("KEY", of("key")),
        ("NAME", of("name")),
        ("PHONE", of("phone")),
        ("USER ID", of("user_id")),
        ("FIRST SEEN", short(&of("first_seen_at"))),
        ("LAST WROTE", short(&of("last_inbound_at"))),
        ("WINDOW", of("window/explanation")),
        ("OPENED BY", of("window/opened_by/id")),
        ("FREE UNTIL", short(&of("free_entry_point_until"))),
        ("CHANGED", short(&of("identity_changed_at"))),
        ("KNOWN BY", identities(whole)),
        ("MERGED", merged(whole)),
    ];
    let rows = list(whole, "/messages").iter().map(message).collect();
    let table = printer.table(&["AT", "", "MESSAGE", "STATUS", "ID"], rows, "No messages are stored.");
    format!("{}\n\n{table}", printer.facts(&facts))
}

fn identities(whole: &Value) -> String {
    let all: Vec<String> = list(whole, "/contact/identities").iter().map(|id| text(id, "")).collect();
    all.join(", ")
}

/// Each contact that turned out to be this person.
fn merged(whole: &Value) -> String {
    let one = |merged: &Value| {
        let of = |name: &str| text(merged, &format!("/{name}"));
        format!("{} ({}, by {}: {})", of("key"), short(&of("at")), of("by"), of("reason"))
    };
    let all: Vec<String> = list(whole, "/contact/merged").iter().map(one).collect();
    all.join(", ")
}

fn message(message: &Value) -> Vec<String> {
    let ours = text(message, "/direction") == "outbound";
    vec![
        short(&text(message, "/at")),
        if ours { "you" } else { "they" }.to_owned(),
        first_line(&text(message, "/display/text")),
        if ours { status_of(message) } else { String::new() },
        text(message, "/id"),
    ]
}
