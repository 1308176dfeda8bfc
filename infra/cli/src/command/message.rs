//! `waypost message`.

mod media;

use std::path::PathBuf;

use clap::Subcommand;
use model::DeliveryStatus;
use serde_json::Value;

use crate::api::Call;
use crate::choose::{list, text};
use crate::error::Error;
use crate::print::{Printer, line};
use crate::reach::System;
use crate::time::short;

#[derive(Subcommand)]
pub(crate) enum MessageCommand {
    /// Show one message with every status that came.
    #[command(after_help = "Examples:
  waypost message show SEND_ID
  waypost message show WAMID --raw")]
    Show {
        /// A send id (`snd_…`) or a wamid.
        id: String,
        /// Meta's own payload, as it came or was queued.
        #[arg(long)]
        raw: bool,
    },
    /// Print a link to the file that a person sent, good for a quarter of an hour; or save the file.
    #[command(after_help = "Examples:
  waypost message media WAMID
  waypost message media WAMID --output picture.png")]
    Media {
        /// A wamid.
        id: String,
        /// Save the file here, checked against its checksum, instead of printing the link.
        #[arg(long, short, value_name = "FILE")]
        output: Option<PathBuf>,
    },
}

pub(crate) async fn run(system: &System, printer: Printer, command: &MessageCommand) -> Result<(), Error> {
    let (id, raw) = match command {
        MessageCommand::Show { id, raw } => (id, raw),
        MessageCommand::Media { id, output } => return media::run(system, printer, id, output.as_deref()).await,
    };
    if *raw {
        // Token for token, so that a signature or a number keeps its digits.
        return line(&system.api.text(Call::get(["v1", "messages", id, "raw"])).await?);
    }
    let message = system.api.call(Call::get(["v1", "messages", id])).await?;
    printer.either(&message, |printer| shown(printer, &message))
}

/// The furthest that a message got, in Meta's word; our own state where Meta has said nothing yet.
pub(crate) fn status_of(message: &Value) -> String {
    let told: Vec<DeliveryStatus> =
        list(message, "/statuses").iter().map(|status| DeliveryStatus::parse(&text(status, "/status"))).collect();
    match model::status::highest(told.iter()) {
        Some(highest) => highest.as_str().to_owned(),
        None => text(message, "/state"),
    }
}

/// A message in full.
pub(crate) fn shown(printer: Printer, message: &Value) -> String {
    let facts = [
        ("ID", text(message, "/id")),
        ("WAMID", Some(text(message, "/wamid")).filter(|wamid| *wamid != text(message, "/id")).unwrap_or_default()),
        ("REFERENCE", text(message, "/reference")),
        ("CHANNEL", text(message, "/channel")),
        ("DIRECTION", text(message, "/direction")),
        ("CONTACT", text(message, "/contact")),
        ("TYPE", kind(message)),
        ("STATE", text(message, "/state")),
        ("STATUS", status_of(message)),
        ("PRICING", pricing(message)),
        ("AT", short(&text(message, "/at"))),
        ("TEXT", text(message, "/display/text")),
        ("FILE", file(message)),
    ];
    let mut parts = vec![printer.facts(&facts)];
    let told = list(message, "/statuses");
    if !told.is_empty() {
        let rows = told.iter().map(|status| vec![text(status, "/status"), short(&text(status, "/at"))]).collect();
        parts.push(printer.table(&["STATUS", "AT"], rows, ""));
    }
    for error in list(message, "/errors") {
        let lines = [
            format!("error {} ({}): {}", text(error, "/code"), text(error, "/source"), text(error, "/title")),
            text(error, "/detail"),
            Some(text(error, "/remedy"))
                .filter(|text| !text.is_empty())
                .map_or(String::new(), |it| format!("remedy: {it}")),
        ];
        let lines: Vec<_> =
            lines.iter().filter(|line| !line.is_empty()).map(|line| crate::print::plain(line)).collect();
        parts.push(lines.join("\n  "));
    }
    parts.join("\n\n")
}

/// Meta's type, and what it was before WhatsApp had no form for it (U-01).
fn kind(message: &Value) -> String {
    let (kind, shown) = (text(message, "/type"), text(message, "/display/type"));
    if shown.is_empty() || shown == kind { kind } else { format!("{kind} ({shown})") }
}

/// What became of its file, and why.
fn file(message: &Value) -> String {
    if message["converted"].is_object() {
        let until = short(&text(message, "/converted/link_expires_at"));
        return format!("sent as a link, good until {until}: {}", text(message, "/converted/detail"));
    }
    let media = |name: &str| text(message, &format!("/media/{name}"));
    let known = [media("state"), media("reason"), media("mime_type"), media("key")];
    known.into_iter().filter(|fact| !fact.is_empty()).collect::<Vec<_>>().join(": ")
}

/// In Meta's words; empty where Meta told none.
fn pricing(message: &Value) -> String {
    ["/pricing/category", "/pricing/type"].map(|name| text(message, name)).join(" ").trim().to_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_furthest_status_is_shown_whatever_the_order() {
        let message = json!({"state": "accepted", "statuses": [{"status": "delivered"}, {"status": "sent"}]});
        assert_eq!(status_of(&message), "delivered");
        assert_eq!(status_of(&json!({"state": "queued", "statuses": []})), "queued");
    }

    #[test]
    fn what_it_was_is_told_where_it_is_something_else() {
        let of = |was: &str, shown: &str| kind(&json!({"type": was, "display": {"type": shown}}));
        assert_eq!(of("unsupported", "poll"), "unsupported (poll)");
        assert_eq!(of("text", "text"), "text");
        assert_eq!(kind(&json!({"type": "text"})), "text");
    }
}
