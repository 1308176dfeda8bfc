//! `waypost channel`.

mod remove;

use clap::{Args, Subcommand};
use http::Method;
use serde_json::{Value, json};

use crate::api::Call;
use crate::ask::{Asker, SecretArgs};
use crate::choose::text;
use crate::command::replay::whole;
use crate::error::Error;
use crate::print::Printer;
use crate::reach::System;
use crate::time::short;

#[derive(Subcommand)]
pub(crate) enum ChannelCommand {
    /// Add a phone number under a name.
    Add(NewChannel),
    /// Every channel.
    #[command(after_help = "Examples:
  waypost channel list
  waypost channel list --stack waypost --json")]
    List,
    /// One channel, with what Meta says of the number.
    #[command(after_help = "Examples:
  waypost channel show support
  waypost channel show 100000000000001 --json")]
    Show {
        /// Name or phone_number_id; may be left out where there is only one.
        channel: Option<String>,
    },
    /// Give a channel another name.
    #[command(after_help = "Examples:
  waypost channel rename support 'Customer care'")]
    Rename {
        /// Name or phone_number_id.
        channel: String,
        /// The new name; only the team sees it.
        name: String,
    },
    /// Change what a channel shows for what is not supported, its opt-out and opt-in words, or its limits.
    Set(Settings),
    /// Take a channel out of this system, with what is stored of it or without; the number stays as it is at Meta.
    Remove(remove::RemoveArgs),
}

#[derive(Args)]
#[command(after_help = "Examples:
  waypost channel add 100000000000002 --waba 200000000000001 --name orders
  waypost channel add 100000000000003 --waba 200000000000001 --name returns --display-phone-number '+1 555 0103' --replay")]
pub(crate) struct NewChannel {
    /// Meta's id of the number: digits, not the number itself.
    phone_number_id: String,
    /// Id of the WhatsApp Business Account that the number belongs to.
    #[arg(long, value_name = "ID")]
    waba: String,
    /// Unique in this system; only the team sees it.
    #[arg(long)]
    name: String,
    /// The number as people dial it.
    #[arg(long, value_name = "PHONE")]
    display_phone_number: Option<String>,
    /// Shown in place of what WhatsApp cannot tell us.
    #[arg(long, value_name = "TEXT")]
    fallback_text: Option<String>,
    /// Take in what waits in quarantine for this number, without asking.
    #[arg(long)]
    replay: bool,
}

#[derive(Args)]
#[command(group = clap::ArgGroup::new("settings").required(true).multiple(true))]
#[command(after_help = "Examples:
  waypost channel set support --fallback-text 'Please look at your phone'
  waypost channel set support --opt-out stop --opt-out unsubscribe
  waypost channel set support --messages-per-second 40 --recipients-per-day meta")]
pub(crate) struct Settings {
    /// Name or phone_number_id; may be left out where there is only one.
    channel: Option<String>,
    /// Shown in place of what WhatsApp cannot tell us; "" goes back to the default.
    #[arg(long, value_name = "TEXT", group = "settings")]
    fallback_text: Option<String>,
    /// What becomes of files that Meta does not take.
    #[arg(long, group = "settings", value_name = "HOW", value_parser = ["link", "fail"])]
    unsupported_media: Option<String>,
    /// A whole message that stops marketing; repeat it for each. "" alone takes none for one.
    #[arg(long, value_name = "WORD", group = "settings")]
    opt_out: Vec<String>,
    /// A whole message that asks for marketing again.
    #[arg(long, value_name = "WORD", group = "settings")]
    opt_in: Vec<String>,
    /// Go back to the default words of every language.
    #[arg(long, group = "settings", conflicts_with_all = ["opt_out", "opt_in"])]
    default_words: bool,
    /// Messages a second, in and out together; "meta" goes back to what Meta tells.
    #[arg(long, value_name = "N", group = "settings", value_parser = number)]
    messages_per_second: Option<Value>,
    /// People written to outside a service window within 24 hours, or "meta".
    #[arg(long, value_name = "N", group = "settings", value_parser = number)]
    recipients_per_day: Option<Value>,
    /// Who shares that limit: "portfolio", "number", or "meta".
    #[arg(long, value_name = "SCOPE", group = "settings", value_parser = scope)]
    limit_scope: Option<Value>,
    /// Whether it is a test number, which may write to five people only: "yes", "no", or "meta". Also forgets who they are.
    #[arg(long, value_name = "YES|NO", group = "settings", value_parser = flag)]
    test_number: Option<Value>,
}

/// What goes back to Meta's value.
const META: &str = "meta";

