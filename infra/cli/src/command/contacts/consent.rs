//! `waypost contacts consent`: whether a person wants marketing.

use clap::{Args, ValueEnum};
use http::Method;
use serde_json::{Value, json};

use crate::api::Call;
use crate::choose::{list, text};
use crate::error::Error;
use crate::print::Printer;
use crate::reach::System;
use crate::time::short;

#[derive(Args)]
#[command(after_help = "Examples:
  waypost contacts consent +15550101
  waypost contacts consent +15550101 --set stop --reason 'asked us by phone'")]
pub(crate) struct ConsentArgs {
    /// A contact key, `wa:…`, `+E.164` or a user id.
    key: String,
    /// Name or phone_number_id; may be left out where there is only one.
    #[arg(long, value_name = "CHANNEL")]
    channel: Option<String>,
    /// Say it for the person, who told you in another way.
    #[arg(long, value_name = "STATE", requires = "reason")]
    set: Option<Wish>,
    /// Why, for whoever asks later.
    #[arg(long, value_name = "TEXT", requires = "set")]
    reason: Option<String>,
}

#[derive(Clone, Copy, ValueEnum)]
enum Wish {
    /// No more marketing.
    Stop,
    /// Marketing again.
    Resume,
}

pub(crate) async fn run(system: &System, printer: Printer, args: &ConsentArgs) -> Result<(), Error> {
    let channel = system.channel(args.channel.as_deref()).await?;
    let path = ["v1", "channels", &channel.phone_number_id, "contacts", &args.key, "consent"];
    let call = match (args.set, &args.reason) {
        (Some(wish), Some(reason)) => {
            let state = match wish {
                Wish::Stop => "stop",
                Wish::Resume => "resume",
            };
            Call::new(Method::PUT, path).with_body(json!({"state": state, "reason": reason}))
        }
        _ => Call::get(path),
    };
    let consent = system.api.call(call).await?;
    printer.either(&consent, |printer| shown(printer, &consent))
}

fn shown(printer: Printer, consent: &Value) -> String {
    let marketing = match text(consent, "/state").as_str() {
        "stop" => "stopped",
        "resume" => "wanted",
        _ => "nothing was ever said of it",
    };
    let facts = printer.facts(&[
        ("KEY", text(consent, "/key")),
        ("MARKETING", marketing.to_owned()),
        ("SINCE", short(&text(consent, "/since"))),
        ("BECAUSE OF", because(consent.get("because").unwrap_or(&Value::Null))),
    ]);
    let rows: Vec<Vec<String>> = list(consent, "/history")
        .iter()
        .map(|said| vec![short(&text(said, "/at")), text(said, "/state"), because(said)])
        .collect();
    if rows.is_empty() {
        return facts;
    }
    format!("{facts}\n\n{}", printer.table(&["AT", "SAID", "BY"], rows, ""))
}

fn because(said: &Value) -> String {
    let source = match text(said, "/source").as_str() {
        "words" => "a message of theirs",
        "user_preferences" => "their settings in WhatsApp",
        "131050" => "Meta, which refused marketing to them",
        "operator" => "an operator",
        other => return other.to_owned(),
    };
    let (message, reason) = (text(said, "/message_id"), text(said, "/reason"));
    let more = if message.is_empty() { reason } else { message };
    if more.is_empty() { source.to_owned() } else { format!("{source}: {more}") }
}
