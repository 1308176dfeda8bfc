//! `waypost read`.

use clap::Args;
use serde_json::json;

use crate::api::Call;
use crate::choose::text;
use crate::error::Error;
use crate::print::Printer;
use crate::reach::System;

#[derive(Args)]
#[command(after_help = "Examples:
  waypost read WAMID
  waypost read WAMID --typing")]
pub(crate) struct ReadArgs {
    /// Of a message that a person wrote in the last 30 days.
    wamid: String,
    /// Also show the person that an answer is being written: until one comes, 25 seconds at most.
    #[arg(long)]
    typing: bool,
    /// Name or phone_number_id. Default: the one that the message came to.
    #[arg(long, value_name = "CHANNEL")]
    channel: Option<String>,
}

pub(crate) async fn run(system: &System, printer: Printer, args: &ReadArgs) -> Result<(), Error> {
    let channel = match &args.channel {
        Some(channel) => system.channel(Some(channel)).await?.phone_number_id,
        None => text(&system.api.call(Call::get(["v1", "messages", &args.wamid])).await?, "/channel"),
    };
    let body = json!({"wamid": args.wamid, "typing": args.typing});
    let read = system.api.call(Call::post(["v1", "channels", &channel, "read"], body)).await?;
    let typing = if args.typing { ", and the person sees that an answer is being written" } else { "" };
    printer.either(&read, |_| format!("Marked read, with what the person wrote before{typing}."))
}