fn number(text: &str) -> Result<Value, String> {
    if text == META {
        return Ok(Value::Null);
    }
    text.parse::<u32>().map(Value::from).map_err(|_| String::from("must be a whole number, or \"meta\""))
}

fn scope(text: &str) -> Result<Value, String> {
    match text {
        META => Ok(Value::Null),
        "portfolio" | "number" => Ok(text.into()),
        _ => Err(String::from("must be \"portfolio\", \"number\", or \"meta\"")),
    }
}

fn flag(text: &str) -> Result<Value, String> {
    match text {
        META => Ok(Value::Null),
        "yes" | "true" => Ok(true.into()),
        "no" | "false" => Ok(false.into()),
        _ => Err(String::from("must be \"yes\", \"no\", or \"meta\"")),
    }
}

pub(crate) async fn run(system: &System, printer: Printer, command: ChannelCommand) -> Result<(), Error> {
    match command {
        ChannelCommand::Add(new) => {
            let mut body = json!({"phone_number_id": new.phone_number_id, "waba_id": new.waba, "name": new.name});
            for (field, value) in
                [("display_phone_number", new.display_phone_number), ("fallback_text", new.fallback_text)]
            {
                if let Some(value) = value {
                    body[field] = value.into();
                }
            }
            let mut channel = system.api.call(Call::post(["v1", "channels"], body)).await?;
            let waiting = channel.get_mut("quarantine").map_or(Value::Null, Value::take);
            if !waiting.is_null() {
                channel["quarantine"] = offer(system, printer, &waiting, new.replay).await?;
            }
            printer.either(&channel, |printer| {
                let note = text(&channel, "/quarantine/note");
                let facts = facts(printer, &channel);
                if note.is_empty() { facts } else { format!("{facts}\n\n{note}") }
            })
        }
        ChannelCommand::Set(settings) => {
            let channel = system.channel_argument(settings.channel.as_deref()).await?;
            let path = ["v1", "channels", &channel.phone_number_id];
            let before = system.api.call(Call::get(path)).await?;
            let change = settings.change(before.get("version"));
            let after = system.api.call(Call::new(Method::PATCH, path).with_body(change)).await?;
            printer.either(&after, |printer| facts(printer, &after))
        }
        ChannelCommand::List => {
            let channels = json!({"items": system.channels().await?});
            printer.either(&channels, |printer| {
                let rows = crate::choose::list(&channels, "/items").iter().map(row).collect();
                let heading = ["NAME", "PHONE_NUMBER_ID", "WABA", "PHONE", "STATUS", "QUALITY"];
                printer.table(&heading, rows, "There is no channel yet; `waypost connect` connects a number.")
            })
        }
        ChannelCommand::Show { channel } => {
            let channel = system.channel_argument(channel.as_deref()).await?;
            let shown = system.api.call(Call::get(["v1", "channels", &channel.phone_number_id])).await?;
            printer.either(&shown, |printer| facts(printer, &shown))
        }
        ChannelCommand::Rename { channel, name } => {
            let channel = system.channel(Some(&channel)).await?;
            let path = ["v1", "channels", &channel.phone_number_id];
            // Whoever changed it between these two requests is told so, not overwritten.
            let before = system.api.call(Call::get(path)).await?;
            let change = json!({"version": before.get("version"), "name": name});
            let after = system.api.call(Call::new(Method::PATCH, path).with_body(change)).await?;
            printer.either(&after, |printer| facts(printer, &after))
        }
        ChannelCommand::Remove(args) => remove::run(system, printer, &args).await,
    }
}

impl Settings {
    fn change(&self, version: Option<&Value>) -> Value {
        let mut change = json!({ "version": version });
        if let Some(text) = &self.fallback_text {
            change["fallback_text"] = text.as_str().into();
        }
        if let Some(how) = &self.unsupported_media {
            change["unsupported_media"] = how.as_str().into();
        }
        for (name, words) in [("opt_out_words", &self.opt_out), ("opt_in_words", &self.opt_in)] {
            if self.default_words {
                change[name] = Value::Null;
            } else if !words.is_empty() {
                change[name] = words.iter().filter(|word| !word.is_empty()).cloned().collect::<Vec<_>>().into();
            }
        }
        for (name, value) in [
            ("messages_per_second", &self.messages_per_second),
            ("recipients_per_day", &self.recipients_per_day),
            ("limit_scope", &self.limit_scope),
            ("test_number", &self.test_number),
        ] {
            if let Some(value) = value {
                change[name] = value.clone();
            }
        }
        change
    }
}

/// What came for the number before it was a channel: taken in where that is asked for, else told of.
async fn offer(system: &System, printer: Printer, waiting: &Value, replay: bool) -> Result<Value, Error> {
    let mut told = waiting.clone();
    let count = text(waiting, "/changes");
    let more = waiting.get("at_least").and_then(Value::as_bool) == Some(true);
    let what = format!("{}{count} changes that came before wait in quarantine", if more { "at least " } else { "" });
    let asker = Asker::new(printer, &SecretArgs::none())?;
    if replay || (asker.is_person() && asker.agrees(&format!("{what}. Take them in now?"))?) {
        let body = waiting.get("replay").cloned().unwrap_or_default();
        let replayed = whole(system, body).await?;
        told["note"] = replayed.summary(false).into();
        told["replayed"] = replayed.to_json();
    } else {
        let (from, number) = (text(waiting, "/since"), text(waiting, "/replay/quarantine/phone_number_id"));
        let command = format!("waypost replay --quarantine --cause unregistered --from {from} --channel {number}");
        told["note"] =
            format!("{what}; this takes them in (with --dry-run it says what would happen):\n  {command}").into();
    }
    Ok(told)
}

fn row(channel: &Value) -> Vec<String> {
    ["/name", "/phone_number_id", "/waba_id", "/display_phone_number", "/status", "/quality_rating"]
        .map(|pointer| text(channel, pointer))
        .to_vec()
}

fn facts(printer: Printer, channel: &Value) -> String {
    printer.facts(&[
        ("NAME", text(channel, "/name")),
        ("PHONE_NUMBER_ID", text(channel, "/phone_number_id")),
        ("WABA", text(channel, "/waba_id")),
        ("PHONE", text(channel, "/display_phone_number")),
        ("DISPLAY NAME", text(channel, "/verified_name")),
        ("SENDING", sending(channel)),
        ("REMEDY", text(channel, "/sending/remedy")),
        ("STATUS", text(channel, "/status")),
        ("NAME STATUS", text(channel, "/name_status")),
        ("QUALITY", text(channel, "/quality_rating")),
        ("THROUGHPUT", text(channel, "/throughput")),
        ("MESSAGING LIMIT", text(channel, "/messaging_limit")),
        ("PORTFOLIO", text(channel, "/portfolio_id")),
        ("ACCOUNT MODE", text(channel, "/account_mode")),
        ("SENDS", rates(channel)),
        ("WRITES TO", recipients(channel)),
        ("FALLBACK TEXT", text(channel, "/fallback_text")),
        ("OPT-OUT WORDS", words(channel, "/opt_out_words")),
        ("OPT-IN WORDS", words(channel, "/opt_in_words")),
        ("ADDED", short(&text(channel, "/created_at"))),
        ("META ASKED", short(&text(channel, "/health_at"))),
    ])
}

/// What the number may send, and who said so.
fn rates(channel: &Value) -> String {
    let on_app = channel.pointer("/is_on_biz_app").and_then(Value::as_bool) == Some(true);
    let why = match (channel.get("messages_per_second"), on_app) {
        (Some(_), _) => " (set here)",
        (None, true) => " (used in the WhatsApp Business app too)",
        (None, false) => "",
    };
    format!("up to {} messages a second{why}", text(channel, "/limits/messages_per_second"))
}

/// How many people it may write to.
fn recipients(channel: &Value) -> String {
    let test = text(channel, "/limits/test_recipients");
    if !test.is_empty() {
        return format!("{test} people on the test number's list");
    }
    let most = text(channel, "/limits/recipients_per_day");
    if most.is_empty() {
        return String::from("anybody");
    }
    let why = if channel.get("recipients_per_day").is_some() { ", set here" } else { "" };
    let shared = text(channel, "/limits/shared_by").replace("waba", "account");
    format!("{most} people a day outside service windows (shared by the {shared}{why})")
}

/// What keeps the number from sending, and since when.
fn sending(channel: &Value) -> String {
    let fact = |name: &str| text(channel, &format!("/sending/{name}"));
    if fact("state") != "parked" {
        return fact("state");
    }
    let (cause, title, since) = (fact("cause"), fact("title"), short(&fact("since")));
    format!("parked since {since}: {title} ({cause})")
}

/// Empty where the channel has the default.
fn words(channel: &Value, pointer: &str) -> String {
    match channel.pointer(pointer).and_then(Value::as_array) {
        Some(words) if words.is_empty() => String::from("none"),
        Some(words) => words.iter().map(|word| text(word, "")).collect::<Vec<_>>().join(", "),
        None => String::new(),
    }
}
